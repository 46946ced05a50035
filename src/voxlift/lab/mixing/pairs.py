"""Pairs that a corpus brings along: noisy recordings and their clean sources, cut at the same places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.lab.corpora import Track, only
from voxlift.lab.corpora.track import CLEAN, NOISY
from voxlift.lab.mixing.example import Example, channel
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool


class Pairs:
    """Segments of what was recorded, nothing added; level and channel vary as the recipe says."""

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        paired = only(only(tracks, NOISY), CLEAN)
        self.noisy = Pool(paired, NOISY, self.rate, cache)
        self.clean = Pool(paired, CLEAN, self.rate, cache)

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.noisy]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        chosen = self.noisy.draw(rng)
        start = self.noisy.place(rng, chosen, self.length)
        noisy, clean = (pool.filled(chosen, start, self.length) for pool in (self.noisy, self.clean))
        return channel(rng, self.mix, self.rate, noisy, clean[None])
