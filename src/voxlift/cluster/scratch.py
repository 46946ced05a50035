"""Folders for what is under way: bounded by the disk they lie on, and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voxlift.cluster.belonging import scratch_folder
from voxlift.errors import DiskFullError

_AIR = 3
"""A recording, and two stems as large as it."""
_SPARE_BYTES = 64 << 20


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder for one piece of work."""
    with tempfile.TemporaryDirectory(prefix="voxlift-", dir=scratch_folder(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def check_room(folder: Path, place: str, size_bytes: int) -> None:
    """Refuse to fetch what the disk cannot hold together with what is made of it.

    Raises
    ------
    DiskFullError
        With how much there is and how much it takes.
    """
    free_bytes, needed_bytes = shutil.disk_usage(folder).free, _AIR * size_bytes + _SPARE_BYTES
    if free_bytes < needed_bytes:
        raise DiskFullError(
            f"{place}: takes {needed_bytes / 1e6:.0f} MB of scratch space, and {folder.parent} has "
            f"{free_bytes / 1e6:.0f} MB left; set TMPDIR, or the workers' --local-directory, to a larger disk"
        )
