"""Who is heard when: detectors give, for each sample, how surely a voice is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.activity import Level
from voxlift.dsp.stft import Analyser, Spectrum
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.front import Front
from voxlift.separate.nets import Net
from voxlift.separate.views import VIEWS

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
    """A net behind an STFT as a detector: its output is `(batch, 1, frames)`, 0..1; between frames a line is drawn."""

    front: Front
    net: Net

    def stream(self, channels: int, rate: int) -> Stream:  # noqa: ARG002  (both hear all channels as one)
        """Open a stream."""
        return _DetectStream(self, rate)


class _DetectStream:
    def __init__(self, detect: Detect, rate: int) -> None:
        front = detect.front
        self._stft = front.stft_at(rate)
        self._view, self._net, self._bins = VIEWS[front.view], detect.net, front.stft.bins
        self._scale = np.float32(front.window / self._stft.window)
        self._analyser = Analyser(self._stft, 1)
        self._state = detect.net.initial_state(1)
        self._early = front.lookahead_frames
        self._ahead = front.lookahead_frames
        self._centre = self._stft.window // 2 - self._stft.overlap  # of the frame to come, from the next sample owed
        self._last = np.float32(0)
        self._started = False
        self._owed = 0

    def push(self, block: Samples) -> Stems:
        self._owed += block.shape[1]
        return self._emit(self._activity(self._analyser.push(block.mean(axis=0, keepdims=True)), 0))

    def flush(self) -> Stems:
        curve = self._emit(self._activity(self._analyser.flush(), self._ahead))[ACTIVITY]
        return {ACTIVITY: np.pad(curve, ((0, 0), (0, self._owed)), constant_values=self._last)}

    def _activity(self, spectrum: Spectrum, ahead: int) -> Samples:
        """Ask the net about new frames: `(frames,)`."""
        inner = spectrum[..., : self._bins] * self._scale
        inner = np.pad(inner, ((0, 0), (0, ahead), (0, self._bins - inner.shape[-1])))
        if not inner.shape[1]:
            return np.zeros(0, np.float32)
        output, self._state = self._net(self._view(inner), self._state)
        early = min(self._early, output.shape[2])
        self._early -= early
        activity: Samples = output[0, 0, early:]
        return activity

    def _emit(self, activity: Samples) -> Stems:
        """Draw lines from frame centre to frame centre, up to the last centre known."""
        pieces = [np.zeros(0, np.float32)]
        for value in activity:
            reach = max(0, self._centre)
            if reach:
                start = self._last if self._started else value
                pieces.append(np.linspace(start, value, reach, endpoint=False, dtype=np.float32))
            self._centre = self._stft.hop if self._centre >= 0 else self._centre + self._stft.hop
            self._last, self._started = np.float32(value), True
        curve = np.concatenate(pieces)[: self._owed]
        self._owed -= len(curve)
        return {ACTIVITY: curve[None]}
