"""Voxlift lifts the voice out of any recording.

>>> import voxlift
>>> voice = voxlift.load("denoise")(voxlift.read("talk.mp3"))["voice"]
>>> voxlift.write("voice.wav", voice)
>>> voxlift.lift("talk.m4a", "voice.flac", task="denoise")
"""

from voxlift.audio import Audio
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
