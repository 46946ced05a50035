"""`/api/v1`: described as it is, problems in one sentence, keys, limits, streams."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.web.conftest import Make, client_of
from tests.web.serving import JOBS, finish, job_id_of
from voxlift.web.api_keys import add_key, revoke_key
from voxlift.web.clock import now
from voxlift.web.models import ApiKey, Job
from voxlift.web.service import Service
from voxlift.web.tokens import TOKEN_LENGTH

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def token(client: FlaskClient) -> str:
    return str(client.post(JOBS, data={"file": (io.BytesIO(b"bytes"), "tälk.wav")}).json["token"])


@pytest.fixture
def done(service: Service, token: str) -> str:
    finish(service, token)
    return token


def test_stems_and_their_files(client: FlaskClient, done: str) -> None:
    stems = client.get(f"{JOBS}/{done}/stems").json
    assert [stem["name"] for stem in stems] == ["before", "voice", "rest"]
    answer = client.get(f"{JOBS}/{done}/stems/voice/flac")
    assert (answer.data, answer.mimetype) == (b"fLaCvoice", "audio/flac")
    part = client.get(f"{JOBS}/{done}/stems/voice/flac", headers={"Range": "bytes=4-"})
    assert (part.status_code, part.data) == (206, b"voice")
    kept = client.get(f"{JOBS}/{done}/stems/voice/flac?download=1").headers["Content-Disposition"]
    assert kept.startswith("attachment")
    assert "t%C3%A4lk.voice.flac" in kept
    assert client.get(f"{JOBS}/{done}/stems/voice/mp3").status_code == 404
    assert client.get(f"{JOBS}/{done}/archive?format=ogg").status_code == 422


def test_the_archive_holds_every_stem(client: FlaskClient, done: str) -> None:
    import zipfile

    answer = client.get(f"{JOBS}/{done}/archive?format=flac")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["tälk.before.flac", "tälk.voice.flac", "tälk.rest.flac"]
        assert archive.read("tälk.rest.flac") == b"fLaCrest"


def test_results_wait_for_the_end_and_go_with_their_time(service: Service, client: FlaskClient, token: str) -> None:
    for path in ("stems", "stems/voice/wav", "archive"):
        assert client.get(f"{JOBS}/{token}/{path}").status_code == 409
    assert client.put(f"{JOBS}/{token}/feedback", json={"good": True}).status_code == 409
    finish(service, token)
    with service.database.writing() as session:
        session.execute(update(Job).values(expires_at=now() - timedelta(seconds=1)))
    for path in ("stems", "stems/voice/wav", "archive"):
        assert client.get(f"{JOBS}/{token}/{path}").status_code == 410
    assert client.get(f"{JOBS}/{token}").json["stems"] == []


def test_feedback_says_what_it_is_about(client: FlaskClient, done: str) -> None:
    assert client.get(f"{JOBS}/{done}/feedback").status_code == 404
    said = client.put(f"{JOBS}/{done}/feedback", json={"good": False, "reasons": ["other", "noise_left"]}).json
    assert said["reasons"] == ["noise_left", "other"]
    assert client.put(f"{JOBS}/{done}/feedback", json={"good": True}).json["revision"] == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422), ({"good": "yes"}, 422), ({"good": 1}, 422), ([], 422), ({"good": False, "reasons": ["bad"]}, 422),
        ({"good": False, "reasons": [1]}, 422), ({"good": False, "comment": "x" * 2001}, 422),
        ({"good": False, "comment": None}, 422),
    ],
)  # fmt: skip
def test_verdicts_that_are_none(client: FlaskClient, done: str, body: object, status: int) -> None:
    answer = client.put(f"{JOBS}/{done}/feedback", json=body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    bad = client.put(f"{JOBS}/{done}/feedback", data=b"{", content_type="application/json")
    assert bad.status_code == 400


def test_consent_is_to_the_words_that_hold(client: FlaskClient, done: str) -> None:
    words = client.get("/api/v1/consent").json
    assert client.put(f"{JOBS}/{done}/consent", json={"version": "old"}).status_code == 409
    for _ in range(2):
        assert client.put(f"{JOBS}/{done}/consent", json={"version": words["version"]}).json["consent"] is True
    for _ in range(2):
        assert client.delete(f"{JOBS}/{done}/consent").json["consent"] is False


def test_nobody_else_finds_a_job(client: FlaskClient, token: str) -> None:
    wrong = ("A" if token[0] != "A" else "B") + token[1:]
    shown = [("get", path) for path in ("", "/progress", "/events", "/stems")]
    for method, path in (*shown, ("delete", ""), ("post", "/cancel")):
        answer = getattr(client, method)(f"{JOBS}/{wrong}{path}")
        assert (answer.status_code, answer.json["status"]) == (404, 404)


def test_links_and_keys_are_kept_as_digests_only(service: Service, client: FlaskClient, token: str) -> None:
    key = add_key(service.database, "a program")
    service.database.engine.dispose()
    data = b"".join(path.read_bytes() for path in service.storage.root.glob("*.sqlite*"))
    assert token.encode() not in data
    assert key.encode() not in data
    assert b"127.0.0.1" not in data


def test_events_end_with_the_job(service: Service, client: FlaskClient, token: str) -> None:
    job_id = job_id_of(service, token)
    answer = client.get(f"{JOBS}/{token}/events", buffered=False)
    events = answer.iter_encoded()
    assert next(events).startswith(b"retry:")
    assert b'"queued"' in next(events)
    claim = service.ledger.claim(job_id)
    assert claim is not None
    assert b'"running"' in next(events)
    service.ledger.beat(claim, 0.5)
    assert b'"progress": 0.5' in next(events)
    service.ledger.fail(claim, "it is no sound")
    assert b"it is no sound" in next(events)
    assert next(events, None) is None
    answer.close()


def test_progress_says_when_to_ask_again(service: Service, client: FlaskClient, token: str) -> None:
    def ask(token: str) -> Any:
        progress = client.get(f"{JOBS}/{token}/progress").json
        job = client.get(f"{JOBS}/{token}").json
        assert progress.items() <= job.items()
        return progress

    others = [client.post(JOBS, data={"file": (io.BytesIO(b"bytes"), "a.wav")}).json["token"] for _ in range(3)]
    asked = [ask(waiting) for waiting in (token, *others)]
    assert [progress["ahead"] for progress in asked] == [0, 1, 2, 3]
    seconds = [progress["ask_again_seconds"] for progress in asked]
    assert seconds == sorted(set(seconds)), "who waits longer asks less often"
    claim = service.ledger.claim(job_id_of(service, token))
    assert claim is not None
    assert (ask(token)["state"], ask(token)["ahead"], ask(others[0])["ahead"]) == ("running", None, 0)
    service.ledger.fail(claim, "it is no sound")
    assert (ask(token)["error"], ask(token)["ask_again_seconds"]) == ("it is no sound", None)


def test_a_deleted_job_says_so_to_who_listens(client: FlaskClient, token: str) -> None:
    answer = client.get(f"{JOBS}/{token}/events", buffered=False)
    events = answer.iter_encoded()
    next(events), next(events)
    client.delete(f"{JOBS}/{token}")
    assert next(events).startswith(b"event: gone")
    answer.close()


def test_streams_are_few_and_give_their_place_back(make_service: Make) -> None:
    client = client_of(make_service(event_streams=1))
    token = client.post(JOBS, data={"file": (io.BytesIO(b"bytes"), "a.wav")}).json["token"]
    for _ in range(3):
        answer = client.get(f"{JOBS}/{token}/events", buffered=False)
        assert answer.status_code == 200
        assert client.get(f"{JOBS}/{token}/events").status_code == 503
        answer.close()


def test_keys_lift_the_limits_of_an_address(make_service: Make) -> None:
    service = make_service(upload_rate="1 per hour", api_keys="optional")
    client = client_of(service)
    key = add_key(service.database, "a program")

    def post(**headers: str) -> int:
        return client.post(JOBS, data={"file": (io.BytesIO(b"bytes"), "a.wav")}, headers=headers).status_code

    assert [post(), post()] == [201, 429]
    assert [post(Authorization=f"Bearer {key}") for _ in range(3)] == [201] * 3
    assert post(Authorization="Bearer vox_wrong") in (401, 429)
    revoke_key(service.database, "a program")
    assert post(Authorization=f"Bearer {key}") in (401, 429)


def test_a_service_may_want_keys(make_service: Make) -> None:
    service = make_service(api_keys="required")
    client = client_of(service)
    refused = client.post(JOBS, data=b"bytes")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    key = add_key(service.database, "a program")
    answer = client.post(JOBS, data=b"bytes", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 201
    assert client.get(f"{JOBS}/{answer.json['token']}").status_code == 200
    with service.database.reading() as session:
        assert session.get_one(ApiKey, 1).sha256 not in (key, "")


def test_requests_are_counted_by_address_behind_a_proxy(make_service: Make) -> None:
    service = make_service(request_rate="3 per hour", trusted_proxies=1)
    client = client_of(service)

    def get(address: str) -> int:
        # What the visitor writes there himself stands before what the proxy saw.
        return client.get("/api/v1/tasks", headers={"X-Forwarded-For": f"1.2.3.4, {address}"}).status_code

    assert [get("10.0.0.1") for _ in range(4)] == [200, 200, 200, 429]
    assert get("10.0.0.2") == 200
    limited = client.get("/api/v1/tasks", headers={"X-Forwarded-For": "10.0.0.1"})
    assert int(limited.headers["Retry-After"]) > 0
    assert limited.content_type == "application/problem+json"
    assert client.get("/healthz").status_code == 200


def test_a_fault_shows_no_trace(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> str:
        raise RuntimeError("the secret is 42")

    app.add_url_rule("/api/v1/broken", view_func=fail)
    app.add_url_rule("/broken", view_func=fail, endpoint="broken")
    client = app.test_client()
    for path in ("/api/v1/broken", "/broken"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    assert "the secret is 42" in caplog.text


def test_the_log_names_no_link_and_no_recording(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, done: str
) -> None:
    with caplog.at_level(logging.INFO):
        client.get(f"{JOBS}/{done}")
        client.get(f"/r/{done}")
        client.post(f"{JOBS}?name=private.wav", data=b"bytes")
    assert "GET /r/<" in caplog.text
    assert done not in caplog.text
    assert "private" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_every_route_is_described(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json
    assert described["openapi"].startswith("3.1")
    rules = {
        (method.lower(), rule.endpoint.removeprefix("api."))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api.")
    }
    named = {
        (method, operation["operationId"]) for path in described["paths"].values() for method, operation in path.items()
    }
    assert rules == named
    for path in described["paths"].values():
        for operation in path.values():
            assert "curl" in operation["description"]
    references = {text.split('"')[0] for text in json.dumps(described).split('"#/components/schemas/')[1:]}
    assert references == set(described["components"]["schemas"])


def test_the_docs_have_a_curl_example_for_every_call(app: Flask) -> None:
    routes = app.url_map.bind("")
    shown = set()
    for line in (ROOT / "docs" / "service.md").read_text("utf-8").splitlines():
        if found := re.match(r"curl (.*?)\"?\$API([^\s?\"]+)", line):
            method = re.search(r"-X (\w+)", found[1])
            sends = "-F " in line or "--data" in line
            path = found[2].replace("$TOKEN", "A" * TOKEN_LENGTH)
            shown.add(routes.match(f"/api/v1{path}", method[1] if method else "POST" if sends else "GET")[0])
    assert shown == {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}


def test_health_readiness_and_metrics(client: FlaskClient, done: str) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"problems": {}, "status": "ready"}
    figures = client.get("/metrics").text
    assert 'voxlift_jobs{state="done"} 1.0' in figures
    assert 'voxlift_requests_total{method="POST",route="/api/v1/jobs",status="201"} 1.0' in figures
    assert done not in figures
