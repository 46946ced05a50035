"""The real server and the real worker, as processes that are stopped, and killed, in the middle of their work."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

import voxlift
from tests.cli.command_line import command, save, sound
from tests.processes import held_still
from tests.web import serving
from tests.web.serving import EXAMPLES, JOBS, Process, look, send, served, wait_until, wait_until_done, working

QUICK = {
    "VOXLIFT_LEASE_SECONDS": "3", "VOXLIFT_SWEEP_SECONDS": "0.5", "VOXLIFT_MIN_FREE_BYTES": "0",
    "VOXLIFT_STOP_SECONDS": "0.5", "VOXLIFT_REQUEST_RATE": "100000 per minute", "OMP_NUM_THREADS": "1",
}  # fmt: skip


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**QUICK, "VOXLIFT_STORAGE": str(tmp_path / "storage"), "VOXLIFT_MODELS": str(tmp_path / "models")}


@pytest.fixture(scope="module")
def long_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to be caught in the middle, where it is then held still."""
    return save(tmp_path_factory.mktemp("sounds") / "long.wav", sound(8_000 * 40, rate=8_000))


@dataclass(frozen=True)
class Running:
    """A server with its worker."""

    address: str
    process: Process
    worker: int
    storage: Path

    @property
    def said(self) -> str:
        return self.process.said()

    def left(self) -> list[Path]:
        """What lies there, of uploads and jobs."""
        return [path for name in ("incoming", "jobs") for path in (self.storage / name).iterdir()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a worker, as anybody starts it."""
    folder = tmp_path_factory.mktemp("whole")
    environment = {**QUICK, "VOXLIFT_STORAGE": str(folder / "storage")}
    with served(folder / "log", environment) as (address, process):
        worker = int(process.wait_for(r"worker (\d+) takes")[1])
        yield Running(address, process, worker, folder / "storage")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server alone: four threads, uploads up to a megabyte, little patience."""
    folder = tmp_path_factory.mktemp("front")
    environment = {
        **QUICK, "VOXLIFT_STORAGE": str(folder / "storage"), "VOXLIFT_MAX_UPLOAD_BYTES": "1000000",
        "VOXLIFT_UPLOAD_GRACE_SECONDS": "2", "VOXLIFT_THREADS": "4", "VOXLIFT_EVENT_STREAMS": "1",
    }  # fmt: skip
    with served(folder / "log", environment, "--workers", "0") as (address, process):
        yield Running(address, process, 0, folder / "storage")


def test_an_example_is_lifted_from_upload_to_archive(whole: Running, tmp_path: Path) -> None:
    source, address = EXAMPLES / "interview.flac", whole.address
    assert requests.get(address, timeout=60).status_code == 200
    token = send(address, source, "interview.flac")["token"]
    with requests.get(f"{address}{JOBS}/{token}/events", stream=True, timeout=60) as events:
        assert events.headers["Content-Type"].startswith("text/event-stream")
        states = [json.loads(line[6:])["state"] for line in events.iter_lines() if line.startswith(b"data: ")]
    assert states[-1] in ("done", "running")
    job = wait_until_done(address, token)
    before, voice, rest = (_stem(address, token, name, tmp_path) for name in ("before", "voice", "rest"))
    np.testing.assert_array_equal(before, voxlift.read(source).samples)
    np.testing.assert_allclose(voice + rest, before, atol=2e-5)
    assert job["model"]["sha256"]
    archive = tmp_path / "all.zip"
    archive.write_bytes(requests.get(f"{address}{JOBS}/{token}/archive?format=mp3", timeout=60).content)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
    assert requests.delete(f"{address}{JOBS}/{token}", timeout=60).status_code == 204
    assert not {token, "interview", "Traceback"} & set(re.split(r"[ /.]", whole.said))


def _stem(address: str, token: str, name: str, folder: Path) -> np.ndarray:
    path = folder / f"{name}.flac"
    path.write_bytes(requests.get(f"{address}{JOBS}/{token}/stems/{name}/flac", timeout=60).content)
    return voxlift.read(path).samples


def test_a_killed_worker_loses_nothing(tmp_path: Path, environment: dict[str, str], long_talk: Path) -> None:
    storage = Path(environment["VOXLIFT_STORAGE"])
    with served(tmp_path / "web.log", environment, "--workers", "0") as (address, _):
        token = send(address, long_talk)["token"]
        with working(tmp_path / "first.log", environment) as first:
            (child,) = wait_until(lambda: serving.lifting_processes(first.process.pid))
            with held_still([child]):
                first.kill()
            wait_until(lambda: not Path(f"/proc/{child}").exists() or _is_zombie(child))
        assert look(address, token)["state"] == "running", "nobody has noticed yet"
        with working(tmp_path / "second.log", environment) as second:
            assert wait_until_done(address, token)["seconds"] == 40
            assert "fell silent" in second.said()
            assert "attempt 2" in second.said()
        attempts = [path for path in next((storage / "jobs").iterdir()).iterdir() if path.is_dir()]
        assert len(attempts) == 1


def _is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_killed_server_loses_nothing(tmp_path: Path, environment: dict[str, str], long_talk: Path) -> None:
    with served(tmp_path / "web.log", environment) as (address, process):
        tokens = [send(address, long_talk)["token"], send(address, EXAMPLES / "telephone-8k.wav")["token"]]
        worker = int(process.wait_for(r"worker (\d+) takes")[1])
        with held_still(wait_until(lambda: serving.lifting_processes(worker))):
            process.kill()
            wait_until(lambda: not Path(f"/proc/{worker}").exists() or _is_zombie(worker))
    with served(tmp_path / "web.log", environment) as (address, _):
        for token in tokens:
            wait_until_done(address, token)


def test_a_worker_that_dies_is_started_again(tmp_path: Path, environment: dict[str, str], long_talk: Path) -> None:
    with served(tmp_path / "log", environment) as (address, process):
        token = send(address, long_talk)["token"]
        worker = int(process.wait_for(r"worker (\d+) takes")[1])
        with held_still(wait_until(lambda: serving.lifting_processes(worker))):
            os.kill(worker, signal.SIGKILL)
        wait_until_done(address, token)
        assert "another is started" in process.said()


def test_a_worker_that_is_stopped_gives_its_job_back(
    tmp_path: Path, environment: dict[str, str], long_talk: Path
) -> None:
    with served(tmp_path / "web.log", environment, "--workers", "0") as (address, _):
        token = send(address, long_talk)["token"]
        with (
            working(tmp_path / "log", environment) as worker,
            held_still(wait_until(lambda: serving.lifting_processes(worker.process.pid))),
        ):
            assert worker.stop() == 0
        assert look(address, token)["state"] == "queued", "at once, and not when the lease is over"
        with working(tmp_path / "log", environment) as worker:
            wait_until_done(address, token)
            assert "attempt 1" in worker.said(), "the first one does not count"


@pytest.mark.parametrize("how", ["cancel", "delete"])
def test_a_job_is_stopped_in_the_middle(whole: Running, long_talk: Path, how: str) -> None:
    token = send(whole.address, long_talk)["token"]
    with held_still(wait_until(lambda: serving.lifting_processes(whole.worker))):
        if how == "cancel":
            requests.post(f"{whole.address}{JOBS}/{token}/cancel", timeout=60)
            wait_until(lambda: look(whole.address, token)["state"] == "cancelled")
        else:
            requests.delete(f"{whole.address}{JOBS}/{token}", timeout=60)
        wait_until(lambda: not serving.lifting_processes(whole.worker))
    wait_until(lambda: not [path for path in (whole.storage / "jobs").glob("*/*") if path.is_dir()])


def test_no_sound_fails_in_one_sentence(whole: Running) -> None:
    token = send(whole.address, b"this is a text " * 100, "<b>talk</b>.wav")["token"]
    wait_until(lambda: look(whole.address, token)["state"] == "failed")
    error = look(whole.address, token)["error"]
    assert "no sound could be found" in error
    assert str(whole.storage) not in error
    requests.delete(f"{whole.address}{JOBS}/{token}", timeout=60)


def test_too_much_is_refused_before_it_is_sent(front: Running) -> None:
    with _connected(front) as connection:
        connection.sendall(_post("Content-Length: 2000000000"))
        answer = b"".join(iter(lambda: connection.recv(4000), b""))
        assert b" 413 " in answer
        assert b"takes up to 1 MB" in answer


def test_too_much_without_a_length_is_refused_on_the_way(front: Running) -> None:
    piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with _connected(front) as connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(_post("Transfer-Encoding: chunked"))
        for _ in range(1000):  # 64 MB; no buffer of the system takes so much from who does not read
            connection.sendall(piece)
        pytest.fail("all was taken")
    assert front.left() == []


def test_who_sends_too_slowly_is_cut_off_and_others_are_served(front: Running) -> None:
    slow = [_connected(front) for _ in range(20)]
    for number, connection in enumerate(slow):
        connection.sendall(_post("Content-Length: 900000") if number % 2 else b"POST /api/v1/jobs HTTP/1.1\r\n")
    assert requests.get(f"{front.address}/healthz", timeout=60).ok, "though they are five times as many as the threads"
    for connection in slow:
        with connection, contextlib.suppress(ConnectionResetError):
            assert connection.recv(1000) == b""
    assert requests.get(f"{front.address}/healthz", timeout=60).ok


def test_a_connection_that_breaks_leaves_nothing(front: Running) -> None:
    with _connected(front) as connection:
        connection.sendall(_post("Content-Length: 900000") + bytes(500_000))
    assert requests.get(f"{front.address}/healthz", timeout=60).ok
    assert front.left() == []
    assert 'voxlift_jobs{state="queued"} 0.0' in requests.get(f"{front.address}/metrics", timeout=60).text


def test_a_taken_port_is_said_so(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*command("serve"), "--port", port, "--workers", "0"], capture_output=True, text=True, check=False,
            env=os.environ | environment,
        )  # fmt: skip
    assert done.returncode == 2
    assert "another --port" in done.stderr


def _connected(front: Running) -> socket.socket:
    place = urlsplit(front.address)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=60)


def _post(header: str) -> bytes:
    return f"POST {JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/wav\r\n{header}\r\n\r\n".encode()
