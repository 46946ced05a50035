"""Ctrl-C and SIGTERM as a wish that is granted between two blocks, never in the midst of a C library's callback.

An exception raised there, as Python's own handler would, is printed and lost.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether someone asked to stop, and how.

    Parameters
    ----------
    reads_pipe
        Whether standard input is read, which may block for ever: then it ends at once.
    """

    def __init__(self, reads_pipe: bool = False) -> None:
        self.signal_number: int | None = None
        self._reads_pipe = reads_pipe

    def requested(self) -> bool:
        """Tell whether to stop."""
        return self.signal_number is not None

    def ask(self, number: int, _frame: object) -> None:
        """Be the handler of a signal; the second one stops without waiting for the end of the block."""
        if self.signal_number is not None:
            raise KeyboardInterrupt
        self.signal_number = number
        if self._reads_pipe:
            # The read that the signal interrupted begins anew, and finds the end.
            os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())


@contextmanager
def stoppable(reads_pipe: bool = False) -> Iterator[Stop]:
    """Turn signals into a `Stop` for as long as the block lasts."""
    stop = Stop(reads_pipe)
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may say what signals do
        return
    before = {number: signal.signal(number, stop.ask) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
