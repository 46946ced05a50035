"""The bar: how far the work is and how long it still takes; only on a terminal, and only for what takes a while."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any


class Bar:
    """Progress over all files, measured in seconds of sound.

    Parameters
    ----------
    total_seconds
        Duration of all sound; None where it is not known.
    files
        How many files there are.
    wanted
        Whether there may be a bar at all.
    moment_seconds
        How long the work must take before the bar appears.
    """

    def __init__(self, total_seconds: float | None, files: int, wanted: bool, moment_seconds: float = 1.0) -> None:
        self._total, self._files, self._wanted = total_seconds, files, wanted
        self._appears = time.perf_counter() + moment_seconds
        self._done: dict[int, float] = {}
        self._finished = 0
        self._lock = threading.Lock()
        self._progress: Any = None
        self._task: Any = None

    def update(self, key: int, seconds: float) -> None:
        """Note that so much of the file `key` is done."""
        if not self._wanted:
            return
        with self._lock:
            self._done[key] = seconds
            if self._progress is None and time.perf_counter() >= self._appears:
                self._begin()
            self._draw()

    def finish(self, key: int, seconds: float | None) -> None:
        """Note that the file `key`, of this duration, is done with, well or not."""
        with self._lock:
            self._finished += 1
            if seconds is not None:
                self._done[key] = seconds
            self._draw()

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _draw(self) -> None:
        if self._progress is None:
            return
        text = f"{min(self._finished + 1, self._files)} of {self._files}" if self._files > 1 else "lifting"
        self._progress.update(self._task, completed=sum(self._done.values()), description=text)

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
            TextColumn("left"), console=Console(file=sys.stderr), transient=True, redirect_stdout=False,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=self._total)
        self._progress.start()


def stderr_is_terminal() -> bool:
    """Tell whether someone watches."""
    return sys.stderr is not None and sys.stderr.isatty()
