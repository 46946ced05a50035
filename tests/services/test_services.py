"""The same service on PostgreSQL and Redis with two workers; everything is killed once, and nothing is lost."""

from __future__ import annotations

import http.client
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cli.command_line import save, sound
from tests.processes import held_still
from tests.services.conftest import Redis
from tests.web import serving
from tests.web.serving import EXAMPLES, JOBS, Process, look, send, served, wait_until, wait_until_done, working
from tests.web.test_tables import differences, downgrade
from voxlift.web.database import Database


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis: Redis) -> dict[str, str]:
    return {
        "VOXLIFT_DATABASE": database_url, "VOXLIFT_QUEUE": redis.url, "VOXLIFT_STORAGE": str(tmp_path / "storage"),
        "VOXLIFT_LEASE_SECONDS": "3", "VOXLIFT_SWEEP_SECONDS": "0.5", "VOXLIFT_MIN_FREE_BYTES": "0",
        "VOXLIFT_STOP_SECONDS": "0.5", "VOXLIFT_FULL_DISK_SECONDS": "1",
        "VOXLIFT_REQUEST_RATE": "100000 per minute", "OMP_NUM_THREADS": "1", "VOXLIFT_MODELS": str(tmp_path / "models"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def long_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough to be caught in the middle."""
    return save(tmp_path_factory.mktemp("sounds") / "long.wav", sound(8_000 * 40, rate=8_000))


@pytest.fixture
def workers(tmp_path: Path, environment: dict[str, str]) -> Iterator[list[Process]]:
    """Two of them."""
    with working(tmp_path / "one.log", environment) as one, working(tmp_path / "two.log", environment) as two:
        yield [one, two]


def finished(workers: list[Process]) -> int:
    return sum(worker.said().count(": done\n") for worker in workers)


def test_migrations_make_what_the_models_say(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    assert differences(database) == []
    downgrade(database)
    database.upgrade()
    assert differences(database) == []
    database.engine.dispose()


def test_two_workers_share_the_work(tmp_path: Path, environment: dict[str, str], workers: list[Process]) -> None:
    with served(tmp_path / "web.log", environment, "--workers", "0") as (address, _):
        tokens = [send(address, EXAMPLES / "telephone-8k.wav")["token"] for _ in range(4)]
        for token in tokens:
            job = wait_until_done(address, token)
            assert [stem["name"] for stem in job["stems"]] == ["before", "voice", "rest"]
        assert finished(workers) == len(tokens)
        assert all(finished([worker]) for worker in workers)
        token = tokens[0]
        with requests.get(f"{address}{JOBS}/{token}/events", stream=True, timeout=60) as events:
            assert b'"done"' in events.content
        made = requests.get(f"{address}{JOBS}/{token}/stems/voice/mp3", timeout=60)
        assert made.headers["Content-Type"] == "audio/mpeg"
        assert len(made.content) == look(address, token)["stems"][1]["bytes"]["mp3"], "made now, and entered"
        said = requests.put(f"{address}{JOBS}/{token}/feedback", json={"good": True}, timeout=60)
        assert said.json()["revision"] == 1
        version = requests.get(f"{address}/api/v1/consent", timeout=60).json()["version"]
        assert requests.put(f"{address}{JOBS}/{token}/consent", json={"version": version}, timeout=60).json()["consent"]
        figures = requests.get(f"{address}/metrics", timeout=60).text
        assert 'voxlift_jobs{state="done"} 4.0' in figures
        assert 'voxlift_verdicts{good="yes"} 1.0' in figures
        for token in tokens:
            assert requests.delete(f"{address}{JOBS}/{token}", timeout=60).status_code == 204
        assert list((tmp_path / "storage" / "jobs").iterdir()) == []


def test_a_killed_worker_is_replaced_by_the_other(
    tmp_path: Path, environment: dict[str, str], workers: list[Process], long_talk: Path
) -> None:
    with served(tmp_path / "web.log", environment, "--workers", "0") as (address, _):
        token = send(address, long_talk)["token"]
        victim = wait_until(lambda: next((one for one in workers if serving.lifting_processes(one.process.pid)), None))
        with held_still(serving.lifting_processes(victim.process.pid)):
            victim.kill()
        wait_until_done(address, token)
        assert finished(workers) == 1, "exactly once"


def test_a_killed_server_and_a_killed_redis_lose_nothing(
    tmp_path: Path, environment: dict[str, str], workers: list[Process], redis: Redis, long_talk: Path
) -> None:
    with served(tmp_path / "web.log", environment, "--workers", "0") as (address, web):
        tokens = [send(address, long_talk)["token"] for _ in range(4)]
        wait_until(lambda: all(serving.lifting_processes(worker.process.pid) for worker in workers))
        redis.kill()  # and with it the messages of the two that wait
        tokens.append(send(address, EXAMPLES / "telephone-8k.wav")["token"])
        assert "queue" in requests.get(f"{address}/readyz", timeout=60).json()["problems"]
        assert look(address, tokens[-1])["state"] == "queued", "taken all the same"
        web.kill()
    redis.start()
    with served(tmp_path / "web.log", environment, "--workers", "0") as (address, _):
        states = Counter(wait_until_done(address, token)["state"] for token in tokens)
        assert states == {"done": 5}
        assert finished(workers) == 5


def test_a_full_disk_stops_nothing_for_good(tmp_path: Path, environment: dict[str, str], long_talk: Path) -> None:
    storage = tmp_path / "storage"
    storage.mkdir()
    size_kb = 3 * long_talk.stat().st_size // 1024
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k,mode=700", "tmpfs", storage], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk is made by root alone, where mounting is allowed")
    try:
        with (
            served(tmp_path / "web.log", environment, "--workers", "0") as (address, _),
            working(tmp_path / "one.log", environment) as worker,
        ):
            token = send(address, long_talk)["token"]
            worker.wait_for(": full")
            wait_until(lambda: look(address, token)["state"] == "queued")
            asking = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
            asking.request("POST", JOBS, headers={"Content-Length": str(4 * 1024 * size_kb)})
            assert asking.getresponse().status == 507, "before a byte is sent"
            asking.close()
            subprocess.run(["mount", "-o", "remount,size=500m", storage], check=True)
            wait_until_done(address, token)
            assert "attempt 1" in worker.said()
            assert "attempt 2" not in worker.said(), "a full disk is not counted"
    finally:
        subprocess.run(["umount", "-l", storage], check=True)
