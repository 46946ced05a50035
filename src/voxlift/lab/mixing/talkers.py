"""Several talkers at once: the examples from which a net learns to give each a track."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.lab.augment import Equaliser, gain, rms_db
from voxlift.lab.corpora import Track, only
from voxlift.lab.corpora.track import NOISE, SPEECH
from voxlift.lab.mixing.example import Example, active_db, channel
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool
from voxlift.lab.synthesis.voice import median_pitch


class Talkers:
    """As many voices as the recipe has stems, of different speakers, wholly overlapping; perhaps some noise."""

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        self.count = len(recipe.stems)
        named = [track for track in only(tracks, SPEECH) if track.group is not None]
        self.speech = Pool(named, SPEECH, self.rate, cache)
        self.noise = Pool(tracks, NOISE, self.rate, cache) if only(tracks, NOISE) else None

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.speech, *([self.noise] if self.noise else [])]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix = self.mix
        voices = []
        for talker in self.speech.strangers(rng, self.count):
            voice = self.speech.utterances(rng, self.length, talker)
            if rng.random() < mix.tilt:
                voice = Equaliser.draw(rng, 4.0).apply(voice, self.rate)
            voices.append(voice * gain(-active_db(voice) + float(rng.uniform(-mix.talkers_db, mix.talkers_db) / 2)))
        if mix.by_pitch:
            voices.sort(key=lambda voice: median_pitch(voice, self.rate))
        targets = np.stack(voices)
        mixture = targets.sum(axis=0)
        if self.noise is not None and rng.random() < mix.noisy_talkers:
            noise = self.noise.segment(rng, self.length)
            mixture = mixture + noise * gain(-rms_db(noise) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db)))
        return channel(rng, mix, self.rate, mixture, targets)
