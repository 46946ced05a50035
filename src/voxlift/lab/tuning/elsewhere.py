"""A search by the workers of a cluster: each draws trials from the folder of the search, which all of them see."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from voxlift.cluster.crews import Crew
from voxlift.cluster.window import windowed
from voxlift.errors import DataError, KilledError, RecipeError
from voxlift.lab.tuning.ledger import RECIPE, Ledger
from voxlift.lab.tuning.ranking import UNDER_WAY

_LEAVE_SECONDS = 30.0
"""How long a worker that nobody waits for may take for its step under way."""
_LOOK_SECONDS = 0.5


class _Enough(Exception):  # noqa: N818 - nothing is wrong
    """Somebody wants to stop."""


def search_elsewhere(
    crew: Crew, search: Callable[[int], None], ledger: Ledger, stop: Callable[[], bool], look: Callable[[], None]
) -> int:
    """Have every slot of a crew search, and look on; return how many were given up because their workers died.

    A worker that dies frees its trial, and another draws it; its slot's search goes on where there is room.
    """

    def watch() -> None:
        look()
        if stop():
            raise _Enough

    lost = 0
    with contextlib.suppress(_Enough), crew:
        for _, future in windowed(crew, search, iter(range(max(1, crew.slots))), watch):
            problem = future.exception()
            if isinstance(problem, KilledError):
                lost += 1
            elif problem is not None:
                raise problem
    ends = time.monotonic() + _LEAVE_SECONDS
    while any(trial.fate == UNDER_WAY for trial in ledger.tried()) and time.monotonic() < ends and stop():
        time.sleep(_LOOK_SECONDS)
    return lost


@contextmanager
def there(folder: Path, study: Path, feeders: int) -> Iterator[None]:
    """Work in the folder in which the search was begun.

    Raises
    ------
    DataError
        When this machine does not see it.
    RecipeError
        When a training wants processes to feed it, and this worker may have none.
    """
    if feeders and multiprocessing.current_process().daemon:
        raise RecipeError(
            "a worker under Dask's nanny may start no processes: start it with dask worker --no-nanny, "
            "or set data.workers=0"
        )
    try:
        stack = contextlib.ExitStack()
        stack.enter_context(contextlib.chdir(folder))
    except OSError as problem:
        raise DataError(
            f"{folder}: a worker does not see it ({problem.strerror}); its machine must share the disk"
        ) from None
    with stack:
        if not (study / RECIPE).is_file():
            raise DataError(f"{study}: a worker does not see the search in it; its machine must share the disk")
        yield
