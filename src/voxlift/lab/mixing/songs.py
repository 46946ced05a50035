"""Songs, as they are and remixed: the examples from which a net learns to lift the singer out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import Equaliser, gain, rms_db
from voxlift.lab.corpora import Track, accompaniment_parts, only
from voxlift.lab.corpora.track import ACCOMPANIMENT, MUSIC, VOCALS
from voxlift.lab.mixing.example import SILENCE_DB, Example, active_db, channel
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool


class Songs:
    """The vocals of one song over the accompaniment of the same, or over stems taken from several others.

    Remixing across songs makes, of few songs, many (Uhlich et al. 2017); what is lost in musical sense is won in
    variety. Songs without stems (`music`) accompany, singers without songs (`vocals` alone) sing.
    """

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        self.vocals = Pool(tracks, VOCALS, self.rate, cache)
        self.backs = {part: Pool(tracks, part, self.rate, cache) for part in accompaniments(tracks)}
        self._whole = [part for part in (ACCOMPANIMENT, MUSIC) if part in self.backs]
        self._band = [part for part in self.backs if part not in self._whole]

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.vocals, *self.backs.values()]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        mix, kind = self.mix, rng.random()
        chosen = self.vocals.draw(rng)
        start = self.vocals.place(rng, chosen, self.length)
        voice = self.vocals.filled(chosen, start, self.length)
        back = self._own(chosen, start) if rng.random() >= mix.remix else None
        if back is None:
            back = self._foreign(rng)
            voice = self._varied(rng, voice)
            if rms_db(voice) > SILENCE_DB and rms_db(back) > SILENCE_DB:
                back = back * gain(
                    active_db(voice) - rms_db(back) - float(rng.uniform(mix.snr_low_db, mix.snr_high_db))
                )
        if kind < mix.speechless:
            voice = np.zeros_like(voice)
        if kind > 1 - mix.clean:
            back = np.zeros_like(back)
        return channel(rng, mix, self.rate, voice + back, voice[None])

    def _own(self, chosen: int, start: int) -> Samples | None:
        """What is played to these vocals in the song itself; None where only the singer is known."""
        track = self.vocals.spans[chosen].track
        pools = [self.backs[part] for part in accompaniment_parts(track)]
        cuts = [pool.filled(pool.numbers[track.name], start, self.length) for pool in pools]
        return np.sum(cuts, axis=0, dtype=np.float32) if cuts else None

    def _foreign(self, rng: np.random.Generator) -> Samples:
        """An accompaniment that belongs to other vocals: one recording's, or each instrument of another song."""
        ways = [*self._whole, *(["band"] if self._band else [])]
        # Where several kinds are there, each is drawn by how much there is of it.
        amounts = [sum(self.backs[part].seconds for part in (self._band if way == "band" else [way])) for way in ways]
        way = ways[int(rng.choice(len(ways), p=np.array(amounts) / sum(amounts)))]
        parts = self._band if way == "band" else [way]
        cuts = [self._varied(rng, self.backs[part].segment(rng, self.length)) for part in parts]
        return np.sum(cuts, axis=0, dtype=np.float32)

    def _varied(self, rng: np.random.Generator, sound: Samples) -> Samples:
        if rng.random() < self.mix.tilt:
            sound = Equaliser.draw(rng, 4.0).apply(sound, self.rate)
        return sound * gain(float(rng.uniform(-4, 4)))


def accompaniments(tracks: Sequence[Track]) -> list[str]:
    """Name every part that accompanies somewhere: whole accompaniments, instruments, songs without a singer."""
    parts = {part: None for track in tracks for part in accompaniment_parts(track)}
    return [*parts, *([MUSIC] if only(tracks, MUSIC) else [])]
