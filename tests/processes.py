"""Other processes, as tests need them."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable, Iterator


@contextlib.contextmanager
def held_still(pids: Iterable[int]) -> Iterator[None]:
    """Hold processes still meanwhile, so that they are caught in the middle of their work on however fast a machine."""
    held = list(pids)
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            with contextlib.suppress(ProcessLookupError):  # it was killed, which a stop does not keep off
                os.kill(pid, signal.SIGCONT)
