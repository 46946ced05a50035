"""Work in a process of its own: should that die, it is known for certain what killed it, and nobody else is hurt."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from voxlift.cluster.belonging import dropped, memory_bytes
from voxlift.cluster.scratch import scratch
from voxlift.errors import CancelledError, KilledError

T = TypeVar("T")
Result = TypeVar("Result")
ASKED, ANSWER = "asked", "answer"
_LOOK_SECONDS = 0.5


def apart(work: Callable[[T], Result], item: T) -> Result:
    """Call a function in a new process, which has as much memory as this worker is allowed.

    Raises
    ------
    KilledError
        When the process died; every other exception is that of the function.
    CancelledError
        When the task that this belongs to was dropped.
    """
    with scratch() as folder:
        (folder / ASKED).write_bytes(pickle.dumps((work, item)))
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(memory_bytes())],
            stdin=subprocess.DEVNULL, env=_environment(folder),
        )  # fmt: skip
        try:
            _wait(process)
        finally:
            process.kill()
            process.wait()
        if not (folder / ANSWER).exists():
            raise KilledError(f"it brought down every process that lifted it ({_end(process.returncode)})")
        # Safe to load: our own process wrote it.
        answer, problem = pickle.loads((folder / ANSWER).read_bytes())  # noqa: S301  # nosec B301
        if problem is not None:
            raise problem
        return answer


def _environment(folder: Path) -> dict[str, str]:
    """What the process needs to find all that this one has found, and where it may leave files."""
    found = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return {**os.environ, "PYTHONPATH": found, "TMPDIR": str(folder)}


def _wait(process: subprocess.Popen[bytes]) -> None:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            return
        if dropped():
            raise CancelledError("stopped as asked; nothing was written")


def _end(status: int) -> str:
    if status >= 0:
        return f"status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def main(folder: Path, most_bytes: int) -> None:
    """Be that process."""
    if most_bytes and sys.platform.startswith("linux"):
        import resource  # noqa: PLC0415

        # What it takes for itself; not its address space, of which libraries claim much and use little.
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    answer, problem = None, None
    try:
        # Safe to load: who started us wrote it.
        work, item = pickle.loads((folder / ASKED).read_bytes())  # noqa: S301  # nosec B301
        answer = work(item)
    except Exception as raised:
        problem = raised
    part = folder / "part"
    part.write_bytes(pickle.dumps((answer, problem)))
    part.replace(folder / ANSWER)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
