"""Several talkers at once: the examples from which a net learns to give each a track."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import Rooms, gain, rms_db
from voxlift.lab.corpora import Track, only
from voxlift.lab.corpora.track import NOISE, SPEECH
from voxlift.lab.mixing.example import Example, active_db, channel, coloured
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool
from voxlift.lab.synthesis.voice import median_pitch

TURN_SECONDS = (0.5, 3.0)
BETWEEN_SECONDS = (-1.2, 0.7)
"""Between two turns: pauses, and, below 0, how long both speak at once."""
FADE_SECONDS = 0.02


class Talkers:
    """As many voices as the recipe has stems, of different speakers: at once, by turns or one alone; some in noise."""

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        self.count = len(recipe.stems)
        named = [track for track in only(tracks, SPEECH) if track.group is not None]
        self.speech = Pool(named, SPEECH, self.rate, cache)
        self.noise = Pool(tracks, NOISE, self.rate, cache) if only(tracks, NOISE) else None
        in_rooms = recipe.data.rooms and recipe.mix.room
        self.rooms = Rooms(recipe.data.rooms, self.rate, 1, cache) if in_rooms else None

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.speech, *([self.noise] if self.noise else [])]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix = self.mix
        voices = self._voices(rng)
        if mix.by_pitch:
            voices.sort(key=lambda voice: median_pitch(voice, self.rate))
        kind = rng.random()
        if kind < mix.lone:
            alone = int(rng.integers(self.count))
            voices = [voice if k == alone else np.zeros_like(voice) for k, voice in enumerate(voices)]
        elif kind < mix.lone + mix.turns:
            voices = [voice * turn for voice, turn in zip(voices, self._turns(rng), strict=True)]
        heard = targets = voices
        if self.rooms is not None and rng.random() < mix.room:
            heard, targets = self.rooms.seat(rng, voices)
        mixture = np.stack(heard).sum(axis=0)
        if self.noise is not None and rng.random() < mix.noisy_talkers:
            noise = self.noise.segment(rng, self.length)
            mixture = mixture + noise * gain(-rms_db(noise) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db)))
        return channel(rng, mix, self.rate, mixture, np.stack(targets))

    def _voices(self, rng: np.random.Generator) -> list[Samples]:
        """Draw speakers and what they say, at about one level."""
        mix, voices = self.mix, []
        for talker in self.speech.strangers(rng, self.count):
            voice = coloured(rng, mix, self.speech.utterances(rng, self.length, talker), self.rate)
            voices.append(voice * gain(-active_db(voice) + float(rng.uniform(-mix.talkers_db, mix.talkers_db) / 2)))
        return voices

    def _turns(self, rng: np.random.Generator) -> Samples:
        """Draw who speaks when: factors `(talkers, length)` within 0..1."""
        gates = np.zeros((self.count, self.length), np.float32)
        fade = round(FADE_SECONDS * self.rate)
        who, place = int(rng.integers(self.count)), -round(float(rng.uniform(0, TURN_SECONDS[0])) * self.rate)
        while place < self.length:
            turn = round(float(rng.uniform(*TURN_SECONDS)) * self.rate)
            # A ramp at either end; where it lies outside the example, the talker was, or goes on, speaking.
            shape = np.minimum(np.minimum(np.arange(turn), np.arange(turn)[::-1]) / fade, 1).astype(np.float32)
            inside = slice(max(0, place), min(self.length, place + turn))
            gates[who, inside] = np.maximum(gates[who, inside], shape[inside.start - place : inside.stop - place])
            between = round(float(rng.uniform(*BETWEEN_SECONDS)) * self.rate)
            place += max(turn + between, turn // 3)
            who = (who + 1 + int(rng.integers(self.count - 1))) % self.count
        return gates
