"""Speech put on a melody: vowels held for the length of notes, consonants kept short, another pitch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.lab.synthesis.intonation import Intonation, Sung, hertz
from voxlift.lab.synthesis.syllables import Syllable, syllables
from voxlift.lab.synthesis.voice import PERIOD_SECONDS, Frames, Heard, hear, speak

EDGE_SECONDS = 0.035
"""The beginning and the end of a vowel keep their speed; what lies between is held."""
LAST_SECONDS = 0.12
"""How long the consonants that end a phrase may be heard."""


@dataclass(frozen=True)
class Timbre:
    """What makes this throat's sound: drawn once for a singer."""

    formants: float
    """Factor on all formants; 1.1 is a shorter throat."""
    ring_db: float
    """The singer's formant: a bump near 3 kHz that carries over an orchestra."""
    tilt_db: float
    """Per octave above 1 kHz; more is shouted, less is murmured."""
    breath: float
    """0 as it was spoken, 1 whispered in the upper bands."""
    dynamics: float
    """How much of the differences of level between spoken syllables is left."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Timbre:
        """Draw from breathy to belted."""
        breath = float(rng.uniform(0, 0.12) if rng.random() < 0.7 else rng.uniform(0.15, 0.5))
        return cls(
            float(np.exp(rng.normal(0, 0.06))),
            float(rng.uniform(0, 9)),
            float(rng.normal(-0.5, 1.5)),
            breath,
            float(rng.uniform(0.1, 0.5)),
        )

    def applied(self, heard: Heard) -> Heard:
        """Shape envelopes and breath."""
        heard = heard.stretched(self.formants)
        hz = np.maximum(np.linspace(0, heard.rate / 2, heard.envelope.shape[1]), 50.0)
        octaves = np.clip(np.log2(hz / 1000), -2, 3)
        shape_db = self.tilt_db * octaves + self.ring_db * np.exp(-0.5 * (np.log2(hz / 3000) / 0.3) ** 2)
        voiced = heard.pitch_hz[:, None] > 0
        envelope = heard.envelope * 10 ** (np.where(voiced, shape_db, shape_db / 3) / 10)
        upper = self.breath * np.clip(np.log2(hz / 700) / 2, 0, 1)
        return replace(heard, envelope=envelope, breath=heard.breath + (1 - heard.breath) * upper)


@dataclass(frozen=True)
class Take:
    """What was sung, ready to be sounded: the voice in pieces, and the pitch it was told to sing.

    `pitch_hz` is 0 where consonants or rests are without one.
    """

    heard: Heard

    @property
    def pitch_hz(self) -> Frames:
        """The melody's pitch, a frame every 5 ms."""
        return self.heard.pitch_hz

    def sound(self) -> Samples:
        """Make sound of it, `(length,)` at the rate of `heard`."""
        return speak(self.heard)


def words(samples: Samples, rate: int) -> tuple[Heard, list[Syllable]]:
    """Hear an utterance and find its syllables.

    Raises
    ------
    DataError
        When there is nothing in it that can be held.
    """
    heard = hear(samples, rate)
    found = syllables(heard)
    if not found:
        raise DataError("no vowel was found in an utterance to be sung; give recordings of speech")
    return heard.widened(), found


def comfortable(heard: Heard) -> float:
    """The MIDI key that this voice speaks at."""
    voiced = heard.pitch_hz[heard.pitch_hz > 0]
    return float(69 + 12 * np.log2(np.median(voiced) / 440)) if len(voiced) else 57.0


def sing(
    rng: np.random.Generator,
    spoken: tuple[Heard, Sequence[Syllable]],
    notes: Sequence[Sung],
    seconds: float,
    *,
    timbre: Timbre,
    intonation: Intonation,
) -> Take:
    """Put an utterance on notes; where it has fewer syllables than there are notes, it is sung again.

    Parameters
    ----------
    rng
        Where chance comes from.
    spoken
        What `words` gave.
    notes
        In order and without overlaps.
    seconds
        Length of the whole, rests at the end included.
    timbre, intonation
        The singer.
    """
    heard, known = spoken
    frames = round(seconds / PERIOD_SECONDS)
    course = _course(rng, notes, known, frames)
    sung = timbre.applied(heard.at(course.source))
    keys = intonation.curve(rng, notes, frames, PERIOD_SECONDS)
    pitch = np.where(course.sounding & ((sung.pitch_hz > 0) | course.vowel), hertz(keys), 0.0)
    level_db = course.level_db + (timbre.dynamics - 1) * course.spoken_db
    power = np.where(course.sounding, 10 ** (level_db / 10), 0.0)
    power = _declicked(power)
    return Take(replace(sung, pitch_hz=pitch, envelope=np.maximum(sung.envelope * power[:, None], 1e-16)))


