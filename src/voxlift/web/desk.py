"""What visitors do: hand in, look, cancel, delete, judge, consent, withdraw. Each is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import voxlift
from voxlift.web.clock import now
from voxlift.web.consents import VERSION
from voxlift.web.models import CANCELLED, DONE, OPEN, QUEUED, REASONS, RUNNING, Consent, Feedback, Job
from voxlift.web.offers import Wish
from voxlift.web.progress import ProgressView, progress_view
from voxlift.web.receiving import Incoming
from voxlift.web.refusals import RefusalError
from voxlift.web.service import Service
from voxlift.web.sweeping import forget
from voxlift.web.tokens import digest, link_token, new_id

MAX_COMMENT = 2000


@dataclass(frozen=True)
class Submission:
    """What a visitor hands in."""

    wish: Wish
    name: str
    client: str
    language: str
    key: str | None = None
    """The same client, the same key, the same recording: the same job."""
    api_key_id: int | None = None
    consent_text: str | None = None
    """The words that were agreed to, where the box was ticked."""


@dataclass(frozen=True)
class HandedIn:
    """The private link's token, and whether the job is a new one."""

    token: str
    new: bool


class Desk:
    """The visitor's side of the table of jobs."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings

    def hand_in(self, incoming: Incoming, submission: Submission) -> HandedIn:
        """Make a job of an upload, once for each key of a client.

        Raises
        ------
        RefusalError
            When the client, or everyone together, has too many jobs open, or the key belongs to another recording.
        """
        mark = None if submission.key is None else digest(f"{submission.client}:{submission.key}")
        if mark is not None and (token := self._same(mark, incoming, submission.wish)):
            return HandedIn(token, new=False)
        self._check_room(submission.client)
        job_id = new_id()
        token, sha256 = link_token(self._service.secret, job_id), incoming.sha256
        self._service.storage.take_in(incoming.path, job_id)
        try:
            with self._service.database.writing() as session:
                session.add(self._job(job_id, token, mark, (incoming.bytes, sha256), submission))
                if submission.consent_text is not None:
                    session.flush()
                    session.add(self._consent(job_id, submission.language, submission.consent_text))
        except IntegrityError:
            self._service.storage.remove(job_id)
            if mark is None or not (token := self._same(mark, incoming, submission.wish) or ""):
                raise
            return HandedIn(token, new=False)
        except BaseException:
            self._service.storage.remove(job_id)
            raise
        self._service.queue.announce(job_id)
        return HandedIn(token, new=True)

    def find(self, session: Session, token: str) -> Job:
        """Look a job up by its private link.

        Raises
        ------
        RefusalError
            When there is none (any more).
        """
        job = session.scalar(select(Job).where(Job.token_sha256 == digest(token)))
        if job is None:
            raise _unknown()
        return job

    def progress(self, token: str) -> ProgressView:
        """Tell how far a job is.

        Raises
        ------
        RefusalError
            When there is none (any more).
        """
        with self._service.database.reading() as session:
            view = progress_view(session, token)
        if view is None:
            raise _unknown()
        return view

    def cancel(self, token: str) -> None:
        """Stop a job; one that has ended stays as it is."""
        with self._service.database.writing() as session:
            job_id = self.find(session, token).id
            at = now()
            over = {"finished_at": at, "expires_at": at + timedelta(hours=self._settings.retention_hours)}
            session.execute(update(Job).where(Job.id == job_id, Job.state == QUEUED).values(state=CANCELLED, **over))
            session.execute(update(Job).where(Job.id == job_id, Job.state == RUNNING).values(cancel_requested=True))

    def delete(self, token: str) -> None:
        """Delete a job with all that belongs to it, at once; an attempt under way finds it gone and stops."""
        with self._service.database.writing() as session:
            job_id = self.find(session, token).id
            forget(session, job_id, keep_verdict=False)
        self._service.storage.remove(job_id)

    def judge(self, token: str, good: bool, reasons: Sequence[str], comment: str) -> None:
        """Enter a verdict, or change it.

        Raises
        ------
        RefusalError
            When there is nothing to judge, or a reason is unknown.
        """
        unknown = [reason for reason in reasons if reason not in REASONS]
        if unknown:
            raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"no reason {unknown[0][:40]!r}: {', '.join(REASONS)}")
        if len(comment) > MAX_COMMENT:
            raise RefusalError(
                HTTPStatus.UNPROCESSABLE_ENTITY, _("The comment is too long: %(most)s letters fit.", most=MAX_COMMENT)
            )
        with self._service.database.writing() as session:
            job = self.find(session, token)
            if job.state != DONE:
                raise RefusalError(HTTPStatus.CONFLICT, _("There is no result to judge yet."))
            found = session.scalar(select(Feedback).where(Feedback.job_id == job.id).with_for_update())
            verdict = found or _feedback_of(job)
            verdict.good, verdict.comment = good, " ".join(comment.replace("\0", "").split())
            verdict.reasons = [reason for reason in REASONS if reason in reasons] if not good else []
            verdict.updated_at, verdict.revision = now(), verdict.revision + 1
            session.add(verdict)

    def give_consent(self, token: str, version: str, language: str, text: str) -> None:
        """Keep the recording for the collection.

        Raises
        ------
        RefusalError
            When other words were agreed to than those that hold now.
        """
        if version != VERSION:
            raise RefusalError(
                HTTPStatus.CONFLICT, _("The words of the consent have changed; read them again before you agree.")
            )
        with self._service.database.writing() as session:
            job = self.find(session, token)
            if session.scalar(select(Consent.id).where(Consent.job_id == job.id)) is None:
                session.add(self._consent(job.id, language, text))

    def withdraw(self, token: str) -> bool:
        """Take a consent back; what lies here longer than it would have without is deleted at once.

        Returns
        -------
        bool
            Whether the recording has gone altogether.
        """
        with self._service.database.writing() as session:
            job = self.find(session, token)
            session.execute(delete(Consent).where(Consent.job_id == job.id))
            gone = job.expires_at <= now()
            if gone:
                forget(session, job.id, keep_verdict=False)
        if gone:
            self._service.storage.remove(job.id)
        return gone

    def _same(self, mark: str, incoming: Incoming, wish: Wish) -> str | None:
        with self._service.database.reading() as session:
            job = session.scalar(select(Job).where(Job.submission == mark))
        if job is None:
            return None
        if (job.upload_sha256, Wish(job.task, job.model, job.strength_db, job.speakers)) != (incoming.sha256, wish):
            raise RefusalError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                _("This submission was made before with another recording; reload the page, or use a new key."),
            )
        return link_token(self._service.secret, job.id)

    def _check_room(self, client: str) -> None:
        with self._service.database.reading() as session:
            mine = select(func.count()).select_from(Job).where(Job.client == client, Job.state.in_(OPEN))
            if (session.scalar(mine) or 0) >= self._settings.max_open_jobs:
                sentence = _("%(most)s of your recordings wait already; try again when one of them is done.",
                             most=self._settings.max_open_jobs)  # fmt: skip
                raise RefusalError(HTTPStatus.TOO_MANY_REQUESTS, sentence, retry_seconds=30)
            queued = select(func.count()).select_from(Job).where(Job.state == QUEUED)
            if (session.scalar(queued) or 0) >= self._settings.max_queued:
                raise RefusalError(
                    HTTPStatus.SERVICE_UNAVAILABLE, _("Too many recordings are waiting; try again later."), 120
                )

    def _job(self, job_id: str, token: str, mark: str | None, upload: tuple[int, str], submission: Submission) -> Job:
        at, wish = now(), submission.wish
        return Job(
            id=job_id, token_sha256=digest(token), submission=mark, client=submission.client,
            api_key_id=submission.api_key_id, language=submission.language, name=submission.name,
            upload_bytes=upload[0], upload_sha256=upload[1], task=wish.task, model=wish.model,
            strength_db=wish.strength_db, speakers=wish.speakers, state=QUEUED, created_at=at, queued_at=at,
            announced_at=at, expires_at=at + timedelta(hours=self._settings.retention_hours),
            app_version=voxlift.__version__,
        )  # fmt: skip

    def _consent(self, job_id: str, language: str, text: str) -> Consent:
        return Consent(job_id=job_id, version=VERSION, language=language, text=text, given_at=now())


def _unknown() -> RefusalError:
    sentence = _("There is no such recording here; it was deleted, or its time is over.")
    return RefusalError(HTTPStatus.NOT_FOUND, sentence)


def _feedback_of(job: Job) -> Feedback:
    return Feedback(
        job_id=job.id, revision=0, created_at=now(), task=job.task, model=job.model,
        model_version=job.model_version or "", card_sha256=job.card_sha256 or "", strength_db=job.strength_db,
        speakers=job.speakers, app_version=job.app_version,
    )  # fmt: skip


def numbered(submission: Submission, number: int) -> Submission:
    """Tell the files of one form apart."""
    return submission if submission.key is None else replace(submission, key=f"{submission.key}:{number}")
