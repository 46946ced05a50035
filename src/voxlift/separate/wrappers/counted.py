"""As many tracks as people speak, the others silent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.fifo import Fifo
from voxlift.errors import InputError
from voxlift.separate.contract import Stems, Stream, joined
from voxlift.separate.counting import Count, Counter, confidence
from voxlift.separate.wrappers.wrapper import Wrapper

STEP_SECONDS = 1.0
HELD_STEPS = 8
RAMP_SECONDS = 0.02


@dataclass(frozen=True)
class Counted(Wrapper):
    """Names the tracks `speaker-1`, `speaker-2` ... in the order in which they are first heard, and mutes ghosts.

    With `count` None the number is found out. A track stays digital silence until it has carried a voice of its own
    (`counting.py`); what the net puts there before belongs to the speaker it sounds like most and is added to him. So
    nothing said is lost: the tracks together are always what the inner tracks are together. A decision is made eight
    seconds late, so that a speaker's track holds his first words too; memory is that of eight seconds. A track that has
    begun to sound can fall silent again, but what was given out stays.

    `tell` hears at the end of each stream how many there were, and how sure that is.

    Raises
    ------
    InputError
        When the inner separator gives one track only, or fewer than `count`.
    """

    count: int | None = None
    tell: Callable[[Count], None] | None = None

    def __post_init__(self) -> None:
        tracks = len(self.inner.stems)
        if tracks < 2:
            raise InputError(f"this model gives one track ({self.inner.stems[0]}): it splits no speakers, name another")
        if self.count is not None and not 1 <= self.count <= tracks:
            raise InputError(
                f"{self.count} speakers: this model splits 1 to {tracks}; give that, auto, or another model"
            )

    @property
    def stems(self) -> tuple[str, ...]:
        """One a speaker."""
        return tuple(f"speaker-{k + 1}" for k in range(self.count or len(self.inner.stems)))

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        if self.count in (1, len(self.inner.stems)):
            return _GivenStream(self, channels, rate)
        return _CountedStream(self, channels, rate)


class _GivenStream:
    """All tracks as they are, or all of them as one: nothing is to be found out."""

    def __init__(self, counted: Counted, channels: int, rate: int) -> None:
        self._inner = counted.inner.stream(channels, rate)
        self._from, self._to, self._tell = counted.inner.stems, counted.stems, counted.tell

    def push(self, block: Samples) -> Stems:
        return self._named(self._inner.push(block))

    def flush(self) -> Stems:
        if self._tell is not None:
            self._tell(Count(len(self._to), 1.0))
        return self._named(self._inner.flush())

    def _named(self, stems: Stems) -> Stems:
        tracks = [stems[stem] for stem in self._from]
        if len(self._to) == 1:
            return {self._to[0]: np.sum(tracks, axis=0)}
        return dict(zip(self._to, tracks, strict=True))


class _CountedStream:
    def __init__(self, counted: Counted, channels: int, rate: int) -> None:
        self._inner = counted.inner.stream(channels, rate)
        self._from, self._to, self._tell = counted.inner.stems, counted.stems, counted.tell
        self._counter = Counter(len(self._from), len(self._to), rate)
        self._arrived = [Fifo(channels) for _ in self._from]
        self._held: deque[list[Samples]] = deque()
        self._step, self._ramp = round(STEP_SECONDS * rate), max(1, round(RAMP_SECONDS * rate))
        self._gains: NDArray[np.float32] | None = None
        self._nothing: Stems = dict.fromkeys(self._to, np.zeros((channels, 0), np.float32))
        self._sounded = 0  # how many tracks have

    def push(self, block: Samples) -> Stems:
        self._arrive(self._inner.push(block))
        given = []
        while self._arrived[0].length >= self._step:
            self._hear(self._step)
            if len(self._held) > HELD_STEPS:
                given.append(self._give(self._held.popleft()))
        return joined([self._nothing, *given])

    def flush(self) -> Stems:
        self._arrive(self._inner.flush())
        while self._arrived[0].length:
            self._hear(min(self._step, self._arrived[0].length))
        given = joined([self._nothing, *(self._give(tracks) for tracks in self._held)])
        self._held.clear()
        if self._tell is not None:
            self._tell(Count(self._sounded, confidence(self._counter.chances(), self._sounded)))
        return given

    def _arrive(self, stems: Stems) -> None:
        for fifo, stem in zip(self._arrived, self._from, strict=True):
            fifo.push(stems[stem])

    def _hear(self, length: int) -> None:
        tracks = [fifo.take(length) for fifo in self._arrived]
        self._counter.push(tracks)
        self._held.append(tracks)

    def _give(self, tracks: list[Samples]) -> Stems:
        """Add up each speaker's tracks; where a track changes hands, it does so within a short ramp."""
        wanted = np.zeros((len(self._to), len(tracks)), np.float32)
        wanted[self._counter.places(), range(len(tracks))] = 1
        before = wanted if self._gains is None else self._gains
        self._gains = wanted
        rise = np.minimum(1, (np.arange(tracks[0].shape[1], dtype=np.float32) + 1) / self._ramp)
        out: Stems = {}
        for stem, old, new in zip(self._to, before, wanted, strict=True):
            parts = [track * (a + (b - a) * rise) for track, a, b in zip(tracks, old, new, strict=True) if a or b]
            out[stem] = np.sum(parts, axis=0, dtype=np.float32) if parts else np.zeros_like(tracks[0])
        self._sounded = max([self._sounded, *(k + 1 for k, sound in enumerate(out.values()) if sound.any())])
        return out
