"""What a task may know of the worker that it runs on; nothing where it runs without a cluster."""

from __future__ import annotations

import sys
from typing import Any


def worker() -> Any | None:
    """Find the Dask worker whose thread this is."""
    if "distributed.worker" not in sys.modules:
        return None
    from distributed import get_worker  # noqa: PLC0415

    try:
        return get_worker()
    except ValueError:
        return None


def scratch_folder() -> str | None:
    """Tell where the worker keeps files: what it leaves there when it is killed, is removed when another starts."""
    ours = worker()
    return None if ours is None else str(ours.local_directory)


def memory_bytes() -> int:
    """Tell how much memory the worker may use; 0 without limit."""
    ours = worker()
    return 0 if ours is None else int(ours.memory_manager.memory_limit or 0)


def dropped() -> bool:
    """Whether nobody waits any more for the task that runs in this thread: it was cancelled, or who asked has gone."""
    ours = worker()
    if ours is None:
        return False
    from distributed import worker as workers  # noqa: PLC0415

    task = ours.state.tasks.get(getattr(workers.thread_state, "key", None))
    return task is None or task.state == "cancelled"
