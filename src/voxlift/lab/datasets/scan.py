"""One pass over a sound, by blocks: its format, its level, and what is wrong with it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import InputError
from voxlift.lab.corpora import Part
from voxlift.media import open_reader

BLOCK_SECONDS = 2.0
QUIETEST_DB = -150.0
"""Stands for digital silence."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Facts:
    """What was found out about one sound; zeros where it could not be read."""

    rate: int
    channels: int
    length: int
    rms_db: float
    peak_db: float
    lossy: bool
    problem: str
    """Empty, or a sentence."""

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.length / self.rate if self.rate else 0.0


class Scan:
    """Hands on the blocks of a sound while it measures them; what goes wrong ends it and is kept."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.rate, self.channels, self.length = 0, 0, 0
        self.problem = ""
        self._lossy = False
        self._energy, self._peak = 0.0, 0.0

    def blocks(self) -> Iterator[Samples]:
        """Yield `(channels, length)`."""
        path = self.part.path
        try:
            with open_reader(path, self.part.stream) as reader:
                self.rate, self.channels = reader.rate, reader.channels
                self._lossy = reader.info.format.lossy
                for block in reader.blocks(BLOCK_SECONDS):
                    self._note(block)
                    yield block
                warnings = [*reader.info.warnings, *reader.warnings]
        except InputError as problem:
            warnings = [str(problem)]
        if warnings:
            self.problem = "; ".join(warnings).replace(f"{path}: ", "")

    @property
    def facts(self) -> Facts:
        """All of it, once the blocks are through."""
        power = self._energy / max(1, self.length * self.channels)
        return Facts(
            self.rate, self.channels, self.length, power_db(power), power_db(self._peak**2), self._lossy, self.problem
        )

    def _note(self, block: Samples) -> None:
        self.length += block.shape[1]
        self._energy += float(np.square(block, dtype=np.float64).sum())
        self._peak = max(self._peak, float(np.abs(block).max()))


def measure(part: Part) -> Facts:
    """Read a sound from end to end."""
    scan = Scan(part)
    for _ in scan.blocks():
        pass
    return scan.facts


def power_db(power: float) -> float:
    """Give a mean square as dB of full scale."""
    return max(QUIETEST_DB, 10 * math.log10(power)) if power > 0 else QUIETEST_DB


def digest(path: Path) -> str:
    """Sum of a file's bytes, in hex; empty where it cannot be read."""
    total = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                total.update(chunk)
    except OSError:
        return ""
    return total.hexdigest()
