"""A worker's memory stays with it between blocks, whatever Dask tells the C library."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

BLOCKS = """
import resource, sys
import numpy as np
from voxlift.cluster.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def faults():
    for _ in range(100):
        np.ones(1 << 17) + 1.0  # two of 1 MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(-faults() + faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such setting")
def test_freed_memory_is_used_again() -> None:
    assert page_faults("leave") > 10_000
    assert page_faults("keep") < 1_000


def page_faults(what: str) -> int:
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
    ran = subprocess.run(
        [sys.executable, "-c", BLOCKS, what], env=environment, capture_output=True, text=True, check=True
    )
    return int(ran.stdout)
