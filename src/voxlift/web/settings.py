"""Every setting of the service in one place: from the command line, from `VOXLIFT_*` variables, or the default."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any

from voxlift.errors import InputError

PREFIX = "VOXLIFT_"
FORMATS = ("flac", "wav", "mp3")
LOSSLESS = FORMATS[:2]
_MB = 1_000_000
_COUNTS = ("workers", "threads", "encodings", "max_upload_bytes", "max_files", "max_open_jobs", "max_attempts")
_TIMES = ("max_seconds", "lease_seconds", "lift_seconds", "encoding_seconds", "sweep_seconds", "retention_hours")


@dataclass(frozen=True)
class Settings:
    """What an operator may choose. `VOXLIFT_MAX_SECONDS=600` sets `max_seconds`, and so on.

    Raises
    ------
    InputError
        When a value is out of range or two contradict each other.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    storage: Path = Path("voxlift-service")
    """A folder that web and workers all see: uploads, results, and by default the database, queue and secret."""
    database: str = ""
    """`postgresql://...` or `sqlite:///...`; empty: SQLite in the storage folder."""
    queue: str = ""
    """`redis://...`; empty: SQLite in the storage folder."""
    secret: str = ""
    """Signs sessions and makes the private links; empty: one is made and kept in the storage folder."""
    workers: int = 1
    """How many jobs this process lifts at a time."""
    threads: int = 16
    """Of the web server."""
    event_streams: int = 8
    """Progress streams at a time; each holds a thread of the web server."""
    event_stream_seconds: float = 30.0
    """After which a progress stream ends; browsers open the next one by themselves."""
    api_keys: str = "optional"
    """`required`: nobody uses `/api/v1` without a key; `optional`: a key only lifts the limits per address."""
    https: bool = False
    """Whether visitors come by https: cookies are then never sent without it, and browsers are told to stay."""
    trusted_proxies: int = 0
    """Proxies in front, whose X-Forwarded-For names the visitor."""

    max_upload_bytes: int = 500 * _MB
    max_files: int = 10
    """In one submission of the page."""
    max_seconds: float = 3600.0
    max_channels: int = 8
    max_open_jobs: int = 10
    """Queued or running, for one address."""
    max_queued: int = 1000
    """Queued, of all visitors."""
    upload_rate: str = "60 per hour; 20 per minute"
    """For one address."""
    request_rate: str = "600 per minute"
    """For one address."""
    min_upload_bytes_a_second: int = 1000
    """Who sends slower than this, once the grace is over, is cut off."""
    upload_grace_seconds: float = 30.0
    min_free_bytes: int = 200 * _MB
    """Of the disk; below it no upload is taken."""

    device: str = "cpu"
    formats: tuple[str, ...] = FORMATS
    """What each stem can be downloaded as, where the format can hold it; all but one are made when first asked for."""
    encodings: int = 2
    """How many downloads are put into their format at a time by the web process's helpers."""
    encoding_seconds: float = 600.0
    """After which that is given up; a proxy must wait as long."""
    lift_memory_bytes: int = 2000 * _MB
    """Of the process that decodes and lifts one recording."""
    lift_seconds: float = 3600.0
    """After which a job is given up."""
    lease_seconds: float = 30.0
    """After which a silent worker is taken for dead."""
    max_attempts: int = 3
    sweep_seconds: float = 5.0
    full_disk_seconds: float = 20.0
    """How long a job waits that found the disk full."""
    stop_seconds: float = 10.0
    """How long a worker that was asked to stop goes on with its job before it gives it back."""
    retention_hours: float = 24.0

    def __post_init__(self) -> None:
        for name in _COUNTS:
            self._demand(name, getattr(self, name) >= 1, "give 1 or more")
        for name in _TIMES:
            self._demand(name, getattr(self, name) > 0, "give more than 0")
        self._demand("port", 0 <= self.port <= 65_535, "give 0 (any that is free) to 65535")
        self._demand("event_streams", 1 <= self.event_streams < self.threads, "give fewer than threads, which answer")
        self._demand("api_keys", self.api_keys in ("optional", "required"), "give optional or required")
        self._demand("formats", bool(self.formats) and set(self.formats) <= set(FORMATS), f"give {', '.join(FORMATS)}")
        self._demand("database", _scheme(self.database) in ("", "sqlite", "postgresql"), "give sqlite:// or postgresql")
        self._demand("queue", _scheme(self.queue) in ("", "redis", "rediss"), "give redis://HOST:PORT/NUMBER")
        self._demand("secret", not self.secret or len(self.secret) >= 32, "give 32 characters or more")

    def _demand(self, name: str, well: bool, advice: str) -> None:
        if not well:
            seen = f"of {len(self.secret)} characters" if name == "secret" else repr(getattr(self, name))
            raise InputError(f"the setting {name} ({PREFIX}{name.upper()}) is {seen}: {advice}")


def gather(given: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Take what was given on the command line (None: not given), then the environment, then the defaults.

    Raises
    ------
    InputError
        When a variable does not read as its setting's type, or a value is out of range.
    """
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(Settings)
    for field in fields(Settings):
        variable = PREFIX + field.name.upper()
        if given.get(field.name) is not None:
            values[field.name] = given[field.name]
        elif variable in environment:
            values[field.name] = _read(hints[field.name], environment[variable], variable)
    return Settings(**values)


def _scheme(url: str) -> str:
    return url.partition("://")[0].partition("+")[0]


def _read(hint: Any, text: str, variable: str) -> Any:
    kind = next(arm for arm in typing.get_args(hint) if arm is not type(None)) if isinstance(hint, UnionType) else hint
    if typing.get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off", ""):
            return False
        raise InputError(f"{variable} is {text!r}: give true or false")
    try:
        return kind(text)
    except ValueError:
        raise InputError(f"{variable} is {text!r}: give a value like {kind.__name__} reads") from None
