"""The bar: how far the work is and how long it still takes; only on a terminal, and only for what takes a while."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Hashable
from datetime import timedelta
from types import TracebackType
from typing import Any

PULSE_SECONDS = 60.0


class Bar:
    """Progress over all files, measured in whatever they are large by: bytes, or each in one.

    Parameters
    ----------
    total
        Of all files; None where it is not known.
    files
        How many files there are.
    wanted
        Whether there may be a bar at all.
    moment_seconds
        How long the work must take before the bar appears.
    """

    def __init__(self, total: float | None, files: int, wanted: bool, moment_seconds: float = 1.0) -> None:
        self._total, self._files, self._wanted = total, files, wanted
        self._began = time.perf_counter()
        self._appears, self._next_pulse = self._began + moment_seconds, self._began + PULSE_SECONDS
        self._under_way: dict[Hashable, float] = {}
        self._finished, self._amount, self._heard_seconds = 0, 0.0, 0.0
        self._lock = threading.Lock()
        self._progress: Any = None
        self._task: Any = None

    def update(self, key: Hashable, amount: float) -> None:
        """Note that so much of the file `key` is done."""
        if not self._wanted:
            return
        with self._lock:
            self._under_way[key] = amount
            self._show()

    def finish(self, key: Hashable, amount: float, heard_seconds: float = 0.0) -> None:
        """Note that the file `key`, so large and of this duration, is done with, well or not."""
        with self._lock:
            self._finished += 1
            self._amount += amount
            self._heard_seconds += heard_seconds
            self._under_way.pop(key, None)
            if self._wanted and self._finished < self._files:
                self._show()

    def pulse(self) -> str | None:
        """Say once a minute how far all is, for who reads a log and sees no bar."""
        if self._wanted or time.perf_counter() < self._next_pulse:
            return None
        self._next_pulse += PULSE_SECONDS
        spent_seconds = time.perf_counter() - self._began
        done = self._finished / max(1, self._files) if not self._total else self._amount / self._total
        left = f", {timedelta(seconds=round(spent_seconds * (1 - done) / done))} left" if 0 < done <= 1 else ""
        return f"{self._words(self._finished)}{left}"

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
        text = self._words(min(self._finished + 1, self._files)) if self._files > 1 else "lifting"
        self._progress.update(self._task, completed=self._amount + sum(self._under_way.values()), description=text)

    def _show(self) -> None:
        if self._progress is None and time.perf_counter() >= self._appears:
            self._begin()
        self._draw()

    def _words(self, files: int) -> str:
        """Say how many files, how much sound, and how fast that went."""
        text = f"{files:,} of {self._files:,}"
        if self._heard_seconds:
            speed = self._heard_seconds / max(1e-6, time.perf_counter() - self._began)
            text += f", {self._heard_seconds / 3600:.2f} h of sound, {speed:,.0f} s a second"
        return text

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
