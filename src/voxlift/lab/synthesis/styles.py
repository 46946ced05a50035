"""Kinds of music: tempo, keys, who plays on which instruments, and how densely. Programs are General MIDI's.

Instruments that sound like voices (choirs, solo vox, `pad 4`) are left out: an accompaniment must not sing.
"""

from __future__ import annotations

from dataclasses import dataclass

ACOUSTIC_GUITARS = (24, 25)
CLEAN_GUITARS = (26, 27, 28)
LOUD_GUITARS = (29, 30)
PIANOS = (0, 1, 2, 3)
ELECTRIC_PIANOS = (4, 5)
ORGANS = (16, 17, 18, 19, 20)
MALLETS = (8, 9, 10, 11, 12, 13)
STRINGS = (48, 49, 50, 51)
SOLO_STRINGS = (40, 41, 42, 45, 46)
BRASS = (56, 57, 60, 61, 62, 63)
REEDS = (64, 65, 66, 67, 68, 71)
PIPES = (72, 73, 74, 75, 79)
SYNTH_LEADS = (80, 81, 82, 84, 86, 87)
SYNTH_PADS = (88, 89, 90, 92, 93, 94, 95)
FOLK_LEADS = (21, 22, 23, 105, 107, 110, 15, 104)
FINGERED_BASSES = (32, 33, 34, 35, 36)
SYNTH_BASSES = (38, 39)
PLUCKS = (11, 12, 46, 98, 99, 100, 107, 108)
STANDARD, ROOM, POWER, ELECTRONIC, TR808, JAZZ, BRUSH = 0, 8, 16, 24, 25, 32, 40


@dataclass(frozen=True)
class Role:
    """One player: what is played, on which instruments, and how likely there is such a player."""

    plays: str
    """A key of `playing.PLAYERS`."""
    programs: tuple[int, ...]
    chance: float = 1.0
    level_db: float = -6.0
    """Beside the drums and the bass."""
    drive_db: tuple[float, float] | None = None
    """Range of the overload, for guitars through amplifiers."""


@dataclass(frozen=True)
class Style:
    """A kind of music; ranges are drawn from anew for every song."""

    bpm: tuple[float, float]
    modes: tuple[str, ...]
    roles: tuple[Role, ...]
    grooves: tuple[str, ...]
    """Keys of `drumming.GROOVES`; nobody drums where it is empty."""
    kits: tuple[int, ...] = (STANDARD, ROOM)
    drums: float = 0.95
    """How likely there are drums at all."""
    swing: tuple[float, float] = (0.0, 0.0)
    """How late every second eighth comes, as a share of an eighth."""
    sevenths: float = 0.15
    loudness_db: tuple[float, float] = (-16.0, -10.0)


MINOR = ("minor", "minor", "dorian")
MAJOR = ("major", "major", "mixolydian")
ANY = ("major", "minor", "dorian", "mixolydian")

