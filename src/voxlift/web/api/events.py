"""Progress, asked for or as server-sent events. Streams hold a thread each, so they are few, and end after a while."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus

from flask import Response, current_app, jsonify, request

from voxlift.web.api import api
from voxlift.web.api.asking import TOKEN, desk, plain, service
from voxlift.web.desk import Desk
from voxlift.web.models import OPEN
from voxlift.web.refusals import RefusalError

_LOOK_SECONDS = 0.5
_COME_BACK_MS = 2000
_GONE = "gone"


@api.get(f"/jobs/{TOKEN}/progress")
def show_progress(token: str) -> Response:
    """Show how far a job is, and when asking again may bring something new."""
    return jsonify(plain(desk().progress(token)))


@api.get(f"/jobs/{TOKEN}/events")
def follow_job(token: str) -> Response:
    """Say how far a job is whenever that changes; the browser comes back by itself until the state is a last one."""
    desk().progress(token)  # a wrong address is an error, and no stream
    slots = _slots()
    if not slots.acquire(blocking=False):
        raise RefusalError(
            HTTPStatus.SERVICE_UNAVAILABLE, "too many progress streams are open; ask for the job's state instead", 5
        )
    left = request.environ.get("waitress.client_disconnected", lambda: False)
    response = Response(
        _Released(_events(desk(), token, left, service().settings.event_stream_seconds), slots),
        content_type="text/event-stream",
    )
    response.headers["X-Accel-Buffering"] = "no"  # or nginx would keep the events until there are many
    return response


class _Released:
    """An iterator that gives its slot back when the server closes it, also when not one event was sent."""

    def __init__(self, events: Iterator[str], slots: threading.BoundedSemaphore) -> None:
        self._events, self._slots = events, slots
        self._open = True

    def __iter__(self) -> Iterator[str]:
        return self._events

    def __next__(self) -> str:
        return next(self._events)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._slots.release()


def _events(desk: Desk, token: str, left: Callable[[], bool], seconds: float) -> Iterator[str]:
    yield f"retry: {_COME_BACK_MS}\n\n"
    until = time.monotonic() + seconds
    last = None
    while time.monotonic() < until and not left():
        try:
            view = desk.progress(token)
        except RefusalError:
            yield f"event: {_GONE}\ndata: {{}}\n\n"
            return
        if view != last:
            last = view
            yield f"event: progress\ndata: {json.dumps(plain(view))}\n\n"
        if view.state not in OPEN:
            return
        time.sleep(_LOOK_SECONDS)


def _slots() -> threading.BoundedSemaphore:
    slots: threading.BoundedSemaphore = current_app.extensions["voxlift_streams"]
    return slots
