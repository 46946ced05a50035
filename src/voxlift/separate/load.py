"""From a name to a separator: look up the card, check it, construct."""

from __future__ import annotations

import math

from voxlift.separate.card import separator_of
from voxlift.separate.contract import Separator
from voxlift.separate.nets import Machine
from voxlift.separate.store import find
from voxlift.separate.wrappers import Residual, Strength


def load(model: str, *, device: str = "auto", threads: int = 0, strength_db: float = math.inf) -> Separator:
    """Load a separator for sound of any rate, number of channels and length; its last stem is `rest`.

    Parameters
    ----------
    model
        A model's name, which may be a task's (`denoise`), or the path of a card's folder.
    device
        `auto`, `cpu` or `cuda`.
    threads
        How many threads the net uses; 0 chooses: one for a causal net, all cores for one that works on whole chunks.
    strength_db
        By how many dB, at most, what is not voice is lowered; without limit by default.

    Raises
    ------
    CardError
        When there is no such model, or its weights are damaged or do not fit.
    InputError
        When the device is not there, or a number is out of range.
    """
    separator = separator_of(find(model), Machine(device, threads))
    if strength_db != math.inf:
        separator = Strength(separator, strength_db)
    return Residual(separator)
