"""Tracks of speakers, put right where a talker was handed from one to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.fifo import Fifo
from voxlift.dsp.voiceprint import hop_of
from voxlift.separate.attribution import Attributor, Path, loud_leads
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.linking import loudest_of
from voxlift.separate.voices import Voices
from voxlift.separate.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Attributed(Wrapper):
    """Exchanges the inner separator's stems wherever the voices on them say so (`attribution.py`).

    The stems of a moment stay what they are, only their names change: together they are always what the inner stems are
    together. Voices must be known first: so long is the first stretch that is heard before it is given. The later ones
    are shorter.
    """

    voices: Voices
    certain: bool = False
    """Whether it is known that as many speak as there are stems; see `Attributor`."""
    first_seconds: float = 90.0
    seconds: float = 30.0

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _AttributedStream(self, channels, rate)


class _AttributedStream:
    def __init__(self, attributed: Attributed, channels: int, rate: int) -> None:
        self._inner, self._rate = attributed.inner.stream(channels, rate), rate
        self._voices, self._stems = attributed.voices, attributed.stems
        self._waiting = [Fifo(channels) for _ in self._stems]
        self._length = max(1, round(attributed.first_seconds * rate))
        self._later = max(1, round(attributed.seconds * rate))
        self._attributor = Attributor(len(self._stems), certain=attributed.certain)
        self._loudest = 0.0
        self._order = 0
        self._nothing: Samples = np.zeros((channels, 0), np.float32)

    def push(self, block: Samples) -> Stems:
        self._wait(self._inner.push(block))
        given = []
        while self._waiting[0].length >= self._length:
            given.append(self._stretch(self._length))
        return self._joined(given)

    def flush(self) -> Stems:
        self._wait(self._inner.flush())
        given = []
        while self._waiting[0].length:
            given.append(self._stretch(min(self._length, self._waiting[0].length)))
        return self._joined(given)

    def _wait(self, stems: Stems) -> None:
        for fifo, stem in zip(self._waiting, self._stems, strict=True):
            fifo.push(stems[stem])

    def _stretch(self, length: int) -> list[Samples]:
        self._length = self._later
        tracks = [fifo.take(length) for fifo in self._waiting]
        heard = [self._voices.hear(track, self._rate) for track in tracks]
        powers = np.stack([one.powers for one in heard])
        self._loudest = loudest_of(powers, self._loudest)
        path = self._attributor.follow(
            np.stack([one.places for one in heard]),
            np.stack([one.known for one in heard]),
            loud_leads(powers, self._loudest),
        )
        return self._exchanged(tracks, path)

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

    def _joined(self, given: list[list[Samples]]) -> Stems:
        parts = [[self._nothing] * len(self._stems), *given]
        return {stem: np.concatenate([part[k] for part in parts], axis=1) for k, stem in enumerate(self._stems)}


def _drawn(carries: NDArray[np.bool_], centres: NDArray[np.intp], length: int) -> Samples:
    """A line from frame to frame, `(length,)`."""
    line: Samples = np.interp(np.arange(length), centres, carries.astype(np.float64)).astype(np.float32)
    return line
