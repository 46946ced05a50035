"""The command line in this process, where that is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Cli, Ran
from voxlift.cli import run


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every test works in a folder of its own, with only the shipped models."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOXLIFT_MODELS", str(tmp_path / "no-models"))
    monkeypatch.delenv("VOXLIFT_DEBUG", raising=False)
    return tmp_path


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(word) for word in arguments])
        return Ran(status, *capsys.readouterr())

    return call
