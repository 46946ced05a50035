"""A separator muted where a detector hears nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.fifo import Fifo
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.detect import ACTIVITY, Detector
from voxlift.separate.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Gated(Wrapper):
    """Multiplies every stem by the detector's activity, 0..1, of the same moment."""

    detector: Detector

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _GatedStream(self, channels, rate)


class _GatedStream:
    """The two run side by side and may differ in delay: what comes first waits for the other."""

    def __init__(self, gated: Gated, channels: int, rate: int) -> None:
        self._inner = gated.inner.stream(channels, rate)
        self._detector = gated.detector.stream(channels, rate)
        self._sounds = {stem: Fifo(channels) for stem in gated.stems}
        self._activity = Fifo(1)

    def push(self, block: Samples) -> Stems:
        return self._meet(self._inner.push(block), self._detector.push(block))

    def flush(self) -> Stems:
        return self._meet(self._inner.flush(), self._detector.flush())

    def _meet(self, stems: Stems, detected: Stems) -> Stems:
        self._activity.push(detected[ACTIVITY])
        for stem, block in stems.items():
            self._sounds[stem].push(block)
        length = min(self._activity.length, *(fifo.length for fifo in self._sounds.values()))
        activity = self._activity.take(length)
        return {stem: np.multiply(fifo.take(length), activity) for stem, fifo in self._sounds.items()}
