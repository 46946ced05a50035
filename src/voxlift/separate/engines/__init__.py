"""Separators of others that a user has installed beside Voxlift: named `ENGINE:MODEL`, imported only when named.

They bring their own libraries, weights and licences; Voxlift gives them its files, blocks, rates and the rest.
"""

from __future__ import annotations

from voxlift.errors import InputError
from voxlift.separate.contract import Separator
from voxlift.separate.nets import Machine

ENGINES = ("demucs",)


def is_engine(model: str) -> bool:
    """Whether a model's name is that of an engine."""
    return model.partition(":")[0] in ENGINES and ":" in model


def load_engine(model: str, machine: Machine) -> Separator:
    """Load the engine that `ENGINE:MODEL` names: any rate, any length, any number of channels.

    Raises
    ------
    InputError
        When it is not installed, or its weights are not here, with the command that gets them.
    """
    engine, _, name = model.partition(":")
    if not name:
        raise InputError(f"{model!r} names no model of {engine}: write {engine}:NAME, such as demucs:htdemucs")
    from voxlift.separate.engines.demucs import load_demucs  # noqa: PLC0415  (torch comes with it)

    return load_demucs(name, machine)
