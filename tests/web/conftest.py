"""A service on SQLite in a folder of its own, and Flask's client for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cli.command_line import save, sound
from voxlift.web.app import create_app
from voxlift.web.service import Service, open_service
from voxlift.web.settings import Settings

Make = Callable[..., Service]


@pytest.fixture(autouse=True)
def shipped_models_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only the models of the package, and those a test puts into the folder."""
    folder = tmp_path / "models"
    monkeypatch.setenv("VOXLIFT_MODELS", str(folder))
    return folder


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[Make]:
    """Open services with settings of choice, all on one storage folder."""
    opened = []

    def make(**changed: object) -> Service:
        settings = replace(Settings(storage=tmp_path / "storage", min_free_bytes=0), **changed)  # type: ignore[arg-type]
        opened.append(open_service(settings))
        return opened[-1]

    yield make
    for service in opened:
        service.database.engine.dispose()


@pytest.fixture
def service(make_service: Make) -> Service:
    return make_service()


class Client(FlaskClient):
    """Takes each answer whole, and closes it as a server would; `buffered=False` leaves it open."""

    def open(self, *words: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*words, buffered=buffered, **options)


def client_of(service: Service) -> FlaskClient:
    app = create_app(service)
    app.test_client_class = Client
    return app.test_client()


@pytest.fixture
def app(service: Service) -> Flask:
    app = create_app(service)
    app.test_client_class = Client
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of speech-like sound, as a wav."""
    return save(tmp_path_factory.mktemp("sounds") / "talk.wav", sound())
