"""Results on their way out: single files, and all of them as an archive that is made while it is sent."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, send_file
from flask_babel import gettext as _

from voxlift.web.clock import now
from voxlift.web.models import DONE, Job, Output
from voxlift.web.refusals import RefusalError
from voxlift.web.rendering import PEAKS, SPECTROGRAM
from voxlift.web.service import Service
from voxlift.web.speaking import MARKS, PICTURE, TABLE, TIMELINE

MIME = {
    "wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", PEAKS: "application/json", SPECTROGRAM: "image/png",
    TABLE: "application/json", MARKS: "text/plain", PICTURE: "image/png",
}  # fmt: skip
_PIECE_BYTES = 1 << 18


def check_there(job: Job) -> None:
    """Refuse to hand out what is not there yet, or not any more.

    Raises
    ------
    RefusalError
        Of status 409 or 410.
    """
    if job.expires_at <= now():
        raise RefusalError(HTTPStatus.GONE, _("The time of this recording is over; send it again."))
    if job.state != DONE:
        raise RefusalError(HTTPStatus.CONFLICT, _("There is no result yet."))


def outputs_of(job: Job, kind: str, stem: str | None = None) -> list[Output]:
    """Find what a result has of a kind, of one stem or of all.

    Raises
    ------
    RefusalError
        When there is nothing of it (yet, or any more).
    """
    check_there(job)
    found = [output for output in job.outputs if output.kind == kind and stem in (None, output.stem)]
    if not found:
        raise _no_such_file()
    return found


def hand_out(service: Service, job: Job, output: Output, *, download: bool) -> Response:
    """Send one file of a result; parts of it where the browser asks for parts."""
    assert job.attempt is not None
    path = service.storage.attempt(job.id, job.attempt) / output.file
    try:
        response = send_file(
            path, MIME[output.kind], as_attachment=download, download_name=f"{base_name(job)}.{output.file}",
            conditional=True, max_age=0,
        )  # fmt: skip
    except FileNotFoundError:  # deleted between the row and the file
        raise _no_such_file() from None
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def timeline_of(service: Service, job: Job) -> dict[str, Any] | None:
    """Read who speaks when; None where it has just been deleted."""
    check_there(job)
    assert job.attempt is not None
    path = service.storage.attempt(job.id, job.attempt) / f"{TIMELINE}.{TABLE}"
    try:
        table: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return table


def archive(service: Service, job: Job, outputs: Sequence[Output]) -> Response:
    """Send files of a result as a zip."""
    assert job.attempt is not None
    folder, base = service.storage.attempt(job.id, job.attempt), base_name(job)
    pieces = _zipped([(folder / output.file, f"{base}.{output.file}") for output in outputs])
    disposition = f"attachment; filename=\"{_ascii(base)}.zip\"; filename*=UTF-8''{quote(base, safe='')}.zip"
    return Response(pieces, content_type="application/zip", headers={"Content-Disposition": disposition})


def base_name(job: Job) -> str:
    """Name of the visitor's file without its suffix, as `tame_name` left it."""
    base = job.name.rpartition(".")[0] or job.name
    return base or "recording"


def _no_such_file() -> RefusalError:
    return RefusalError(HTTPStatus.NOT_FOUND, _("This result has no such file."))


class _Pipe:
    """Takes what the archive writes, until it is sent."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def _zipped(files: list[tuple[Path, str]]) -> Iterator[bytes]:
    pipe = _Pipe()
    # Stored and not deflated: sound that is compressed once does not become smaller.
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive_:  # type: ignore[call-overload]
        for path, name in files:
            with path.open("rb") as source, archive_.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
                while piece := source.read(_PIECE_BYTES):
                    target.write(piece)
                    yield pipe.taken()
    yield pipe.taken()


def _ascii(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace("?", "_")
