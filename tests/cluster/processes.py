"""A real cluster on this machine: a scheduler and workers, each a process that can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0
ALLOWED_FAILURES = 1
"""Times that a batch may bring down its worker: as few as show that it is tried again."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@dataclass
class Cluster:
    """A scheduler and its workers; a nanny starts a worker that died anew."""

    folder: Path
    workers: int = 2
    threads: int = 1
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> Cluster:
        self._start("scheduler", "--host", "127.0.0.1", "--port", self.port, "--no-dashboard", "--no-show")
        self._start(
            "worker", self.address, "--nworkers", self.workers, "--nthreads", self.threads, "--no-dashboard",
            "--local-directory", self.folder / "workers",
        )  # fmt: skip
        with self.client() as client:
            client.wait_for_workers(self.workers, timeout=PATIENCE_SECONDS)
        return self

    def client(self) -> Client:
        return Client(self.address, timeout=PATIENCE_SECONDS, set_as_default=False)

    def pids(self) -> list[int]:
        """The processes that work."""
        with self.client() as client:
            return list(client.run(os.getpid).values())

    def kill_scheduler(self) -> None:
        self.processes[0].kill()

    def stop(self) -> None:
        for process in reversed(self.processes):  # a worker whose scheduler has gone takes its time to leave
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, kind: str, *words: object) -> None:
        quick = {
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(ALLOWED_FAILURES),
            "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s",
            "OMP_NUM_THREADS": "1",
        }
        with (self.folder / f"{kind}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, words)],
                cwd=ROOT, env={**os.environ, **quick}, stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
