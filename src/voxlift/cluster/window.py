"""The one loop that hands out work: never more of it under way than the workers need, however much there is."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from voxlift.cluster.crews import Crew

T = TypeVar("T")
Result = TypeVar("Result")
LOOK_SECONDS = 0.5


def windowed(
    crew: Crew, work: Callable[[T], Result], items: Iterator[T], look: Callable[[], None] = lambda: None
) -> Iterator[tuple[T, Future[Result]]]:
    """Have work done on all items, and yield each with its future when that is done, whatever came of it.

    At most `crew.slots + crew.reserve` items are taken from the iterator and not yielded yet: this bounds the memory of
    all that hand out and keep tasks. When the caller leaves, what was not begun is dropped.

    Parameters
    ----------
    crew
        Who works.
    work
        What is done on an item.
    items
        Asked for the next one only when there is room for it.
    look
        Called at least every half second, also while nothing ends; what it raises ends all.
    """
    finished: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
    pending: dict[Future[Result], T] = {}
    try:
        while True:
            while len(pending) < max(1, crew.slots + crew.reserve):
                item = next(items, _END)
                if isinstance(item, _End):
                    break
                future = crew.submit(work, item)
                pending[future] = item
                future.add_done_callback(finished.put)
                if future.done():
                    break  # by a crew that works at once: tell of it before the next begins
            if not pending:
                return
            yield from _ended(finished, pending)
            look()
            crew.look()
    finally:
        for future in pending:
            future.cancel()


class _End:
    """What comes after the last item; there may be more later, when an item that ended makes others."""


_END = _End()


def _ended(
    finished: queue.SimpleQueue[Future[Result]], pending: dict[Future[Result], T]
) -> Iterator[tuple[T, Future[Result]]]:
    """Yield what has ended; wait a while for the first, as on Windows a wait without end would not hear Ctrl-C."""
    try:
        future = finished.get(timeout=LOOK_SECONDS)
        while True:
            yield pending.pop(future), future
            future = finished.get_nowait()
    except queue.Empty:
        return
