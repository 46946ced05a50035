"""Where encoded bytes go: a hidden file beside the output that takes its name at the very end."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO

from voxlift.errors import InputError, MediaError
from voxlift.media.faults import STANDARD_STREAM, shown, writing_fault

_LONGEST_NAME_BYTES = 200  # most disks allow 255; our prefix and suffix come on top


class Sink:
    """A file under way. Libraries write into it; it keeps the first fault, as no C callback may raise.

    `with Sink(path) as sink` gives the file its name at the end, or removes it should anything go wrong.

    Parameters
    ----------
    path
        The final name, or `-` for standard output, which gets the bytes when all are made.
    overwrite
        Whether an existing file may be replaced.

    Raises
    ------
    InputError
        If the output exists, or its folder is missing or not writable.
    """

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        self.path = path
        self.error: OSError | None = None
        self._overwrite = overwrite
        self._part: Path | None = None
        self._raw: IO[bytes]
        if path == STANDARD_STREAM:
            self._raw = tempfile.TemporaryFile(prefix="voxlift-")  # noqa: SIM115 - closed by commit and discard
            return
        # A link keeps pointing where it pointed: its target is replaced, not the link.
        self._target = Path(os.path.realpath(path))
        check_output(path, overwrite)
        self._part, self._raw = _make_part(path, self._target)

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, kind: type[BaseException] | None, _problem: object, _trace: object) -> None:
        try:
            if kind is None:
                self.commit()
        except BaseException:
            self.discard()
            raise
        if kind is not None:
            self.discard()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take bytes; after a fault they are swallowed, and `check` tells."""
        if self.error is None:
            try:
                self._raw.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, in bytes."""
        try:
            return self._raw.seek(offset, whence)
        except OSError as error:
            self.error = self.error or error
            return 0

    def tell(self) -> int:
        """Tell the place, in bytes."""
        return self._raw.tell()

    def read(self, count: int = -1) -> bytes:
        """Read back what was written, as some encoders do to finish their headers."""
        try:
            return self._raw.read(count)
        except OSError as error:
            self.error = self.error or error
            return b""

    def flush(self) -> None:
        """Hand all bytes to the system."""
        try:
            self._raw.flush()
        except OSError as error:
            self.error = self.error or error

    def check(self) -> None:
        """Raise what a write ran into.

        Raises
        ------
        MediaError
            Disk full, pipe closed and the like, naming the folder.
        """
        if self.error is not None:
            raise writing_fault(self.path, self.error)

    def commit(self) -> None:
        """Give the finished file its name, at once and whole.

        Raises
        ------
        MediaError
            If the last bytes did not fit, or another file took the name meanwhile.
        """
        self.flush()
        self.check()
        try:
            if self._part is None:
                self._raw.seek(0)
                shutil.copyfileobj(self._raw, sys.stdout.buffer, 1 << 20)
                sys.stdout.buffer.flush()
                self._raw.close()
                return
            self._raw.close()
            check_output(self.path, self._overwrite)
            if self._target.exists():
                self._part.chmod(stat.S_IMODE(self._target.stat().st_mode))
            self._part.replace(self._target)
            self._part = None
        except OSError as error:
            raise writing_fault(self.path, error) from None

    def discard(self) -> None:
        """Remove what was written; the final name is untouched."""
        with contextlib.suppress(OSError):
            self._raw.close()
        if self._part is not None:
            with contextlib.suppress(OSError):
                self._part.unlink()
            self._part = None


def check_output(path: Path, overwrite: bool = False) -> None:
    """Refuse to write over what exists.

    Raises
    ------
    InputError
        With what to do.
    """
    try:
        if path.is_dir():
            raise MediaError(f"{shown(path)}: this is a folder; give a file name in it")
        if not path.exists():
            return
        regular = path.is_file()
    except ValueError:
        raise MediaError(f"{shown(path)}: this is no file name") from None
    except OSError as error:
        raise writing_fault(path, error) from None
    if not regular:
        raise MediaError(f"{shown(path)}: this is no ordinary file; use - to write to standard output")
    if not overwrite:
        raise InputError(f"{shown(path)}: exists already; use --overwrite, or another name")


def _make_part(path: Path, target: Path) -> tuple[Path, IO[bytes]]:
    name = os.fsdecode(os.fsencode(target.name)[:_LONGEST_NAME_BYTES])
    part = target.with_name(f".{name}.part-{secrets.token_hex(4)}")
    try:
        # Not tempfile: that would make a file which only its owner may read.
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise writing_fault(path, error) from None
    return part, os.fdopen(handle, "w+b", buffering=1 << 16)
