"""The service as tests use it: in this process, or as processes of its own that may be killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from voxlift.web.ledger import Claim
from voxlift.web.lifting import BEFORE
from voxlift.web.made import Made, Result
from voxlift.web.models import DONE, FAILED
from voxlift.web.service import Service

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PATIENCE_SECONDS = 300.0
JOBS = "/api/v1/jobs"


def fake_result(service: Service, claim: Claim) -> Result:
    """What an attempt might have made, where the sound does not matter."""
    folder = service.storage.attempt(claim.job_id, claim.lease)
    folder.mkdir(exist_ok=True)
    made = []
    for stem in (BEFORE, "voice", "rest"):
        for kind, data in (("wav", b"RIFF" + stem.encode()), ("flac", b"fLaC" + stem.encode())):
            (folder / f"{stem}.{kind}").write_bytes(data)
            made.append(Made(stem, kind, f"{stem}.{kind}", len(data)))
    return Result(1.0, 16_000, 1, "wav", {"gain_db": 0.0, "warnings": []}, "2", "MIT", "c" * 64, made)


def finish(service: Service, token: str, *, version: str = "1.0") -> Claim:
    """Do a queued job without lifting anything."""
    claim = service.ledger.claim(job_id_of(service, token))
    assert claim is not None
    assert service.ledger.publish(claim, fake_result(service, claim), version)
    return claim


def job_id_of(service: Service, token: str) -> str:
    from sqlalchemy import select

    from voxlift.web.models import Job
    from voxlift.web.tokens import digest

    with service.database.reading() as session:
        return session.scalars(select(Job.id).where(Job.token_sha256 == digest(token))).one()


class Process:
    """`voxlift serve` or `voxlift worker`, as a process of its own, its log in a file."""

    def __init__(self, words: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        self._start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "voxlift", *words],
                stdout=said, stderr=subprocess.STDOUT, env=os.environ | dict(environment), stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def said(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self._start)
            return file.read().decode(errors="replace")

    def wait_for(self, pattern: str) -> re.Match[str]:
        def said() -> re.Match[str] | None:
            ended = self.process.poll()
            found = re.search(pattern, self.said())
            assert found or ended is None, f"ended with {ended}: {self.said()}"
            return found

        found: re.Match[str] = wait_until(said, lambda: f"no {pattern!r} in: {self.said()}")
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextlib.contextmanager
def served(log: Path, environment: Mapping[str, str], *options: str) -> Iterator[tuple[str, Process]]:
    """Start `voxlift serve` on a free port; yields its address."""
    process = Process(["serve", "--port", "0", *options], log, environment)
    try:
        yield process.wait_for(r"listens on (http://\S+)")[1], process
    finally:
        if process.process.poll() is None:
            assert process.stop() == 0, process.said()


@contextlib.contextmanager
def working(log: Path, environment: Mapping[str, str], *options: str) -> Iterator[Process]:
    """Start `voxlift worker`."""
    process = Process(["worker", *options], log, environment)
    try:
        process.wait_for("takes .* jobs at a time")
        yield process
    finally:
        if process.process.poll() is None:
            process.stop()


def send(address: str, file: Path | bytes, name: str = "talk.wav", **options: Any) -> dict[str, Any]:
    """Upload by form; returns the job."""
    data = file if isinstance(file, bytes) else file.read_bytes()
    answer = requests.post(f"{address}{JOBS}", files={"file": (name, data)}, timeout=60, **options)
    assert answer.ok, answer.text
    job: dict[str, Any] = answer.json()
    return job


def look(address: str, token: str) -> dict[str, Any]:
    """Ask for the job."""
    answer = requests.get(f"{address}{JOBS}/{token}", timeout=60)
    assert answer.ok, answer.text
    job: dict[str, Any] = answer.json()
    return job


def wait_until_done(address: str, token: str) -> dict[str, Any]:
    """Ask until the job has ended well."""

    def ended() -> dict[str, Any] | None:
        job = look(address, token)
        assert job["state"] != FAILED, job["error"]
        return job if job["state"] == DONE else None

    return wait_until(ended, lambda: str(look(address, token)))


def wait_until(test: Callable[[], Any], told: Callable[[], str] = lambda: "") -> Any:
    """Ask again and again; what is waited for must come some time, however busy the machine."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := test()):
        assert time.monotonic() < until, f"waited in vain; {told()}"
        time.sleep(0.1)
    return found


def lifting_processes(parent: int) -> list[int]:
    """Processes below one that lift a recording."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [int(pid) for pid, ppid, words in rows if int(ppid) == parent and "voxlift.web.lifting" in words]
