"""Microphones and loudspeakers, through sounddevice (extra `live`), which stands on the library PortAudio."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import InputError, MissingExtraError


def sound_library() -> Any:
    """Load sounddevice.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    InputError
        When PortAudio is not.
    """
    try:
        import sounddevice  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("Sound devices", "live") from None
    except OSError:
        raise InputError(
            "the library PortAudio is missing; install it (Debian and Ubuntu: apt install libportaudio2, "
            "Fedora: dnf install portaudio), or use pipes"
        ) from None
    return sounddevice


def play(blocks: Iterable[Samples], rate: int, channels: int) -> None:
    """Play blocks `(channels, length)` on the default loudspeaker, until they end.

    Raises
    ------
    InputError
        When there is no loudspeaker, or nothing to reach it with (`MissingExtraError`).
    """
    library = sound_library()
    try:
        with library.OutputStream(samplerate=rate, channels=channels, dtype="float32") as stream:
            for block in blocks:
                stream.write(np.ascontiguousarray(block.T))
    except (ValueError, library.PortAudioError) as problem:
        raise InputError(f"the loudspeaker cannot be used: {problem}") from None
