"""Voxlift lifts the voice out of any recording.

>>> import voxlift
>>> voice = voxlift.load("denoise-best")(voxlift.read("talk.mp3"))["voice"]
>>> voxlift.write("voice.wav", voice)
>>> voxlift.lift("talk.m4a", "voice.flac", task="denoise")
"""

from typing import TYPE_CHECKING, Any

from voxlift.errors import (
    AudioError,
    CancelledError,
    CardError,
    InputError,
    MediaError,
    MissingExtraError,
    NetError,
    VoxliftError,
)
from voxlift.face import lift, load, open_stream, read, write

if TYPE_CHECKING:
    from voxlift.audio import Audio

__version__ = "0.1.0"

__all__ = [
    "Audio",
    "AudioError",
    "CancelledError",
    "CardError",
    "InputError",
    "MediaError",
    "MissingExtraError",
    "NetError",
    "VoxliftError",
    "lift",
    "load",
    "open_stream",
    "read",
    "write",
]


def __getattr__(name: str) -> Any:
    """Load `Audio`, and numpy with it, when it is first asked for: the command line answers sooner without."""
    if name == "Audio":
        from voxlift.audio import Audio  # noqa: PLC0415

        return Audio
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
