"""What vanishes, what is kept and for how long, and what the lab is given of it."""

from __future__ import annotations

import csv
import io
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.web.serving import JOBS, finish, job_id_of
from voxlift.errors import InputError
from voxlift.metrics.intervals import share_and_interval
from voxlift.separate.card import TASKS
from voxlift.web.clock import now
from voxlift.web.collection import export
from voxlift.web.models import Consent, Feedback, Job, Output, Table
from voxlift.web.service import Service
from voxlift.web.sweeping import ORPHAN_SECONDS, Sweeper
from voxlift.web.verdicts import rates


@pytest.fixture
def token(service: Service, client: FlaskClient, talk: Path) -> str:
    return made(service, client, talk)


def made(service: Service, client: FlaskClient, talk: Path, name: str = "talk.wav") -> str:
    token = str(client.post(JOBS, data={"file": (io.BytesIO(talk.read_bytes()), name)}).json["token"])
    claim = finish(service, token)
    voice = service.storage.attempt(claim.job_id, claim.lease) / "voice.flac"
    voice.write_bytes(talk.read_bytes())  # a wav by another name: readers ask the bytes
    return token


def consent(client: FlaskClient, token: str) -> None:
    version = client.get("/api/v1/consent").json["version"]
    assert client.put(f"{JOBS}/{token}/consent", json={"version": version}).status_code == 200


def judge(client: FlaskClient, token: str, good: bool = True) -> None:
    assert client.put(f"{JOBS}/{token}/feedback", json={"good": good, "comment": "private words"}).status_code == 200


def let_time_pass(service: Service) -> None:
    with service.database.writing() as session:
        session.execute(update(Job).values(expires_at=now() - timedelta(seconds=1)))


def rows(service: Service) -> dict[str, int]:
    with service.database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Table.metadata.sorted_tables
        }


def files(service: Service) -> list[Path]:
    return [path for path in service.storage.jobs.rglob("*") if path.is_file()]


def test_without_consent_all_vanishes_in_time(service: Service, client: FlaskClient, token: str) -> None:
    judge(client, token)
    Sweeper(service).sweep()
    assert client.get(f"{JOBS}/{token}").status_code == 200
    let_time_pass(service)
    Sweeper(service).sweep()
    assert client.get(f"{JOBS}/{token}").status_code == 404
    assert files(service) == []
    assert rows(service) == {"api_key": 0, "job": 0, "output": 0, "consent": 0, "feedback": 1}
    with service.database.reading() as session:
        verdict = session.scalars(select(Feedback)).one()
    assert (verdict.job_id, verdict.comment, verdict.good, verdict.model_version) == (None, "", True, "2")


def test_deleting_leaves_nothing_at_all(service: Service, client: FlaskClient, token: str) -> None:
    judge(client, token)
    consent(client, token)
    assert client.delete(f"{JOBS}/{token}").status_code == 204
    assert not any(rows(service).values())
    assert files(service) == []
    assert client.delete(f"{JOBS}/{token}").status_code == 404


def test_consent_keeps_a_recording_until_it_is_taken_back(
    service: Service, client: FlaskClient, token: str, tmp_path: Path
) -> None:
    judge(client, token)
    consent(client, token)
    let_time_pass(service)
    Sweeper(service).sweep()
    assert client.get(f"{JOBS}/{token}").json["expired"] is True
    assert client.get(f"{JOBS}/{token}/stems").status_code == 410, "the link's time is over but for the withdrawal"
    assert export(service, tmp_path / "export").written == 1
    assert client.delete(f"{JOBS}/{token}/consent").status_code == 204
    assert files(service) == []
    assert not any(rows(service).values())
    done = export(service, tmp_path / "export")
    assert (done.written, done.removed) == (0, 1)
    assert list((tmp_path / "export" / "recordings").iterdir()) == []


def test_a_consent_taken_back_in_time_leaves_the_result_its_time(
    service: Service, client: FlaskClient, token: str, tmp_path: Path
) -> None:
    judge(client, token)
    consent(client, token)
    assert client.delete(f"{JOBS}/{token}/consent").json["consent"] is False
    assert client.get(f"{JOBS}/{token}/stems/voice/flac").status_code == 200
    assert export(service, tmp_path / "export").written == 0
    let_time_pass(service)
    Sweeper(service).sweep()
    assert files(service) == []


