"""However many workers try and whenever they die: exactly one attempt ends a job."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.web.conftest import Make
from tests.web.serving import JOBS, fake_result, job_id_of
from voxlift.web import ledger as ledgers
from voxlift.web import worker as workers
from voxlift.web.child import Ended
from voxlift.web.clock import now
from voxlift.web.ledger import Claim, Word
from voxlift.web.models import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, Output
from voxlift.web.service import Service
from voxlift.web.sweeping import Sweeper


@pytest.fixture
def token(client: FlaskClient) -> str:
    answer = client.post(JOBS, data={"file": (io.BytesIO(b"some bytes"), "talk.wav")})
    assert answer.status_code == 201, answer.text
    return str(answer.json["token"])


@pytest.fixture
def job_id(service: Service, token: str) -> str:
    return job_id_of(service, token)


def state(service: Service, job_id: str) -> Job:
    with service.database.reading() as session:
        return session.get_one(Job, job_id)


def let_lease_end(service: Service, job_id: str) -> None:
    with service.database.writing() as session:
        over = update(Job).where(Job.id == job_id).values(lease_until=now() - timedelta(seconds=1))
        session.execute(over)


def test_of_many_that_claim_one_gets_the_job(service: Service, job_id: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = [claim for claim in pool.map(lambda _: service.ledger.claim(job_id), range(24)) if claim]
    assert len(claims) == 1
    assert state(service, job_id).lease == claims[0].lease


def test_of_many_attempts_one_publishes(service: Service, job_id: str) -> None:
    attempts = []
    for _ in range(3):
        claim = service.ledger.claim(job_id)
        assert claim is not None
        attempts.append((claim, fake_result(service, claim)))
        let_lease_end(service, job_id)
        service.ledger.take_back(job_id)
        with service.database.writing() as session:  # as if the limit were never reached
            session.execute(update(Job).where(Job.id == job_id).values(attempts=0, state=QUEUED))
    last = service.ledger.claim(job_id)
    assert last is not None
    attempts.append((last, fake_result(service, last)))
    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda pair: service.ledger.publish(*pair, "1.0"), attempts * 4))
    assert sum(published) == 1
    job = state(service, job_id)
    assert (job.state, job.attempt) == (DONE, last.lease)
    with service.database.reading() as session:
        assert len(session.scalars(select(Output)).all()) == len(attempts[-1][1].made)


def test_a_result_outlives_an_answer_that_was_not_heard(
    service: Service, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    publish = service.ledger.publish

    def publish_unheard(*words: Any) -> bool:
        assert publish(*words)
        raise OperationalError("COMMIT", {}, Exception("the connection broke"))

    made: list[str] = []

    def lifted(request: Any, *_: Any) -> Ended:
        claim = Claim(job_id, Path(request.folder).name, "", "", "", None, None, 1)
        made.append(claim.lease)
        return Ended(result=asdict(fake_result(service, claim)))

    monkeypatch.setattr(workers, "run", lifted)
    monkeypatch.setattr(service.ledger, "publish", publish_unheard)
    with pytest.raises(OperationalError):
        workers.Worker(service).take(job_id)
    assert state(service, job_id).attempt == made[0]
    assert (service.storage.attempt(job_id, made[0]) / "voice.wav").is_file()


def test_a_lease_that_is_over_is_taken_back_and_its_holder_told(service: Service, job_id: str) -> None:
    claim = service.ledger.claim(job_id)
    assert claim is not None
    assert service.ledger.beat(claim, 0.5) is Word.GO_ON
    assert service.ledger.lost_ids() == []
    let_lease_end(service, job_id)
    Sweeper(service).sweep()
    assert state(service, job_id).state == QUEUED
    assert service.ledger.beat(claim, 0.6) is Word.LOST
    for end in (service.ledger.cancel, service.ledger.give_back):
        assert not end(claim)
    assert not service.ledger.fail(claim, "too late")
    assert state(service, job_id).progress == 0


def test_a_beat_keeps_a_lease(service: Service, job_id: str) -> None:
    claim = service.ledger.claim(job_id)
    assert claim is not None
    let_lease_end(service, job_id)
    assert service.ledger.beat(claim, 0.25) is Word.GO_ON
    Sweeper(service).sweep()
    job = state(service, job_id)
    assert (job.state, job.progress) == (RUNNING, 0.25)


def test_a_job_that_kills_its_workers_is_ended(service: Service, job_id: str) -> None:
    for _ in range(service.settings.max_attempts):
        assert service.ledger.claim(job_id) is not None
        let_lease_end(service, job_id)
        Sweeper(service).sweep()
    job = state(service, job_id)
    assert (job.state, job.error) == (FAILED, ledgers.WORKERS_DIED)
    assert service.ledger.claim(job_id) is None


def test_given_back_for_later_is_not_claimed_before(service: Service, job_id: str) -> None:
    claim = service.ledger.claim(job_id)
    assert claim is not None
    assert service.ledger.give_back(claim, after_seconds=3600, counted=False)
    assert service.ledger.claim(job_id) is None
    assert service.ledger.unheard_ids(0) == []
    assert state(service, job_id).attempts == 0


def test_cancelling_while_waiting_and_while_lifting(service: Service, client: FlaskClient, token: str) -> None:
    job_id = job_id_of(service, token)
    claim = service.ledger.claim(job_id)
    assert claim is not None
    assert client.post(f"{JOBS}/{token}/cancel").json["state"] == RUNNING
    assert service.ledger.beat(claim, 0.1) is Word.CANCEL
    assert service.ledger.cancel(claim)
    assert state(service, job_id).state == CANCELLED
    again = client.post(JOBS, data={"file": (io.BytesIO(b"more"), "b.wav")}).json["token"]
    assert client.post(f"{JOBS}/{again}/cancel").json["state"] == CANCELLED
    assert service.ledger.claim(job_id_of(service, again)) is None


def test_deleting_while_lifting_stops_the_attempt(service: Service, client: FlaskClient, token: str) -> None:
    job_id = job_id_of(service, token)
    claim = service.ledger.claim(job_id)
    assert claim is not None
    result = fake_result(service, claim)
    assert client.delete(f"{JOBS}/{token}").status_code == 204
    assert service.ledger.beat(claim, 0.1) is Word.LOST
    assert not service.ledger.publish(claim, result, "1.0")
    assert not service.storage.job(job_id).exists()


def test_what_the_queue_forgot_is_said_again(make_service: Make, service: Service, job_id: str) -> None:
    assert service.queue.waiting() == 1
    (service.storage.root / "queue.sqlite").unlink()
    for left in service.storage.root.glob("queue.sqlite-*"):
        left.unlink()
    fresh = make_service()
    assert fresh.queue.waiting() == 0
    with fresh.database.writing() as session:
        session.execute(update(Job).values(announced_at=now() - timedelta(minutes=1)))
    sweeper = Sweeper(fresh)
    sweeper.sweep()
    sweeper.sweep()
    assert fresh.queue.waiting() == 1, "and not once a round"


def test_messages_are_json_and_no_pickle(service: Service, job_id: str, tmp_path: Path) -> None:
    import json
    import sqlite3

    with sqlite3.connect(tmp_path / "storage" / "queue.sqlite") as queue:
        (data,) = queue.execute("select data from task").fetchone()
    assert job_id in str(json.loads(data))
