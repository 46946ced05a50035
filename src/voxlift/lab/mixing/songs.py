"""Songs, as they are and remixed: the examples from which a net learns to lift the singer out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import Equaliser, gain, rms_db
from voxlift.lab.corpora import Track
from voxlift.lab.mixing.example import SILENCE_DB, Example, active_db, channel
from voxlift.lab.mixing.sources import Backs, Voice, Voices, accompaniments
from voxlift.lab.mixing.studio import doubled, driven, glue_gain, respeeded
from voxlift.lab.recipe import Recipe
from voxlift.lab.reverb import Echo, Reverb
from voxlift.lab.segments import Pool

__all__ = ["Songs", "accompaniments"]


class Songs:
    """The vocals of one song over the accompaniment of the same, or over stems taken from several others.

    Remixing across songs makes, of few songs, many (Uhlich et al. 2017); what is lost in musical sense is won in
    variety. Songs without stems (`music`) accompany, singers without songs (`vocals` alone) sing. `[mix.songs]` says
    what else is sung and played, and what a studio does to it. Everything is mono, as the pools are.
    """

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix, self.studio = recipe.mix, recipe.mix.songs
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        self.voices = Voices(tracks, self.studio.voices, self.rate, cache)
        self.backs = Backs(tracks, self.studio.backs, self.rate, cache)

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [*self.voices.pools, *self.backs.pools]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix, kind = self.mix, rng.random()
        voice, back = self._sounds(rng)
        if kind < mix.speechless:
            voice = np.zeros_like(voice)
        if kind > 1 - mix.clean:
            back = np.zeros_like(back)
        if self._happens(rng, self.studio.glue):
            # One gain over time for both, so that they still add up to the mixture.
            held = glue_gain(rng, voice + back, self.rate)
            voice, back = voice * held, back * held
        return channel(rng, mix, self.rate, voice + back, voice[None])

    def _sounds(self, rng: np.random.Generator) -> tuple[Samples, Samples]:
        """Draw a voice and what is played to it, each `(length,)`."""
        mix, source = self.mix, self.voices.draw(rng)
        chosen = source.draw(rng)
        factor = self._factor(rng)
        length = self._before(factor)
        start = source.pool.place(rng, chosen, length)
        voice = self._at_speed(source.pool.filled(chosen, start, length), factor)
        track = source.pool.spans[chosen].track
        back = self.backs.own(track, start, length) if rng.random() >= mix.remix else None
        if back is not None:
            return self._staged(rng, voice), self._at_speed(back, factor)
        back = self._foreign(rng)
        voice = self._staged(rng, self._varied(rng, voice))
        if rms_db(voice) > SILENCE_DB and rms_db(back) > SILENCE_DB:
            back = back * gain(active_db(voice) - rms_db(back) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db)))
        return voice, back

    def _foreign(self, rng: np.random.Generator) -> Samples:
        """An accompaniment that belongs to other vocals, perhaps two, perhaps overdriven."""
        back = self._one_foreign(rng)
        if self._happens(rng, self.studio.layer):
            other = self._one_foreign(rng)
            back = back + other * gain(rms_db(back) - rms_db(other) + float(rng.uniform(-10, 0)))
        return driven(rng, back, 14.0) if self._happens(rng, self.studio.drive) else back

    def _one_foreign(self, rng: np.random.Generator) -> Samples:
        pools = self.backs.draw(rng)
        factor = self._factor(rng)
        cuts = []
        for pool in pools:
            cut = self._at_speed(pool.segment(rng, self._before(factor)), factor)
            cuts.append(self._varied(rng, cut))
        return np.sum(cuts, axis=0, dtype=np.float32)

    def _staged(self, rng: np.random.Generator, voice: Samples) -> Samples:
        """Put a voice on stage: overdriven, doubled, beside another, with reverberation and echo; all of it wanted."""
        studio = self.studio
        voice = Equaliser.brighter(rng, self.mix.bright).apply(voice, self.rate)
        if self._happens(rng, studio.drive):
            voice = driven(rng, voice, 12.0)
        if self._happens(rng, studio.double):
            voice = doubled(rng, voice, self.rate)
        if self._happens(rng, studio.second):
            other = self._another(rng, self.voices.draw(rng))
            if rms_db(voice) > SILENCE_DB and rms_db(other) > SILENCE_DB:
                voice = voice + other * gain(active_db(voice) - active_db(other) - float(rng.uniform(2, 14)))
        if self._happens(rng, studio.echo):
            voice = Echo.draw(rng).apply(voice, self.rate)
        if self._happens(rng, studio.reverb):
            voice = Reverb.draw(rng, 2.5).apply(voice, self.rate)
        return voice

    def _another(self, rng: np.random.Generator, source: Voice) -> Samples:
        chosen = source.draw(rng)
        return source.pool.filled(chosen, source.pool.place(rng, chosen, self.length), self.length)

    def _varied(self, rng: np.random.Generator, sound: Samples) -> Samples:
        if rng.random() < self.mix.tilt:
            sound = Equaliser.draw(rng, 4.0).apply(sound, self.rate)
        return sound * gain(float(rng.uniform(-4, 4)))

    def _factor(self, rng: np.random.Generator) -> float:
        """How much faster to play; 1 mostly."""
        if not self._happens(rng, self.studio.respeed):
            return 1.0
        reach = self.studio.respeed_semitones
        return round(1000 * 2 ** (float(rng.uniform(-reach, reach)) / 12)) / 1000

    def _before(self, factor: float) -> int:
        """How many samples to cut for an example that is played so fast."""
        return self.length if factor == 1 else int(np.ceil(self.length * factor)) + 1

    def _at_speed(self, sound: Samples, factor: float) -> Samples:
        return sound if factor == 1 else respeeded(sound, factor, self.length)

    @staticmethod
    def _happens(rng: np.random.Generator, chance: float) -> bool:
        """Draw, but not for what a recipe never does: then its examples stay what they were."""
        return chance > 0 and rng.random() < chance