def test_an_export_is_a_corpus_of_the_lab(service: Service, client: FlaskClient, talk: Path, tmp_path: Path) -> None:
    tokens = [made(service, client, talk, f"{number}.wav") for number in range(4)]
    for number, token in enumerate(tokens[:3]):
        judge(client, token, good=number != 1)
    for token in (*tokens[:2], tokens[3]):
        consent(client, token)
    folder = tmp_path / "export"
    assert export(service, folder).written == 2, "only what is both consented to and judged"
    with (folder / "consent.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert sorted(row["verdict"] for row in table) == ["no", "yes"]
    assert {row["id"] for row in table} == {job_id_of(service, token) for token in tokens[:2]}
    assert not any("private" in "".join(row.values()) for row in table)

    from voxlift.lab.corpora import consent as corpus

    tracks = corpus.read(folder)
    assert [track.parts["noisy"].path.read_bytes() for track in tracks] == [talk.read_bytes()] * 2
    assert all(track.parts["estimate"].path.is_file() for track in tracks)
    assert {track.licence for track in tracks} == {"voxlift-consent 2026-11"}


def test_the_labs_own_command_reads_an_export(
    service: Service, client: FlaskClient, token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from voxlift.cli import run

    judge(client, token)
    consent(client, token)
    folder = tmp_path / "export"
    assert run(["feedback", "export", str(folder), "--storage", str(service.storage.root)]) == 0
    assert "1 recordings" in capsys.readouterr().out
    assert run(["lab", "data", "describe", str(folder)]) == 0
    assert "consent" in capsys.readouterr().out


def test_an_export_overwrites_nothing_of_others(service: Service, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        export(service, tmp_path)


def test_folders_of_nobody_are_deleted_in_time(service: Service, client: FlaskClient, token: str) -> None:
    orphan = service.storage.job("0" * 32)
    orphan.mkdir()
    stale = service.storage.incoming / "stale.part"
    stale.write_bytes(b"half an upload")
    Sweeper(service).sweep()
    assert orphan.exists(), "it may be a job that is being made"
    old = time.time() - 2 * ORPHAN_SECONDS
    for path in (orphan, stale, service.storage.job(job_id_of(service, token))):
        os.utime(path, (old, old))
    Sweeper(service).sweep()
    assert not orphan.exists()
    assert not stale.exists()
    assert client.get(f"{JOBS}/{token}/stems/voice/wav").status_code == 200


def test_the_report_says_how_often_and_how_sure(
    service: Service, client: FlaskClient, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from voxlift.cli import run

    for good in (True, True, False):
        judge(client, made(service, client, talk), good)
    (rate,) = rates(service.database)
    assert (rate.model, rate.version, rate.yes, rate.count) == (TASKS["denoise"], "2", 2, 3)
    assert run(["feedback", "report", "--storage", str(service.storage.root)]) == 0
    said = capsys.readouterr().out
    assert "67 %" in said
    assert "21 % to 94 %" in said


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(20, 20, 0.839, 1.0), (0, 20, 0.0, 0.161), (5, 10, 0.237, 0.763), (1, 1, 0.207, 1)],
)
def test_wilsons_interval(hits: int, count: int, low: float, high: float) -> None:
    share, *bounds = share_and_interval(hits, count)
    assert share == hits / count
    assert bounds == pytest.approx([low, high], abs=5e-4)


def test_no_verdict_is_no_rate(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    from voxlift.cli import run

    assert run(["feedback", "report", "--storage", str(service.storage.root)]) == 0
    assert "No verdicts yet" in capsys.readouterr().out


def test_a_consent_that_comes_while_the_sweeper_looks_counts(
    service: Service, client: FlaskClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(client, token)
    let_time_pass(service)
    reading = service.database.reading

    def read_then_consent() -> object:
        monkeypatch.setattr(service.database, "reading", reading)
        opened = reading()
        with service.database.writing() as session:
            job_id = job_id_of(service, token)
            session.add(Consent(job_id=job_id, version="2026-11", language="en", text="", given_at=now()))
        return opened

    sweeper = Sweeper(service)
    monkeypatch.setattr(service.database, "reading", read_then_consent)
    sweeper.expire()
    assert client.get(f"{JOBS}/{token}").status_code == 200
    with service.database.reading() as session:
        assert session.scalars(select(Output)).first() is not None
