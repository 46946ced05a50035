"""A process keeps its memory between blocks, and between steps, whatever Dask tells the C library."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

BLOCKS = """
import resource, sys
import numpy as np
from voxlift.allocator import keep_freed_memory
what, size = sys.argv[1], int(sys.argv[2])
if what != "leave":
    keep_freed_memory(all_of_it=what == "keep all")
def faults():
    for _ in range(100):
        np.ones(size // 8) + 1.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(-faults() + faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such setting")
@pytest.mark.parametrize(("what", "size"), [("keep", 1 << 20), ("keep all", 1 << 20), ("keep all", 1 << 26)])
def test_freed_memory_is_used_again(what: str, size: int) -> None:
    kept = page_faults(what, size)
    assert kept < 1_000
    assert page_faults("leave", size) > 2_000


def page_faults(what: str, size: int) -> int:
    """Of a hundred rounds with two blocks of so many bytes."""
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKS, what, str(size)], env=environment, capture_output=True, text=True, check=True
    )
    return int(ran.stdout)
