"""What comes in: by form or bare, once, bounded, and never trusted."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.web.conftest import Make, client_of
from tests.web.serving import JOBS, finish, job_id_of
from voxlift.web.models import Consent, Job
from voxlift.web.receiving import tame_name
from voxlift.web.service import Service

BODY = b"these bytes are no sound, which only the worker finds out"

CUT = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.wav\r\n\r\ncut"


def form(body: bytes = BODY, name: str = "talk.wav", **fields: str) -> dict[str, object]:
    return {"file": (io.BytesIO(body), name), **fields}


def sparse(path: Path, size: int) -> IO[bytes]:
    """A file of zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)
    return path.open("rb")


def count(service: Service) -> int:
    with service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def left_behind(service: Service) -> list[Path]:
    return [path for folder in (service.storage.incoming, service.storage.jobs) for path in folder.rglob("*")]


def test_a_form_becomes_a_job(service: Service, client: FlaskClient) -> None:
    answer = client.post(JOBS, data=form(task="denoise", strength_db="12", model="logistic", consent="true"))
    assert answer.status_code == 201, answer.text
    job = answer.json
    assert (job["state"], job["name"], job["strength_db"]) == ("queued", "talk.wav", 12.0)
    assert (job["model"]["name"], job["consent"]) == ("logistic", True)
    assert answer.headers["Location"] == f"{JOBS}/{job['token']}"
    assert service.storage.upload(job_id_of(service, job["token"])).read_bytes() == BODY
    assert list(service.storage.incoming.iterdir()) == []


@pytest.mark.parametrize("kind", ["audio/wav", "application/octet-stream", "application/x-www-form-urlencoded", ""])
def test_a_bare_body_becomes_a_job(service: Service, client: FlaskClient, kind: str) -> None:
    answer = client.post(f"{JOBS}?name=Grüße.wav&task=denoise", data=BODY, content_type=kind)
    assert answer.status_code == 201, answer.text
    assert answer.json["name"] == "Grüße.wav"
    assert service.storage.upload(job_id_of(service, answer.json["token"])).read_bytes() == BODY


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", "audio/wav", "empty"),
        ({"file": (io.BytesIO(b""), "talk.wav")}, "multipart/form-data", "empty"),
        ({"other": "field"}, "multipart/form-data", "No recording"),
        (BODY, "multipart/form-data", "boundary"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", "No recording"),
        (CUT, "multipart/form-data; boundary=x", "No recording"),
    ],
)
def test_what_is_no_upload(service: Service, client: FlaskClient, data: object, kind: str, said: str) -> None:
    answer = client.post(JOBS, data=data, content_type=kind)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert said in answer.json["detail"]
    assert count(service) == 0
    assert left_behind(service) == []


def test_two_files_in_one_form_are_refused(service: Service, client: FlaskClient) -> None:
    files = [(io.BytesIO(b"one"), "1.wav"), (io.BytesIO(b"two"), "2.wav")]
    answer = client.post(JOBS, data={"file": files})
    assert answer.status_code == 400
    assert left_behind(service) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"task": "cook"}, "denoise"),
        ({"model": "denoice"}, "did you mean 'denoise'"),
        ({"strength_db": "much"}, "give a number"),
        ({"strength_db": "nan"}, "give a number"),
        ({"strength_db": "-3"}, "0 to 100"),
        ({"speakers": "2"}, "leave it out for denoise"),
        ({"speakers": "1.5"}, "whole number"),
        ({"consent": "perhaps"}, "true or false"),
    ],
)
def test_wishes_that_cannot_be(service: Service, client: FlaskClient, fields: dict[str, str], said: str) -> None:
    answer = client.post(JOBS, data=form(**fields))
    assert answer.status_code == 422
    assert said in answer.json["detail"]
    assert left_behind(service) == []


def test_too_large_is_refused_by_its_header_and_on_the_way(make_service: Make, tmp_path: Path) -> None:
    service = make_service(max_upload_bytes=10_000)
    client = client_of(service)
    with sparse(tmp_path / "large", 2_000_000_000) as body:
        headed = client.post(JOBS, input_stream=body)
        assert body.tell() == 0, "nothing of it was read"
    assert headed.status_code == 413
    assert "0.01 MB" in headed.json["detail"]
    for data in ({"file": (io.BytesIO(b"x" * 10_001), "a.wav")}, b"x" * 10_001):
        assert client.post(JOBS, data=data).status_code == 413
    assert client.post("/", data={"file": (io.BytesIO(b"x" * 10_001), "a.wav")}).status_code == 413
    assert left_behind(service) == []


def test_a_disk_without_room_takes_nothing(make_service: Make) -> None:
    client = client_of(make_service(min_free_bytes=1 << 60))
    answer = client.post(JOBS, data=form())
    assert (answer.status_code, answer.headers["Retry-After"]) == (507, "300")
    assert client.get("/readyz").status_code == 503


