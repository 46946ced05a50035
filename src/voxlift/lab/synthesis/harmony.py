"""Scales, chords, and the ways chords follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
"""Semitones above the tonic of the seven steps."""
PROGRESSIONS = {
    "major": (
        (0, 4, 5, 3), (0, 5, 3, 4), (5, 3, 0, 4), (0, 3, 4, 3), (0, 3, 0, 4), (1, 4, 0, 5), (0, 2, 3, 4),
        (3, 0, 4, 5), (0, 4, 3, 3), (0, 5, 1, 4), (3, 4, 2, 5), (0, 0, 3, 0, 4, 3, 0, 4), (0, 4, 5, 2, 3, 0, 3, 4),
    ),
    "minor": (
        (0, 5, 2, 6), (0, 3, 6, 2), (0, 6, 5, 6), (0, 5, 3, 4), (0, 2, 6, 3), (0, 3, 0, 4), (5, 6, 0, 0), (0, 0, 5, 6),
        (0, 6, 3, 3), (0, 3, 5, 4), (0, 5, 0, 6), (0, 4, 5, 2, 3, 0, 5, 6),
    ),
    "dorian": ((0, 3), (0, 3, 6, 3), (0, 6, 3, 0), (0, 2, 3, 0), (0, 0, 3, 3)),
    "mixolydian": ((0, 6, 3, 0), (0, 6), (0, 3, 6, 3), (0, 0, 6, 3), (0, 4, 6, 3)),
}  # fmt: skip
"""Steps of the scale that chords stand on, a bar each."""


@dataclass(frozen=True)
class Scale:
    """Seven steps to the octave: `tonic` 0 (C) to 11, `mode` a key of `MODES`."""

    tonic: int
    mode: str

    @classmethod
    def draw(cls, rng: np.random.Generator, modes: Sequence[str] = tuple(MODES)) -> Scale:
        """Draw any tonic and one of the modes."""
        return cls(int(rng.integers(12)), modes[int(rng.integers(len(modes)))])

    def key(self, step: int) -> int:
        """The MIDI key of a step; step 0 is the tonic in the octave of keys 0 to 11, step 7 that above."""
        octave, place = divmod(step, 7)
        return self.tonic + 12 * octave + MODES[self.mode][place]

    def step(self, key: float) -> int:
        """The step nearest to a MIDI key."""
        guess = round((key - self.tonic) / 12 * 7)
        return min(range(guess - 2, guess + 3), key=lambda step: abs(self.key(step) - key))

    def __contains__(self, key: int) -> bool:
        return (key - self.tonic) % 12 in MODES[self.mode]


@dataclass(frozen=True)
class Chord:
    """Thirds piled on a step of the scale: three notes, or more for sevenths and ninths."""

    root: int
    notes: int = 3

    def steps(self) -> tuple[int, ...]:
        """Steps of its notes, counted from the tonic."""
        return tuple(self.root + 2 * number for number in range(self.notes))

    def voiced(self, scale: Scale, centre: float) -> list[int]:
        """Put each note into the octave around a MIDI key; ascending."""
        keys = [scale.key(step) for step in self.steps()]
        return sorted({int(key + 12 * round((centre - key) / 12)) for key in keys})

    def bass(self, scale: Scale, low: int) -> int:
        """The root, in the octave above a MIDI key."""
        return low + (scale.key(self.root) - low) % 12


def draw_chords(rng: np.random.Generator, scale: Scale, bars: int, sevenths: float = 0.15) -> list[Chord]:
    """Draw a progression and go round it for so many bars; `sevenths` is the share of chords of four notes."""
    known = PROGRESSIONS[scale.mode]
    roots = known[int(rng.integers(len(known)))]
    chords = [Chord(root, 4 if rng.random() < sevenths else 3) for root in roots]
    if len(chords) <= 4 and rng.random() < 0.2:  # each stays two bars
        chords = [chord for chord in chords for _ in range(2)]
    return [chords[bar % len(chords)] for bar in range(bars)]
