"""What each player plays over a section's chords. Every function takes the same and returns notes in beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.lab.synthesis.harmony import Chord, Scale
from voxlift.lab.synthesis.melody import Manner, Note, draw_melody

BAR = 4  # beats


@dataclass(frozen=True)
class Section:
    """Some bars of a song: a chord for each, and how much goes on, 0 to 1."""

    scale: Scale
    chords: tuple[Chord, ...]
    energy: float


Player = Callable[[np.random.Generator, Section], list[Note]]


def _patterned(rng: np.random.Generator, section: Section, patterns: Sequence[str], low: int) -> list[Note]:
    """Play the bass by a pattern of sixteenths: r root, f fifth, o octave, t third, a approach; `-` holds."""
    pattern = patterns[int(rng.integers(len(patterns)))]
    notes = []
    for bar, chord in enumerate(section.chords):
        follower = section.chords[(bar + 1) % len(section.chords)]
        root = chord.bass(section.scale, low)
        keys = {
            "r": root,
            "o": root + 12,
            "f": section.scale.key(section.scale.step(root) + 4),
            "t": section.scale.key(section.scale.step(root) + 2),
            "a": follower.bass(section.scale, low) + int(rng.choice([-1, 1, 2])),
        }
        for place, mark in enumerate(pattern):
            if mark in keys:
                held = len(pattern[place + 1 :]) - len(pattern[place + 1 :].lstrip("-"))
                notes.append(Note(BAR * bar + place / 4, (1 + held) / 4 * 0.95, keys[mark], 0.85))
    return notes


def bass_eighths(rng: np.random.Generator, section: Section) -> list[Note]:
    """Drive on in eighths."""
    return _patterned(
        rng, section, ("r-r-r-r-r-r-r-r-", "r-r-r-r-r-r-f-a-", "r-r-r-f-r-r-o-r-", "r---r-r-r---r-a-"), 28
    )


def bass_pattern(rng: np.random.Generator, section: Section) -> list[Note]:
    """Root and fifth."""
    return _patterned(
        rng, section, ("r---....f---....", "r-----r-f---r---", "r-..r-r-..f-r-..", "r---f---r---a---"), 28
    )


def bass_held(rng: np.random.Generator, section: Section) -> list[Note]:
    """Long roots."""
    return _patterned(
        rng, section, ("r---------------", "r-------f-------", "r-----------a---", "r-----r---------"), 28
    )


def bass_funk(rng: np.random.Generator, section: Section) -> list[Note]:
    """Syncopation and octaves."""
    return _patterned(
        rng, section, ("r..r..o...r.f.a.", "r-.r..r.o..r.o..", "r...r.or..f.r.a.", "r-r...o.r-..f.t."), 28
    )


def bass_offbeat(rng: np.random.Generator, section: Section) -> list[Note]:
    """Between the kicks, or in rolling sixteenths."""
    return _patterned(
        rng, section, ("..r-..r-..r-..r-", ".rrr.rrr.rrr.rrr", "r-o-r-o-r-o-r-o-", "r..r..r.r..r..r."), 26
    )


def bass_sub(rng: np.random.Generator, section: Section) -> list[Note]:
    """Few, long and deep."""
    return _patterned(
        rng, section, ("r------.........", "r-----r---......", "r--r------..r---", "r--------r----f-"), 24
    )


def bass_latin(rng: np.random.Generator, section: Section) -> list[Note]:
    """Tumbao."""
    return _patterned(rng, section, ("r-----f-----o---", "......f-----a---", "r--f---.r--f---."), 28)


def bass_walking(rng: np.random.Generator, section: Section) -> list[Note]:
    """A note a beat."""
    return _patterned(
        rng, section, ("r---t---f---a---", "r---f---o---a---", "r---t---f---t---", "r---r---f---a---"), 28
    )


def _chords(section: Section, pattern: str, centre: float, spread: float = 0.0, hold: bool = True) -> list[Note]:
    """Strike chords where a pattern of sixteenths says so; `spread` beats from the first string to the last."""
    notes = []
    for bar, chord in enumerate(section.chords):
        keys = chord.voiced(section.scale, centre)
        for place, mark in enumerate(pattern):
            if mark not in "xo":
                continue
            held = len(pattern[place + 1 :]) - len(pattern[place + 1 :].lstrip("-"))
            length = (1 + held) / 4 * (0.98 if hold else 0.6)
            struck = keys if mark == "x" else keys[len(keys) // 2 :]
            up = place % 4 >= 2
            for number, key in enumerate(reversed(struck) if up else struck):
                start = BAR * bar + place / 4 + number * spread
                notes.append(Note(start, max(0.1, length - number * spread), key, 0.8 if mark == "x" else 0.6))
    return notes


def _one(rng: np.random.Generator, patterns: Sequence[str]) -> str:
    return patterns[int(rng.integers(len(patterns)))]


def comp(rng: np.random.Generator, section: Section) -> list[Note]:
    """Chords as a pianist strikes them."""
    pattern = _one(
        rng, ("x-------x-------", "x---x---x---x---", "x-----x-----x---", "..x---x---..x---", "x--x--x-x--x--x-")
    )
    return _chords(section, pattern, 60 + float(rng.integers(-4, 6)))


def strum(rng: np.random.Generator, section: Section) -> list[Note]:
    """Chords over the strings of a guitar, doubled an octave below."""
    pattern = _one(rng, ("x---x-o-..o-x-o-", "x-o-x-o-x-o-x-o-", "x---x-o-x---x-o-", "x--ox-o-x--ox-oo"))
    high = _chords(section, pattern, 62, float(rng.uniform(0.01, 0.04)))
    low = [Note(note.start, note.length, note.key - 12, note.loudness) for note in high if note.loudness > 0.7]
    return low + high


def scratch(rng: np.random.Generator, section: Section) -> list[Note]:
    """Short chords in sixteenths."""
    pattern = _one(rng, ("x.ox.ox.x.ox.oxo", "..x...xo..x...xo", "x..x..x.x..x.oxo"))
    return _chords(section, pattern, 67, 0.01, hold=False)


def skank(rng: np.random.Generator, section: Section) -> list[Note]:
    """Off the beat, short."""
    return _chords(section, _one(rng, ("..x...x...x...x.", "....x.......x...", "..xo..xo..xo..xo")), 64, hold=False)


def stabs(rng: np.random.Generator, section: Section) -> list[Note]:
    """Here and there, together and short."""
    pattern = _one(rng, ("x.....x.........", "..........x...x.", "x-----..........", "............xox-"))
    return _chords(section, pattern, 67, hold=False)


def montuno(rng: np.random.Generator, section: Section) -> list[Note]:
    """Octaves and chords against the beat."""
    return _chords(section, _one(rng, ("x.ox.ox..ox.ox.o", "x..x..x.x..x..x.")), 68, hold=False)


def pad(rng: np.random.Generator, section: Section) -> list[Note]:
    """Chords held as long as they last."""
    centre = 60 + float(rng.integers(-6, 10))
    notes = []
    for bar, chord in enumerate(section.chords):
        keys = chord.voiced(section.scale, centre)
        keys += [keys[0] - 12] if rng.random() < 0.5 else []
        notes += [Note(BAR * bar, BAR * 1.02, key, 0.65) for key in keys]
    return notes


def arpeggio(rng: np.random.Generator, section: Section) -> list[Note]:
    """A chord's notes one after the other."""
    step = float(rng.choice([0.25, 0.5, 0.5]))
    order = str(rng.choice(["up", "down", "both", "any"]))
    centre, octaves = 62 + float(rng.integers(-5, 12)), int(rng.integers(1, 3))
    notes = []
    for bar, chord in enumerate(section.chords):
        keys = chord.voiced(section.scale, centre)
        keys = [key + 12 * octave for octave in range(octaves) for key in keys]
        course = {"up": keys, "down": keys[::-1], "both": keys + keys[-2:0:-1]}.get(order, list(rng.permutation(keys)))
        notes += [
            Note(BAR * bar + place * step, step * 1.3, int(course[place % len(course)]), 0.7 + 0.15 * (place % 4 == 0))
            for place in range(int(BAR / step))
        ]
    return notes


