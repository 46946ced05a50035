"""Songs: a key, a form of sections, players who come and go, and timing as people have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.lab.synthesis.drumming import drum
from voxlift.lab.synthesis.harmony import Chord, Scale, draw_chords
from voxlift.lab.synthesis.intonation import Sung
from voxlift.lab.synthesis.melody import Note
from voxlift.lab.synthesis.playing import BAR, PLAYERS, Section
from voxlift.lab.synthesis.styles import STYLES, Role, Style

DRUMS = "drums"
ENERGIES = (0.3, 0.55, 0.9, 0.6, 1.0, 0.4, 0.95, 1.0)
"""Of a song's sections one after the other; a song is begun anywhere in it."""


@dataclass(frozen=True)
class Pace:
    """How beats become time; every second eighth comes late by `swing` eighths."""

    bpm: float
    swing: float = 0.0

    def seconds(self, beat: float) -> float:
        """When a beat is."""
        whole, share = divmod(2 * beat, 2)
        bent = share + self.swing * (share if share <= 1 else 2 - share)
        return float((2 * whole + bent) / 2 * 60 / self.bpm)


@dataclass(frozen=True)
class Struck:
    """A note in time: start and end in seconds, MIDI key, velocity 1 to 127."""

    start: float
    end: float
    key: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """One player's notes and sound."""

    role: str
    program: int
    """General MIDI's, or the number of a drum kit."""
    notes: tuple[Struck, ...]
    level_db: float
    place: float
    """From -1 (left) to 1 (right)."""
    drive_db: float | None = None


@dataclass(frozen=True)
class Song:
    """All that is played."""

    style: str
    scale: Scale
    pace: Pace
    chords: tuple[Chord, ...]
    """One a bar."""
    parts: tuple[Part, ...]
    seconds: float
    loudness_db: float

    def timed(self, notes: Sequence[Note], late_seconds: float = 0.0) -> list[Sung]:
        """Put a melody into the song's time, for a singer; a note that follows a rest opens a phrase."""
        out: list[Sung] = []
        for number, note in enumerate(notes):
            opens = number == 0 or note.start > notes[number - 1].end + 0.01
            start, end = (self.pace.seconds(beat) + late_seconds for beat in (note.start, note.end))
            if end <= self.seconds:
                out.append(Sung(start, end, note.key, note.loudness, opens))
        return out


def arrange(rng: np.random.Generator, seconds: float, style: str | None = None) -> Song:
    """Write a song.

    Parameters
    ----------
    rng
        Where chance comes from.
    seconds
        How much of it is played.
    style
        A key of `STYLES`; None draws one.
    """
    name = style or list(STYLES)[int(rng.integers(len(STYLES)))]
    kind = STYLES[name]
    pace = Pace(float(rng.uniform(*kind.bpm)), float(rng.uniform(*kind.swing)))
    scale = Scale.draw(rng, kind.modes)
    bars = max(1, int(np.ceil(seconds * pace.bpm / 60 / BAR)))
    sections = _form(rng, kind, scale, bars)
    chords = tuple(chord for section in sections for chord in section.chords)[:bars]
    parts = _parts(rng, kind, sections, pace, seconds)
    return Song(name, scale, pace, chords, parts, seconds, float(rng.uniform(*kind.loudness_db)))


def _form(rng: np.random.Generator, style: Style, scale: Scale, bars: int) -> list[Section]:
    verse = draw_chords(rng, scale, 8, style.sevenths)
    refrain = draw_chords(rng, scale, 8, style.sevenths) if rng.random() < 0.6 else verse
    sections: list[Section] = []
    place, length = int(rng.integers(len(ENERGIES))), int(rng.choice([4, 8]))
    while sum(len(section.chords) for section in sections) < bars:
        energy = ENERGIES[place % len(ENERGIES)]
        sections.append(Section(scale, tuple((refrain if energy > 0.8 else verse)[:length]), energy))
        place += 1
    return sections


def _parts(
    rng: np.random.Generator, style: Style, sections: Sequence[Section], pace: Pace, seconds: float
) -> tuple[Part, ...]:
    parts = []
    roles = [role for role in style.roles if rng.random() < role.chance] or list(style.roles[:2])
    for number, role in enumerate(roles):
        notes = _played(rng, role, sections, number)
        if notes:
            parts.append(_part(rng, role, _humanised(rng, notes, pace, seconds)))
    if style.grooves and rng.random() < style.drums:
        notes, start = [], 0.0
        grooves = [style.grooves[int(rng.integers(len(style.grooves)))] for _ in range(2)]
        for section in sections:
            groove = grooves[section.energy > 0.8]
            if section.energy > 0.35 or rng.random() < 0.5:
                notes += _moved(drum(rng, groove, len(section.chords), section.energy), start)
            start += BAR * len(section.chords)
        kit = style.kits[int(rng.integers(len(style.kits)))]
        level_db = float(rng.normal(0, 2))
        parts.append(Part(DRUMS, kit, _humanised(rng, notes, pace, seconds), level_db, 0.0))
    return tuple(part for part in parts if part.notes) or _parts(rng, style, sections, pace, seconds)


def _played(rng: np.random.Generator, role: Role, sections: Sequence[Section], number: int) -> list[Note]:
    """Play or rest through the sections; what was played to an energy is played again when it comes back."""
    notes: list[Note] = []
    start = 0.0
    known: dict[tuple[tuple[Chord, ...], bool], int] = {}
    for section in sections:
        seed = known.setdefault((section.chords, section.energy > 0.8), int(rng.integers(2**31)))
        joins = number < 2 or rng.random() < 0.25 + 0.75 * section.energy
        if joins:
            notes += _moved(PLAYERS[role.plays](np.random.default_rng(seed), section), start)
        start += BAR * len(section.chords)
    return notes


def _moved(notes: Sequence[Note], beats: float) -> list[Note]:
    return [Note(note.start + beats, note.length, note.key, note.loudness) for note in notes]


def _part(rng: np.random.Generator, role: Role, notes: tuple[Struck, ...]) -> Part:
    program = role.programs[int(rng.integers(len(role.programs)))]
    bass = role.plays.startswith("bass")
    place = float(rng.uniform(-0.1, 0.1) if bass or role.plays == "lead" else rng.uniform(-0.9, 0.9))
    overdriven = None if role.drive_db is None else float(rng.uniform(*role.drive_db))
    level = (-2.0 if bass else role.level_db) + float(rng.normal(0, 2.5))
    return Part(role.plays, program, notes, level, place, overdriven)


def _humanised(rng: np.random.Generator, notes: Sequence[Note], pace: Pace, seconds: float) -> tuple[Struck, ...]:
    """Give notes their moments: swung, a little early or late, no two of one loudness."""
    loose, uneven = float(rng.uniform(0, 0.012)), float(rng.uniform(0.02, 0.1))
    late = float(rng.normal(0, 0.006))
    out = []
    for note in notes:
        start = pace.seconds(note.start) + late + float(rng.normal(0, loose))
        end = max(pace.seconds(note.end), start + 0.03)
        velocity = int(np.clip(127 * (note.loudness + rng.normal(0, uneven)), 8, 127))
        if 0 <= note.key <= 127 and start < seconds:
            out.append(Struck(max(0.0, start), end, note.key, velocity))
    return tuple(sorted(out, key=lambda struck: (struck.start, struck.key)))
