"""Plays a file, where there is something to play it with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voxlift.media import open_reader

BLOCK_SECONDS = 0.1


def play(path: Path, stop: Callable[[], bool]) -> str:
    """Play a recording until it ends or the user stops it; return why it cannot be heard, or nothing."""
    try:
        import sounddevice  # noqa: PLC0415 - an extra
    except ImportError:
        return "to hear it at once: pip install 'voxlift[live]'"
    except OSError:  # PortAudio, on which it stands
        return "to hear it at once, install the library PortAudio"
    try:
        with (
            open_reader(path) as reader,
            sounddevice.OutputStream(reader.rate, channels=reader.channels, dtype="float32") as stream,
        ):
            for block in reader.blocks(BLOCK_SECONDS):
                if stop():
                    break
                stream.write(block.T.copy())
    except sounddevice.PortAudioError as problem:
        return f"it cannot be played here ({problem})"
    return ""