def pulse(rng: np.random.Generator, section: Section) -> list[Note]:
    """One chord again and again, in eighths or by threes."""
    return _chords(section, _one(rng, ("x-x-x-x-x-x-x-x-", "x-.x-.x-.x-.x-x-", "x..x..x.x..x..x.")), 64, hold=False)


def power_chords(rng: np.random.Generator, section: Section) -> list[Note]:
    """Root, fifth and octave through an amplifier."""
    pattern = _one(
        rng, ("x---------------", "x-------x-----x-", "x-x-x-x-x-x-x-x-", "x--x--x-x--x--x-", "x-----x-x-------")
    )
    return _power(section, pattern, 40)


def chug(rng: np.random.Generator, section: Section) -> list[Note]:
    """Fast and low, some notes muted."""
    pattern = _one(
        rng, ("x.xxx.xxx.xxx.xx", "xxx.xxx.xxx.x-x-", "x--xxx.x--xxx.xx", "xxxxxxxxxxxxxxxx", "x.x.xx.x.x.xx-x-")
    )
    return _power(section, pattern, 38)


def _power(section: Section, pattern: str, low: int) -> list[Note]:
    notes = []
    for bar, chord in enumerate(section.chords):
        root = chord.bass(section.scale, low)
        for place, mark in enumerate(pattern):
            if mark == "x":
                held = len(pattern[place + 1 :]) - len(pattern[place + 1 :].lstrip("-"))
                length = (1 + held) / 4 * (0.97 if held else 0.5)
                notes += [Note(BAR * bar + place / 4, length, root + up, 0.9) for up in (0, 7, 12)]
    return notes


def riff(rng: np.random.Generator, section: Section) -> list[Note]:
    """A short figure, repeated; it follows the chords or stays."""
    low = int(rng.choice([40, 52, 64]))
    scale, follows = section.scale, rng.random() < 0.5
    figure = draw_melody(rng, scale, section.chords[:1] * 2, (low, low + 14), Manner(0.8, 0.1))
    notes = []
    for bar in range(0, len(section.chords) - 1, 2):
        shift = section.chords[bar].root - section.chords[0].root if follows else 0
        shift -= 7 * (shift > 3)
        for note in figure:
            key = scale.key(scale.step(note.key) + shift)
            notes.append(Note(BAR * bar + note.start, note.length * 0.9, key, note.loudness))
    return notes


def lead(rng: np.random.Generator, section: Section) -> list[Note]:
    """A melody of its own."""
    low = int(rng.integers(57, 70))
    manner = Manner(float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.1, 0.4)))
    return draw_melody(rng, section.scale, section.chords, (low, low + 17), manner, bar=BAR)


PLAYERS: dict[str, Player] = {
    player.__name__: player
    for player in (
        bass_eighths, bass_pattern, bass_held, bass_funk, bass_offbeat, bass_sub, bass_latin, bass_walking, comp,
        strum, scratch, skank, stabs, montuno, pad, arpeggio, pulse, power_chords, chug, riff, lead,
    )
}  # fmt: skip
