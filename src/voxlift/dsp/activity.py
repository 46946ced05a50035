"""Where there is sound: a level against its own running background, with hold and soft edges."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voxlift.audio import Samples

FRAME_SECONDS = 0.02
QUIET_DB = -70.0
RISE_DB_PER_SECOND = 3.0
"""How fast the background estimate climbs; it falls at once. Slow enough to outlast a sentence."""

ACTIVE_BELOW_LOUDEST_DB, ACTIVE_FLOOR_DB = 35.0, -65.0
"""Where a clean voice counts as heard: not further below its loudest frame, and above this level of full scale."""


def active_frames(voice: Samples, window: int, hop: int) -> NDArray[np.bool_]:
    """Whether a clean voice `(length,)` is heard in each frame of the grid of `dsp/stft.py`: `(frames,)`."""
    count = -(-(len(voice) + window - hop) // hop)
    padded = np.pad(voice, (window - hop, count * hop - len(voice)))
    power = np.square(sliding_window_view(padded, window)[::hop], dtype=np.float64).mean(axis=-1)
    floor = max(power.max(initial=0) * 10 ** (-ACTIVE_BELOW_LOUDEST_DB / 10), 10 ** (ACTIVE_FLOOR_DB / 10))
    heard: NDArray[np.bool_] = power > floor
    return heard


class Level:
    """Activity `(1, length)` of blocks `(channels, length)`: 1 where a frame stands out of the background, else 0.

    The background is the lowest level of the past, climbing slowly. Activity is held for a while after the last loud
    frame; edges are ramps of one frame.
    """

    def __init__(self, rate: int, above_floor_db: float, hold_seconds: float) -> None:
        self._frame = max(1, round(FRAME_SECONDS * rate))
        self._above = above_floor_db
        self._hold = round(hold_seconds / FRAME_SECONDS)
        self._floor = 0.0
        self._left = 0
        self._gain = 0.0
        self._power = np.zeros(0, np.float32)

    def push(self, block: Samples) -> Samples:
        """Take a block, return the activity of the frames it completes."""
        power = np.square(block).mean(axis=0)
        self._power = np.concatenate([self._power, power])
        count = len(self._power) // self._frame
        frames = self._power[: count * self._frame].reshape(count, self._frame)
        self._power = self._power[count * self._frame :]
        return self._curve([float(frame.mean()) for frame in frames], self._frame)

    def flush(self) -> Samples:
        """Return the activity of the last, shorter frame."""
        rest, self._power = self._power, self._power[:0]
        return self._curve([float(rest.mean())] if len(rest) else [], len(rest))

    def _curve(self, powers: list[float], length: int) -> Samples:
        pieces = [np.zeros(0, np.float32)]
        for power in powers:
            target = self._decide(10 * np.log10(power + 1e-12))
            pieces.append(np.linspace(self._gain, target, length, dtype=np.float32))
            self._gain = target
        return np.concatenate(pieces)[None]

    def _decide(self, level_db: float) -> float:
        self._floor = min(level_db, self._floor + RISE_DB_PER_SECOND * FRAME_SECONDS)
        if level_db > max(self._floor + self._above, QUIET_DB):
            self._left = self._hold + 1
        self._left = max(0, self._left - 1)
        return 1.0 if self._left else 0.0
