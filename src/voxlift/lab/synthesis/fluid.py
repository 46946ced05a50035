"""libfluidsynth, as far as songs need it: soundfonts, notes, and every channel's sound apart, in one pass.

Bound by hand: the Python packages give 16 bits of the sum alone (pyfluidsynth), or compile a sound card's driver
(tinysoundfont); the program `fluidsynth` would read 150 MB of soundfont once for every part of a song.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import c_char_p, c_double, c_int, c_void_p
from ctypes.util import find_library
from functools import cache
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import InputError

NAMES = ("fluidsynth", "fluidsynth-3", "libfluidsynth-3", "fluidsynth-2")
INSTALL = "install it with 'apt-get install libfluidsynth3' (Debian, Ubuntu) or 'brew install fluid-synth' (macOS)"
BLOCK = 64  # samples: fluidsynth starts notes at its own blocks of so many
DRUM_BANK = 128
VOLUME, PAN, REVERB, CHORUS = 7, 10, 91, 93  # MIDI's controllers
_FAILED = -1
_QUIET_LEVELS = range(5)


class Synth:
    """A synthesizer whose MIDI channels sound apart from each other, without reverberation or chorus of its own.

    Parameters
    ----------
    rate
        Of the sound, in Hz.
    channels
        How many MIDI channels, each one stereo sound.
    soundfont
        An SF2 or SF3 file.

    Raises
    ------
    InputError
        When the library is missing, or the soundfont is or cannot be read.
    """

    def __init__(self, rate: int, channels: int, soundfont: Path) -> None:
        self._library, self.channels = load(), channels
        self._settings = self._library.new_fluid_settings()
        for name, number in (
            ("synth.midi-channels", -(-channels // 16) * 16),
            ("synth.audio-channels", channels),
            ("synth.audio-groups", channels),
            ("synth.reverb.active", 0),
            ("synth.chorus.active", 0),
            ("synth.dynamic-sample-loading", 1),
            ("synth.polyphony", 512),
        ):
            self._library.fluid_settings_setint(self._settings, name.encode(), number)
        self._library.fluid_settings_setnum(self._settings, b"synth.sample-rate", float(rate))
        self._library.fluid_settings_setnum(self._settings, b"synth.gain", 0.3)
        self._synth = self._library.new_fluid_synth(self._settings)
        self._font = self._library.fluid_synth_sfload(self._synth, str(soundfont).encode(), 0)
        if self._font == _FAILED:
            self.close()
            raise InputError(f"{soundfont}: fluidsynth cannot read this soundfont; give another with --soundfont")

    def program(self, channel: int, bank: int, program: int) -> None:
        """Choose the instrument of a channel; bank 128 holds drum kits. An unknown one is replaced by the first."""
        select = self._library.fluid_synth_program_select
        if select(self._synth, channel, self._font, bank, program) == _FAILED:
            select(self._synth, channel, self._font, bank, 0)

    def control(self, channel: int, controller: int, value: int) -> None:
        """Set a controller of a channel, 0 to 127."""
        self._library.fluid_synth_cc(self._synth, channel, controller, value)

    def bend(self, channel: int, value: int) -> None:
        """Bend the pitch of a channel: 0 two semitones down, 8192 none, 16383 two up."""
        self._library.fluid_synth_pitch_bend(self._synth, channel, value)

    def start(self, channel: int, key: int, velocity: int) -> None:
        """Start a note."""
        self._library.fluid_synth_noteon(self._synth, channel, key, velocity)

    def stop(self, channel: int, key: int) -> None:
        """Let a note die away."""
        self._library.fluid_synth_noteoff(self._synth, channel, key)

    def render(self, length: int) -> Samples:
        """Go on for `length` samples, `(midi channels, 2, length)`."""
        out = np.zeros((2, self.channels, length), np.float32)
        pointers = [_addresses(side) for side in out]
        status = self._library.fluid_synth_nwrite_float(self._synth, length, *pointers, None, None)
        if status == _FAILED:
            raise RuntimeError("fluidsynth rendered nothing")
        return out.transpose(1, 0, 2)

    def close(self) -> None:
        """Free what the library holds."""
        self._library.delete_fluid_synth(self._synth)
        self._library.delete_fluid_settings(self._settings)


@contextmanager
def synth(rate: int, channels: int, soundfont: Path) -> Iterator[Synth]:
    """Open a `Synth` and close it at the end."""
    opened = Synth(rate, channels, soundfont)
    try:
        yield opened
    finally:
        opened.close()


def _addresses(sounds: Samples) -> ctypes.Array[c_void_p]:
    rows: Sequence[int] = [row.ctypes.data for row in sounds]
    return (c_void_p * len(rows))(*rows)


@cache
def load() -> ctypes.CDLL:
    """Find and load the library.

    Raises
    ------
    InputError
        When it is not there.
    """
    found = next((path for name in NAMES if (path := find_library(name))), None)
    if found is None:
        raise InputError(f"songs are played by fluidsynth, which is not on this machine; {INSTALL}")
    library = ctypes.CDLL(found)
    pointer = c_void_p
    for name, result, arguments in (
        ("new_fluid_settings", pointer, []),
        ("delete_fluid_settings", None, [pointer]),
        ("fluid_settings_setint", c_int, [pointer, c_char_p, c_int]),
        ("fluid_settings_setnum", c_int, [pointer, c_char_p, c_double]),
        ("new_fluid_synth", pointer, [pointer]),
        ("delete_fluid_synth", None, [pointer]),
        ("fluid_synth_sfload", c_int, [pointer, c_char_p, c_int]),
        ("fluid_synth_program_select", c_int, [pointer, c_int, c_int, c_int, c_int]),
        ("fluid_synth_cc", c_int, [pointer, c_int, c_int, c_int]),
        ("fluid_synth_pitch_bend", c_int, [pointer, c_int, c_int]),
        ("fluid_synth_noteon", c_int, [pointer, c_int, c_int, c_int]),
        ("fluid_synth_noteoff", c_int, [pointer, c_int, c_int]),
        ("fluid_synth_nwrite_float", c_int, [pointer, c_int, pointer, pointer, pointer, pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    silent = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)(0)
    for level in _QUIET_LEVELS:  # what goes wrong is told by us
        library.fluid_set_log_function(c_int(level), silent, None)
    return library
