"""A wav as it comes, for a pipe: the header goes first and cannot be mended afterwards."""

from __future__ import annotations

import struct
import sys

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import MediaError
from voxlift.media.faults import STANDARD_STREAM, writing_fault
from voxlift.media.formats import Format
from voxlift.media.grids import left_aligned, steps

_OPEN_END = 0xFFFF_FFFF  # what ffmpeg writes where the length is unknown; every reader knows it
_BITS = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}


class WaveStream:
    """Writes wav to standard output block by block; the stream itself stays open.

    Parameters
    ----------
    format_
        Its subtype is one of the integers or floats.
    length
        Samples over time where they are known beforehand; else the header leaves the end open.
    """

    def __init__(self, format_: Format, length: int | None) -> None:
        self._subtype, self._depth = format_.subtype, format_.depth
        self._write(_header(format_, length))

    @staticmethod
    def takes(format_: Format) -> bool:
        """Whether a format can be streamed."""
        return format_.container == "wav" and format_.subtype in _BITS

    def write(self, block: Samples) -> None:
        """Take `(channels, length)`."""
        self._write(self._bytes(np.ascontiguousarray(block.T)))

    def close(self) -> None:
        """Hand all to the next program."""
        self._write(b"")

    def _bytes(self, interleaved: Samples) -> bytes:
        if self._depth is None:
            return interleaved.astype("<f4" if self._subtype == "FLOAT" else "<f8").tobytes()
        if self._depth == 8:
            return (steps(interleaved, 8) + 128).astype(np.uint8).tobytes()
        whole = left_aligned(interleaved, self._depth)
        if self._depth == 24:
            return whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
        return whole.astype(f"<i{self._depth // 8}").tobytes()

    @staticmethod
    def _write(data: bytes) -> None:
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as error:
            raise writing_fault(STANDARD_STREAM, error) from None
        except ValueError:
            raise MediaError("standard output is closed; write to a file with -o") from None


def _header(format_: Format, length: int | None) -> bytes:
    bits = _BITS[format_.subtype]
    frame_bytes = format_.channels * bits // 8
    data_bytes = _OPEN_END if length is None else length * frame_bytes
    code = 3 if format_.depth is None else 1
    head = struct.pack("<HHIIHH", code, format_.channels, format_.rate, format_.rate * frame_bytes, frame_bytes, bits)
    chunks = b"WAVE" + b"fmt " + struct.pack("<I", len(head)) + head
    open_end = data_bytes + len(chunks) + 8 > _OPEN_END - 1
    sizes = (_OPEN_END, _OPEN_END) if open_end else (data_bytes + len(chunks) + 8, data_bytes)
    return b"RIFF" + struct.pack("<I", sizes[0]) + chunks + b"data" + struct.pack("<I", sizes[1])
