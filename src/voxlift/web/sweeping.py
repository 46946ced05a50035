"""What every worker does now and then, so that nothing is lost or stuck whoever dies, and nothing stays too long."""

from __future__ import annotations

import logging

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from voxlift.web.clock import now
from voxlift.web.models import DONE, Consent, Feedback, Job
from voxlift.web.service import Service

log = logging.getLogger("voxlift.worker")

ORPHAN_SECONDS = 3600.0
_LISTED = 500


class Sweeper:
    """Sets right what others left."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.every_seconds = service.settings.sweep_seconds
        self._silence_seconds = max(10.0, 2 * self.every_seconds)

    def sweep(self) -> None:
        """Take back lost jobs, tell the queue of those it forgot, delete what has expired or belongs to nobody."""
        ledger = self._service.ledger
        for job_id in ledger.lost_ids():
            if ledger.take_back(job_id):
                log.info("job %s: its worker fell silent", job_id[:8])
        self.announce()
        self.expire()
        self.remove_orphans()

    def announce(self) -> None:
        """Tell the queue of the jobs it does not know: it was down, or lost its memory, or the worker died."""
        for job_id in self._service.ledger.unheard_ids(self._silence_seconds):
            if not self._service.ledger.mark_announced(job_id, self._silence_seconds):
                continue
            if not self._service.queue.announce(job_id):
                log.warning("the queue does not answer")
                return

    def expire(self) -> None:
        """Delete jobs whose time is over, and their files; those kept with consent stay."""
        kept = exists().where(Consent.job_id == Job.id) & (Job.state == DONE)
        over = select(Job.id).where(Job.expires_at < now(), ~kept).limit(_LISTED)
        with self._service.database.reading() as session:
            job_ids = list(session.scalars(over))
        for job_id in job_ids:
            with self._service.database.writing() as session:
                # Asked again: consent may have come in the meantime.
                gone = session.scalar(select(Job.id).where(Job.id == job_id, Job.expires_at < now(), ~kept))
                if gone is not None:
                    forget(session, job_id, keep_verdict=True)
            if gone is not None:
                self._service.storage.remove(job_id)
                log.info("job %s: expired", job_id[:8])

    def remove_orphans(self) -> None:
        """Delete folders without a job: someone died between the row and the files."""
        storage = self._service.storage
        storage.remove_stale_incoming(ORPHAN_SECONDS)
        job_ids = list(storage.job_ids(ORPHAN_SECONDS))
        with self._service.database.reading() as session:
            for start in range(0, len(job_ids), _LISTED):
                some = job_ids[start : start + _LISTED]
                known = set(session.scalars(select(Job.id).where(Job.id.in_(some))))
                for job_id in some:
                    if job_id not in known:
                        storage.remove(job_id)


def forget(session: Session, job_id: str, *, keep_verdict: bool) -> None:
    """Delete a job's rows; a verdict that is kept loses its comment, and all that ties it to the visitor."""
    if keep_verdict:
        session.execute(update(Feedback).where(Feedback.job_id == job_id).values(job_id=None, comment=""))
    else:
        session.execute(delete(Feedback).where(Feedback.job_id == job_id))
    session.execute(delete(Job).where(Job.id == job_id))
