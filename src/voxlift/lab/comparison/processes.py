"""Commands of Voxlift in processes of their own: what one of them does to memory or itself, it does alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from voxlift.errors import DataError, VoxliftError

Say = Callable[[str], None]
SAVING_SECONDS = 120
"""How long a training that was told to stop may take to save."""
ORPHAN_SECONDS = 60
"""How long the last child of a killed comparison may live on: it ends as soon as nobody reads what it says."""
TOLD = "voxlift: "


class FailedError(VoxliftError):
    """A command failed; the text is the sentence that it said."""


@contextmanager
def claimed(folder: Path, say: Say) -> Iterator[tuple[int, ...]]:
    """Keep a folder to ourselves and our children, and let go of it when the last of us ends, however that comes.

    Yields
    ------
    tuple
        What children must be given so that they hold the folder, too.

    Raises
    ------
    DataError
        When somebody else works in it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as problem:
        raise DataError(f"{folder}: cannot be written ({problem.strerror}); give another folder with --out") from None
    with file:
        yield (_lock(file, folder, say),) if sys.platform != "win32" else ()


def run_voxlift(arguments: Sequence[str], log: Path, say: Say, holding: tuple[int, ...] = ()) -> None:
    """Run `voxlift ARGUMENTS`, hand on each line it says and write it to a log.

    When we are stopped it is stopped, once and gently, and waited for: a training saves where it is.

    Raises
    ------
    FailedError
        When its status is not 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    with (
        log.open("a", encoding="utf-8") as file,
        subprocess.Popen(
            [sys.executable, "-m", "voxlift", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=holding,
            start_new_session=True,  # Ctrl-C reaches us alone; of two at once the second would cut the saving short
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                file.flush()
                lines.append(line.rstrip())
                say(line.rstrip())
        except BaseException:
            _stop(process)
            raise
    if process.returncode:
        raise FailedError(_reason(process.returncode, lines))


def _reason(status: int, lines: Sequence[str]) -> str:
    told = [line.removeprefix(TOLD) for line in lines if line.startswith(TOLD)]
    if told:
        return told[-1]
    if status == -signal.SIGKILL:
        return "the system killed it, most likely for want of memory: a smaller net or schedule.batch needs less"
    if status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return next((line for line in reversed(lines) if line.strip()), f"it ended with status {status}")


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(SAVING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _lock(file: IO[str], folder: Path, say: Say) -> int:
    import fcntl  # noqa: PLC0415  (not on Windows)

    for second in range(ORPHAN_SECONDS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if second == 0:
                say(f"{folder}: in use; waiting up to {ORPHAN_SECONDS} s for what a stopped comparison left to end")
            time.sleep(1)
        else:
            return file.fileno()
    raise DataError(f"{folder}: another comparison is at work in it; wait for it, or give another folder with --out")
