"""Conversations made of clean utterances: who speaks when is then known, and how much the talkers overlap is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Audio, Samples
from voxlift.errors import DataError
from voxlift.separate.contract import Stream


@dataclass(frozen=True)
class Manner:
    """How people talk.

    Parameters
    ----------
    seconds
        Length of the conversation.
    overlap
        Share of the spoken time in which two speak: 0 takes turns, 1 always talks over the other.
    pause_seconds
        Silence between turns where they do not overlap.
    silence_seconds, silence_every_seconds
        Now and then nobody says anything, for so long.
    """

    seconds: float
    overlap: float = 0.0
    pause_seconds: float = 0.3
    silence_seconds: float = 0.0
    silence_every_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 0 <= self.overlap <= 1:
            raise DataError(f"an overlap of {self.overlap}: give a share of the spoken time, 0 to 1")


def conversation(speakers: Sequence[Sequence[Samples]], rate: int, manner: Manner, rng: np.random.Generator) -> Samples:
    """Let speakers take turns.

    Parameters
    ----------
    speakers
        Of each, utterances `(length,)`; all are said before one is said again.
    rate
        Of the utterances, in Hz.

    Returns
    -------
    Samples
        What each says, `(speakers, length)`.
    """
    length = round(manner.seconds * rate)
    tracks = np.zeros((len(speakers), length), np.float32)
    sayings = [_said(utterances, rng) for utterances in speakers]
    ends = [0] * len(speakers)
    talker = int(rng.integers(len(speakers)))
    alone = together = 0
    next_silence = manner.silence_every_seconds * rate
    while True:
        turn, end = next(sayings[talker]), max(ends)
        # As much is shared as brings the whole to the share asked for: (together + x) / (alone + together + turn - x).
        share = manner.overlap
        shared = round((share * (alone + together + len(turn)) - together) / (1 + share))
        start = end - min(shared, len(turn)) if shared > 0 else end + round(manner.pause_seconds * rate)
        if manner.silence_seconds and end >= next_silence:
            start = end + round(manner.silence_seconds * rate)
            next_silence = start + manner.silence_every_seconds * rate
        start = max(start, ends[talker])
        if start >= length:
            return tracks
        said = turn[: length - start]
        tracks[talker, start : start + len(said)] = said
        over = max(0, min(end, start + len(turn)) - start)
        together, alone = together + over, alone + len(turn) - 2 * over
        ends[talker] = start + len(turn)
        talker = ends.index(min(ends))  # who has been silent for longest


def _said(utterances: Sequence[Samples], rng: np.random.Generator) -> Iterator[Samples]:
    if not utterances:
        raise DataError("a speaker without an utterance says nothing: give one or more")
    while True:
        for k in rng.permutation(len(utterances)):
            yield utterances[k]


@dataclass(frozen=True)
class Oracle:
    """Stands for a net that splits well and names freely: it shows what linking makes of such a net's chunks.

    It is given two channels with a speaker each. A track has its speaker's channel as it was, and the other's lowered.

    Parameters
    ----------
    rng
        Draws the order of the tracks, anew in each chunk.
    leak
        Height of the other speaker in a track.
    changes_its_mind
        How often the order changes in the midst of a chunk.
    """

    rng: np.random.Generator
    leak: float = 0.1
    changes_its_mind: float = 0.0
    stems: tuple[str, ...] = ("speaker1", "speaker2")
    rate: int | None = None

    def stream(self, channels: int, rate: int) -> Stream:
        """Refuse: only whole chunks have an order."""
        raise NotImplementedError("an oracle separates whole chunks: put it in Chunked")

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Give each speaker a track."""
        lowered = np.array([[1], [self.leak]], np.float32)
        tracks = [audio.samples * lowered, audio.samples * lowered[::-1]]
        if self.rng.random() < self.changes_its_mind:
            half = audio.length // 2
            tracks = [np.concatenate([a[:, :half], b[:, half:]], axis=1) for a, b in (tracks, tracks[::-1])]
        if self.rng.random() < 0.5:
            tracks.reverse()
        return {stem: Audio(track, audio.rate) for stem, track in zip(self.stems, tracks, strict=True)}


def confusion(estimates: Iterable[Samples], targets: Iterable[Samples], rate: int) -> float:
    """Share of the seconds of speech that are on another track than that speaker's: 0 is best, 0.5 is chance for two.

    Speech is what lies within 20 dB of the speaker's loudest second; in less, leakage passes for a mistake.

    Parameters
    ----------
    estimates, targets
        Sounds `(channels, length)`, whose channels are averaged, as many of either; which estimate is whose is what
        fits best over the whole.

    Returns
    -------
    float
        NaN where nobody speaks for a second.
    """
    found, wanted = (_by_seconds(sounds, rate) for sounds in (estimates, targets))
    likeness = np.abs(np.einsum("etn,stn->est", found, wanted))
    energy = np.square(wanted).sum(axis=2)
    spoken = energy > 1e-2 * energy.max(axis=1, keepdims=True, initial=1e-12)
    if not spoken.any():
        return math.nan
    carrier = likeness.argmax(axis=0)
    return min(float((carrier != np.array(order)[:, None])[spoken].mean()) for order in permutations(range(len(found))))


def _by_seconds(sounds: Iterable[Samples], rate: int) -> NDArray[np.float64]:
    """Cut into whole seconds: `(sounds, seconds, rate)`."""
    mono = np.stack([np.atleast_2d(sound).mean(axis=0, dtype=np.float64) for sound in sounds])
    seconds = mono.shape[1] // rate
    return mono[:, : seconds * rate].reshape(len(mono), seconds, rate)
