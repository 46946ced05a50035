"""Bytes to decode: a file or standard input, guarded so that no callback of a C library ever raises."""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from voxlift.errors import MediaError
from voxlift.media.faults import STANDARD_STREAM, reading_fault, shown
from voxlift.media.sniffing import HEAD_BYTES, needs_seeking

_COPY_BYTES = 1 << 20


class GuardedFile:
    """A file whose faults are kept for later: an exception inside a C callback would only be printed, and lost."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def read(self, count: int = -1) -> bytes:
        """Read up to `count` bytes; nothing after a fault."""
        try:
            return self._raw.read(count)
        except OSError as error:
            self.error = self.error or error
            return b""

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer`; returns the bytes read."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; a place before the beginning, as damaged files ask for, is the beginning."""
        try:
            return self._raw.seek(offset, whence)
        except (OSError, ValueError):
            return self._raw.seek(0) if whence == 0 else self._raw.tell()

    def tell(self) -> int:
        """Tell the place, in bytes."""
        return self._raw.tell()

    def close(self) -> None:
        """Give the file back to the system."""
        self._raw.close()


class GuardedPipe:
    """The bytes of a pipe, of which the first have been looked at; it cannot be sought in and is never closed."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest
        self.error: OSError | None = None

    def read(self, count: int = -1) -> bytes:
        """Read up to `count` bytes, fewer where no more have come yet."""
        data = self._head.read(count)
        if data:
            return data
        try:
            read1 = getattr(self._rest, "read1", self._rest.read)
            return bytes(read1(count))
        except OSError as error:
            self.error = self.error or error
            return b""

    def close(self) -> None:
        """Leave the pipe open: it is the caller's."""


@dataclass(frozen=True)
class Bytes:
    """An opened input: where it came from, how it begins, how long it is (None in a pipe)."""

    path: Path
    file: GuardedFile | GuardedPipe
    head: bytes
    size: int | None


def open_bytes(path: Path) -> Bytes:
    """Open a file, or standard input for `-`.

    Raises
    ------
    MediaError
        If it is missing, a folder, unreadable or empty.
    """
    if path == STANDARD_STREAM:
        return _standard_input()
    try:
        if path.is_dir():
            raise IsADirectoryError
        raw = path.open("rb", buffering=1 << 16)
    except OSError as error:
        raise reading_fault(path, error) from None
    except ValueError:
        raise MediaError(f"{shown(path)}: this is no file name") from None
    return _from_file(path, raw)


def _from_file(path: Path, raw: IO[bytes]) -> Bytes:
    try:
        head = raw.read(HEAD_BYTES)
        size = raw.seek(0, io.SEEK_END)
        raw.seek(0)
    except OSError as error:
        raw.close()
        raise reading_fault(path, error) from None
    if not head:
        raw.close()
        raise MediaError(f"{shown(path)}: the file is empty (0 bytes); record or copy it again")
    return Bytes(path, GuardedFile(raw), head, size)


def _standard_input() -> Bytes:
    stdin = sys.stdin.buffer
    try:
        head = stdin.read(HEAD_BYTES)
        if not head:
            raise MediaError("standard input: nothing came in (0 bytes); is the program before the pipe all right?")
        if not needs_seeking(head):
            return Bytes(STANDARD_STREAM, GuardedPipe(head, stdin), head, None)
        # The index of MPEG-4 often comes last, so the whole must lie on disk first (never in memory).
        whole = tempfile.TemporaryFile(prefix="voxlift-")  # noqa: SIM115 - closed with the reader
        whole.write(head)
        while piece := stdin.read(_COPY_BYTES):
            whole.write(piece)
        whole.seek(0)
    except OSError as error:
        raise MediaError(f"standard input could not be read ({error.strerror or error})") from None
    return _from_file(STANDARD_STREAM, whole)
