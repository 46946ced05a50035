"""The one value that everything here speaks of: samples and their rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voxlift.errors import AudioError

Samples: TypeAlias = NDArray[np.float32]
"""Sound as float32 in -1..1 at full scale, axes `(channels, length)`."""

MAX_CHANNELS = 32
MIN_RATE, MAX_RATE = 1_000, 384_000  # Hz


@dataclass(frozen=True, eq=False)
class Audio:
    """An immutable piece of sound.

    Parameters
    ----------
    samples
        `(channels, length)`; a vector is taken as one channel. Kept as read-only float32.
    rate
        Samples a second, in Hz.

    Raises
    ------
    AudioError
        On no channel or more than 32, on a rate outside 1 kHz to 384 kHz, on complex, text or NaN samples.
    """

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples", _checked(self.samples))
        check_format(self.samples.shape[0], self.rate)
        if not np.isfinite(self.samples).all():
            raise AudioError("the samples hold NaN or infinity: repair the recording, or use numpy.nan_to_num on it")

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.samples.shape[0]

    @property
    def length(self) -> int:
        """Number of samples over time, in one channel."""
        return self.samples.shape[1]

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.length / self.rate

    def __repr__(self) -> str:
        return f"Audio({self.channels} x {self.length} samples, {self.rate} Hz, {self.seconds:.2f} s)"


def check_format(channels: int, rate: int) -> None:
    """Refuse a number of channels or a rate that no recording has.

    Raises
    ------
    AudioError
        With the value seen and what would work.
    """
    if not 1 <= channels <= MAX_CHANNELS:
        hint = " (axes are (channels, length): is the array transposed?)" if channels > MAX_CHANNELS else ""
        raise AudioError(f"{channels} channels: Voxlift takes 1 to {MAX_CHANNELS}{hint}")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise AudioError(f"a rate of {rate} Hz: Voxlift takes {MIN_RATE} to {MAX_RATE} Hz")


def _checked(samples: Any) -> Samples:
    array = np.asarray(samples)
    if array.dtype.kind not in "fiu":
        raise AudioError(f"samples of type {array.dtype}: give floating-point numbers in -1..1")
    if array.dtype.kind in "iu":
        raise AudioError(f"samples of type {array.dtype}: divide integers by their full scale first, say x / 32768")
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2:
        raise AudioError(f"samples with {array.ndim} axes: give (channels, length)")
    # A copy, unless nobody can write to it: an immutable value may not change under its owner's feet.
    array = np.array(array, np.float32, copy=None if not array.flags.writeable else True, order="C")
    array.setflags(write=False)
    return array
