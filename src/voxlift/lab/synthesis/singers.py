"""Singers who never sang: a speaker, a melody, a throat and a studio, drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.lab.augment import gain, rms_db
from voxlift.lab.dynamics import Compressor, limiting_gain
from voxlift.lab.reverb import Echo, Reverb
from voxlift.lab.synthesis.arranging import Pace, Song
from voxlift.lab.synthesis.choir import Choir
from voxlift.lab.synthesis.effects import drive, equalise
from voxlift.lab.synthesis.harmony import Scale, draw_chords
from voxlift.lab.synthesis.intonation import Intonation, Sung
from voxlift.lab.synthesis.melody import Manner, draw_melody
from voxlift.lab.synthesis.playing import BAR
from voxlift.lab.synthesis.singing import Take, Timbre, comfortable, sing, words
from voxlift.lab.synthesis.syllables import Syllable
from voxlift.lab.synthesis.voice import Heard
from voxlift.media import read

RATE = 32_000
"""Of what is made: speech at 16 kHz is given a top by the vocoder."""
SPEECH_RATE = 16_000
LONGEST_SECONDS = 14.0  # of speech that one clip is made of: hearing it costs the most


@dataclass(frozen=True)
class Singer:
    """One person: words to sing, a throat, ways with pitch."""

    spoken: tuple[Heard, Sequence[Syllable]]
    timbre: Timbre
    intonation: Intonation
    low: int
    """Lowest MIDI key of the range."""
    high: int

    @classmethod
    def draw(cls, rng: np.random.Generator, speech: Samples, rate: int) -> Singer:
        """Make a singer of a speaker's sound, `(length,)`; most sing above their speech, some far above.

        Raises
        ------
        DataError
            When no vowel is found in it.
        """
        spoken = words(speech, rate)
        lift = float(rng.uniform(-2, 6) if rng.random() < 0.75 else rng.uniform(6, 12))
        low = round(min(max(comfortable(spoken[0]) + lift, 40), 67))
        return cls(spoken, Timbre.draw(rng), Intonation.draw(rng), low, low + int(rng.integers(9, 17)))

    def sing(self, rng: np.random.Generator, notes: Sequence[Sung], seconds: float) -> Take:
        """Sing."""
        return sing(rng, self.spoken, notes, seconds, timbre=self.timbre, intonation=self.intonation)


@dataclass(frozen=True)
class Performance:
    """What was sung, `(2, length)`, and what was to be sung."""

    sound: Samples
    take: Take
    notes: Sequence[Sung]
    choir: Choir


def gather(rng: np.random.Generator, clips: Sequence[Path], seconds: float = LONGEST_SECONDS) -> Samples:
    """Read clips of one speaker in random order until there is enough speech; `(length,)` at 16 kHz.

    Raises
    ------
    InputError
        When a clip cannot be read.
    """
    pieces: list[Samples] = []
    for number in rng.permutation(len(clips)):
        audio = read(clips[int(number)])
        mono = audio.samples.mean(axis=0)
        if audio.rate != SPEECH_RATE:
            mono = soxr.resample(mono, audio.rate, SPEECH_RATE).astype(np.float32)
        pieces.append(mono)
        if sum(map(len, pieces)) > seconds * SPEECH_RATE:
            break
    return np.concatenate(pieces)[: round(seconds * SPEECH_RATE)]


def perform(rng: np.random.Generator, clips: Sequence[Path], seconds: float, song: Song | None = None) -> Performance:
    """Let the speaker of some clips sing: over a song, or alone in a key and a tempo of their own.

    Raises
    ------
    InputError
        When a clip cannot be read.
    DataError
        When no vowel is found in any of them.
    """
    singer = Singer.draw(rng, gather(rng, clips), SPEECH_RATE)
    song = song or _unaccompanied(rng, seconds)
    notes: list[Sung] = []
    for _ in range(20):  # a phrase may be longer than a short song
        manner = Manner.draw(rng)
        melody = draw_melody(rng, song.scale, song.chords, (singer.low, singer.high), manner, bar=BAR)
        notes = song.timed(melody, 0.15 if song.parts else 0.25)
        if notes:
            break
    else:
        raise DataError(f"no melody fits into {seconds:g} s; give more with --seconds")
    take = singer.sing(rng, notes, seconds)
    choir = Choir.draw(rng)
    sound = choir.sound(rng, take, notes, song.scale, singer.intonation)[:, : round(seconds * RATE)]
    sound = np.pad(sound, ((0, 0), (0, round(seconds * RATE) - sound.shape[1])))
    return Performance(sound, take, notes, choir)


def produce(rng: np.random.Generator, dry: Samples, rate: int = RATE) -> Samples:
    """Do to a voice what studios do, and set a level: `(2, length)` to `(2, length)`."""
    sound = equalise(dry, rate, rng, 3.0)
    if rng.random() < 0.75:
        sound = sound * Compressor.draw(rng).gain(sound, rate)
    if rng.random() < 0.12:
        sound = drive(sound, rate, float(rng.uniform(0, 14)))
    if rng.random() < 0.25:
        sound = Echo.draw(rng).apply(sound, rate)
    if rng.random() < 0.6:
        sound = Reverb.draw(rng).apply(sound, rate)
    sound = sound * gain(float(rng.uniform(-26, -14)) - rms_db(sound))
    return sound * limiting_gain(sound, 0.97)


def _unaccompanied(rng: np.random.Generator, seconds: float) -> Song:
    scale, bpm = Scale.draw(rng), float(rng.uniform(65, 150))
    chords = draw_chords(rng, scale, max(1, int(seconds * bpm / 60 / BAR)))
    return Song("alone", scale, Pace(bpm, float(rng.choice([0, 0, 0.3]))), tuple(chords), (), seconds, 0.0)
