"""A separator that separates nothing: the start of every combination."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.separate.contract import Stems, Stream, separate


@dataclass(frozen=True)
class Through:
    """Gives the sound itself as every stem."""

    stems: tuple[str, ...] = ("voice",)
    rate: int | None = None

    def stream(self, channels: int, rate: int) -> Stream:  # noqa: ARG002  (nothing depends on the rate)
        """Open a stream."""
        return _ThroughStream(self.stems, channels)

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Separate a whole sound."""
        return separate(self, audio)


class _ThroughStream:
    def __init__(self, stems: tuple[str, ...], channels: int) -> None:
        self._stems, self._channels = stems, channels

    def push(self, block: Samples) -> Stems:
        return {stem: block.copy() for stem in self._stems}

    def flush(self) -> Stems:
        return dict.fromkeys(self._stems, np.zeros((self._channels, 0), np.float32))
