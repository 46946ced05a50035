"""Runs a process that handles sound, watches it, and says how it ended."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

from voxlift.web.confined import out_of_memory
from voxlift.web.encoding import Order
from voxlift.web.lifting import PROGRAM, Request

# What the process needs of the environment. Not passed on: secrets, and where the database is.
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VOXLIFT_MODELS",
           "XDG_DATA_HOME", "XDG_CACHE_HOME", "VIRTUAL_ENV", "PYTHONPATH")  # fmt: skip
_LOOK_SECONDS = 0.2
_KEPT_BYTES = 4000
_NEARLY = 0.99


@dataclass(frozen=True)
class Ended:
    """How it ended: one of these, and the others None or False."""

    result: Mapping[str, Any] | None = None
    refused: str | None = None
    """What is wrong with the recording."""
    fault: str | None = None
    """What went wrong with us; for the log."""
    full: bool = False
    memory: bool = False
    late: bool = False
    stopped: bool = False
    """The watcher said so."""


def run(
    request: Request | Order, limit_seconds: float, watch: Callable[[float], bool], program: str = PROGRAM
) -> Ended:
    """Have sound handled by a program of ours: a recording lifted, or a result written in further formats.

    Parameters
    ----------
    limit_seconds
        After which the process is killed.
    watch
        Called about five times a second with the progress; when it returns False, the process is killed.
    """
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # One thread a job: more of them than cores only wait for each other.
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLCONFIGDIR": tempfile.gettempdir()}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, cwd=request.folder, env=environment,
            start_new_session=True,  # Ctrl-C is for the worker, which then decides
        )  # fmt: skip
        try:
            return _follow(process, request, limit_seconds, watch, said)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def _follow(
    process: subprocess.Popen[bytes], request: Request | Order, limit_seconds: float, watch: Callable[[float], bool],
    said: IO[bytes],
) -> Ended:  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, messages), daemon=True)
    reader.start()
    try:
        process.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it died at once; its end tells why
    started, progress = time.monotonic(), 0.0
    while True:
        try:
            message = messages.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            message = {}
        if message is None:
            return _ended(process, said)
        if "progress" in message:
            progress = min(_NEARLY, float(message["progress"]))
        elif message:
            return Ended(**message)
        if time.monotonic() - started > limit_seconds:
            return _last_word(process, reader, messages) or Ended(late=True)
        if not watch(progress):
            return Ended(stopped=True)


def _read(pipe: IO[bytes], messages: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    try:
        for line in pipe:
            messages.put(json.loads(line))
    except ValueError:
        pass  # the pipe was closed, or the process died in the midst of a line
    messages.put(None)


def _last_word(
    process: subprocess.Popen[bytes], reader: threading.Thread, messages: queue.SimpleQueue[dict[str, Any] | None]
) -> Ended | None:
    """Stop the process, and hear what it had said by then: who had finished is not late."""
    process.kill()
    reader.join()
    while (message := messages.get()) is not None:
        if message and "progress" not in message:
            return Ended(**message)
    return None


def _ended(process: subprocess.Popen[bytes], said: IO[bytes]) -> Ended:
    """Say why a process ended without a word."""
    status = process.wait()
    if -status == _signal("SIGXCPU") or -status == _signal("SIGKILL"):
        return Ended(late=-status == _signal("SIGXCPU"), memory=-status == _signal("SIGKILL"))
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - _KEPT_BYTES))
    last = said.read().decode(errors="replace").strip()
    if out_of_memory(last):
        return Ended(memory=True)
    return Ended(fault=f"the process ended with status {status}: {last or 'it said nothing'}")


def _signal(name: str) -> int:
    import signal  # noqa: PLC0415

    return int(getattr(signal, name, 0))
