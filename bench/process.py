"""Runs a command and says what it cost; used by the other scripts here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_LAUNCHER = """
import json, os, resource, sys, time
if sys.argv[1] != "0" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-int(sys.argv[1]):])
start = time.perf_counter()
pid = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit]))
"""
# A process of its own, because Linux counts to a child's peak what its parent held when it forked.

_VOXLIFT = "import sys; from voxlift.cli import main; sys.argv[0] = 'voxlift'; main()"


@dataclass(frozen=True)
class Cost:
    """What a finished command took."""

    wall_seconds: float
    cpu_seconds: float
    """User and system time of all its threads."""
    peak_bytes: int
    """Largest resident memory."""


def run(command: list[str], cores: int = 0) -> Cost:
    """Run a command to its end.

    Parameters
    ----------
    command
        Program and arguments.
    cores
        How many processor cores it may use; 0 for all. The numeric libraries get as many threads.

    Raises
    ------
    RuntimeError
        When it fails, with what it said.
    """
    threads = {name: str(cores) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")} if cores else {}
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(cores), *command]
    done = subprocess.run(
        launch, env=os.environ | threads, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    status, wall_seconds, cpu_seconds, peak_bytes = json.loads(done.stdout.strip().splitlines()[-1])
    if status:
        raise RuntimeError(f"{' '.join(command)}: status {status}\n{done.stdout}{done.stderr}")
    return Cost(wall_seconds, cpu_seconds, peak_bytes)


def voxlift(*arguments: str) -> list[str]:
    """Return the command that runs this environment's `voxlift`, whether or not it is on the PATH."""
    return [sys.executable, "-c", _VOXLIFT, *arguments]


def lift(source: Path, target: Path, model: str | None, threads: int = 0, task: str = "denoise") -> list[str]:
    """Return the command that lifts the voices out of one file, into a file or a folder."""
    into = "--output-dir" if target.is_dir() else "-o"
    chosen = ["--model", model] if model else []
    limit = ["--threads", str(threads)] if threads else []
    return voxlift(task, str(source), into, str(target), "--overwrite", "--quiet", *chosen, *limit)
