"""Real PostgreSQL and Redis, from Debian's packages, each started here on a free port and thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.web.serving import wait_until


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Redis:
    """A Redis that keeps nothing: what it knew is gone when it is killed."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = [
            "redis-server",
            "--port",
            str(self.port),
            "--save",
            "",
            "--dir",
            str(self.folder),
            "--bind",
            "127.0.0.1",
        ]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    server = Redis(free_port(), tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server with nobody's data; yields the URL without a database's name."""
    folder = _postgres_folder()
    # Not in pytest's own folder, which only root may enter.
    with tempfile.TemporaryDirectory(prefix="voxlift-postgres-") as name:
        home, port = Path(name), free_port()
        before = _unprivileged(home)
        data, log = home / "data", home / "log"
        making = [*before, folder / "initdb", "-D", data, "-U", "voxlift", "--auth=trust", "-E", "UTF8", "--no-sync"]
        made = subprocess.run(making, check=False, capture_output=True, text=True, cwd=home)
        assert made.returncode == 0, made.stderr
        with log.open("wb") as said:
            options = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
            server = subprocess.Popen([*before, folder / "postgres", "-D", data, *options], stderr=said, cwd=home)
        try:
            wait_until(lambda: b"ready to accept connections" in log.read_bytes(), log.read_text)
            yield f"postgresql://voxlift@127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


@pytest.fixture
def database_url(postgres: str) -> str:
    """A fresh database."""
    import psycopg

    name = f"voxlift_{time.monotonic_ns()}"
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgres}/{name}"


def _postgres_folder() -> Path:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin")]
    found = shutil.which("initdb")
    places += [Path(found).parent] if found else []
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    pytest.skip("no PostgreSQL here: apt-get install postgresql")


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root cannot run PostgreSQL, and there is no setpriv to become somebody else")
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--"]
