"""The same work on many recordings, in as many processes as are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[int], None]
"""Is told how many are done."""


def each(
    work: Callable[[Job], Result], jobs: Sequence[Job], processes: int = 1, progress: Progress | None = None
) -> list[Result]:
    """Do the work on every job.

    Parameters
    ----------
    work
        A function at the top of a module; what it takes and gives must pickle.
    jobs
        What to do it on.
    processes
        With one, all is done in this process.
    progress
        Called after each job.

    Returns
    -------
    list
        The results, in the order of the jobs. An exception of any ends all.
    """
    if processes <= 1 or len(jobs) <= 1:
        return list(_told(map(work, jobs), progress))
    # Decoders keep threads and locks, which a fork would copy in whatever state they are.
    with ProcessPoolExecutor(min(processes, len(jobs)), mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(work, job) for job in jobs]
        try:
            for _ in _told((future.result() for future in as_completed(waiting)), progress):
                pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in waiting]


def _told(results: Iterator[Result], progress: Progress | None) -> Iterator[Result]:
    for done, result in enumerate(results, start=1):
        if progress is not None:
            progress(done)
        yield result
