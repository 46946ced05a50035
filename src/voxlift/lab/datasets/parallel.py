"""The same work on many recordings, in as many processes as are wanted, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from voxlift.cluster.crews import Crew, processes
from voxlift.cluster.window import windowed

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[int], None]
"""Is told how many are done."""


def each(
    work: Callable[[Job], Result], jobs: Sequence[Job], by: int | Crew = 1, progress: Progress | None = None
) -> list[Result]:
    """Do the work on every job.

    Parameters
    ----------
    work
        A function at the top of a module; what it takes and gives must pickle.
    jobs
        What to do it on.
    by
        Who does it: so many processes, or a crew. With one, all is done in this process.
    progress
        Called after each job.

    Returns
    -------
    list
        The results, in the order of the jobs. An exception of any ends all.
    """
    results: dict[int, Result] = {}
    with processes(min(by, len(jobs))) if isinstance(by, int) else by as crew:
        for (number, _), future in windowed(crew, partial(_numbered, work), iter(enumerate(jobs))):
            results[number] = future.result()
            if progress is not None:
                progress(len(results))
    return [results[number] for number in range(len(jobs))]


def _numbered(work: Callable[[Job], Result], job: tuple[int, Job]) -> Result:
    return work(job[1])
