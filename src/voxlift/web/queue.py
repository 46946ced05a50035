"""The queue (huey): it only says "look at this job".

What it loses, the sweeper says again; what it says twice is harmless.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool

NAME = "voxlift"
_POLL_SECONDS = 0.5
_ANSWER_SECONDS = 5


class Consumer(Protocol):
    """What takes messages and calls the handler, in threads, until it is told to stop."""

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""

    stop_flag: Any


class _Json(Serializer):  # type: ignore[misc]
    """Messages as JSON: huey's own way is pickle, with which who writes to the queue runs code in the worker."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(data)
        # huey's message is a named tuple whose fields have grown over its versions.
        return Message(*fields[: len(Message._fields)])


class Queue:
    """Messages about jobs.

    Parameters
    ----------
    url
        `redis://...`, or empty for a file.
    file
        Where the messages lie, if there is no URL.
    """

    def __init__(self, url: str, file: Path) -> None:
        options: dict[str, Any] = {"results": False, "serializer": _Json(), "utc": True}
        self._huey: Huey
        if url:
            pool = ConnectionPool.from_url(url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS)
            self._huey = RedisHuey(NAME, connection_pool=pool, **options)
        else:
            self._huey = SqliteHuey(NAME, filename=str(file), timeout=30, **options)
        self._handle: Callable[[str], None] = _nobody
        self._task = self._huey.task(name="lift")(self._run)

    def announce(self, job_id: str) -> bool:
        """Tell the workers of a job; False when the queue cannot be reached: the sweeper will tell them later."""
        try:
            self._task(job_id)
        except Exception:  # redis and sqlite3 have no error in common
            return False
        return True

    def waiting(self) -> int:
        """Count messages that nobody took yet; raises what the server's library raises when it does not answer."""
        return int(self._huey.pending_count())

    def consumer(self, workers: int, handle: Callable[[str], None]) -> Consumer:
        """Make a consumer that calls `handle` with the job's id in up to so many threads."""
        self._handle = handle
        consumer: Consumer = self._huey.create_consumer(
            workers=workers, periodic=False, max_delay=_POLL_SECONDS, backoff=1.3, graceful_signal="TERM"
        )
        return consumer

    def _run(self, job_id: str) -> None:
        self._handle(str(job_id))


def _nobody(job_id: str) -> None:
    raise RuntimeError(f"job {job_id}: this process takes no jobs")