@dataclass(frozen=True)
class _Course:
    """For each frame: where in the speech it comes from, whether it sounds, is a vowel, and its level."""

    source: Frames
    sounding: np.ndarray
    vowel: np.ndarray
    level_db: Frames
    spoken_db: Frames


def _course(rng: np.random.Generator, notes: Sequence[Sung], known: Sequence[Syllable], frames: int) -> _Course:
    course = _Course(
        np.zeros(frames), np.zeros(frames, bool), np.zeros(frames, bool), np.zeros(frames), np.zeros(frames)
    )
    number, usual_db = int(rng.integers(len(known))), float(np.median([syllable.level_db for syllable in known]))
    middle = float(np.median([note.key for note in notes])) if notes else 0.0
    for place, note in enumerate(notes):
        following = notes[place + 1] if place + 1 < len(notes) else None
        tied = not note.opens and place > 0 and rng.random() < 0.12  # one syllable on several notes
        if not tied:
            number = (number + 1) % len(known)
        syllable = known[number]
        begin, end = round(note.start / PERIOD_SECONDS), min(frames, round(note.end / PERIOD_SECONDS))
        if begin >= end:
            continue
        if tied:
            _hold(rng, course, syllable, begin, end)
        else:
            _lead(course, syllable, begin)
            _vowel(rng, course, syllable, begin, end)
        if following is None or following.opens:
            _last(course, syllable, known[(number + 1) % len(known)], end)
        first = max(0, begin - (0 if tied else syllable.start - syllable.lead))
        course.level_db[first:] = 12 * (note.loudness - 0.8) + 0.35 * (note.key - middle)
        course.spoken_db[first:] = syllable.level_db - usual_db
    smooth = 0.02 / PERIOD_SECONDS
    return replace(
        course,
        level_db=gaussian_filter1d(course.level_db, smooth, mode="nearest"),
        spoken_db=gaussian_filter1d(course.spoken_db, smooth, mode="nearest"),
    )


def _lead(course: _Course, syllable: Syllable, begin: int) -> None:
    """Put the consonants before the beat, so that the vowel begins on it; they take the end of the note before."""
    count = min(syllable.start - syllable.lead, begin)
    course.source[begin - count : begin] = np.arange(syllable.start - count, syllable.start)
    course.sounding[begin - count : begin] = True
    course.vowel[begin - count : begin] = False


def _vowel(rng: np.random.Generator, course: _Course, syllable: Syllable, begin: int, end: int) -> None:
    """Stretch a vowel over the note; its edges keep their speed, its middle wanders a little, as held vowels do."""
    edge = min(round(EDGE_SECONDS / PERIOD_SECONDS), (syllable.end - syllable.start) // 3, (end - begin) // 3)
    corners = [begin, begin + edge, end - edge, end]
    places = [syllable.start, syllable.start + edge, syllable.end - 1 - edge, syllable.end - 1]
    course.source[begin:end] = np.interp(np.arange(begin, end), corners, places)
    _wander(rng, course, syllable, begin + edge, end - edge)
    course.sounding[begin:end] = course.vowel[begin:end] = True


def _hold(rng: np.random.Generator, course: _Course, syllable: Syllable, begin: int, end: int) -> None:
    """Go on with the vowel on another note."""
    course.source[begin:end] = (syllable.start + syllable.end) / 2
    _wander(rng, course, syllable, begin, end)
    course.sounding[begin:end] = course.vowel[begin:end] = True


def _wander(rng: np.random.Generator, course: _Course, syllable: Syllable, begin: int, end: int) -> None:
    if end - begin < 2:
        return
    walk = gaussian_filter1d(rng.standard_normal(end - begin), 0.06 / PERIOD_SECONDS, mode="nearest")
    reach = 0.12 * (syllable.end - syllable.start)
    fade = np.minimum(1, np.minimum(np.arange(end - begin), np.arange(end - begin)[::-1]) / 8)
    moved = course.source[begin:end] + reach * fade * walk / (walk.std() + 1e-9)
    course.source[begin:end] = np.clip(moved, syllable.start, syllable.end - 1)


def _last(course: _Course, syllable: Syllable, following: Syllable, end: int) -> None:
    """Let the consonants after the last vowel of a phrase be heard."""
    after = following.start - syllable.end if following.start > syllable.end else 0
    count = max(0, min(after, round(LAST_SECONDS / PERIOD_SECONDS), len(course.source) - end))
    course.source[end : end + count] = np.arange(syllable.end, syllable.end + count)
    course.sounding[end : end + count] = True


def _declicked(power: Frames) -> Frames:
    return np.maximum(gaussian_filter1d(power, 0.006 / PERIOD_SECONDS), 0.0)
