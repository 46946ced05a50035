"""From a name to a separator: look up the card, check it, construct."""

from __future__ import annotations

import math
from typing import Literal

from voxlift.separate.card import separator_of
from voxlift.separate.contract import Separator
from voxlift.separate.engines import is_engine, load_engine
from voxlift.separate.nets import Machine
from voxlift.separate.store import find
from voxlift.separate.wrappers import Counted, Residual, Strength

Speakers = int | Literal["auto"]
"""How many tracks of speakers to give: a number, or as many as speak."""


def load(
    model: str,
    *,
    device: str = "auto",
    threads: int = 0,
    strength_db: float = math.inf,
    gate: bool | None = None,
    speakers: Speakers | None = None,
) -> Separator:
    """Load a separator for sound of any rate, number of channels and length; its last stem is `rest`.

    Parameters
    ----------
    model
        A model's name, the path of a card's folder, or an engine's (`demucs:NAME`).
    device
        `auto`, `cpu` or `cuda`.
    threads
        How many threads the net uses; 0 chooses: one for a causal net, all cores for one that works on whole chunks.
    strength_db
        By how many dB, at most, what is not voice is lowered; without limit by default.
    gate
        Whether the card's gate mutes the stems where it hears nobody; by default as the card says.
    speakers
        How many people speak, or `auto` to find out: see `Counted`. By default the model's tracks as they are.

    Raises
    ------
    CardError
        When there is no such model, or its weights are damaged or do not fit.
    InputError
        When the device is not there, or a number is out of range.
    """
    count = None if speakers == "auto" else speakers
    separator = load_bare(model, device=device, threads=threads, gate=gate, speakers=count)
    if speakers is not None:
        separator = Counted(separator, count)
    return with_rest(separator, strength_db)


def load_bare(
    model: str, *, device: str = "auto", threads: int = 0, gate: bool | None = None, speakers: int | None = None
) -> Separator:
    """Load what a card, or an engine, gives by itself: its stems, without the rest; see `load`."""
    machine = Machine(device, threads)
    return load_engine(model, machine) if is_engine(model) else separator_of(find(model), machine, gate, speakers)


def with_rest(separator: Separator, strength_db: float = math.inf) -> Separator:
    """Add what the stems leave of the mixture; see `load`."""
    return Residual(separator if strength_db == math.inf else Strength(separator, strength_db))
