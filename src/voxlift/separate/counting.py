"""How many people speak: a track counts once it has carried, by itself, a voice that no other track carries.

A net that always gives two tracks gives two of one talker too: a faint copy, or now this track and now that one.
Neither is a second speaker: a copy never leads (`linking.leading`), and what wanders is the same voice on both tracks.
So the voices that lead are learned, each track's by itself (`dsp/voiceprint.py`), and compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.activity import RISE_DB_PER_SECOND
from voxlift.dsp.voiceprint import HOP_SECONDS, UNHEARD, cepstra, distance, voiceprint
from voxlift.separate.linking import leading, loudest_of

FEWEST_SECONDS = 1.0
"""How long a further voice must have led before it may count."""

OPENS, CLOSES = 1.1, 0.8
"""From which unlikeness on (1 is the border, see `voiceprint.distance`) a voice counts as another, and down to which it
then goes on to: as more is heard, a voice first taken for another may turn out to be the same."""

ABOVE_FLOOR_DB = 10.0
"""By how much a voice stands out of the quietest moments of its own track: steady noise is nobody."""

STEEPNESS = 4.0
"""Of the odds that a voice is another, by its unlikeness; found as `voiceprint.WORDS` was."""

UNHEARD_CHANCE = 0.02
"""That there is another whose voice never led for long enough to be known; nothing is surer than that."""


@dataclass(frozen=True)
class Count:
    """How many speak, and how sure that is, 0..1."""

    speakers: int
    confidence: float


class Counter:
    """Listens to tracks step by step and says which of them are speakers; memory is one voice a track.

    Parameters
    ----------
    tracks
        How many the net gives.
    most
        How many speakers there may be.
    rate
        In Hz.
    """

    def __init__(self, tracks: int, most: int, rate: int) -> None:
        self._most, self._rate = most, rate
        self._voices = [UNHEARD] * tracks
        self._floors_db = np.full(tracks, np.inf)
        self._loudest = 0.0
        self._place: dict[int, int] = {}  # of each track that ever counted, in the order in which they first did
        self._open: set[int] = set()

    def push(self, tracks: list[Samples]) -> None:
        """Take the next step of every track, `(channels, length)` each."""
        analysed = [cepstra(track, self._rate) for track in tracks]
        powers = np.stack([power for _, power in analysed])
        self._loudest = loudest_of(powers, self._loudest)
        leads = leading(powers, self._loudest) & self._stands_out(powers)
        for k, ((frames, _), lead) in enumerate(zip(analysed, leads, strict=True)):
            self._voices[k] += voiceprint(frames[lead])
        self._decide()

    def places(self) -> tuple[int, ...]:
        """The speaker, from 0, to whom each track belongs; a track that is none belongs to the likest."""
        return tuple(self._place[k] if k in self._open else self._owner(k) for k in range(len(self._voices)))

    def chances(self) -> dict[int, float]:
        """How likely each but the first speaker is somebody else than the others, by the place he has or would have."""
        if not self._place:
            return {}
        others = [k for k in range(len(self._voices)) if self._place.get(k) != 0]
        free = iter(range(len(self._place), len(self._voices)))
        return {self._place[k] if k in self._place else next(free): self._chance(k) for k in others}

    def _decide(self) -> None:
        """Open and close; who was heard longest comes first."""
        for k in sorted(range(len(self._voices)), key=lambda k: -self._voices[k].frames):
            voice = self._voices[k]
            if not self._open:
                opens = voice.known
            elif k in self._open:
                opens = len(self._open) == 1 or self._place[k] == 0 or self._unlike(k) > CLOSES
            else:
                room = k in self._place or len(self._place) < self._most
                opens = room and voice.seconds >= FEWEST_SECONDS and self._unlike(k) > OPENS
            if opens:
                self._open.add(k)
                self._place.setdefault(k, len(self._place))
            else:
                self._open.discard(k)

    def _unlike(self, k: int) -> float:
        """How unlike a track's voice is to the likest of the others that count; 0 where it is not known."""
        apart = [distance(self._voices[k], self._voices[j]) for j in self._open if j != k]
        return min((x for x in apart if not math.isnan(x)), default=0.0)

    def _chance(self, k: int) -> float:
        unlike = self._unlike(k) if self._voices[k].seconds >= FEWEST_SECONDS else 0.0
        return min(max(1 - 1 / (1 + unlike**STEEPNESS), UNHEARD_CHANCE), 1 - UNHEARD_CHANCE)

    def _owner(self, k: int) -> int:
        if not self._open:
            return 0
        apart = {j: distance(self._voices[k], self._voices[j]) for j in self._open}
        known = {j: x for j, x in apart.items() if not math.isnan(x)}
        return self._place[min(known, key=lambda j: known[j])] if known else min(self._place[j] for j in self._open)

    def _stands_out(self, powers: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which frames are well above the track's own background, which falls at once and climbs slowly."""
        levels_db = 10 * np.log10(powers + 1e-12)
        result = np.zeros(powers.shape, bool)
        for frame in range(powers.shape[1]):
            risen_db = self._floors_db + RISE_DB_PER_SECOND * HOP_SECONDS
            self._floors_db = np.minimum(levels_db[:, frame], risen_db)
            result[:, frame] = levels_db[:, frame] > self._floors_db + ABOVE_FLOOR_DB
        return result


def confidence(chances: dict[int, float], speakers: int) -> float:
    """How likely it is that just so many speak: each further one is another, and nobody else is."""
    return math.prod(chance if place < speakers else 1 - chance for place, chance in chances.items())
