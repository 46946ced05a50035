"""A visitor of the web service as `bench/load.py` sends them: what a browser asks for, by little more than a socket.

The libraries that make requests comfortable take longer for one than the service does; on one machine that would be
measured as the service's.
"""

from __future__ import annotations

import json
import random
import time
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

OPEN = ("queued", "running")
NEAR, ASK_SECONDS = 3, 2.0
"""As in `static/js/follow.js`."""
PATIENCE_SECONDS = 1800.0
_BORDER = "voxlift-bench-7d1f0e"
_HEAD = (
    f'--{_BORDER}\r\nContent-Disposition: form-data; name="file"; filename="talk.wav"\r\n'
    "Content-Type: audio/wav\r\n\r\n"
).encode()
_TAIL = f"\r\n--{_BORDER}--\r\n".encode()


class Times(Protocol):
    """Where the times of answers are noted, in seconds."""

    upload_seconds: list[float]
    progress_seconds: list[float]
    page_seconds: list[float]


class Visitor:
    """Somebody who sends a recording and waits for it."""

    def __init__(self, address: str, times: Times) -> None:
        self._place, self._times = urlsplit(address).netloc, times
        self._connection = HTTPConnection(self._place, timeout=PATIENCE_SECONDS)

    def come(self, recording: Path) -> str:
        """Send it, wait for it, take the voice; returns how the job ended."""
        token = self._send(recording.read_bytes())
        self._ask(f"/r/{token}", self._times.page_seconds)
        state = self._follow(f"/api/v1/jobs/{token}")
        self._ask(f"/r/{token}", self._times.page_seconds)
        if state == "done":
            assert self._ask(f"/api/v1/jobs/{token}/stems/voice/flac", [])[:4] == b"fLaC"
        self._connection.close()
        return state

    def _send(self, data: bytes) -> str:
        kind = {"Content-Type": f"multipart/form-data; boundary={_BORDER}"}
        body = self._ask("/api/v1/jobs", self._times.upload_seconds, "POST", _HEAD + data + _TAIL, kind)
        return str(json.loads(body)["token"])

    def _follow(self, job: str) -> str:
        streams = True
        while True:
            view = json.loads(self._ask(f"{job}/progress", self._times.progress_seconds))
            if view["state"] not in OPEN:
                return str(view["state"])
            if streams and (view["state"] == "running" or view["ahead"] <= NEAR):
                state = self._listen(f"{job}/events")
                if state is not None:
                    return state
                streams, view["ask_again_seconds"] = False, ASK_SECONDS
            time.sleep(view["ask_again_seconds"])

    def _listen(self, path: str) -> str | None:
        """Follow the events to the last one; None when no stream can be had."""
        while True:
            connection = HTTPConnection(self._place, timeout=PATIENCE_SECONDS)
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status == 503:
                connection.close()
                return None
            assert answer.status == 200, answer.status
            state = _last_state(answer)
            connection.close()
            if state not in OPEN:
                return state
            time.sleep(ASK_SECONDS)

    def _ask(
        self, path: str, seconds: list[float], method: str = "GET", body: bytes | None = None, headers: Any = None
    ) -> bytes:
        """Make a request on the connection that is kept; the server closes it when it is idle for a minute."""
        start = time.perf_counter()
        try:
            answer = self._requested(method, path, body, headers)
        except (ConnectionError, TimeoutError):
            if method != "GET":
                raise
            self._connection.close()
            time.sleep(random.random())
            start = time.perf_counter()
            answer = self._requested(method, path, body, headers)
        data = answer.read()
        seconds.append(time.perf_counter() - start)
        assert answer.status in (200, 201), f"{method} {path[:12]} {answer.status} {data[:200]!r}"
        return data

    def _requested(self, method: str, path: str, body: bytes | None, headers: Any) -> HTTPResponse:
        self._connection.request(method, path, body, headers or {})
        return self._connection.getresponse()


def _last_state(answer: HTTPResponse) -> str:
    state = "queued"
    for line in answer:
        if line.startswith(b'data: {"state"'):
            state = json.loads(line[6:])["state"]
    return state
