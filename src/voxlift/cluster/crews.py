"""Who does the work: this thread, threads beside it, processes beside this one, or (`dask.py`) other machines.

All take a function and what it works on, and give a future; so one loop (`window.py`) serves them all.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Protocol, TypeVar

T = TypeVar("T")
Result = TypeVar("Result")


class Crew(Protocol):
    """Workers. `with crew` lets them go at the end: what runs is waited for, what waits is dropped."""

    @property
    def slots(self) -> int:
        """How many pieces of work run at once; may change while they do."""

    @property
    def reserve(self) -> int:
        """How many more should wait where the workers are, so that none is idle while we are told of its last one."""

    @property
    def task_seconds(self) -> float:
        """What handing out one piece costs the one who hands them out; with it grows what is worth to be one piece."""

    def submit(self, work: Callable[[T], Result], item: T) -> Future[Result]:
        """Have a function called; where it runs in another process, it and what it takes and gives must pickle."""

    def look(self) -> None:
        """See whether all is well; called now and then by who waits.

        Raises
        ------
        ClusterError
            When the workers are lost.
        """

    def __enter__(self) -> Crew:
        """Take up work."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""


class Here:
    """Works at once, in the thread that asks: reading standard input, which signals must reach, needs that."""

    slots, reserve, task_seconds = 1, 0, 0.0

    def submit(self, work: Callable[[T], Result], item: T) -> Future[Result]:
        """Do it now."""
        future: Future[Result] = Future()
        try:
            future.set_result(work(item))
        except Exception as problem:
            future.set_exception(problem)
        return future

    def look(self) -> None:
        """All is well as long as we are."""

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Beside:
    """Works in threads, or in processes, of this machine.

    Threads share a loaded model, and let each other work: nearly all time passes in libraries without Python's lock.
    """

    reserve, task_seconds = 0, 0.0

    def __init__(self, slots: int, pool: Executor) -> None:
        self.slots, self._pool = slots, pool

    def submit(self, work: Callable[[T], Result], item: T) -> Future[Result]:
        """Have it done."""
        return self._pool.submit(work, item)

    def look(self) -> None:
        """A pool tells of its faults by its futures."""

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def threads(count: int) -> Crew:
    """Make a crew of threads; of one, this one."""
    return Here() if count == 1 else Beside(count, ThreadPoolExecutor(count, "voxlift-job"))


def processes(count: int) -> Crew:
    """Make a crew of processes; of one, this one."""
    # Decoders keep threads and locks, which a fork would copy in whatever state they are.
    return Here() if count <= 1 else Beside(count, ProcessPoolExecutor(count, mp_context=get_context("spawn")))
