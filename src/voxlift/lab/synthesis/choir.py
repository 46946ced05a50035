"""Voices beside the first: the same line again, thirds and octaves, as singers are doubled in studios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from voxlift.audio import Samples
from voxlift.lab.augment import gain
from voxlift.lab.synthesis.effects import pan
from voxlift.lab.synthesis.harmony import Scale
from voxlift.lab.synthesis.intonation import Intonation, Sung, hertz
from voxlift.lab.synthesis.singing import Take
from voxlift.lab.synthesis.voice import PERIOD_SECONDS

INTERVALS = (-7, -5, -3, -2, 2, 2, 3, 4, 5, 7)
"""In steps of the scale: thirds, fourths, fifths, sixths, octaves."""


@dataclass(frozen=True)
class Choir:
    """Who sings along: a voice for each entry."""

    steps: tuple[int, ...]
    """How far above the melody, in steps of the scale; 0 doubles it."""
    level_db: tuple[float, ...]
    place: tuple[float, ...]
    """From -1 (left) to 1 (right)."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Choir:
        """Draw nobody, a double or two, or harmony."""
        kind, steps = rng.random(), []
        if kind > 0.55:
            steps += [0] * int(rng.integers(1, 3))
        if kind > 0.78:
            steps += [int(step) for step in rng.choice(INTERVALS, int(rng.integers(1, 3)), replace=False)]
        wide = float(rng.uniform(0.2, 1.0))
        levels = tuple(float(level) for level in rng.uniform(-12, -3, len(steps)))
        return cls(tuple(steps), levels, tuple(wide * (-1) ** number for number in range(len(steps))))

    def sound(
        self, rng: np.random.Generator, take: Take, notes: Sequence[Sung], scale: Scale, intonation: Intonation
    ) -> Samples:
        """Sound the lead in the middle and the others around it, `(2, length)`."""
        lead = take.sound()
        out = np.stack([lead, lead])
        for steps, level_db, place in zip(self.steps, self.level_db, self.place, strict=True):
            other = another(rng, take, moved(notes, scale, steps), intonation).sound()
            out += pan(np.stack([other, other]), place) * gain(level_db)
        return out


def moved(notes: Sequence[Sung], scale: Scale, steps: int) -> list[Sung]:
    """Move a line by steps of its scale."""
    return [replace(note, key=scale.key(scale.step(note.key) + steps)) for note in notes] if steps else list(notes)


def another(rng: np.random.Generator, take: Take, notes: Sequence[Sung], intonation: Intonation) -> Take:
    """Let the same words be sung again: another pitch, a throat and a timing that differ a little."""
    frames = len(take.pitch_hz)
    wobble = gaussian_filter1d(rng.standard_normal(frames), 0.4 / PERIOD_SECONDS, mode="nearest")
    late = rng.uniform(-0.01, 0.04) + 0.012 * wobble / (wobble.std() + 1e-9)
    heard = take.heard.at(np.arange(frames) - late / PERIOD_SECONDS).stretched(float(np.exp(rng.normal(0, 0.02))))
    keys = intonation.curve(rng, notes, frames, PERIOD_SECONDS) + float(rng.normal(0, 0.06))
    return Take(replace(heard, pitch_hz=np.where(heard.pitch_hz > 0, hertz(keys), 0.0)))
