"""Mixtures that a corpus brings along with their truth: noisy recordings, songs, conversations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxlift.lab.corpora import Track
from voxlift.lab.corpora.track import CLEAN, MIXTURE, NOISY, SPEAKERS, VOCALS
from voxlift.lab.mixing.example import Example, channel
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool

PARTS = {"denoise": (NOISY, (CLEAN,)), "vocals": (MIXTURE, (VOCALS,)), "speakers": (MIXTURE, SPEAKERS)}
"""By task: the mixture and what is wanted out of it."""


class Recorded:
    """Segments of what was recorded, nothing added; level and channel vary as the recipe says."""

    def __init__(self, recipe: Recipe, tracks: Sequence[Track], cache: Path) -> None:
        self.mix = recipe.mix
        self.rate = recipe.front.rate
        self.length = round(recipe.data.seconds * self.rate)
        self.seed = recipe.run.seed
        mixture, targets = parts_of(recipe)
        whole = complete(recipe, tracks)
        self.mixtures = Pool(whole, mixture, self.rate, cache)
        self.targets = [Pool(whole, target, self.rate, cache) for target in targets]

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return [self.mixtures]

    def example(self, number: int) -> Example:
        """Make example `number`."""
        rng = np.random.default_rng([self.seed, number])
        chosen = self.mixtures.draw(rng)
        start = self.mixtures.place(rng, chosen, self.length)
        mixture, *targets = (pool.filled(chosen, start, self.length) for pool in (self.mixtures, *self.targets))
        return channel(rng, self.mix, self.rate, mixture, np.stack(targets))


def parts_of(recipe: Recipe) -> tuple[str, tuple[str, ...]]:
    """Name the mixture and the targets that a recipe's stems are."""
    mixture, targets = PARTS[recipe.task]
    return mixture, targets[: len(recipe.stems)]


def complete(recipe: Recipe, tracks: Sequence[Track]) -> list[Track]:
    """Choose the tracks that have all that is needed, sample over sample."""
    mixture, targets = parts_of(recipe)
    return [track for track in tracks if track.aligned and {mixture, *targets} <= track.parts.keys()]
