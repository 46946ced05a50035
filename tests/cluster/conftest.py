"""The command line, a cluster, and a store of objects, for tests of work in many places."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cards import tanh_card
from tests.cli.command_line import Cli, Ran, save, sound
from tests.cluster.processes import Cluster, free_port, wait_until
from voxlift.cli import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VOXLIFT_DEBUG", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is quick."""
    return tanh_card(tmp_path_factory.mktemp("card"))


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], card: Path) -> Cli:
    """Run a command line in this process; those that lift do it with the quick model."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        model = ["--model", str(card)] if arguments[0] == "denoise" else []
        status = run([*map(str, arguments), *model])
        return Ran(status, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """An empty bucket of an S3 server on this machine, which all that asks for S3 here is sent to."""
    pytest.importorskip("moto", reason="the S3 server of these tests: pip install moto flask-cors")
    import s3fs

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "tests")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        try:
            wait_until(lambda: _answers(port))
            s3fs.S3FileSystem().mkdir("recordings")
            yield "s3://recordings"
        finally:
            server.kill()
            server.wait()


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def recordings(folder: str, count: int, length: int = 4_000) -> list[str]:
    """Write so many short recordings, each another; tell their names."""
    names = [f"{number:03d}.flac" for number in range(count)]
    for seed, name in enumerate(names):
        save(f"{folder}/{name}", sound(length, seed=seed))
    return names
