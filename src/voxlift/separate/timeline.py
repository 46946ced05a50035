"""Who speaks when, read off the tracks of the speakers: how loud each is, frame by frame, is all that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.separate.contract import Stems
from voxlift.separate.linking import HEARD_BELOW_LOUDEST_DB, loudest_of

FRAME_SECONDS = 0.02
LEAK_DB = 20.0
"""A track by so much quieter than another holds what leaks from it."""

NOISE_SHARE, ABOVE_NOISE_DB, LEAST_RANGE_DB = 0.1, 10.0, 20.0
"""The quietest tenth of a track is its background, and a voice stands out of it; but who speaks without a pause has no
background: what comes within 20 dB of the loudest is always speech."""

SMOOTH_FRAMES = 5
GAP_SECONDS, SHORTEST_SECONDS = 0.5, 0.2
"""Breath and closed lips do not end a turn; a click does not begin one."""


@dataclass(frozen=True)
class Turn:
    """Someone speaks, from and to, in seconds."""

    speaker: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.start


@dataclass(frozen=True)
class Timeline:
    """All turns in the order of their beginnings, of all speakers that there are tracks of."""

    seconds: float
    speakers: tuple[str, ...]
    turns: tuple[Turn, ...]

    def talking_seconds(self) -> dict[str, float]:
        """How long each speaks in all."""
        return {name: sum(turn.seconds for turn in self.turns if turn.speaker == name) for name in self.speakers}

    def record(self) -> dict[str, object]:
        """Give all of it as plain values, times in seconds."""
        turns = [{"speaker": t.speaker, "start": round(t.start, 3), "end": round(t.end, 3)} for t in self.turns]
        talking = {name: round(seconds, 3) for name, seconds in self.talking_seconds().items()}
        return {"seconds": round(self.seconds, 3), "talking_seconds": talking, "turns": turns}

    def rttm(self, name: str) -> str:
        """Write NIST's Rich Transcription Time Marked lines for the recording `name`: columns part at spaces."""
        file = "_".join(name.split()) or "recording"
        return "".join(
            f"SPEAKER {file} 1 {turn.start:.3f} {turn.seconds:.3f} <NA> <NA> {turn.speaker} <NA> <NA>\n"
            for turn in self.turns
        )


class TimelineMeter:
    """Measures the tracks of speakers that come in blocks of any size; memory is a number a frame and track."""

    def __init__(self, speakers: Sequence[str], rate: int) -> None:
        self._speakers, self._rate = tuple(speakers), rate
        self._frame = max(1, round(FRAME_SECONDS * rate))
        self._rest = {name: np.zeros(0, np.float32) for name in speakers}
        self._powers: dict[str, list[NDArray[np.float32]]] = {name: [] for name in speakers}
        self._length = 0

    def push(self, stems: Stems) -> None:
        """Take the next `(channels, length)` of each speaker; other stems are passed over."""
        self._length += stems[self._speakers[0]].shape[1]
        for name in self._speakers:
            self._powers[name].append(self._frames(name, np.square(stems[name]).mean(axis=0)))

    def result(self) -> Timeline:
        """Say who spoke when; a last frame that is not full is left out."""
        powers = {name: np.concatenate([np.zeros(0, np.float32), *parts]) for name, parts in self._powers.items()}
        seconds, step = self._length / self._rate, self._frame / self._rate
        turns = [
            Turn(name, start * step, min(end * step, seconds))
            for name, active in zip(self._speakers, _active(powers), strict=True)
            for start, end in _runs(active, step)
        ]
        return Timeline(seconds, self._speakers, tuple(sorted(turns, key=lambda turn: (turn.start, turn.speaker))))

    def _frames(self, name: str, power: Samples) -> NDArray[np.float32]:
        waiting = np.concatenate([self._rest[name], power])
        count = len(waiting) // self._frame
        self._rest[name] = waiting[count * self._frame :]
        frames: NDArray[np.float32] = waiting[: count * self._frame].reshape(count, self._frame).mean(axis=1)
        return frames


def _active(powers: Mapping[str, NDArray[np.float32]]) -> NDArray[np.bool_]:
    """In which frames each speaks, `(speakers, frames)`."""
    table = np.stack([_smooth(track) for track in powers.values()])
    if not table.size:
        return np.zeros(table.shape, bool)
    loudest = loudest_of(table, 0.0)
    noise = np.quantile(table, NOISE_SHARE, axis=1, keepdims=True) * _ratio(ABOVE_NOISE_DB)
    floor = np.maximum(np.minimum(noise, loudest * _ratio(-LEAST_RANGE_DB)), loudest * _ratio(-HEARD_BELOW_LOUDEST_DB))
    result: NDArray[np.bool_] = (table > np.maximum(floor, 1e-10)) & (table > table.max(axis=0) * _ratio(-LEAK_DB))
    return result


def _smooth(power: NDArray[np.float32]) -> NDArray[np.float64]:
    """Moving mean over some frames, `(frames,)`."""
    if not len(power):
        return power.astype(np.float64)
    around = np.pad(power.astype(np.float64), SMOOTH_FRAMES // 2, mode="edge")
    return np.convolve(around, np.full(SMOOTH_FRAMES, 1 / SMOOTH_FRAMES), "valid")


def _runs(active: NDArray[np.bool_], step: float) -> list[tuple[int, int]]:
    """From and to of each turn, in frames: short gaps are filled, then what is short is left out."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]])))
    runs: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if runs and (start - runs[-1][1]) * step < GAP_SECONDS:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [(start, end) for start, end in runs if (end - start) * step >= SHORTEST_SECONDS]


def _ratio(db: float) -> float:
    return float(10 ** (db / 10))
