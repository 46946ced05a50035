"""Formats that are made when they are first asked for: every result is heard, and few are taken away in each format."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import NoReturn

from flask_babel import gettext as _
from sqlalchemy import CursorResult, select, update

from voxlift.web.child import Ended, run
from voxlift.web.encoding import PROGRAM, Order
from voxlift.web.models import Job, Output
from voxlift.web.receiving import disk_full
from voxlift.web.refusals import RefusalError
from voxlift.web.service import Service
from voxlift.web.settings import FORMATS, LOSSLESS

log = logging.getLogger("voxlift.web")

_AGAIN_SECONDS = 5


class OnDemand:
    """Has files made, a few at a time, each in a process of its own; who asks waits for it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        settings = service.settings
        self._making = threading.BoundedSemaphore(settings.encodings)
        # Each of them holds a thread of the server, which must go on answering others.
        spare = settings.threads - settings.event_streams - 1
        self._waiting = threading.BoundedSemaphore(max(1, min(2 * settings.encodings, spare)))

    def make(self, job: Job, wanted: Sequence[Output]) -> None:
        """See that the files are there.

        Raises
        ------
        RefusalError
            When there is too much to do, no room, or the job was deleted meanwhile.
        """
        if not self._missing(job, wanted):
            return
        if not self._waiting.acquire(blocking=False):
            raise _busy()
        try:
            with self._making:
                if missing := self._missing(job, wanted):
                    self._encode(job, missing)
        finally:
            self._waiting.release()

    def _missing(self, job: Job, wanted: Sequence[Output]) -> dict[Output, str]:
        """Find what is not there, and what each of it can be made of."""
        assert job.attempt is not None
        folder, sources = self._service.storage.attempt(job.id, job.attempt), _sources(job.outputs)
        promised = [output for output in wanted if output.kind in FORMATS and output.file != sources[output.stem]]
        return {output: sources[output.stem] for output in promised if not (folder / output.file).exists()}

    def _encode(self, job: Job, missing: Mapping[Output, str]) -> None:
        assert job.attempt is not None
        settings = self._service.settings
        folder = str(self._service.storage.attempt(job.id, job.attempt))
        files = {output.file: source for output, source in missing.items()}
        order = Order(folder, files, settings.lift_memory_bytes, int(settings.encoding_seconds) + 10)
        try:
            ended = run(order, settings.encoding_seconds, lambda _: True, PROGRAM)
        except FileNotFoundError:  # the folder has gone with its job
            ended = Ended()
        if ended.full:
            raise disk_full()
        if ended.late:  # those that are whole already stay: who asks again has less to wait for
            raise _busy()
        if ended.result is not None and self._enter(missing, ended.result):
            return
        self._refuse(job, ended)

    def _enter(self, made: Iterable[Output], sizes: Mapping[str, int]) -> bool:
        """Enter the sizes; False when the job, and with it these rows, have gone."""
        there = True
        with self._service.database.writing() as session:
            for output in made:
                step = update(Output).where(Output.id == output.id).values(bytes=sizes.get(output.file))
                done = session.execute(step.execution_options(synchronize_session=False))
                assert isinstance(done, CursorResult)
                there &= done.rowcount == 1
        return there

    def _refuse(self, job: Job, ended: Ended) -> NoReturn:
        with self._service.database.reading() as session:
            there = session.scalar(select(Job.id).where(Job.id == job.id)) is not None
        if there:
            log.warning("job %s: %s", job.id[:8], ended.fault or ended.refused or ended)
            sentence = _("This file could not be made; take another format.")
            raise RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, sentence)
        self._service.storage.remove(job.id)  # what was written after the folder had been emptied
        raise RefusalError(HTTPStatus.NOT_FOUND, _("This result has no such file."))


def _busy() -> RefusalError:
    sentence = _("Many files are being made at the moment; try again in a few seconds.")
    return RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, sentence, _AGAIN_SECONDS)


def _sources(outputs: Sequence[Output]) -> dict[str, str]:
    """Name for each stem the file that lost nothing: the first that was made of it."""
    found: dict[str, str] = {}
    for output in outputs:
        if output.kind in LOSSLESS:
            found.setdefault(output.stem, output.file)
    return found
