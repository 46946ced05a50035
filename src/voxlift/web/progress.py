"""How far a job is: what those who wait ask again and again, so it is one small query, and says when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from voxlift.web.clock import now
from voxlift.web.models import OPEN, QUEUED, RUNNING, Job
from voxlift.web.tokens import digest

_TELLING = 0.05
"""Of the work; before it, how long the rest will take is a guess."""
_ASK_SECONDS, _ASK_SECONDS_A_JOB_AHEAD, _LONGEST_ASK_SECONDS = 2.0, 0.25, 30.0


@dataclass(frozen=True)
class ProgressView:
    """What changes while a job waits and is worked on."""

    state: str
    progress: float
    seconds_left: float | None
    ahead: int | None
    """How many wait before it."""
    error: str | None
    ask_again_seconds: float | None
    """After which asking may bring something new: the more are before it, the later. None when it has ended."""


def progress_view(session: Session, token: str) -> ProgressView | None:
    """Show how far the job of a private link is; None where there is none (any more)."""
    job = session.execute(_PROGRESS, {"sha256": digest(token)}).one_or_none()
    if job is None:
        return None
    left = again = None
    if job.state == RUNNING and job.started_at is not None and job.progress > _TELLING:
        took = (now() - job.started_at).total_seconds()
        left = round(max(0.0, took / job.progress - took), 1)
    if job.state in OPEN:
        again = min(_LONGEST_ASK_SECONDS, _ASK_SECONDS + _ASK_SECONDS_A_JOB_AHEAD * (job.ahead or 0))
    return ProgressView(job.state, round(job.progress, 3), left, job.ahead, job.error, again)


def _question() -> Select[Any]:
    earlier = aliased(Job)
    before = select(func.count()).where(earlier.state == QUEUED, earlier.queued_at < Job.queued_at).scalar_subquery()
    ahead = case((Job.state == QUEUED, before)).label("ahead")
    found = Job.token_sha256 == bindparam("sha256")
    return select(Job.state, Job.progress, Job.started_at, Job.error, ahead).where(found)


_PROGRESS = _question()
"""Built once: SQLAlchemy takes longer to build it than the database to answer."""
