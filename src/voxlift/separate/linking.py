"""Which track of a chunk goes on which track of the recording: by the sound that both hold, else by the voice.

A net that splits speakers names them as it likes, anew in each chunk. Where chunks overlap, each track is the same
sound in both, and correlation tells which is which: the stitching of continuous separation (Chen et al., "Continuous
speech separation: dataset and analysis", ICASSP 2020). Where nobody speaks in the overlap, correlation is a coin toss,
and one toss lost swaps the speakers for good; so does a net that changes its mind within a chunk. So each track also
remembers the voice it carried until now (`dsp/voiceprint.py`), however long ago, and both have their say: a loud
overlap outweighs a doubtful voice, a sure voice outweighs a quiet or misleading overlap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.voiceprint import UNHEARD, Voiceprint, cepstra, distance, voiceprint
from voxlift.separate.contract import Stems

HEARD_BELOW_LOUDEST_DB = 35.0
"""A frame further below the loudest speech so far carries nobody."""

LEADS_BY_DB = 6.0
"""A voice is learned from frames in which its track is by this much louder than all others, for those may leak."""

OVERLAP_COUNTS = 1.5
"""What perfect likeness over the overlap weighs against voices, whose unlikeness has 1 as its border. Once both voices
are known they differ by some 3 from each other's track: enough to mend a chunk that a wrong overlap has misled."""

QUIET_BELOW_LOUDEST_DB = 30.0
"""An overlap as quiet as this tells half as much; a quieter one, in which noise alone is alike, nearly nothing."""

NEW_VOICE = 1.0
"""What a voice costs on a track that has none yet: the border between one speaker and two (`voiceprint.distance`)."""


@dataclass(frozen=True)
class Heard:
    """The voices of a piece of sound.

    Parameters
    ----------
    prints
        A voice a track, of the frames in which it leads.
    loudest
        Mean power of the loudest frames, to which silence is relative.
    """

    prints: tuple[Voiceprint, ...]
    loudest: float


def hear(tracks: list[Samples], rate: int, loudest: float = 0.0) -> Heard:
    """Learn the voice of each track `(channels, length)`; `loudest` is that of what came before."""
    analysed = [cepstra(track, rate) for track in tracks]
    powers = np.stack([power for _, power in analysed])
    loudest = loudest_of(powers, loudest)
    pairs = zip(analysed, leading(powers, loudest), strict=True)
    return Heard(tuple(voiceprint(frames[lead]) for (frames, _), lead in pairs), loudest)


def loudest_of(powers: NDArray[np.float64], before: float) -> float:
    """How loud speech is: powers `(tracks, frames)` and what was found before. Not the very loudest, as a click is."""
    return max(before, float(np.quantile(powers.max(axis=0), 0.95))) if powers.size else before


def leading(powers: NDArray[np.float64], loudest: float, below_db: float = HEARD_BELOW_LOUDEST_DB) -> NDArray[np.bool_]:
    """In which frames a track is heard and leads by far: powers `(tracks, frames)` to booleans of that shape.

    Heard is what is no further than `below_db` below the loudest.
    """
    heard = powers > max(loudest * 10 ** (-below_db / 10), 1e-10)
    others = powers.sum(axis=0) - powers
    result: NDArray[np.bool_] = heard & (powers > others * 10 ** (LEADS_BY_DB / 10))
    return result


class Linker:
    """Puts the tracks of one chunk after another in order; its memory is one voice a track."""

    def __init__(self, names: tuple[str, ...], rate: int) -> None:
        self._names, self._rate = names, rate
        self._voices = [UNHEARD for _ in names]
        self._loudest = 0.0

    def link(self, tail: Stems | None, stems: Stems, fresh: int) -> Stems:
        """Order a chunk.

        Parameters
        ----------
        tail
            The ordered end of the chunk before, where this one overlaps it; None for the first.
        stems
            The chunk's tracks as the net named them.
        fresh
            How many of its samples no later chunk holds: from these the voices are learned.
        """
        tracks = [stems[name] for name in self._names]
        order = range(len(tracks)) if tail is None else self._order([tail[name] for name in self._names], tracks)
        ordered = [tracks[k] for k in order]
        heard = hear([track[:, :fresh] for track in ordered], self._rate, self._loudest)
        self._loudest = heard.loudest
        self._voices = [old + new for old, new in zip(self._voices, heard.prints, strict=True)]
        return dict(zip(self._names, ordered, strict=True))

    def _order(self, tail: list[Samples], tracks: list[Samples]) -> tuple[int, ...]:
        """The order that fits best; the net's own where all is equal."""
        likeness = self._likeness(tail, tracks)
        prints = hear(tracks, self._rate, self._loudest).prints
        cost = [
            [_cost(voice, found) - OVERLAP_COUNTS * alike for found, alike in zip(prints, row, strict=True)]
            for voice, row in zip(self._voices, likeness, strict=True)
        ]
        return min(permutations(range(len(tracks))), key=lambda order: sum(cost[a][b] for a, b in enumerate(order)))

    def _likeness(self, tail: list[Samples], tracks: list[Samples]) -> list[list[float]]:
        """How alike each old track and each new one are over the overlap; the right order's sum is 1 if loud."""
        length = tail[0].shape[1]
        heads = [track[:, :length] for track in tracks]
        energy = sum(float(np.square(part, dtype=np.float64).sum()) for part in (*tail, *heads)) / 2
        quiet = self._loudest * 10 ** (-QUIET_BELOW_LOUDEST_DB / 10) * tail[0].size
        scale = 1 / max(energy + quiet, 1e-12)
        return [[scale * float(np.vdot(a, b)) for b in heads] for a in tail]


def _cost(voice: Voiceprint, found: Voiceprint) -> float:
    """How ill a voice fits a track; nothing for a track on which nobody is heard."""
    if not found.known:
        return 0.0
    apart = distance(voice, found)
    return NEW_VOICE if math.isnan(apart) else apart
