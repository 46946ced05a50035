"""What workers do to the table of jobs. Each step is one UPDATE that names what it expects to find.

A job is held by a lease: a token and a time. Only who holds the token may say how far the job is, or that it is done;
whose time is over loses it to the sweeper, and whatever it says after that changes nothing. So however many workers
try, and whenever they die, exactly one attempt ends a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from voxlift.web.clock import now
from voxlift.web.database import Database
from voxlift.web.made import Result
from voxlift.web.models import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, Output
from voxlift.web.settings import Settings
from voxlift.web.tokens import new_id


class Word(Enum):
    """What the table answers to a heartbeat."""

    GO_ON = "go on"
    CANCEL = "cancel"
    LOST = "lost"


@dataclass(frozen=True)
class Claim:
    """A job that this worker holds."""

    job_id: str
    lease: str
    name: str
    task: str
    model: str
    strength_db: float | None
    speakers: int | None
    attempts: int


class Ledger:
    """The table of jobs, as workers see it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings

    def claim(self, job_id: str) -> Claim | None:
        """Take a job; None when it is not there to be taken (any more, or yet)."""
        at, lease = now(), new_id()
        due = or_(Job.not_before.is_(None), Job.not_before <= at)
        step = update(Job).where(Job.id == job_id, Job.state == QUEUED, due)
        step = step.values(
            state=RUNNING, lease=lease, lease_until=self._lease_end(at), attempts=Job.attempts + 1,
            started_at=at, progress=0.0,
        )  # fmt: skip
        with self._database.writing() as session:
            if not _changes(session, step):
                return None
            job = session.get_one(Job, job_id)
            return Claim(
                job.id, lease, job.name, job.task, job.model, job.strength_db, job.speakers, job.attempts
            )  # fmt: skip

    def beat(self, claim: Claim, progress: float) -> Word:
        """Say that the attempt lives, and how far it is."""
        step = _held(claim).values(lease_until=self._lease_end(now()), progress=progress)
        with self._database.writing() as session:
            wishes = session.execute(step.returning(Job.cancel_requested)).scalars().all()
        return Word.LOST if not wishes else Word.CANCEL if wishes[0] else Word.GO_ON

    def publish(self, claim: Claim, result: Result, app_version: str) -> bool:
        """End a job with its result; False, and nothing has changed, when the job is no longer held."""
        step = _held(claim).values(
            state=DONE, lease=None, lease_until=None, attempt=claim.lease, progress=1.0, error=None,
            seconds=result.seconds, rate=result.rate, channels=result.channels, container=result.container,
            facts=dict(result.facts), model_version=result.model_version, model_licence=result.model_licence,
            card_sha256=result.card_sha256, app_version=app_version, **self._end(),
        )  # fmt: skip
        with self._database.writing() as session:
            if not _changes(session, step):
                return False
            session.add_all(
                Output(job_id=claim.job_id, stem=made.stem, kind=made.kind, file=made.file, bytes=made.bytes)
                for made in result.made
            )
            return True

    def names(self, claim: Claim) -> bool:
        """Whether a job's result is this attempt's."""
        with self._database.reading() as session:
            return session.scalar(select(Job.id).where(Job.id == claim.job_id, Job.attempt == claim.lease)) is not None

    def fail(self, claim: Claim, sentence: str) -> bool:
        """End a job that cannot be done, and say why."""
        return self._step(
            _held(claim).values(state=FAILED, lease=None, lease_until=None, error=sentence, **self._end())
        )

    def cancel(self, claim: Claim) -> bool:
        """End a job as its owner wished."""
        return self._step(_held(claim).values(state=CANCELLED, lease=None, lease_until=None, **self._end()))

    def give_back(self, claim: Claim, after_seconds: float = 0.0, *, counted: bool = True) -> bool:
        """Put a job back into the queue; not counted where the attempt is not to blame."""
        at = now()
        step = _held(claim).values(
            state=QUEUED, lease=None, lease_until=None, progress=0.0, announced_at=None,
            not_before=at + timedelta(seconds=after_seconds) if after_seconds else None,
            attempts=Job.attempts if counted else Job.attempts - 1,
        )  # fmt: skip
        return self._step(step)

    def lost_ids(self) -> list[str]:
        """List the jobs whose lease is over."""
        with self._database.reading() as session:
            return list(session.scalars(select(Job.id).where(Job.state == RUNNING, Job.lease_until < now())))

    def take_back(self, job_id: str) -> bool:
        """Put a job whose worker fell silent back into the queue, or end it when that happened too often."""
        silent = update(Job).where(Job.id == job_id, Job.state == RUNNING, Job.lease_until < now())
        over = silent.where(Job.attempts >= self._settings.max_attempts).values(
            state=FAILED, lease=None, lease_until=None, error=WORKERS_DIED, **self._end()
        )
        again = silent.values(state=QUEUED, lease=None, lease_until=None, progress=0.0, announced_at=None)
        return self._step(over) or self._step(again)

    def unheard_ids(self, silence_seconds: float) -> list[str]:
        """List queued jobs of which the queue was not told, or nothing came of it for a while."""
        at = now()
        silent = or_(Job.announced_at.is_(None), Job.announced_at < at - timedelta(seconds=silence_seconds))
        due = or_(Job.not_before.is_(None), Job.not_before <= at)
        wanted = select(Job.id).where(Job.state == QUEUED, silent, due).order_by(Job.queued_at).limit(1000)
        with self._database.reading() as session:
            return list(session.scalars(wanted))

    def mark_announced(self, job_id: str, silence_seconds: float) -> bool:
        """Say that the queue is being told now; False when another process does."""
        at = now()
        silent = or_(Job.announced_at.is_(None), Job.announced_at < at - timedelta(seconds=silence_seconds))
        return self._step(update(Job).where(Job.id == job_id, Job.state == QUEUED, silent).values(announced_at=at))

    def _end(self) -> dict[str, datetime]:
        at = now()
        return {"finished_at": at, "expires_at": at + timedelta(hours=self._settings.retention_hours)}

    def _lease_end(self, at: datetime) -> datetime:
        return at + timedelta(seconds=self._settings.lease_seconds)

    def _step(self, step: Any) -> bool:
        with self._database.writing() as session:
            return _changes(session, step)


WORKERS_DIED = "the recording could not be lifted: the process that worked on it died again and again"


def _held(claim: Claim) -> Any:
    return update(Job).where(Job.id == claim.job_id, Job.state == RUNNING, Job.lease == claim.lease)


def _changes(session: Session, step: Any) -> bool:
    done = session.execute(step.execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)
    return done.rowcount == 1
