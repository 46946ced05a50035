"""Songs made sound: every part by the synthesizer, through its effects, mixed and mastered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import InputError
from voxlift.lab.augment import gain, rms_db
from voxlift.lab.dynamics import Compressor
from voxlift.lab.reverb import Echo, Reverb
from voxlift.lab.synthesis.arranging import DRUMS, Part, Song
from voxlift.lab.synthesis.effects import chorus, drive, equalise, master, pan, widen
from voxlift.lab.synthesis.fluid import BLOCK, DRUM_BANK, synth

RATE = 44_100
SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3"),
)
"""Where Debian puts free ones (both MIT), the most useful first."""
SILENT_DB = -70.0


def find_soundfonts(given: Sequence[Path] = ()) -> list[Path]:
    """List the soundfonts to play with: those that are given, else Debian's, as far as they are there.

    Raises
    ------
    InputError
        When a given one is missing, or none is there.
    """
    for path in given:
        if not path.is_file():
            raise InputError(f"{path}: no such soundfont; give an SF2 or SF3 file with --soundfont")
    found = list(given) or [path for path in SOUNDFONTS if path.is_file()]
    if not found:
        raise InputError(
            "songs need a soundfont, and none is there; install one with 'apt-get install fluid-soundfont-gm' "
            "(Debian, Ubuntu), or give an SF2 file with --soundfont"
        )
    return found


def render_parts(song: Song, soundfont: Path) -> Samples:
    """Play the parts of a song, each dry and by itself: `(parts, 2, length)` at 44.1 kHz."""
    length = round(song.seconds * RATE)
    with synth(RATE, len(song.parts), soundfont) as player:
        for channel, part in enumerate(song.parts):
            player.program(channel, DRUM_BANK if part.role == DRUMS else 0, part.program)
        pieces, now = [], 0
        for moment, starting, channel, key, velocity in _events(song.parts):
            if min(moment, length) > now:
                pieces.append(player.render(min(moment, length) - now))
                now = min(moment, length)
            if starting:
                player.start(channel, key, velocity)
            else:
                player.stop(channel, key)
        pieces.append(player.render(length - now) if length > now else np.zeros((len(song.parts), 2, 0), np.float32))
    return np.concatenate(pieces, axis=2)


def render(rng: np.random.Generator, song: Song, soundfont: Path) -> Samples:
    """Play, mix and master a song: `(2, length)` at 44.1 kHz."""
    return mix(rng, song, render_parts(song, soundfont))


def mix(rng: np.random.Generator, song: Song, parts: Samples) -> Samples:
    """Put parts through their effects and together, `(2, length)`."""
    hall = Reverb.draw(rng, 2.5)
    send = np.zeros(parts.shape[1:], np.float32)
    out = np.zeros_like(send)
    for part, dry in zip(song.parts, parts, strict=True):
        if rms_db(dry) < SILENT_DB:
            continue
        sound = _treated(rng, part, dry)
        sound = sound * gain(part.level_db - 20 - rms_db(sound))
        out += sound
        send += sound * gain(float(rng.uniform(-30, -12) if part.role.startswith("bass") else rng.uniform(-15, 0)))
    out += hall.apply(send, RATE) - send
    return master(equalise(out, RATE, rng, 3.0), RATE, rng, song.loudness_db)


def _treated(rng: np.random.Generator, part: Part, sound: Samples) -> Samples:
    if part.drive_db is not None:
        sound = drive(sound, RATE, part.drive_db, float(rng.uniform(3800, 6500)))
    elif rng.random() < 0.15:
        sound = drive(sound, RATE, float(rng.uniform(0, 10)))
    if rng.random() < 0.4 or part.role == DRUMS:
        sound = sound * Compressor.draw(rng).gain(sound, RATE)
    if not part.role.startswith("bass") and part.role != DRUMS:
        if rng.random() < 0.2:
            sound = chorus(sound, RATE, rng)
        if rng.random() < 0.15:
            sound = Echo.draw(rng).apply(sound, RATE)
    return widen(pan(equalise(sound, RATE, rng, 3.5), part.place), float(rng.uniform(0.5, 1.4)))


def _events(parts: Sequence[Part]) -> Iterator[tuple[int, bool, int, int, int]]:
    """Give moments in samples, whether a note starts then, and which; in order, ends before starts."""
    events = []
    for channel, part in enumerate(parts):
        for note in part.notes:
            begin = round(note.start * RATE / BLOCK) * BLOCK
            end = max(begin + BLOCK, round(note.end * RATE / BLOCK) * BLOCK)
            events.append((begin, True, channel, note.key, note.velocity))
            events.append((end, False, channel, note.key, 0))
    yield from sorted(events)
