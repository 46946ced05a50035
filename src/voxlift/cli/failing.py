"""How a failure is told: one sentence, and an exit status that says whose fault it was."""

from __future__ import annotations

import os
import sys
import traceback

from voxlift.errors import CancelledError, InputError, VoxliftError

OURS, INPUT, STOPPED = 1, 2, 130


class StoppedError(CancelledError):
    """The user, or the system, asked the program to stop."""

    def __init__(self, signal_number: int, done: str = "") -> None:
        super().__init__(f"stopped{done}; nothing was left half-written")
        self.status = 128 + signal_number


def sentence(problem: BaseException) -> str:
    """Say what is wrong, on one line."""
    text = " ".join(str(problem).split("\n"))
    if isinstance(problem, VoxliftError):
        return text
    return (
        f"an unexpected {type(problem).__name__} ({text[:200]}); this is a fault of Voxlift, please report it, "
        "with the trace that VOXLIFT_DEBUG=1 shows"
    )


def status_of(problem: BaseException) -> int:
    """Choose the exit status: 2 for what was given, 130 and the like for a stop, 1 for a fault of ours."""
    if isinstance(problem, StoppedError):
        return problem.status
    if isinstance(problem, CancelledError):
        return STOPPED
    return INPUT if isinstance(problem, InputError) else OURS


def tell(problem: BaseException) -> int:
    """Write the sentence to standard error and return the status."""
    show_trace(problem)
    sys.stderr.write(f"voxlift: {sentence(problem)}\n")
    return status_of(problem)


def show_trace(problem: BaseException) -> None:
    """Write the trace to standard error, where VOXLIFT_DEBUG asks for it."""
    if os.environ.get("VOXLIFT_DEBUG"):
        traceback.print_exception(problem, file=sys.stderr)
