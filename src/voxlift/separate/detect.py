"""Who is heard when: detectors give, for each sample, how surely a voice is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.activity import Level
from voxlift.dsp.resampler import Resampler
from voxlift.dsp.transform import Frames
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.front import Front
from voxlift.separate.hearing import Hearing
from voxlift.separate.nets import Net

ACTIVITY = "activity"
"""The one stem of a detector: `(1, length)`, 0..1."""


class Detector(Protocol):
    """Opens streams whose one stem is the activity, as long as the sound and aligned with it."""

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""


@dataclass(frozen=True)
class LevelDetector:
    """Hears a voice where the sound stands out of its own background: no net, for sound already cleaned."""

    above_floor_db: float = 12.0
    hold_seconds: float = 0.25

    def stream(self, channels: int, rate: int) -> Stream:  # noqa: ARG002  (both hear all channels as one)
        """Open a stream."""
        return _LevelStream(self, rate)


class _LevelStream:
    def __init__(self, detector: LevelDetector, rate: int) -> None:
        self._level = Level(rate, detector.above_floor_db, detector.hold_seconds)

    def push(self, block: Samples) -> Stems:
        return {ACTIVITY: self._level.push(block)}

    def flush(self) -> Stems:
        return {ACTIVITY: self._level.flush()}


@dataclass(frozen=True)
class Detect:
    """A net behind a transform as a detector: its output is `(batch, 1, frames)`, 0..1.

    Between the centres of frames a line is drawn. A net that takes only its own rate has the sound resampled for it.
    """

    front: Front
    net: Net
    causal: bool = True

    def stream(self, channels: int, rate: int) -> Stream:  # noqa: ARG002  (both hear all channels as one)
        """Open a stream."""
        return _DetectStream(self, rate)


class _DetectStream:
    def __init__(self, detect: Detect, rate: int) -> None:
        front = detect.front
        heard_rate = rate if front.any_rate else front.rate
        grid = front.grid_at(heard_rate)
        self._to = Resampler(rate, heard_rate, 1) if heard_rate != rate else None
        self._analyser = grid.analyser(1)
        self._hearing = Hearing(front, detect.net, heard_rate, 1, causal=detect.causal)
        self._hop = grid.hop * rate / heard_rate
        self._centre = (grid.window / 2 - grid.overlap) * rate / heard_rate  # of the next frame, from the start
        self._drawn = 0
        self._last: np.float32 | None = None
        self._taken = 0

    def push(self, block: Samples) -> Stems:
        self._taken += block.shape[1]
        mono: Samples = block.mean(axis=0, keepdims=True)
        return self._emit(self._analyser.push(self._to.push(mono) if self._to else mono), last=False)

    def flush(self) -> Stems:
        rest = np.zeros((1, 0), np.float32)
        frames = [self._analyser.push(self._to.push(rest, last=True) if self._to else rest), self._analyser.flush()]
        curve = self._emit(np.concatenate(frames, axis=1), last=True)[ACTIVITY]
        left = self._taken - self._drawn
        self._drawn = self._taken
        return {ACTIVITY: np.pad(curve, ((0, 0), (0, left)), constant_values=self._last or 0)}

    def _emit(self, frames: Frames, *, last: bool) -> Stems:
        """Draw lines from frame centre to frame centre, up to the last centre known."""
        answers = self._hearing.hear(frames, last=last)
        pieces = [np.zeros(0, np.float32)]
        for value in [] if answers is None else answers[0, 0]:
            end = min(self._taken, max(0, round(self._centre)))
            if end > self._drawn:
                start = value if self._last is None else self._last
                pieces.append(np.linspace(start, value, end - self._drawn, endpoint=False, dtype=np.float32))
                self._drawn = end
            self._centre += self._hop
            self._last = np.float32(value)
        return {ACTIVITY: np.concatenate(pieces)[None]}
