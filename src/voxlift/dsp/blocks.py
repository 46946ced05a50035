"""Transforms that keep time: blocks of samples one after another, as they are or as binary digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.bits import from_digits, to_digits

DIGITS = 10
"""Binary digits of one sample: -1..1 in steps of 2 / 1024."""


@dataclass(frozen=True)
class Waveform:
    """Blocks of `hop` samples, axes `(channels, frames, hop)`; the last is filled with zeros."""

    hop: int

    def __post_init__(self) -> None:
        if self.hop < 1:
            raise ValueError(f"blocks of {self.hop} samples: give 1 or more")

    @property
    def window(self) -> int:
        """Samples that a frame spans."""
        return self.hop

    @property
    def overlap(self) -> int:
        """Samples that a frame shares with the one before: none."""
        return 0

    @property
    def bins(self) -> int:
        """Numbers in a frame."""
        return self.hop

    @property
    def dtype(self) -> type[np.floating]:
        """Of the frames."""
        return np.float32

    def frames(self, length: int) -> int:
        """How many frames cover `length` samples."""
        return -(-length // self.hop)

    def analyser(self, channels: int) -> BlockAnalyser:
        """Open a stream of samples to frames."""
        return BlockAnalyser(self, channels)

    def synthesiser(self, channels: int) -> BlockSynthesiser:  # noqa: ARG002  (blocks stand alone: nothing is kept)
        """Open a stream of frames to samples."""
        return BlockSynthesiser(self)

    def encode(self, blocks: Samples) -> Samples:
        """Write samples `(channels, frames, hop)` as the frames' numbers."""
        return blocks

    def decode(self, frames: Samples) -> Samples:
        """Read samples `(channels, frames, hop)` from the frames' numbers."""
        return frames

    def silent(self, frames: Samples) -> NDArray[np.bool_]:
        """Which frames are digital silence, `(channels, frames)`."""
        silent: NDArray[np.bool_] = np.asarray(~self.decode(frames).any(axis=-1))
        return silent


@dataclass(frozen=True)
class BitPlanes(Waveform):
    """Blocks whose samples, mapped from -1..1 to 0..1, are written as ten binary digits, most significant first.

    Frames are `(channels, frames, hop * 10)`, the digits of a sample side by side. Probabilities in place of digits
    are read as the value expected. What is quantised comes back within 2 / 1024.
    """

    @property
    def bins(self) -> int:
        """Numbers in a frame."""
        return self.hop * DIGITS

    def encode(self, blocks: Samples) -> Samples:
        """Write samples `(channels, frames, hop)` as digits."""
        digits: Samples = to_digits((blocks + 1) / 2, DIGITS).reshape(*blocks.shape[:-1], self.bins)
        return digits

    def decode(self, frames: Samples) -> Samples:
        """Read samples `(channels, frames, hop)` from digits or their probabilities."""
        values = from_digits(frames.reshape(*frames.shape[:-1], self.hop, DIGITS))
        return (2 * values - 1).astype(np.float32)

    def silent(self, frames: Samples) -> NDArray[np.bool_]:
        """Which frames are as quiet as digits can say, `(channels, frames)`."""
        nothing = self.encode(np.zeros((1, 1, self.hop), np.float32))
        silent: NDArray[np.bool_] = (frames == nothing).all(axis=-1)
        return silent


class BlockAnalyser:
    """Turns samples into the frames that they complete."""

    def __init__(self, transform: Waveform, channels: int) -> None:
        self._transform = transform
        self._waiting: Samples = np.zeros((channels, 0), np.float32)

    def push(self, block: Samples) -> Samples:
        """Take `(channels, any length)`, return `(channels, frames, bins)` of the frames now complete."""
        hop = self._transform.hop
        samples = np.concatenate([self._waiting, block], axis=1)
        count = samples.shape[1] // hop
        self._waiting = samples[:, count * hop :].copy()
        return self._transform.encode(samples[:, : count * hop].reshape(len(samples), count, hop))

    def flush(self) -> Samples:
        """Return the last frame, filled with zeros, if samples wait for it."""
        missing = -self._waiting.shape[1] % self._transform.hop
        return self.push(np.zeros((len(self._waiting), missing), np.float32))


class BlockSynthesiser:
    """Turns frames into samples."""

    def __init__(self, transform: Waveform) -> None:
        self._transform = transform

    def push(self, frames: Samples) -> Samples:
        """Take `(channels, frames, bins)`, return `(channels, frames * hop)`."""
        return self._transform.decode(frames).reshape(len(frames), -1)
