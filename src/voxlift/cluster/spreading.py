"""Files to a crew: small ones in batches, and what brings down its worker alone, in a process of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from voxlift.cluster.crews import Crew
from voxlift.cluster.quarantine import apart
from voxlift.cluster.window import windowed
from voxlift.errors import KilledError

MOST_FILES = 256
"""In a batch: what a dying worker can take with it."""
BUSY = 0.5
"""Share of its time that whoever hands out tasks may spend on it."""
_REMEMBERED = 0.95
"""How much the last batch leaves of what was known of the time that a byte takes."""


class Sized(Protocol):
    """Something to work on."""

    @property
    def size(self) -> int:
        """Bytes to read; 0 if unknown."""

    @property
    def suspect(self) -> bool:
        """Whether it is known to have brought down its workers."""


T = TypeVar("T", bound=Sized)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Batch(Generic[T]):
    """Files that go to a worker together."""

    items: Sequence[T]
    alone: bool = False
    """In a process of its own, as its worker died before."""


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What came of a batch, and how long it took where it was done."""

    results: Sequence[Result]
    seconds: float


def spread(
    crew: Crew,
    work: Callable[[Sequence[T]], Sequence[Result]],
    items: Iterator[T],
    look: Callable[[], None],
    work_apart: Callable[[Sequence[T]], Sequence[Result]] | None = None,
) -> Iterator[tuple[T, Result | KilledError]]:
    """Have all items worked on, and yield each with its result, in the order in which they end.

    An item whose worker died as often as the crew allows is done once more in a process of its own; so it is certain
    which of those that were with it did it. That one is yielded with a `KilledError`, the others with their results.

    Parameters
    ----------
    crew, look
        As `windowed`.
    work
        Gives a result for each of its items; what it raises ends all.
    items
        Taken one after another, as there is room for them.
    work_apart
        The same, where `work` itself cannot be pickled for another process.
    """
    batches = _Batches(crew, items)
    for batch, future in windowed(crew, partial(_do, work, work_apart or work), batches, look):
        problem = future.exception()
        if isinstance(problem, KilledError):
            if batch.alone:
                yield batch.items[0], problem
            else:
                batches.accuse(batch)
            continue
        if problem is not None:
            raise problem
        done = future.result()
        batches.learn(batch, done.seconds)
        yield from zip(batch.items, done.results, strict=True)


def _do(
    work: Callable[[Sequence[T]], Sequence[Result]],
    work_apart: Callable[[Sequence[T]], Sequence[Result]],
    batch: Batch[T],
) -> Done[Result]:
    began = time.perf_counter()
    results = apart(work_apart, batch.items) if batch.alone else work(batch.items)
    return Done(results, time.perf_counter() - began)


class _Batches(Generic[T]):
    """Makes batches that are as long as the crew's size asks for.

    A crew of `slots` that all work for d seconds on a batch asks for slots / d batches a second. Whoever hands them out
    needs `task_seconds` for each, and may spend the share `BUSY` of his time: d = slots * task_seconds / BUSY.
    """

    def __init__(self, crew: Crew, items: Iterator[T]) -> None:
        self._crew, self._items = crew, items
        self._accused: deque[T] = deque()
        self._seconds = self._bytes = self._files = 0.0

    def __iter__(self) -> _Batches[T]:
        return self

    def __next__(self) -> Batch[T]:
        if self._accused:
            return Batch((self._accused.popleft(),), alone=True)
        first = next(self._items)
        if first.suspect:
            return Batch((first,), alone=True)
        wanted_seconds = self._crew.slots * self._crew.task_seconds / BUSY
        batch = [first]
        expected_seconds = self._expected(batch[0])
        while expected_seconds < wanted_seconds and len(batch) < MOST_FILES and self._files:
            item = next(self._items, None)
            if item is None:
                break
            if item.suspect:
                self._accused.append(item)
                continue
            batch.append(item)
            expected_seconds += self._expected(item)
        return Batch(tuple(batch))

    def accuse(self, batch: Batch[T]) -> None:
        """Have each of a batch done alone."""
        self._accused.extend(batch.items)

    def learn(self, batch: Batch[T], seconds: float) -> None:
        """Note how long a batch took."""
        new = (seconds, float(sum(item.size for item in batch.items)), float(len(batch.items)))
        before = (self._seconds, self._bytes, self._files)
        self._seconds, self._bytes, self._files = (_REMEMBERED * x + y for x, y in zip(before, new, strict=True))

    def _expected(self, item: T) -> float:
        """Foretell by its size how long an item takes; by the mean of others where its size is not known."""
        if not self._files:
            return 0.0
        if item.size and self._bytes:
            return self._seconds * item.size / self._bytes
        return self._seconds / self._files
