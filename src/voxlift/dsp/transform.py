"""What all transforms have in common: sound to frames and back, whole or block by block."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples

Frames: TypeAlias = NDArray[Any]
"""Complex spectra or real blocks, axes `(channels, frames, bins)`."""


class Transform(Protocol):
    """A grid of frames over a sound. Law: what is analysed and synthesised is the sound again."""

    @property
    def window(self) -> int:
        """Samples that a frame spans."""

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""

    @property
    def overlap(self) -> int:
        """Samples by which a frame reaches back before its own hop."""

    @property
    def bins(self) -> int:
        """Numbers in a frame."""

    @property
    def dtype(self) -> type[np.inexact[Any]]:
        """Of the numbers."""

    def frames(self, length: int) -> int:
        """How many frames cover `length` samples."""

    def analyser(self, channels: int) -> Analyser:
        """Open a stream of samples to frames."""

    def synthesiser(self, channels: int) -> Synthesiser:
        """Open a stream of frames to samples."""

    def silent(self, frames: Any) -> NDArray[np.bool_]:
        """Which frames are digital silence, `(channels, frames)`."""


class Analyser(Protocol):
    """Samples to frames."""

    def push(self, block: Samples) -> Any:
        """Take `(channels, any length)`, return `(channels, frames, bins)` of the frames now complete."""

    def flush(self) -> Any:
        """Return the frames that still reach into the sound, zeros following it."""


class Synthesiser(Protocol):
    """Frames to samples."""

    def push(self, frames: Any) -> Samples:
        """Take `(channels, frames, bins)`, return `(channels, length)` of the samples now complete."""
