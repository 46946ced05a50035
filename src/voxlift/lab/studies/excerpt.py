"""The part of a recording that a study looks at: its loudest seconds, found in one pass and bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxlift.audio import Audio
from voxlift.errors import DataError
from voxlift.media import open_reader
from voxlift.media.faults import shown

SHORTEST_SECONDS = 0.25
"""Enough for a few windows of any transform here."""


@dataclass(frozen=True)
class Excerpt:
    """A piece of a recording."""

    title: str
    audio: Audio
    start_seconds: float


def loudest_excerpt(path: Path, seconds: float) -> Excerpt:
    """Read the loudest of the pieces of so many seconds that a recording falls into.

    Raises
    ------
    InputError
        When the file is no sound, is too short, or silent.
    """
    best, best_energy, start = None, 0.0, 0
    best_start = 0
    with open_reader(path) as reader:
        rate = reader.rate
        for block in reader.blocks(seconds):
            energy = float(np.square(block, dtype=np.float64).sum())
            if energy > best_energy:
                best, best_energy, best_start = block, energy, start
            start += block.shape[1]
    if start < SHORTEST_SECONDS * rate:
        raise DataError(
            f"{shown(path)}: {start / rate:.3f} s are too short to study; "
            f"give a recording of {SHORTEST_SECONDS} s or more"
        )
    if best is None:
        raise DataError(f"{shown(path)}: is silent; there is nothing in it to lose")
    return Excerpt(path.name, Audio(best, rate), best_start / rate)
