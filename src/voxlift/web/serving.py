"""The web server (waitress), and the worker that `voxlift serve` keeps beside it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from waitress.server import create_server

from voxlift.errors import InputError
from voxlift.web.receiving import FORM_SLACK_BYTES
from voxlift.web.service import Service
from voxlift.web.taking_in import Bounds, bounded_channel

log = logging.getLogger("voxlift.web")

_IDLE_SECONDS = 60
_LOOK_SECONDS = 5
_CONNECTIONS = 1000
_STREAM_BYTES = 1 << 18


class Web:
    """The server of an application, ready to run.

    Raises
    ------
    InputError
        When the address cannot be listened on.
    """

    def __init__(self, app: Flask, service: Service) -> None:
        settings = service.settings
        # Bodies wait on the disk that they will stay on, and not in a /tmp that may be memory.
        tempfile.tempdir = str(service.storage.incoming)
        try:
            self._server: Any = create_server(
                app, host=settings.host, port=settings.port, threads=settings.threads, ident=None,
                connection_limit=_CONNECTIONS, asyncore_use_poll=True, channel_timeout=_IDLE_SECONDS,
                cleanup_interval=_LOOK_SECONDS, max_request_body_size=settings.max_upload_bytes + FORM_SLACK_BYTES,
                recv_bytes=_STREAM_BYTES, outbuf_high_watermark=4 * _STREAM_BYTES, clear_untrusted_proxy_headers=False,
            )  # fmt: skip
        except OSError as problem:
            address = f"{settings.host}:{settings.port}"
            raise InputError(f"{address} cannot be listened on ({problem.strerror}); give another --port") from None
        self._server.channel_class = bounded_channel(
            Bounds(
                grace_seconds=settings.upload_grace_seconds,
                least_bytes_a_second=settings.min_upload_bytes_a_second,
                most_bytes=settings.max_upload_bytes,
                has_room=lambda count: service.storage.free_bytes() >= settings.min_free_bytes + count,
            )
        )
        self._look_seconds = min(_LOOK_SECONDS, settings.upload_grace_seconds)
        self._patience = threading.Thread(target=self._cut_off, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.effective_port)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        self._patience.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        try:
            self._server.run()
        finally:
            self._server.close()

    def _cut_off(self) -> None:
        while True:
            time.sleep(self._look_seconds)
            for channel in list(self._server.active_channels.values()):
                if channel.too_slow(time.time()):
                    log.info("an upload was too slow, and cut off")
                    channel.will_close = True
                    self._server.pull_trigger()


class KeptWorker:
    """A worker in a process of its own that is started again when it dies."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command, self._environment = list(command), dict(environment)
        self._stopping = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Of the process at this moment."""
        return self._process.pid

    def stop(self, patience_seconds: float) -> None:
        """Ask it to stop, and see that it does."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._thread.join(patience_seconds)

    def _start(self) -> subprocess.Popen[bytes]:
        # Its standard input is a pipe that ends when this process does, however it does.
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment, start_new_session=True)

    def _keep(self) -> None:
        while True:
            started = time.monotonic()
            status = self._process.wait()
            if self._stopping.is_set():
                return
            log.warning("the worker ended with status %s; another is started", status)
            if time.monotonic() - started < _LOOK_SECONDS:
                self._stopping.wait(_LOOK_SECONDS)
            if not self._stopping.is_set():
                self._process = self._start()


def worker_command() -> list[str]:
    """Return the command that starts a worker which ends with this process."""
    return [sys.executable, "-m", "voxlift", "worker", "--with-parent"]


def worker_environment(service: Service) -> dict[str, str]:
    """Hand the settings on by the environment: a command line can be read by every user of the machine."""
    settings = service.settings
    given = {
        name: str(value) if not isinstance(value, tuple) else ",".join(value) for name, value in vars(settings).items()
    }
    given["storage"] = str(service.storage.root)
    return os.environ | {f"VOXLIFT_{name.upper()}": value for name, value in given.items()}


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(0 if number == signal.SIGTERM else 128 + number)
