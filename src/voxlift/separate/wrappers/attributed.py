"""Tracks of speakers, put right where a talker was handed from one to another."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.fifo import Fifo
from voxlift.dsp.voiceprint import Matrix, hop_of
from voxlift.separate.attribution import Attributor, Path, loud_leads
from voxlift.separate.contract import Stems, Stream, joined
from voxlift.separate.linking import loudest_of
from voxlift.separate.voices import Voices
from voxlift.separate.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class _Piece:
    """Tracks `(channels, length)` and what is heard on them: as `Heard` has it, the tracks first."""

    tracks: list[Samples]
    places: Matrix
    known: Matrix
    powers: Matrix


@dataclass(frozen=True)
class Attributed(Wrapper):
    """Exchanges the inner separator's stems wherever the voices on them say so (`attribution.py`).

    The stems of a moment stay what they are, only their names change: together they are always what the inner stems are
    together. Voices must be known first: so the first pieces are held until several were heard.
    """

    voices: Voices
    certain: bool = False
    """Whether it is known that as many speak as there are stems; see `Attributor`."""
    seconds: float = 30.0
    first_pieces: int = 3
    """So many pieces of so many seconds are heard before anything is given; from then on, each by itself."""

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _AttributedStream(self, channels, rate)


class _AttributedStream:
    def __init__(self, attributed: Attributed, channels: int, rate: int) -> None:
        self._inner, self._rate = attributed.inner.stream(channels, rate), rate
        self._voices, self._stems = attributed.voices, attributed.stems
        self._arrived = [Fifo(channels) for _ in self._stems]
        self._length = max(1, round(attributed.seconds * rate))
        self._wanted = attributed.first_pieces
        self._heard: list[_Piece] = []
        self._followed: deque[tuple[list[Samples], Path]] = deque()
        self._attributor = Attributor(len(self._stems), certain=attributed.certain)
        self._loudest = 0.0
        self._order = 0
        self._nothing: Stems = dict.fromkeys(self._stems, np.zeros((channels, 0), np.float32))

    def push(self, block: Samples) -> Stems:
        self._arrive(self._inner.push(block))
        while self._arrived[0].length >= self._length:
            self._hear(self._length)
            if len(self._heard) >= self._wanted:
                self._follow()
        # Hardly faster than sound comes in, lest all that comes after had to hold what was waited for at once.
        return self._given(min(len(self._followed), 1 + block.shape[1] // self._length))

    def flush(self) -> Stems:
        self._arrive(self._inner.flush())
        while self._arrived[0].length:
            self._hear(min(self._length, self._arrived[0].length))
        if self._heard:
            self._follow()
        return self._given(len(self._followed))

    def _arrive(self, stems: Stems) -> None:
        for fifo, stem in zip(self._arrived, self._stems, strict=True):
            fifo.push(stems[stem])

    def _hear(self, length: int) -> None:
        tracks = [fifo.take(length) for fifo in self._arrived]
        heard = [self._voices.hear(track, self._rate) for track in tracks]
        places, known = np.stack([one.places for one in heard]), np.stack([one.known for one in heard])
        self._heard.append(_Piece(tracks, places, known, powers=np.stack([one.powers for one in heard])))

    def _follow(self) -> None:
        """Find which track each speaker is on in all that was heard."""
        powers = np.concatenate([piece.powers for piece in self._heard], axis=1)
        self._loudest = loudest_of(powers, self._loudest)
        path = self._attributor.follow(
            np.concatenate([piece.places for piece in self._heard], axis=1),
            np.concatenate([piece.known for piece in self._heard], axis=1),
            loud_leads(powers, self._loudest),
        )
        ends = np.cumsum([piece.powers.shape[1] for piece in self._heard])
        tracks = [piece.tracks for piece in self._heard]
        self._followed.extend(zip(tracks, np.split(path, ends[:-1]), strict=True))
        self._heard, self._wanted = [], 1

    def _given(self, pieces: int) -> Stems:
        given = [self._exchanged(*self._followed.popleft()) for _ in range(pieces)]
        return joined([self._nothing, *(dict(zip(self._stems, voices, strict=True)) for voices in given)])

    def _exchanged(self, tracks: list[Samples], path: Path) -> list[Samples]:
        """Give each voice its track; from one frame's centre to the next it passes over to the other."""
        orders = self._attributor.orders
        path = np.concatenate([[self._order], path])  # the frame before the first
        self._order = int(path[-1])
        if (path == path[0]).all():
            return [tracks[track] for track in orders[path[0]]]
        centres = np.arange(len(path)) * hop_of(self._rate)
        voices = []
        for voice in range(len(tracks)):
            sound = np.zeros_like(tracks[0])
            for k, track in enumerate(tracks):
                carries = orders[path, voice] == k
                if carries.any():
                    sound += track * _drawn(carries, centres, track.shape[1])
            voices.append(sound)
        return voices


def _drawn(carries: NDArray[np.bool_], centres: NDArray[np.intp], length: int) -> Samples:
    """A line from frame to frame, `(length,)`."""
    line: Samples = np.interp(np.arange(length), centres, carries.astype(np.float64)).astype(np.float32)
    return line
