"""One browser, one service with models for every task, and one that only takes recordings in: for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import voxlift
from tests.cards import splitter_card
from tests.cli.command_line import save
from tests.web.browser.driving import chromium
from tests.web.serving import EXAMPLES, served

_UNHURRIED = {"VOXLIFT_UPLOAD_RATE": "1000 per minute", "VOXLIFT_REQUEST_RATE": "10000 per minute"}


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    splitter_card(folder / "models" / "speakers")
    environment = {**_UNHURRIED, "VOXLIFT_MODELS": str(folder / "models"), "VOXLIFT_MAX_SECONDS": "120"}
    with served(folder / "log", environment, "--storage", str(folder / "storage")) as (found, _):
        yield found


@pytest.fixture(scope="package")
def idle_address(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service without a worker: what is sent there waits."""
    folder = tmp_path_factory.mktemp("idle")
    with served(folder / "log", _UNHURRIED, "--storage", str(folder / "storage"), "--workers", "0") as (found, _):
        yield found


@pytest.fixture(scope="package")
def interview() -> Path:
    """A noisy recording of ours."""
    return EXAMPLES / "interview.flac"


@pytest.fixture(scope="package")
def half_a_minute(interview: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same again and again, long enough to be played for a while."""
    return _repeated(interview, 4, tmp_path_factory.mktemp("half") / "half.wav")


@pytest.fixture(scope="package")
def long_interview(interview: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for so long that one can watch it being lifted."""
    return _repeated(interview, 12, tmp_path_factory.mktemp("long") / "long.wav")


def _repeated(recording: Path, times: int, path: Path) -> Path:
    audio = voxlift.read(recording)
    return save(path, voxlift.Audio(np.tile(audio.samples, (1, times)), audio.rate))
