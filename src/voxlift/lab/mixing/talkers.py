"""Several talkers at once: the examples from which a net learns to give each a track."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import Rooms, gain, rms_db
from voxlift.lab.corpora import Track, only
from voxlift.lab.corpora.track import NOISE, SPEECH
from voxlift.lab.mixing.example import Example, active_db, channel, coloured
from voxlift.lab.mixing.studio import respeeded
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
        self.names = {group: number for number, group in enumerate(sorted(self.speech.by_group))}
        spread = self.mix.stature_semitones / 12 if self.mix.statures > 1 else 0.0
        self.factors: list[float] = (2 ** np.linspace(-spread / 2, spread / 2, self.mix.statures)).tolist()
        self.rooms = Rooms(recipe.data.rooms, self.rate, 1, cache) if in_rooms else None

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.speech, *([self.noise] if self.noise else [])]

    @property
    def people(self) -> int:
        """How many speakers it knows by number, one in two sizes being two."""
        return len(self.names) * len(self.factors)

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix = self.mix
        people, takes = self._takes(rng)
        if mix.by_pitch:
            order = np.argsort([median_pitch(of_one[0], self.rate) for of_one in takes], kind="stable")
            people, takes = [people[k] for k in order], [takes[k] for k in order]
        voices = [of_one[0] for of_one in takes]
        kind = rng.random()
        if kind < mix.lone:
            alone = int(rng.integers(self.count))
            voices = [voice if k == alone else np.zeros_like(voice) for k, voice in enumerate(voices)]
        elif kind < mix.lone + mix.turns:
            voices = [np.sum(of_one * turns, axis=0) for of_one, turns in zip(takes, self._turns(rng), strict=True)]
        heard = targets = voices
        if self.rooms is not None and rng.random() < mix.room:
            heard, targets = self.rooms.seat(rng, voices)
        mixture = np.stack(heard).sum(axis=0)
        if self.noise is not None and rng.random() < mix.noisy_talkers:
            noise = self.noise.segment(rng, self.length)
            mixture = mixture + noise * gain(-rms_db(noise) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db)))
        return replace(channel(rng, mix, self.rate, mixture, np.stack(targets)), talkers=tuple(people))

    def _takes(self, rng: np.random.Generator) -> tuple[list[int], list[Samples]]:
        """Draw speakers and what they say, at about one level: of each his number, and `(takes, length)`."""
        people, spoken = [], []
        for talker in self.speech.strangers(rng, self.count):
            size = int(rng.integers(len(self.factors))) if len(self.factors) > 1 else 0
            takes = [self._take(rng, talker, self.factors[size]) for _ in range(self.mix.takes)]
            people.append(self.names[str(self.speech.spans[talker].track.group)] * len(self.factors) + size)
            spoken.append(np.stack(takes))
        return people, spoken

    def _take(self, rng: np.random.Generator, talker: int, factor: float) -> Samples:
        mix = self.mix
        voice = self.speech.utterances(rng, math.ceil(self.length * factor), talker)
        voice = voice if factor == 1 else respeeded(voice, factor, self.length)
        voice = coloured(rng, mix, voice, self.rate)
        return voice * gain(-active_db(voice) + float(rng.uniform(-mix.talkers_db, mix.talkers_db) / 2))

    def _turns(self, rng: np.random.Generator) -> Samples:
        """Draw who speaks when, and in which take: factors `(talkers, takes, length)` within 0..1."""
        gates = np.zeros((self.count, self.mix.takes, self.length), np.float32)
        spoken = [0] * self.count
        fade = round(FADE_SECONDS * self.rate)
        who, place = int(rng.integers(self.count)), -round(float(rng.uniform(0, TURN_SECONDS[0])) * self.rate)
        while place < self.length:
            turn = round(float(rng.uniform(*TURN_SECONDS)) * self.rate)
            # A ramp at either end; where it lies outside the example, the talker was, or goes on, speaking.
            shape = np.minimum(np.minimum(np.arange(turn), np.arange(turn)[::-1]) / fade, 1).astype(np.float32)
            inside = slice(max(0, place), min(self.length, place + turn))
            gate = gates[who, spoken[who] % self.mix.takes]
            gate[inside] = np.maximum(gate[inside], shape[inside.start - place : inside.stop - place])
            spoken[who] += 1
            between = round(float(rng.uniform(*BETWEEN_SECONDS)) * self.rate)
            place += max(turn + between, turn // 3)
            who = (who + 1 + int(rng.integers(self.count - 1))) % self.count
        return gates
