"""A crew on other machines, or in processes of this one: those that a scheduler of Dask commands."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from voxlift.errors import ClusterError, InputError, KilledError, MissingExtraError, VoxliftError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

T = TypeVar("T")
Result = TypeVar("Result")
LOCAL = "local"
TASK_SECONDS = 0.01
"""What scheduler and client together may need for a task; `bench/scaling.py` measures what they do need."""
_CONNECT_SECONDS = 15.0
_COUNT_SECONDS = 2.0
_CLOSE_SECONDS = 5.0


def connect(address: str, limit: int | None = None, say: Callable[[str], None] = lambda _text: None) -> Scheduled:
    """Find a crew.

    Parameters
    ----------
    address
        Of a scheduler (`tcp://host:8786`, `tls://...`), a scheduler's file (`*.json`), or `local`: processes of this
        machine, started now and ended with the crew.
    limit
        How many of its slots to use at a time; with `local`, how many processes.
    say
        Told what the user should know of the crew.

    Raises
    ------
    MissingExtraError
        When Dask is not installed.
    InputError
        When nobody answers there.
    """
    if find_spec("distributed") is None:
        raise MissingExtraError("--cluster", "cluster")
    from distributed import Client, LocalCluster  # noqa: PLC0415

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it warns of is met or told here
    owned = None
    try:
        if address == LOCAL:
            owned = LocalCluster(n_workers=limit, threads_per_worker=1, dashboard_address="127.0.0.1:0")
            client = Client(owned, set_as_default=False)
        elif address.endswith(".json"):
            if not Path(address).is_file():  # Dask would wait for it, for ever
                raise InputError(f"--cluster {address}: no such file; a scheduler writes it with --scheduler-file")
            client = Client(scheduler_file=address, timeout=_CONNECT_SECONDS, set_as_default=False)
        else:
            client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as problem:
        words = " ".join(str(problem).split())[:150]
        raise InputError(
            f"--cluster {address}: no scheduler answers there ({words}); start one with 'dask scheduler', "
            "or give --cluster local"
        ) from None
    crew = Scheduled(client, address, limit, say, owned)
    crew.look()
    return crew


class Scheduled:
    """Hands work to a Dask scheduler; what a worker leaves when it dies, another does.

    How often a task may bring down its worker before the scheduler gives it up is the scheduler's setting
    `distributed.scheduler.allowed-failures` (3); its future then has a `KilledError`.
    """

    task_seconds = TASK_SECONDS

    def __init__(
        self, client: Client, address: str, limit: int | None, say: Callable[[str], None], owned: LocalCluster | None
    ) -> None:
        self._client, self._address, self._limit, self._say, self._owned = client, address, limit, say, owned
        self._tasks: dict[Future[Any], Any] = {}
        self._numbers = count()
        self._workers, self._threads, self._next_count, self._warned = 0, 0, 0.0, False
        self.most_threads = 0
        """Of the worker that has most."""

    @property
    def slots(self) -> int:
        """Threads of all workers there are now, or as many of them as we may use."""
        return self._threads if self._limit is None else min(self._threads, self._limit)

    @property
    def reserve(self) -> int:
        """As many again, for the way from and to the workers."""
        return 0 if self._limit is not None and self._threads >= self._limit else self.slots

    @property
    def client(self) -> Client:
        """Dask's own face, for what is not of this module."""
        return self._client

    def submit(self, work: Callable[[T], Result], item: T) -> Future[Result]:
        """Have a function called on whatever worker is free."""
        future: Future[Result] = Future()
        key = f"voxlift-{self._client.id[-12:]}-{next(self._numbers)}"
        task = self._client.submit(work, item, key=key, pure=False)
        self._tasks[future] = task
        self._client.loop.add_callback(self._follow, future, task)
        return future

    def look(self) -> None:
        """Count the workers, and see whether the scheduler is there."""
        comm = self._client.scheduler_comm
        if self._client.status != "running" or comm is None or comm.comm.closed():
            raise self._lost()
        if time.monotonic() < self._next_count:
            return
        self._next_count = time.monotonic() + _COUNT_SECONDS
        try:
            threads = self._client.nthreads().values()
        except (OSError, TimeoutError):
            raise self._lost() from None
        self._workers, self._threads, self.most_threads = len(threads), sum(threads), max(threads, default=0)
        if not self._threads and not self._warned:
            self._warned = True
            self._say(f"{self._address}: no worker is there; waiting for one, such as: dask worker {self._address}")

    def __enter__(self) -> Scheduled:
        self._say(
            f"cluster {self._address}: {self._workers} workers with {self._threads} slots; "
            f"dashboard {self._client.dashboard_link}"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what is not done, and leave."""
        tasks, self._tasks = list(self._tasks.values()), {}
        with suppress(Exception):  # it may be what we lost
            if tasks and self._client.status == "running":
                self._client.cancel(tasks, force=True)
        with suppress(Exception):
            self._client.close(timeout=_CLOSE_SECONDS)
        if self._owned is not None:
            self._owned.close(timeout=_CLOSE_SECONDS)

    async def _follow(self, future: Future[Any], task: Any) -> None:
        """Pass on what comes of a task; runs in the loop of Dask's client, beside all others.

        Should the worker that holds a result die before we have it, this waits until another has done the task again.
        """
        result, problem = None, None
        try:
            result = await task
        except BaseException as raised:
            problem = self._translated(raised)
        if self._tasks.pop(future, None) is None or not future.set_running_or_notify_cancel():
            return
        if problem is None:
            future.set_result(result)
        else:
            future.set_exception(problem)

    def _translated(self, problem: BaseException) -> BaseException:
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415

        if isinstance(problem, VoxliftError):
            return problem
        if isinstance(problem, KilledWorker):
            return KilledError("its workers died")
        if isinstance(problem, CancelledError | asyncio.CancelledError | OSError):
            return self._lost()
        return ClusterError(
            f"a task failed on the cluster ({' '.join(f'{type(problem).__name__}: {problem}'.split())[:200]}); "
            "the workers need the same Voxlift, with its libraries, as this machine"
        )

    def _lost(self) -> ClusterError:
        return ClusterError(f"the scheduler {self._address} is gone; what is done is done")
