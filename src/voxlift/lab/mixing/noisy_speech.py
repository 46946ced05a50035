"""Speech in noise: the examples from which a net learns to lift a voice out of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import Equaliser, Rooms, coloured_noise, gain, rms_db, rumble
from voxlift.lab.corpora import Track, only
from voxlift.lab.corpora.track import ACCOMPANIMENT, MUSIC, NOISE, SPEECH
from voxlift.lab.mixing.example import SILENCE_DB, Example, active_db, channel, coloured
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool


class NoisySpeech:
    """One voice, and noises, babble or music over it, in rooms and through channels."""

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        self.speech = Pool(tracks, SPEECH, self.rate, cache)
        self.noise = Pool(tracks, NOISE, self.rate, cache)
        self.music = [Pool(tracks, part, self.rate, cache) for part in (MUSIC, ACCOMPANIMENT) if only(tracks, part)]
        self.rooms = Rooms(recipe.data.rooms, self.rate, 1, cache) if recipe.data.rooms else None

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.speech, self.noise, *self.music]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix = self.mix
        kind = rng.random()
        speechless, clean = kind < mix.speechless, kind > 1 - mix.clean
        voice = coloured(rng, mix, self.speech.utterances(rng, self.length), self.rate)
        noise = self._noise(rng)
        target = voice
        if self.rooms is not None and rng.random() < mix.room:
            voice, target, noise = self.rooms.place(rng, voice, noise)
        if rng.random() < mix.rumble:
            below = rumble(rng, self.length, self.rate) * gain(active_db(voice) + float(rng.uniform(-30, 0)))
            voice, target = voice + below, target + below
        noise = noise * gain(active_db(voice) - rms_db(noise) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db)))
        if clean:
            noise = np.zeros_like(noise)
        if speechless:
            voice = target = np.zeros_like(voice)
        return channel(rng, mix, self.rate, voice + noise, target[None])

    def _noise(self, rng: np.random.Generator) -> Samples:
        noise = self._one_noise(rng)
        if rng.random() < self.mix.second_noise:
            other = self._one_noise(rng)
            noise = noise + other * gain(rms_db(noise) - rms_db(other) + float(rng.uniform(-12, 6)))
        if rng.random() < self.mix.tilt:
            noise = (Equaliser.draw(rng, 7.0) + Equaliser.brighter(rng, self.mix.bright)).apply(noise, self.rate)
        return noise

    def _one_noise(self, rng: np.random.Generator) -> Samples:
        mix, kind = self.mix, rng.random()
        if kind < mix.babble:
            talkers = int(rng.integers(4, 13))
            voices = [self.speech.utterances(rng, self.length) for _ in range(talkers)]
            return np.sum([v * gain(-rms_db(v) + float(rng.uniform(-6, 0))) for v in voices], axis=0, dtype=np.float32)
        if kind < mix.babble + mix.coloured:
            return coloured_noise(rng, self.length, self.rate)
        if self.music and kind < mix.babble + mix.coloured + mix.music:
            return self.music[int(rng.integers(len(self.music)))].segment(rng, self.length)
        noise = self.noise.segment(rng, self.length)
        if rms_db(noise) < SILENCE_DB:  # a pause in the recording
            return coloured_noise(rng, self.length, self.rate)
        if rng.random() < 0.3:
            noise = _respeed(noise, float(rng.uniform(0.7, 1.35)))
        return noise


def _respeed(x: Samples, factor: float) -> Samples:
    """Play faster or slower, pitch and all; the length stays."""
    at = (np.arange(len(x)) * factor) % (len(x) - 1)
    return np.interp(at, np.arange(len(x)), x).astype(np.float32)
