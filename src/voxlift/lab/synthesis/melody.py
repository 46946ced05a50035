"""Melodies to sing or to play: phrases over chords, with a rhythm of syllables, repetitions and breaths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.lab.synthesis.harmony import Chord, Scale

LENGTHS = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
"""Beats a note may last."""
STEPS = np.array([-4, -3, -2, -1, 0, 1, 2, 3, 4])
STEP_WEIGHTS = np.array([1, 2, 5, 10, 7, 10, 5, 2, 1]) / 43


@dataclass(frozen=True)
class Note:
    """One note: start and length in beats, MIDI key, loudness 0 to 1."""

    start: float
    length: float
    key: int
    loudness: float = 0.8

    @property
    def end(self) -> float:
        """Where it ends, in beats."""
        return self.start + self.length


@dataclass(frozen=True)
class Manner:
    """How a line moves: how many notes it has, how often it rests and comes back to what it sang."""

    wordiness: float
    """0 for long notes, 1 for rapid syllables."""
    rest: float
    """Share of the time between phrases."""
    repeat: float = 0.5
    """How often a phrase takes over the rhythm of the one before."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Manner:
        """Draw anything from a slow ballad to rapid words."""
        return cls(float(rng.uniform(0, 1)), float(rng.uniform(0.05, 0.4)))


def draw_melody(
    rng: np.random.Generator,
    scale: Scale,
    chords: Sequence[Chord],
    reach: tuple[int, int],
    manner: Manner,
    *,
    bar: int = 4,
) -> list[Note]:
    """Draw a melody.

    Parameters
    ----------
    rng
        Where chance comes from.
    scale, chords
        What it moves in: a chord for each bar.
    reach
        Lowest and highest MIDI key, at least an octave apart for melodies that go somewhere.
    manner
        How it moves.
    bar
        Beats in a bar.

    Returns
    -------
    list of Note
        In order, without overlaps.
    """
    edges = _edges(scale, reach)
    step = int(rng.integers(edges[0], edges[1] + 1))
    notes: list[Note] = []
    start, rhythm = 0.0, [1.0]
    while start < len(chords) * bar:
        beats = bar * float(rng.choice([1, 2, 2, 4]))
        if not notes or rng.random() >= manner.repeat:
            rhythm = _rhythm(rng, beats, manner)
        place = start + float(rng.choice([0, 0, 0, 0.5, 1]))
        for length in rhythm:
            if place + length > len(chords) * bar:
                break
            chord = chords[int(place // bar)]
            step = _next(rng, step, chord, edges, place % bar in (0, bar / 2))
            accent = 0.9 if place % 1 == 0 else 0.75
            notes.append(Note(place, length, scale.key(step), float(np.clip(accent + rng.normal(0, 0.07), 0.4, 1))))
            place += length
        start += max(beats, np.ceil(place - start))
    return notes


def _edges(scale: Scale, reach: tuple[int, int]) -> tuple[int, int]:
    """Lowest and highest step within a range of keys."""
    lowest, highest = (scale.step(key) for key in reach)
    return lowest + (scale.key(lowest) < reach[0]), highest - (scale.key(highest) > reach[1])


def _rhythm(rng: np.random.Generator, beats: float, manner: Manner) -> list[float]:
    """Lengths of one phrase's notes; the last is held, a rest is left behind it."""
    favoured = 1.3 * (1 - manner.wordiness) ** 1.5 + 0.3
    weights = np.exp(-(np.log2(LENGTHS / favoured) ** 2) / 1.2)
    rest = max(0.5, round(2 * beats * manner.rest) / 2)
    room, lengths = beats - rest, []
    while room >= LENGTHS[0]:
        length = float(rng.choice(LENGTHS, p=weights / weights.sum()))
        if length == LENGTHS[0]:  # short ones come in pairs, or the beat would be lost
            lengths += [0.25, 0.25]
            room -= 0.5
        else:
            lengths.append(min(length, max(room, 0.25)))
            room -= length
    if len(lengths) > 1 and rng.random() < 0.7:
        lengths[-2:] = [lengths[-2] + lengths[-1]]
    return lengths


def _next(rng: np.random.Generator, step: int, chord: Chord, edges: tuple[int, int], strong: bool) -> int:
    """Go on by small steps, back from the edges of the range, and to a note of the chord on strong beats."""
    lowest, highest = edges
    centre = (lowest + highest) / 2
    pull = round(float(rng.normal((centre - step) / max(1, highest - lowest) * 1.5, 0.3)))
    step = step + int(rng.choice(STEPS, p=STEP_WEIGHTS)) + pull
    if strong and rng.random() < 0.8:
        chordal = {member % 7 for member in chord.steps()}
        step = min((other for other in range(step - 3, step + 4) if other % 7 in chordal), key=lambda o: abs(o - step))
    return int(np.clip(step, lowest, highest))
