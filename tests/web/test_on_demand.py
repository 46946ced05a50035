"""Formats that are made when first asked for: once, in a process of its own, and never for what was deleted."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import voxlift
from tests.cli.command_line import save, sound
from tests.web.conftest import Make, client_of
from tests.web.serving import JOBS, job_id_of
from voxlift.web import on_demand
from voxlift.web.child import Ended
from voxlift.web.lifting import BEFORE
from voxlift.web.made import Made, Result
from voxlift.web.service import Service

STEMS = (BEFORE, "voice")


@pytest.fixture
def done(service: Service, client: FlaskClient) -> str:
    """A result whose stems lie here as FLAC, and are promised as mp3 and wav."""
    token = str(client.post(JOBS, data={"file": (io.BytesIO(b"bytes"), "talk.wav")}).json["token"])
    claim = service.ledger.claim(job_id_of(service, token))
    assert claim is not None
    folder = service.storage.attempt(claim.job_id, claim.lease)
    folder.mkdir()
    made = []
    for stem in STEMS:
        size = save(folder / f"{stem}.flac", sound()).stat().st_size
        made += [Made(stem, "flac", f"{stem}.flac", size)]
        made += [Made(stem, kind, f"{stem}.{kind}", None) for kind in ("wav", "mp3")]
    facts = {"gain_db": 0.0, "warnings": []}
    assert service.ledger.publish(claim, Result(1.0, 16_000, 1, "wav", facts, "2", "MIT", "c" * 64, made), "1.0")
    return token


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was ordered."""
    ordered: list[Any] = []
    real = on_demand.run

    def remember(order: Any, *options: Any) -> Ended:
        ordered.append(order)
        return real(order, *options)

    monkeypatch.setattr(on_demand, "run", remember)
    return ordered


def instead(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Ended]) -> None:
    monkeypatch.setattr(on_demand, "run", lambda *_: act())


def test_a_format_is_made_once(client: FlaskClient, done: str, runs: list[Any], tmp_path: Path) -> None:
    (before, voice) = client.get(f"{JOBS}/{done}/stems").json
    assert (voice["formats"], list(voice["bytes"])) == (["flac", "wav", "mp3"], ["flac"])
    answers = [client.get(f"{JOBS}/{done}/stems/voice/mp3?download=1") for _ in range(2)]
    assert answers[0].data == answers[1].data
    assert len(runs) == 1
    path = tmp_path / "voice.mp3"
    path.write_bytes(answers[0].data)
    assert voxlift.read(path).seconds == 1.0
    assert client.get(f"{JOBS}/{done}/stems").json[1]["bytes"]["mp3"] == len(answers[0].data)
    assert client.get(f"{JOBS}/{done}/stems").json[0] == before


def test_an_archive_has_what_it_lacks_made_together(client: FlaskClient, done: str, runs: list[Any]) -> None:
    client.get(f"{JOBS}/{done}/stems/voice/wav")
    answer = client.get(f"{JOBS}/{done}/archive?format=wav")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["talk.before.wav", "talk.voice.wav"]
    assert [dict(order.files) for order in runs] == [{"voice.wav": "voice.flac"}, {"before.wav": "before.flac"}]


def test_the_page_plays_what_is_there(client: FlaskClient, done: str, runs: list[Any]) -> None:
    page = client.get(f"/r/{done}").text
    assert page.count(f'src="{JOBS}/{done}/stems/voice/flac"') == 1
    assert f"{JOBS}/{done}/stems/voice/mp3?download=1" in page
    assert not runs


def test_who_asks_for_too_much_is_told_to_come_again(
    make_service: Make, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, go_on = client_of(make_service(encodings=1)).application, threading.Event()

    def slow() -> Ended:
        go_on.wait(60)
        return Ended(fault="it was slow")

    def ask(_number: int) -> int:
        answer = app.test_client().get(f"{JOBS}/{done}/stems/voice/mp3")
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
            go_on.set()  # one is being made, another waits: only then is the third refused
        return answer.status_code

    instead(monkeypatch, slow)
    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(ask, range(3))) == [500, 500, 503]


@pytest.mark.parametrize(
    ("ended", "status"), [(Ended(full=True), 507), (Ended(late=True), 503), (Ended(memory=True), 500)]
)
def test_what_cannot_be_made_is_said(
    client: FlaskClient, done: str, monkeypatch: pytest.MonkeyPatch, ended: Ended, status: int
) -> None:
    instead(monkeypatch, lambda: ended)
    assert client.get(f"{JOBS}/{done}/stems/voice/mp3").status_code == status
    assert client.get(f"{JOBS}/{done}/stems/voice/flac").status_code == 200


def test_what_is_deleted_meanwhile_stays_deleted(
    service: Service, client: FlaskClient, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = job_id_of(service, done)

    def late() -> Ended:
        client.application.test_client().delete(f"{JOBS}/{done}")
        service.storage.job(job_id).mkdir()
        (service.storage.job(job_id) / "late.mp3").write_bytes(b"mp3")
        return Ended(result={"voice.mp3": 3})

    instead(monkeypatch, late)
    assert client.get(f"{JOBS}/{done}/stems/voice/mp3").status_code == 404
    assert not service.storage.job(job_id).exists()
