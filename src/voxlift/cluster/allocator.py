"""How the C library keeps freed memory in a worker's process."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3)."""
_KEPT_BYTES = 32 << 20
_MAPPED_BYTES = 4 << 20
"""What is larger is asked of the system each time: more than any block of a stream."""


def keep_freed_memory() -> None:
    """Let this process use what it frees again, up to some tens of megabytes.

    Dask starts its workers with MALLOC_TRIM_THRESHOLD_=65536, by which glibc gives memory back to the system at every
    block of a stream and asks for it at the next: 7,500 page faults and 25 ms for 10 s of sound. A C library that has
    no such parameter is left as it is.
    """
    with suppress(OSError, AttributeError, TypeError):  # Windows has no None to open; others have no mallopt
        library = ctypes.CDLL(None)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)
