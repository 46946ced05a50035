"""Files and folders that are there whole or not at all, whatever happens while they are made."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic(path: Path, *, durable: bool = False, shared: bool = False) -> Iterator[Path]:
    """Give a hidden name for a file or a folder, which takes its own name when the block ends without a fault.

    What was there before stays until then, and stays for good when the block fails; what is half made is removed.

    Parameters
    ----------
    path
        The name that it takes; its folder must exist.
    durable
        Force a file to disk first, so that a power cut leaves one of both, too.
    shared
        Several may make it at once; the last one wins. Alone, one finds and replaces what it left when it was killed.
    """
    mark = f".{secrets.token_hex(8)}" if shared else ""
    part = path.with_name(f".{path.name}{mark}.part")
    _remove(part)
    try:
        yield part
        if durable:
            _force_to_disk(part)
        if part.is_dir():
            _remove(path)
        part.replace(path)
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _force_to_disk(path: Path) -> None:
    file = os.open(path, os.O_RDWR)  # Windows forces only what is open for writing
    try:
        os.fsync(file)
    finally:
        os.close(file)
