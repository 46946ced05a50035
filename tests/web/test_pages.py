"""The pages without a script: form, waiting, result, verdict, consent, deletion, languages, and what they never do."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import Make, client_of
from tests.web.serving import JOBS, finish
from voxlift.separate.store import SHIPPED
from voxlift.web.security import HEADERS
from voxlift.web.service import Service


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def submit(client: FlaskClient, path: str, page: str, **fields: object) -> TestResponse:
    return client.post(path, data={"csrf_token": hidden(page, "csrf_token"), **fields})


def upload(client: FlaskClient, name: str = "talk.wav", **fields: object) -> str:
    page = client.get("/").text
    sent = {"submission": hidden(page, "submission"), "file": (io.BytesIO(b"bytes"), name), **fields}
    answer = submit(client, "/", page, **sent)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_from_the_form_to_deletion(service: Service, client: FlaskClient) -> None:
    place = upload(client, task="denoise", strength_db="12")
    token = place.rpartition("/")[2]
    assert "Waiting" in client.get(place).text
    finish(service, token)
    page = client.get(place).text
    sources = re.findall(r'<audio[^>]* src="([^"]+)"', page)
    assert [source.split("/")[-2] for source in sources] == ["before", "voice", "rest"]
    assert all(client.get(source).status_code == 200 for source in sources)
    assert client.get(f"{JOBS}/{token}/archive?format=wav").data[:2] == b"PK"

    submit(client, f"{place}/feedback", page, good="no", reason=["noise_left", "other"], comment="hum")
    page = client.get(place).text
    assert "You said: no" in page
    submit(client, f"{place}/feedback", page, good="yes", comment="")
    page = client.get(place).text
    assert "You said: yes" in page
    assert client.get(f"{JOBS}/{token}/feedback").json["revision"] == 2

    submit(client, f"{place}/consent", page, consent="yes", version=hidden(page, "version"))
    page = client.get(place).text
    assert "Take the consent back" in page
    submit(client, f"{place}/withdraw", page)
    page = client.get(place).text
    assert "Take the consent back" not in page

    gone = submit(client, f"{place}/delete", page)
    assert "deleted" in client.get(gone.headers["Location"]).text
    assert client.get(place).status_code == 404
    assert list(service.storage.jobs.iterdir()) == []


def test_the_form_sent_twice_is_one_job(client: FlaskClient) -> None:
    page = client.get("/").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "submission": hidden(page, "submission")}
    places = [
        client.post("/", data={**fields, "file": (io.BytesIO(b"bytes"), "a.wav")}).headers["Location"] for _ in range(2)
    ]
    assert places[0] == places[1]


def test_several_files_are_several_jobs(client: FlaskClient) -> None:
    page = client.get("/").text
    files = [(io.BytesIO(b"one"), "1.wav"), (io.BytesIO(b"two"), "2.wav")]
    sent = {"csrf_token": hidden(page, "csrf_token"), "submission": hidden(page, "submission")}
    answer = client.post("/", data={**sent, "file": files})
    assert answer.status_code == 303
    listed = client.get(answer.headers["Location"]).text
    links = re.findall(r'href="(/r/[^"]+)"', listed)
    assert len(set(links)) == 2
    assert all(client.get(link).status_code == 200 for link in links)
    submit(client, f"{links[0]}/delete", client.get(links[0]).text)
    assert re.findall(r'href="(/r/[^"]+)"', client.get(answer.headers["Location"]).text) == links[1:]


def test_consent_is_never_ticked_beforehand(client: FlaskClient) -> None:
    page = client.get("/").text
    assert not re.search(r'name="consent"[^>]*checked', page)
    token = upload(client).rpartition("/")[2]
    assert client.get(f"{JOBS}/{token}").json["consent"] is False


@pytest.mark.parametrize("action", ["cancel", "delete", "feedback", "consent", "withdraw"])
def test_forged_forms_are_refused(client: FlaskClient, action: str) -> None:
    place = upload(client)
    forged = client.post(f"{place}/{action}", data={"good": "yes", "consent": "yes"})
    assert forged.status_code == 400
    assert "reload the page" in forged.text
    assert client.get(place).status_code == 200


def test_a_forged_upload_leaves_nothing(service: Service, client: FlaskClient) -> None:
    assert client.post("/", data={"file": (io.BytesIO(b"bytes"), "a.wav")}).status_code == 400
    assert list(service.storage.incoming.iterdir()) == list(service.storage.jobs.iterdir()) == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 777 * 777 }}"])
def test_names_and_comments_are_text(service: Service, client: FlaskClient, text: str) -> None:
    place = upload(client, name=f"{text}.wav")
    finish(service, place.rpartition("/")[2])
    page = client.get(place).text
    submit(client, f"{place}/feedback", page, good="no", comment=text)
    page = client.get(place).text
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "603729" not in page


def test_every_answer_is_guarded(client: FlaskClient) -> None:
    place = upload(client)
    for path in ("/", place, "/nowhere", f"{JOBS}/x", "/healthz", "/api/v1/tasks"):
        headers = client.get(path).headers
        for name in set(HEADERS) - {"X-Robots-Tag"}:
            assert headers[name] == HEADERS[name]
    assert "noindex" in client.get(place).headers["X-Robots-Tag"]
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    page = client.get(place).text + client.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page), "the policy forbids it"
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page), "no third party is asked"


@pytest.mark.parametrize(
    ("accepted", "code"), [("ko-KR,ko;q=0.9", "ko"), ("fr", "fr"), ("de, en;q=0.5", "en"), ("", "en")]
)
def test_the_browser_chooses_the_language(client: FlaskClient, accepted: str, code: str) -> None:
    assert f'<html lang="{code}">' in client.get("/", headers={"Accept-Language": accepted}).text


def test_the_visitor_switches_the_language(client: FlaskClient) -> None:
    page = client.get("/").text
    answer = submit(client, "/language", page, language="ko", next="/")
    assert answer.headers["Location"] == "/"
    assert '<html lang="ko">' in client.get("/", headers={"Accept-Language": "fr"}).text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "/a\nb"]
)
def test_nobody_is_sent_elsewhere(client: FlaskClient, elsewhere: str) -> None:
    page = client.get("/").text
    answer = submit(client, "/language", page, language="fr", next=elsewhere)
    assert answer.headers["Location"] == "/"


def test_tasks_appear_with_their_cards(
    client: FlaskClient, shipped_models_only: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(SHIPPED / "denoise", tmp_path / "shipped" / "denoise")
    monkeypatch.setattr("voxlift.separate.store.SHIPPED", tmp_path / "shipped")
    assert "A singer out of a song" not in client.get("/").text
    folder = shipped_models_only / "toy"
    shutil.copytree(SHIPPED / "logistic", folder)
    card = folder / "card.toml"
    text = card.read_text("utf-8").replace('name = "logistic"', 'name = "toy"')
    card.write_text(text.replace('task = "denoise"', 'task = "vocals"'), "utf-8")
    assert "A singer out of a song" in client.get("/").text
    assert [offer["task"] for offer in client.get("/api/v1/tasks").json] == ["denoise", "vocals"]
    job = client.post(JOBS, data={"file": (io.BytesIO(b"song"), "song.wav"), "task": "vocals"}).json
    assert job["model"]["name"] == "toy"


def test_the_number_of_speakers_is_for_speakers(client: FlaskClient, shipped_models_only: Path) -> None:
    assert 'name="speakers"' in client.get("/").text
    tokens = [upload(client, task=task, speakers="2").rpartition("/")[2] for task in ("denoise", "speakers")]
    assert [client.get(f"{JOBS}/{token}").json["speakers"] for token in tokens] == [None, 2]
    for number in ("1", "3"):
        wish = {"task": "speakers", "speakers": number}
        answer = client.post(JOBS, data={"file": (io.BytesIO(b"talk"), "talk.wav"), **wish})
        assert answer.status_code == 422
        assert "speakers splits 2 to 2" in answer.json["detail"]


def test_https_settings_hold(make_service: Make) -> None:
    client = client_of(make_service(https=True))
    answer = client.get("/", base_url="https://voxlift.example")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