def test_the_same_submission_twice_is_one_job(service: Service, client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "one-and-the-same"}
    first = client.post(JOBS, data=form(), headers=headers)
    again = client.post(JOBS, data=form(), headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["token"] == again.json["token"]
    assert count(service) == 1
    assert len(list(service.storage.jobs.iterdir())) == 1
    other = client.post(JOBS, data=form(b"another recording"), headers=headers)
    assert other.status_code == 422, "who knows only the key is not given the job"
    stranger = client.post(JOBS, data=form(), headers=headers, environ_overrides={"REMOTE_ADDR": "10.1.1.1"})
    assert stranger.json["token"] != first.json["token"]


def test_the_same_submission_at_the_same_time_is_one_job(service: Service, app: Flask) -> None:
    def post(_: int) -> str:
        answer = app.test_client().post(JOBS, data=form(), headers={"Idempotency-Key": "at-the-same-time"})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json["token"])

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(post, range(6)))) == 1
    assert count(service) == 1
    assert len(list(service.storage.jobs.iterdir())) == 1


@pytest.mark.parametrize("key", ["short", "x" * 129, "with\x01control"])
def test_keys_that_are_none(client: FlaskClient, key: str) -> None:
    assert client.post(JOBS, data=form(), headers={"Idempotency-Key": key}).status_code == 422


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\talk.wav", "talk.wav"),
        ("/absolute/path.wav", "path.wav"),
        ("..", "recording"),
        ("", "recording"),
        (".wav", "recording.wav"),
        ("CON: <a>|b?.wav", "CON_ _a__b_.wav"),
        ('"quoted".wav', "_quoted_.wav"),
        ("line\nbreak\r\x00.wav", "line break .wav"),
        ("한국어 녹음.wav", "한국어 녹음.wav"),
        ("a" * 300 + ".wav", "a" * 100 + ".wav"),
        ("x.<script>alert(1)</script>", "script_"),
    ],
)
def test_names_are_tamed(sent: str, kept: str) -> None:
    assert tame_name(sent) == kept
    assert tame_name(kept) == kept


@pytest.mark.parametrize("name", ["../../../x.wav", "/etc/cron.d/x", "a/../b.wav"])
def test_names_lead_nowhere(service: Service, client: FlaskClient, name: str, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if "jobs" not in path.parts}
    token = client.post(JOBS, data=form(name=name)).json["token"]
    after = {path for path in tmp_path.rglob("*") if "jobs" not in path.parts}
    assert {path.name for path in after - before} <= {
        f"{name}.sqlite-{part}" for name in ("voxlift", "queue") for part in ("wal", "shm")
    }
    folder = service.storage.job(job_id_of(service, token))
    assert [path.name for path in folder.iterdir()] == ["upload"]
    finish(service, token)
    sent = client.get(f"{JOBS}/{token}/stems/voice/wav?download=1")
    assert "/" not in sent.headers["Content-Disposition"].replace("attachment;", "")
    for trick in ("..", "%2e%2e%2f", "..%2Fupload", "voice%00", "upload"):
        assert client.get(f"{JOBS}/{token}/stems/{trick}/wav").status_code == 404


def test_an_address_has_so_many_open_jobs(make_service: Make) -> None:
    service = make_service(max_open_jobs=2)
    client = client_of(service)
    tokens = [client.post(JOBS, data=form()).json["token"] for _ in range(2)]
    refused = client.post(JOBS, data=form())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert client.post(JOBS, data=form(), environ_overrides={"REMOTE_ADDR": "10.9.9.9"}).status_code == 201
    finish(service, tokens[0])
    assert client.post(JOBS, data=form()).status_code == 201


def test_the_queue_has_an_end(make_service: Make) -> None:
    client = client_of(make_service(max_queued=1))
    client.post(JOBS, data=form())
    assert client.post(JOBS, data=form(), environ_overrides={"REMOTE_ADDR": "10.9.9.9"}).status_code == 503


def test_a_large_upload_stays_out_of_memory(service: Service, client: FlaskClient, tmp_path: Path) -> None:
    import tracemalloc

    tracemalloc.start()
    with sparse(tmp_path / "large", 64_000_000) as body:
        answer = client.post(JOBS, input_stream=body, content_type="audio/wav")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 201
    assert service.storage.upload(job_id_of(service, answer.json["token"])).stat().st_size == 64_000_000
    assert peak < 8_000_000


def test_only_the_owner_reads_the_storage(service: Service) -> None:
    assert service.storage.root.stat().st_mode & 0o077 == 0
    assert (service.storage.root / "secret").stat().st_mode & 0o077 == 0


def test_consent_keeps_the_words_that_were_seen(service: Service, client: FlaskClient) -> None:
    client.post(JOBS, data=form(consent="on"))
    with service.database.reading() as session:
        consent = session.scalars(select(Consent)).one()
    shown = client.get("/api/v1/consent").json
    assert (consent.text, consent.version) == (shown["text"], shown["version"])
