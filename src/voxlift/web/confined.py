"""What the processes that handle sound have in common: their limits, their end, and how they say what came of it.

Such a process reads a line of JSON on standard input, which then stays open: when it ends, whoever asked has died, and
so does the process. Lines of JSON on standard output say how far it is and, last of all, how it ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from voxlift.errors import CardError, DiskFullError, InputError, MissingExtraError, VoxliftError

_NICENESS = 5


def confine(device: str, memory_bytes: int, cpu_seconds: int) -> None:
    """Take no more than this, and end with whoever asked."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _stand_back()
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    # CUDA reserves addresses for all the memory of the card; what is written to is counted then.
    kind = resource.RLIMIT_AS if device == "cpu" else resource.RLIMIT_DATA
    resource.setrlimit(kind, (memory_bytes, memory_bytes))
    # The first limit sends a signal of its own, by which the worker knows; the second one kills.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(work: Callable[[], Mapping[str, Any]], told: Callable[[str], str]) -> None:
    """Do the work, and say how it ended: `result`, `refused`, `full`, `memory` or `fault`.

    Parameters
    ----------
    told
        Keeps the server's paths out of a sentence.
    """
    try:
        tell(result=work())
    except DiskFullError:
        tell(full=True)
    except MemoryError:
        tell(memory=True)
    except (CardError, MissingExtraError) as problem:  # ours, not the visitor's
        tell(fault=told(str(problem)))
    except InputError as problem:
        tell(refused=told(str(problem)))
    except VoxliftError as problem:
        tell(fault=told(str(problem)))
    except Exception as problem:
        if not out_of_memory(str(problem)):
            raise
        tell(memory=True)


def tell(**message: Any) -> None:
    """Say something to whoever asked."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def out_of_memory(said: str) -> bool:
    """Whether this is how Python, ONNX Runtime, FFmpeg or the system's loader say that there is no memory left."""
    words = ("MemoryError", "bad_alloc", "Failed to allocate", "Cannot allocate memory", "failed to map segment")
    return any(word in said for word in words)


def _stand_back() -> None:
    """Let whoever answers visitors on this machine go first: for a page they wait, for the lifting they come back."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # Where Linux shares the processors out by session, niceness counts within one only, and this is ours to set.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS), "ascii")


def _end_with_parent() -> None:
    # Not sys.stdin: a thread that waits in it would hold its lock when Python exits.
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(1)
