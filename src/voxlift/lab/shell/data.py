"""What the shell's nets learn from: rows of inputs, and the binary digits wanted for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.dsp.bits import to_digits
from voxlift.errors import InputError

DIGITS = 10
"""Binary digits of each number."""
PIECE = 100
"""Samples of a recording in one row."""
SIMPLE, SOUND = "simple numbers", "recordings"
PARTS = ("train", "test")
MEMORY_BYTES = 2 * 10**9
_SEED = 20_190


@dataclass(frozen=True, eq=False)
class DigitSet:
    """A train or test set.

    Parameters
    ----------
    x
        float32 in 0..1, axes `(rows, inputs)`.
    y
        float32 zeros and ones, axes `(rows, outputs)`: of each wanted number its 10 digits, the most significant first.
    kind
        `SIMPLE` or `SOUND`.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    kind: str

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers that go in and that come out of a net for it."""
        return self.x.shape[1], self.y.shape[1]

    @property
    def guess(self) -> NDArray[np.float32]:
        """The commoner value of each digit, `(outputs,)`: what one would say without looking at x."""
        return (self.y.mean(axis=0) > 0.5).astype(np.float32)


def make_sines(part: str, count: int) -> DigitSet:
    """Draw X evenly from 0..1 and let Y be its sine, both as digits; the same call draws the same numbers.

    Raises
    ------
    InputError
        When the set would not fit into memory.
    """
    check_memory(count, 2 * DIGITS)
    x = np.random.default_rng([_SEED, PARTS.index(part)]).random(count)
    return DigitSet(to_digits(x, DIGITS), to_digits(np.sin(x), DIGITS), SIMPLE)


def samples_to_rows(heard: NDArray[np.float32], wanted: NDArray[np.float32]) -> DigitSet:
    """Make rows of pieces of sound, both `(pieces, PIECE)` in -1..1: the samples as they are, and the digits wanted."""
    return DigitSet(to_unit(heard), to_digits(to_unit(wanted), DIGITS).reshape(len(wanted), PIECE * DIGITS), SOUND)


def to_unit(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map samples from -1..1 to 0..1; what is louder than full scale is clipped."""
    return np.clip((samples + np.float32(1)) / np.float32(2), 0, 1)


def check_memory(count: int, numbers: int) -> None:
    """Refuse a set of `count` rows of so many numbers if it is too large.

    Raises
    ------
    InputError
        With an estimate of the memory, and how many rows would do.
    """
    row = 3 * 4 * numbers  # float32, and copies while it is made and learnt from
    if count * row > MEMORY_BYTES:
        raise InputError(
            f"{count} would need about {_bytes(count * row)} of memory, and the shell takes up to "
            f"{_bytes(MEMORY_BYTES)}: give at most {MEMORY_BYTES // row}"
        )


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} EB"
