"""Uploads: to the disk as they come, in bounded memory, refused as early as it can be known."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

import flask
from flask import current_app, g, request
from flask_babel import gettext as _

from voxlift.web.refusals import RefusalError
from voxlift.web.service import Service
from voxlift.web.visitors import require_key

FORM_SLACK_BYTES = 1_000_000
"""What a form may weigh besides its files."""
NAMELESS = "recording"
UPLOADS = ("api.create_job", "pages.hand_in")
_PIECE_BYTES = 1 << 18
_LONGEST_STEM, _LONGEST_SUFFIX = 100, 8


class Incoming:
    """A file on its way in; it can be written once, and knows its size and digest."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self.path, self.bytes = path, 0
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        self._file: IO[bytes] = path.open("xb")

    @property
    def sha256(self) -> str:
        """Digest of what came so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Append; what is too much is refused at once."""
        self.bytes += len(data)
        if self.bytes > self._most_bytes:
            raise too_large(self._most_bytes)
        self._digest.update(data)
        return self._file.write(data)

    def seek(self, place: int, whence: int = 0) -> int:  # noqa: ARG002 - as files have it
        """Be told by the form's parser that the file is complete."""
        self._file.flush()
        return place

    def read(self, size: int = -1) -> bytes:  # noqa: ARG002 - as files have it
        """Give nothing: the web process never looks into what was sent."""
        return b""

    def close(self) -> None:
        """Close the file, and delete it unless a job has taken it."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class UploadRequest(flask.Request):
    """A request whose files go straight into the storage folder, and not by way of memory."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - as werkzeug calls it
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> Any:
        return new_incoming()


def new_incoming() -> Incoming:
    """Open a file for an upload; it is deleted at the end of the request unless a job took it."""
    service: Service = current_app.extensions["voxlift"]
    incoming = Incoming(service.storage.incoming / f"{secrets.token_hex(16)}.part", service.settings.max_upload_bytes)
    g.setdefault("incoming", []).append(incoming)
    return incoming


def drop_incoming(_problem: BaseException | None = None) -> None:
    """End a request."""
    for incoming in g.pop("incoming", []):
        incoming.close()


def refuse_early() -> None:
    """Refuse an upload by what its headers say, before a byte of its body is looked at."""
    if request.endpoint not in UPLOADS:
        return
    service: Service = current_app.extensions["voxlift"]
    if request.endpoint == UPLOADS[0]:
        require_key(service)
    length = request.content_length or 0
    most_bytes = service.settings.max_upload_bytes
    if length > most_bytes + FORM_SLACK_BYTES:
        raise too_large(most_bytes)
    if service.storage.free_bytes() < service.settings.min_free_bytes + length:
        raise disk_full()


def receive_raw() -> Incoming:
    """Take the body of the request as the recording."""
    incoming = new_incoming()
    while piece := request.stream.read(_PIECE_BYTES):
        incoming.write(piece)
    incoming.seek(0)
    return _not_empty(incoming)


def receive_form() -> Sequence[tuple[Incoming, str]]:
    """Take the files of a form, with the names the visitor gave them; fields without a file are left out."""
    received = []
    for file in request.files.getlist("file"):
        stream = file.stream
        if isinstance(stream, Incoming) and (file.filename or stream.bytes):
            received.append((_not_empty(stream), tame_name(file.filename or "")))
    if not received:
        raise RefusalError(HTTPStatus.BAD_REQUEST, _("No recording was sent; choose a file (the field is “file”)."))
    return received


def tame_name(name: str) -> str:
    """Make a visitor's file name one that may stand in a header, an archive and a page: no folder, no odd letter."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(char if char.isprintable() else " " for char in name)
    name = re.sub(r'[<>:"|?*%;]', "_", name)
    name = " ".join(name.split()).rstrip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, suffix = name, ""
    stem = stem.lstrip(". ")[:_LONGEST_STEM] or NAMELESS
    return f"{stem}.{suffix}" if suffix else stem


def too_large(most_bytes: int) -> RefusalError:
    """Say that an upload is over the limit."""
    sentence = _("The recording is too large: this service takes up to %(size)s MB.", size=f"{most_bytes / 1e6:g}")
    return RefusalError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)


def disk_full() -> RefusalError:
    """Say that there is no room."""
    sentence = _("The service has no room for more recordings at the moment; try again later.")
    return RefusalError(HTTPStatus.INSUFFICIENT_STORAGE, sentence, retry_seconds=300)


def _not_empty(incoming: Incoming) -> Incoming:
    if not incoming.bytes:
        raise RefusalError(HTTPStatus.BAD_REQUEST, _("The recording is empty; record or export it again."))
    return incoming
