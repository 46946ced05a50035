"""How the C library keeps freed memory in this process."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
"""Parameters of glibc's mallopt(3)."""
_KEPT_BYTES = 32 << 20
_MAPPED_BYTES = 4 << 20
"""What is larger is asked of the system each time: more than any block of a stream."""
_LARGEST = (1 << 31) - 1


def keep_freed_memory(*, all_of_it: bool = False) -> None:
    """Let this process use what it frees again, up to some tens of megabytes, or all of it.

    Dask starts its workers with MALLOC_TRIM_THRESHOLD_=65536, by which glibc gives memory back to the system at every
    block of a stream and asks for it at the next: 7,500 page faults and 25 ms for 10 s of sound. A training on the
    processor gives back and asks for its hundreds of megabytes at every step: to keep them all saves it a twelfth of
    its time. A C library that has no such parameters is left as it is.
    """
    with suppress(OSError, AttributeError, TypeError):  # Windows has no None to open; others have no mallopt
        library = ctypes.CDLL(None)
        if all_of_it:
            library.mallopt(_MMAP_MAX, 0)  # none is mapped by itself, so none is unmapped
            library.mallopt(_TRIM_THRESHOLD, _LARGEST)
        else:
            library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
            library.mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)
