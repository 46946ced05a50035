"""A worker: takes jobs from the queue, has each lifted in a process of its own, and sweeps up after others."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import OperationalError

import voxlift
from voxlift.web.child import Ended, run
from voxlift.web.ledger import Claim, Word
from voxlift.web.lifting import Request
from voxlift.web.made import Made, Result
from voxlift.web.queue import Consumer
from voxlift.web.service import Service
from voxlift.web.sweeping import Sweeper

log = logging.getLogger("voxlift.worker")

BEAT_SECONDS = 1.0
FAULT_AGAIN_SECONDS = 5.0
TOO_LONG = "the recording took longer to lift than this service allows; send a shorter one"
TOO_MUCH_MEMORY = "the recording needs more memory than this service allows; send a shorter or simpler one"
OUR_FAULT = "the recording could not be lifted because of a fault of ours; try again later"


def work(service: Service, *, with_parent: bool = False) -> None:
    """Work until SIGTERM, or until the process that started this one has gone."""
    worker = Worker(service)
    consumer = service.queue.consumer(service.settings.workers, worker.take)
    worker.consumer = consumer
    if with_parent:
        threading.Thread(target=_end_with_parent, args=(consumer,), daemon=True).start()
    sweeper = threading.Thread(target=_sweep, args=(Sweeper(service), consumer), daemon=True)
    sweeper.start()
    log.info("worker %d takes %d jobs at a time", os.getpid(), service.settings.workers)
    consumer.run()
    sweeper.join()
    log.info("worker %d has stopped", os.getpid())


class Worker:
    """Takes one job at a time in each of the consumer's threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.consumer: Consumer | None = None

    def take(self, job_id: str) -> None:
        """Claim a job, lift it, and enter in the table how it ended."""
        claim = self._service.ledger.claim(job_id)
        if claim is None:
            return
        log.info("job %s: attempt %d, lease %s", claim.job_id[:8], claim.attempts, claim.lease[:8])
        folder = self._service.storage.attempt(claim.job_id, claim.lease)
        published = False
        try:
            folder.mkdir()
            watch = _Watch(self._service, claim, self.consumer)
            ended = run(self._request(claim), self._service.settings.lift_seconds, watch)
            published = self._enter(claim, ended, watch)
        except OSError as problem:  # the folder has gone with its job, or the disk is full
            log.warning("job %s: %s", claim.job_id[:8], problem)
            self._service.ledger.give_back(claim, self._service.settings.full_disk_seconds, counted=False)
        finally:
            self._tidy(claim, published)

    def _request(self, claim: Claim) -> Request:
        storage, settings = self._service.storage, self._service.settings
        return Request(
            upload=str(storage.upload(claim.job_id)), folder=str(storage.attempt(claim.job_id, claim.lease)),
            name=claim.name.rpartition(".")[0] or claim.name, task=claim.task, model=claim.model,
            strength_db=claim.strength_db, speakers=claim.speakers, device=settings.device, formats=settings.formats,
            max_seconds=settings.max_seconds, max_channels=settings.max_channels,
            memory_bytes=settings.lift_memory_bytes, cpu_seconds=int(settings.lift_seconds) + 10,
        )  # fmt: skip

    def _enter(self, claim: Claim, ended: Ended, watch: _Watch) -> bool:
        ledger = self._service.ledger
        if ended.result is not None:
            published = ledger.publish(claim, _result(ended.result), voxlift.__version__)
            log.info("job %s: %s", claim.job_id[:8], "done" if published else "done too late; another has it")
            return published
        log.info("job %s: %s", claim.job_id[:8], _in_words(ended))
        if ended.refused is not None:
            ledger.fail(claim, ended.refused)
        elif ended.full:
            ledger.give_back(claim, self._service.settings.full_disk_seconds, counted=False)
        elif ended.memory or ended.late:
            ledger.fail(claim, TOO_MUCH_MEMORY if ended.memory else TOO_LONG)
        elif ended.stopped and watch.word is Word.CANCEL:
            ledger.cancel(claim)
        elif ended.stopped and watch.word is Word.GO_ON:
            ledger.give_back(claim, counted=False)
        elif ended.fault is not None and claim.attempts >= self._service.settings.max_attempts:
            ledger.fail(claim, OUR_FAULT)
        elif ended.fault is not None:
            ledger.give_back(claim, FAULT_AGAIN_SECONDS)
        return False

    def _tidy(self, claim: Claim, published: bool) -> None:
        storage = self._service.storage
        try:
            # Asked, and not concluded: a connection may break after the row was written and before that was heard.
            if published or self._service.ledger.names(claim):
                storage.remove_attempts_but(claim.job_id, claim.lease)
            else:
                storage.remove_attempt(claim.job_id, claim.lease)
        except OperationalError:
            pass  # what is left goes with the next attempt, or with the job
        except FileNotFoundError:
            pass  # deleted meanwhile


class _Watch:
    """Tells the table that the attempt lives, at a bounded rate, and the process when to stop."""

    def __init__(self, service: Service, claim: Claim, consumer: Consumer | None) -> None:
        self.word = Word.GO_ON
        self._service, self._claim, self._consumer = service, claim, consumer
        self._last = time.monotonic()
        self._stop_since: float | None = None

    def __call__(self, progress: float) -> bool:
        at = time.monotonic()
        if self._consumer is not None and self._consumer.stop_flag.is_set():
            self._stop_since = self._stop_since or at
            if at - self._stop_since > self._service.settings.stop_seconds:
                return False
        if at - self._last >= BEAT_SECONDS:
            self._last = at
            try:
                self.word = self._service.ledger.beat(self._claim, progress)
            except OperationalError as problem:  # it may be back before the lease is over
                log.warning("job %s: the database does not answer (%s)", self._claim.job_id[:8], type(problem).__name__)
        return self.word is Word.GO_ON


def _result(message: Mapping[str, Any]) -> Result:
    return Result(**{**message, "made": [Made(**made) for made in message["made"]]})


def _in_words(ended: Ended) -> str:
    flags = [name for name in ("full", "memory", "late", "stopped") if getattr(ended, name)]
    return ", ".join(flags) or ("refused" if ended.refused else f"fault: {ended.fault}")


def _sweep(sweeper: Sweeper, consumer: Consumer) -> None:
    while not consumer.stop_flag.wait(sweeper.every_seconds):
        try:
            sweeper.sweep()
        except Exception:  # whatever is wrong now, the next round may find it right again
            log.exception("sweeping failed")


def _end_with_parent(consumer: Consumer) -> None:
    """Wait for the end of standard input, which the parent holds open while it lives."""
    while os.read(0, 1):
        pass
    consumer.stop_flag.set()
