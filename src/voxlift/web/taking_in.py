"""Bounds on what waitress takes in.

Waitress waits for all sockets at once in one thread and keeps bodies on the disk, so a slow upload holds no thread and
no memory; and it has the whole body before the application is asked. So what is refused early is refused here: a body
too large, one that the disk has no room for, one that comes too slowly for too long.
"""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error, RequestEntityTooLarge

_SMALL_BYTES = 100_000
"""A verdict or a deletion is taken whatever the disk says."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Bounds:
    """What is borne."""

    grace_seconds: float
    """For which any request may take."""
    least_bytes_a_second: int
    """From then on."""
    most_bytes: int
    has_room: Callable[[int], bool]
    """Whether the disk takes so many bytes more."""


class _RefusedError(Error):  # type: ignore[misc]
    """An answer that waitress gives in the application's place, as the application would."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.reason = int(status), status.phrase

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:  # noqa: ARG002
        problem = {"type": "about:blank", "title": self.reason, "status": self.code, "detail": self.body}
        body = json.dumps(problem).encode()
        return f"{self.code} {self.reason}", [("Content-Type", "application/problem+json")], body


class PatientChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose request must come in at a bearable rate."""

    bounds: Bounds
    _begun = 0.0
    _received = 0

    def received(self, data: bytes) -> bool:
        """Take bytes, and remember since when the request is under way."""
        if self.request is None:
            self._begun, self._received = time.time(), 0
        self._received += len(data)
        taken: bool = super().received(data)
        return taken

    def too_slow(self, now: float) -> bool:
        """Whether the rest of the request need not be waited for."""
        request = self.request
        if request is None:
            return False
        waited = now - self._begun
        slow = not request.headers_finished or self._received / waited < self.bounds.least_bytes_a_second
        return waited > self.bounds.grace_seconds and slow


class _BoundedRequest(HTTPRequestParser):  # type: ignore[misc]
    bounds: Bounds

    def received(self, data: bytes) -> int:
        headed = self.headers_finished
        try:
            taken: int = super().received(data)
        except OSError as problem:
            if problem.errno not in _FULL:
                raise
            self._refuse(HTTPStatus.INSUFFICIENT_STORAGE, "the service has no room for more recordings at the moment")
            return len(data)
        if isinstance(self.error, RequestEntityTooLarge):
            sentence = f"the recording is too large: this service takes up to {self.bounds.most_bytes / 1e6:g} MB"
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
        elif self.headers_finished and not headed and self.content_length > _SMALL_BYTES and not self._fits():
            self._refuse(HTTPStatus.INSUFFICIENT_STORAGE, "the service has no room for more recordings at the moment")
        return taken

    def _fits(self) -> bool:
        return self.bounds.has_room(self.content_length)

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        self.error, self.completed, self.expect_continue = _RefusedError(status, sentence), True, False


def bounded_channel(bounds: Bounds) -> type[PatientChannel]:
    """Make the class of connections that keep to the bounds."""
    parser = type("Request", (_BoundedRequest,), {"bounds": bounds})
    return type("Channel", (PatientChannel,), {"bounds": bounds, "parser_class": parser})
