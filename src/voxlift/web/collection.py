"""The collection: what visitors consented to and judged, written as a corpus that the lab reads."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from voxlift.atomic import atomic
from voxlift.errors import DiskFullError, InputError
from voxlift.web.consents import VERSION
from voxlift.web.lifting import BEFORE
from voxlift.web.models import DONE, Consent, Feedback, Job, Output
from voxlift.web.service import Service
from voxlift.web.settings import FORMATS

TABLE, RECORDINGS = "consent.csv", "recordings"
COLUMNS = ("id", "file", "verdict", "task", "stem_file", "language", "licence", "consented_at")
_MARK = ".voxlift-export"
_SUFFIXES = {"rf64": "wav", "w64": "wav", "quicktime": "mov"}


@dataclass(frozen=True)
class Exported:
    """What an export did."""

    written: int
    removed: int
    """Recordings of an earlier export whose consent was taken back, or that are judged no more."""


@dataclass(frozen=True)
class _Item:
    job_id: str
    source: Path
    source_name: str
    voice: Path | None
    row: tuple[str, ...]


def export(service: Service, folder: Path) -> Exported:
    """Write the collection; what an earlier export wrote there and nobody consents to any more is deleted.

    Raises
    ------
    InputError
        When the folder holds something else, or cannot be written.
    """
    try:
        return _export(service, folder)
    except OSError as problem:
        raise DiskFullError(f"{folder}: cannot be written ({problem.strerror or problem})") from None


def _export(service: Service, folder: Path) -> Exported:
    _prepare(folder)
    home = folder / RECORDINGS
    home.mkdir(exist_ok=True)
    with service.database.reading() as session:
        items = _items(service, session)
    for item in items:
        _copy(item, home)
    # Copying takes a while: who took the consent back in the meantime is left out.
    with service.database.reading() as session:
        still = {item.job_id for item in _items(service, session)}
    items = [item for item in items if item.job_id in still and (home / item.job_id).is_dir()]
    removed = 0
    _write_table(folder / TABLE, items)
    for path in home.iterdir():
        if path.name not in {item.job_id for item in items}:
            shutil.rmtree(path)
            removed += not path.name.startswith(".")
    return Exported(len(items), removed)


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _MARK).exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: is not empty and no export of Voxlift; give a new folder")
    (folder / _MARK).touch()


def _items(service: Service, session: Session) -> list[_Item]:
    wanted = (
        select(Job, Feedback, Consent)
        .join(Feedback, Feedback.job_id == Job.id)
        .join(Consent, Consent.job_id == Job.id)
        .where(Job.state == DONE)
        .order_by(Job.id)
    )
    return [_item(service, session, *found) for found in session.execute(wanted)]


def _item(service: Service, session: Session, job: Job, verdict: Feedback, consent: Consent) -> _Item:
    assert job.attempt is not None
    voice = _voice(session.scalars(select(Output).where(Output.job_id == job.id).order_by(Output.id)).all())
    suffix = _SUFFIXES.get(job.container or "", job.container or "bin")
    name = f"input.{suffix}"
    folder = f"{RECORDINGS}/{job.id}"
    row = (
        job.id, f"{folder}/{name}", "yes" if verdict.good else "no", job.task,
        f"{folder}/voice.{voice.kind}" if voice else "", "", f"voxlift-consent {consent.version or VERSION}",
        consent.given_at.isoformat(),
    )  # fmt: skip
    stem = service.storage.attempt(job.id, job.attempt) / voice.file if voice else None
    return _Item(job.id, service.storage.upload(job.id), name, stem, row)


def _voice(outputs: Sequence[Output]) -> Output | None:
    """Choose what the model is there for: its first stem, in the format that keeps most."""
    for kind in FORMATS:
        for output in outputs:
            if output.kind == kind and output.stem != BEFORE and output.bytes is not None:
                return output
    return None


def _copy(item: _Item, home: Path) -> None:
    """Copy what is not there yet; a folder under its name is whole."""
    target = home / item.job_id
    if target.is_dir():
        return
    with suppress(FileNotFoundError), atomic(target, shared=True) as part:  # it may be deleted just now
        part.mkdir()
        shutil.copyfile(item.source, part / item.source_name)
        if item.voice is not None:
            shutil.copyfile(item.voice, part / f"voice{item.voice.suffix}")


def _write_table(path: Path, items: Sequence[_Item]) -> None:
    with atomic(path, durable=True) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(item.row for item in items)
