"""Plays a file, where there is something to play it with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

from voxlift.errors import InputError
from voxlift.media import open_reader
from voxlift.media.devices import play as play_blocks

BLOCK_SECONDS = 0.1


def play(path: Path, stop: Callable[[], bool]) -> str:
    """Play a recording until it ends or the user stops it; return why it cannot be heard, or nothing."""
    with open_reader(path) as reader:
        try:
            play_blocks(takewhile(lambda _: not stop(), reader.blocks(BLOCK_SECONDS)), reader.rate, reader.channels)
        except InputError as problem:
            return f"it cannot be heard here: {problem}"
    return ""
