"""Raw samples: on pipes, and on sound devices (extra `live`). Both ends give and take `(channels, length)`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import InputError, MediaError
from voxlift.media.devices import sound_library

DTYPES: dict[str, np.dtype[Any]] = {"s16le": np.dtype("<i2"), "f32le": np.dtype("<f4")}
_FULL_SCALE = 32_768


class Source(Protocol):
    """Where sound comes from."""

    def read(self, length: int) -> Samples:
        """Wait for so many samples; fewer come at the end only."""

    def close(self) -> None:
        """Let go of it."""


class Sink(Protocol):
    """Where sound goes to."""

    def write(self, block: Samples) -> None:
        """Hand a block on at once."""

    def close(self) -> None:
        """Let go of it."""


def decoded(data: bytes, sample_format: str, channels: int) -> Samples:
    """Turn interleaved bytes into `(channels, length)`; the bytes of an unfinished last sample are left out."""
    dtype = DTYPES[sample_format]
    whole = len(data) // (dtype.itemsize * channels) * channels
    numbers = np.frombuffer(data, dtype, whole).reshape(-1, channels).T.astype(np.float32)
    return numbers / np.float32(_FULL_SCALE) if sample_format == "s16le" else numbers


def encoded(block: Samples, sample_format: str) -> bytes:
    """Turn `(channels, length)` into interleaved bytes; what is too loud is held at full scale."""
    if sample_format == "s16le":
        block = np.clip(np.rint(block * np.float32(_FULL_SCALE)), -_FULL_SCALE, _FULL_SCALE - 1)
    return block.T.astype(DTYPES[sample_format]).tobytes()


class PipeSource:
    """Standard input."""

    def __init__(self, sample_format: str, channels: int) -> None:
        if sys.stdin.isatty():
            raise InputError("standard input is the keyboard; pipe raw samples into it, or give --input-device")
        self._format, self._channels = sample_format, channels

    def read(self, length: int) -> Samples:
        """Wait for so many samples; fewer come at the end only."""
        count = length * self._channels * DTYPES[self._format].itemsize
        return decoded(sys.stdin.buffer.read(count), self._format, self._channels)

    def close(self) -> None:
        """Leave it open: it is the caller's."""


class PipeSink:
    """Standard output."""

    def __init__(self, sample_format: str) -> None:
        if sys.stdout.isatty():
            raise InputError("standard output is the terminal; pipe it into a program, or give --output-device")
        self._format = sample_format

    def write(self, block: Samples) -> None:
        """Hand a block on at once."""
        try:
            sys.stdout.buffer.write(encoded(block, self._format))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise MediaError("standard output was closed by the program that reads it; look at that one") from None

    def close(self) -> None:
        """Leave it open: it is the caller's."""


class DeviceSource:
    """A microphone or the like."""

    def __init__(self, name: str, rate: int, channels: int, block: int) -> None:
        self._stream = _opened(lambda lib, options: lib.InputStream(**options), name, rate, channels, block)

    def read(self, length: int) -> Samples:
        """Wait for so many samples."""
        data, _overflowed = self._stream.read(length)
        return np.ascontiguousarray(data.T, np.float32)

    def close(self) -> None:
        """Let go of the device."""
        self._stream.close()


class DeviceSink:
    """A loudspeaker or the like."""

    def __init__(self, name: str, rate: int, channels: int, block: int) -> None:
        self._stream = _opened(lambda lib, options: lib.OutputStream(**options), name, rate, channels, block)

    def write(self, block: Samples) -> None:
        """Hand a block on; waits while the device is full."""
        self._stream.write(np.ascontiguousarray(block.T))

    def close(self) -> None:
        """Play what is left and let go of the device."""
        self._stream.stop()
        self._stream.close()


def _opened(make: Callable[[Any, dict[str, object]], Any], name: str, rate: int, channels: int, block: int) -> Any:
    library = sound_library()
    device: int | str = int(name) if name.isdecimal() else name
    options: dict[str, object] = {
        "device": device,
        "samplerate": rate,
        "channels": channels,
        "blocksize": block,
        "dtype": "float32",
        "latency": "low",
    }
    try:
        stream = make(library, options)
        stream.start()
    except (ValueError, library.PortAudioError) as problem:
        raise InputError(
            f"device {name!r} with {channels} channels at {rate} Hz: {problem}; see --list-devices"
        ) from None
    return stream