STYLES: dict[str, Style] = {
    "rock": Style(
        (95, 160),
        ANY,
        (
            Role("bass_eighths", (33, 34, 34)),
            Role("power_chords", LOUD_GUITARS, 0.9, -4, (6, 22)),
            Role("power_chords", LOUD_GUITARS, 0.5, -5, (6, 22)),
            Role("strum", (27, 28, *ACOUSTIC_GUITARS), 0.5, -7, (0, 12)),
            Role("riff", LOUD_GUITARS, 0.5, -6, (8, 20)),
            Role("lead", LOUD_GUITARS, 0.3, -7, (8, 24)),
            Role("pad", ORGANS, 0.3, -10),
            Role("comp", PIANOS, 0.25, -9),
        ),
        ("rock", "rock_busy", "half_time"),
        (STANDARD, ROOM, POWER),
        loudness_db=(-13, -8),
    ),
    "metal": Style(
        (90, 180),
        ("minor", "minor", "dorian"),
        (
            Role("bass_eighths", (33, 34)),
            Role("chug", (30,), 1.0, -3, (14, 30)),
            Role("chug", (30, 29), 0.8, -3, (14, 30)),
            Role("power_chords", (30,), 0.6, -5, (12, 28)),
            Role("riff", (30, 29), 0.6, -5, (12, 26)),
            Role("lead", (29, 30), 0.3, -7, (10, 24)),
            Role("pad", STRINGS, 0.2, -12),
        ),
        ("metal", "double_bass", "rock_busy", "half_time"),
        (POWER, ROOM, STANDARD),
        loudness_db=(-12, -7),
    ),
    "pop": Style(
        (85, 130),
        ANY,
        (
            Role("bass_pattern", (*FINGERED_BASSES[:3], *SYNTH_BASSES)),
            Role("comp", (*PIANOS, *ELECTRIC_PIANOS), 0.7),
            Role("strum", (*ACOUSTIC_GUITARS, 27), 0.5, -8),
            Role("arpeggio", (27, 46, *SYNTH_LEADS[:2], *PLUCKS), 0.5, -10),
            Role("pad", (*STRINGS, *SYNTH_PADS), 0.7, -10),
            Role("lead", (*SYNTH_LEADS, 56, 65, 73), 0.25, -9),
            Role("stabs", BRASS, 0.2, -10),
        ),
        ("pop", "four_floor", "rock", "clap"),
        (STANDARD, ROOM, ELECTRONIC, TR808),
        loudness_db=(-14, -8.5),
    ),
    "ballad": Style(
        (58, 88),
        ANY,
        (
            Role("bass_held", FINGERED_BASSES, 0.8),
            Role("arpeggio", (*PIANOS, *ACOUSTIC_GUITARS), 0.8, -5),
            Role("comp", (*PIANOS, *ELECTRIC_PIANOS), 0.6, -6),
            Role("pad", STRINGS, 0.7, -8),
            Role("lead", (*SOLO_STRINGS[:3], 68, 71, 73), 0.3, -9),
        ),
        ("ballad", "half_time", "pop"),
        (STANDARD, BRUSH, ROOM),
        drums=0.65,
        sevenths=0.3,
        loudness_db=(-19, -11),
    ),
    "funk": Style(
        (92, 122),
        ("dorian", "mixolydian", "minor"),
        (
            Role("bass_funk", (36, 37, 33, 38)),
            Role("scratch", (27, 28), 0.9, -7),
            Role("stabs", BRASS, 0.6, -7),
            Role("comp", (4, 7, 16, 18), 0.7, -8),
            Role("riff", (27, 28, 81, 7), 0.4, -8),
        ),
        ("funk", "funk_busy", "disco"),
        (STANDARD, ROOM, ELECTRONIC),
        swing=(0, 0.2),
        sevenths=0.7,
        loudness_db=(-15, -9),
    ),
    "electronic": Style(
        (110, 145),
        ANY,
        (
            Role("bass_offbeat", (*SYNTH_BASSES, 81, 87)),
            Role("pulse", SYNTH_LEADS, 0.7, -6),
            Role("arpeggio", (*SYNTH_LEADS, *PLUCKS), 0.8, -7),
            Role("pad", SYNTH_PADS, 0.8, -7),
            Role("stabs", (62, 63, 81, 90), 0.5, -7),
            Role("riff", SYNTH_LEADS, 0.5, -7),
        ),
        ("four_floor", "disco", "breakbeat", "clap"),
        (ELECTRONIC, TR808),
        loudness_db=(-13, -7.5),
    ),
    "hip-hop": Style(
        (70, 100),
        MINOR,
        (
            Role("bass_sub", (38, 39, 33)),
            Role("riff", (0, 4, 11, 46, 88, 27), 0.8, -7),
            Role("comp", (4, 5, 0), 0.5, -8),
            Role("pad", (*STRINGS, *SYNTH_PADS), 0.5, -10),
            Role("stabs", (61, 62, 55), 0.25, -9),
        ),
        ("trap", "boom_bap", "half_time"),
        (TR808, ELECTRONIC, STANDARD),
        swing=(0, 0.3),
        sevenths=0.4,
        loudness_db=(-14, -8),
    ),
    "folk": Style(
        (75, 140),
        MAJOR,
        (
            Role("strum", ACOUSTIC_GUITARS, 0.9, -4),
            Role("arpeggio", ACOUSTIC_GUITARS, 0.5, -6),
            Role("bass_held", (32, 33), 0.7),
            Role("lead", (*FOLK_LEADS, 40, 73, 74), 0.5, -8),
            Role("pad", (21, 23, 48), 0.2, -12),
        ),
        ("ballad", "train", "pop"),
        (STANDARD, BRUSH),
        drums=0.4,
        loudness_db=(-19, -11),
    ),
    "country": Style(
        (90, 170),
        MAJOR,
        (
            Role("bass_pattern", (32, 33)),
            Role("strum", (25, 27), 0.9, -5),
            Role("arpeggio", (105, 25), 0.5, -8),
            Role("lead", (27, 26, 110, 22), 0.5, -8, (0, 10)),
            Role("comp", (0, 3), 0.4, -8),
        ),
        ("train", "rock", "pop"),
        swing=(0, 0.25),
        loudness_db=(-16, -9),
    ),
    "jazz": Style(
        (80, 180),
        ("major", "dorian", "minor"),
        (
            Role("bass_walking", (32, 32, 35)),
            Role("comp", (0, 0, 4, 26, 11), 1.0, -5),
            Role("lead", (*REEDS[:4], 56, 59, 11, 26), 0.6, -5),
            Role("stabs", (61, 57, 65), 0.25, -8),
        ),
        ("swing", "swing_ride", "bossa"),
        (JAZZ, BRUSH),
        swing=(0.2, 0.66),
        sevenths=1.0,
        loudness_db=(-20, -13),
    ),
    "reggae": Style(
        (64, 92),
        ANY,
        (
            Role("bass_pattern", (33, 34, 38)),
            Role("skank", (27, 28, 16), 1.0, -5),
            Role("skank", (16, 17, 0), 0.6, -8),
            Role("stabs", BRASS, 0.4, -9),
            Role("lead", (56, 57, 22, 80), 0.2, -9),
        ),
        ("one_drop", "rock"),
        swing=(0, 0.35),
        loudness_db=(-15, -10),
    ),
    "latin": Style(
        (88, 130),
        ("minor", "dorian", "major"),
        (
            Role("bass_latin", (32, 33, 35)),
            Role("montuno", (0, 1, 24), 0.9, -5),
            Role("stabs", BRASS, 0.6, -7),
            Role("strum", (24,), 0.4, -8),
            Role("lead", (56, 73, 66), 0.3, -8),
        ),
        ("latin", "bossa"),
        sevenths=0.5,
        loudness_db=(-17, -10),
    ),
    "soul": Style(
        (66, 118),
        ("major", "dorian", "mixolydian"),
        (
            Role("bass_funk", (33, 34, 32)),
            Role("comp", (4, 5, 16, 0), 0.9, -6),
            Role("pad", (48, 50, 16), 0.5, -10),
            Role("scratch", (26, 27), 0.5, -9),
            Role("stabs", BRASS, 0.6, -8),
        ),
        ("pop", "boom_bap", "funk", "ballad"),
        (STANDARD, ROOM),
        swing=(0, 0.4),
        sevenths=0.8,
        loudness_db=(-16, -10),
    ),
    "indie": Style(
        (85, 150),
        ANY,
        (
            Role("bass_eighths", (33, 34, 38)),
            Role("arpeggio", CLEAN_GUITARS, 0.8, -6, (0, 10)),
            Role("strum", (27, 29, 25), 0.7, -6, (0, 16)),
            Role("pulse", (*SYNTH_LEADS, 4), 0.5, -9),
            Role("pad", (*SYNTH_PADS, *ORGANS), 0.5, -10),
            Role("lead", (27, 29, 80, 11), 0.4, -8, (4, 16)),
        ),
        ("rock", "disco", "half_time", "four_floor"),
        (ROOM, STANDARD, ELECTRONIC),
        loudness_db=(-15, -8.5),
    ),
    "orchestral": Style(
        (60, 130),
        ANY,
        (
            Role("pad", STRINGS, 1.0, -3),
            Role("pulse", (45, 48, 49, 46), 0.6, -6),
            Role("bass_held", (43, 42, 49), 0.9, -3),
            Role("lead", (*SOLO_STRINGS[:3], *REEDS[4:], *PIPES, 60), 0.7, -5),
            Role("arpeggio", (46, 0, 8, 11), 0.5, -8),
            Role("stabs", (60, 61, 47), 0.4, -8),
        ),
        ("march",),
        (STANDARD,),
        drums=0.25,
        loudness_db=(-22, -12),
    ),
}
