"""Noisy examples and their clean targets, made as they are needed and never the same twice.

Example number `i` of a seed is a function of both alone, so a resumed run goes on with the examples it had not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import BandLimit, Codec, Equaliser, Rooms, coloured_noise, gain, rms_db
from voxlift.lab.corpora import read_corpus
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool

SILENCE_DB = -75.0


@dataclass(frozen=True)
class Example:
    """One training pair, both `(length,)`."""

    noisy: Samples
    target: Samples


class Mixer:
    """Draws examples for the task of lifting speech out of noise."""

    def __init__(self, recipe: Recipe, cache: Path, split: str = "train") -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        clips = read_corpus(recipe.data.corpus, Path(recipe.data.root), split)
        self.speech = Pool([clip for clip in clips if clip.kind == "speech"], self.rate, cache)
        self.noise = Pool([clip for clip in clips if clip.kind == "noise"], self.rate, cache)
        music = [clip for clip in clips if clip.kind == "music"]
        self.music = Pool(music, self.rate, cache) if music else None
        self.rooms = Rooms(recipe.data.rooms, self.rate, 1, cache) if recipe.data.rooms else None

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix = self.mix
        kind = rng.random()
        speechless, clean = kind < mix.speechless, kind > 1 - mix.clean
        voice = self._voice(rng)
        noise = self._noise(rng)
        target = voice
        if self.rooms is not None and rng.random() < mix.room:
            voice, target, noise = self.rooms.place(rng, voice, noise)
        noise = noise * gain(_active_db(voice) - rms_db(noise) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db)))
        if clean:
            noise = np.zeros_like(noise)
        if speechless:
            voice = target = np.zeros_like(voice)
        return self._channel(rng, voice + noise, target)

    def _voice(self, rng: np.random.Generator) -> Samples:
        voice = self.speech.utterances(rng, self.length)
        if rng.random() < self.mix.tilt:
            voice = Equaliser.draw(rng, 4.0).apply(voice, self.rate)
        return voice

    def _noise(self, rng: np.random.Generator) -> Samples:
        noise = self._one_noise(rng)
        if rng.random() < self.mix.second_noise:
            other = self._one_noise(rng)
            noise = noise + other * gain(rms_db(noise) - rms_db(other) + float(rng.uniform(-12, 6)))
        if rng.random() < self.mix.tilt:
            noise = Equaliser.draw(rng, 7.0).apply(noise, self.rate)
        return noise

    def _one_noise(self, rng: np.random.Generator) -> Samples:
        mix, kind = self.mix, rng.random()
        if kind < mix.babble:
            talkers = int(rng.integers(4, 13))
            voices = [self.speech.utterances(rng, self.length) for _ in range(talkers)]
            return np.sum([v * gain(-rms_db(v) + float(rng.uniform(-6, 0))) for v in voices], axis=0, dtype=np.float32)
        if kind < mix.babble + mix.coloured:
            return coloured_noise(rng, self.length, self.rate)
        if self.music is not None and kind < mix.babble + mix.coloured + mix.music:
            return self.music.segment(rng, self.length)
        noise = self.noise.segment(rng, self.length)
        if rms_db(noise) < SILENCE_DB:  # a pause in the recording
            return coloured_noise(rng, self.length, self.rate)
        if rng.random() < 0.3:
            noise = _respeed(noise, float(rng.uniform(0.7, 1.35)))
        return noise

    def _channel(self, rng: np.random.Generator, noisy: Samples, target: Samples) -> Example:
        mix = self.mix
        if rng.random() < mix.bandlimit:
            limit = BandLimit.draw(rng)
            noisy, target = limit.apply(noisy, self.rate), limit.apply(target, self.rate)
        level = gain(float(rng.uniform(mix.level_low_db, mix.level_high_db)) - rms_db(noisy))
        level = min(level, np.float32(0.99) / (np.abs(noisy).max() + np.float32(1e-9)))
        noisy, target = noisy * level, target * level
        if rng.random() < mix.clipping:
            top = np.abs(noisy).max() * gain(-float(rng.uniform(1, 10)))
            noisy = np.clip(noisy, -top, top)
        if rng.random() < mix.codec:
            noisy = Codec.draw(rng).apply(noisy, self.rate)
        return Example(noisy.astype(np.float32), target.astype(np.float32))


def _active_db(voice: Samples) -> float:
    """Level of the parts that are no pause: mean over 20 ms frames within 35 dB of the loudest."""
    frames = voice[: len(voice) // 320 * 320].reshape(-1, 320)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12
    return float(10 * np.log10(power[power > power.max() * 10**-3.5].mean()))


def _respeed(x: Samples, factor: float) -> Samples:
    """Play faster or slower, pitch and all; the length stays."""
    at = (np.arange(len(x)) * factor) % (len(x) - 1)
    return np.interp(at, np.arange(len(x)), x).astype(np.float32)
