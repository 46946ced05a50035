"""The folder that all processes of the service see.

    secret                     signs and makes links, where none was given
    voxlift.sqlite, queue.sqlite   where no other database and queue were given
    incoming/                  uploads on their way in
    jobs/ID/upload             what was sent, as it came
    jobs/ID/LEASE/             what one attempt made; the job's row names the one that counts

No part of a path comes from a visitor: ids and leases are ours, and what they are made of is checked all the same.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from voxlift.errors import InputError

UPLOAD = "upload"


class Storage:
    """The service's files.

    Raises
    ------
    InputError
        When the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.incoming, self.jobs = self.root / "incoming", self.root / "jobs"
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.incoming.mkdir(exist_ok=True)
            self.jobs.mkdir(exist_ok=True)
        except OSError as problem:
            raise InputError(
                f"the storage folder {root} cannot be made ({problem.strerror}); give another with --storage"
            ) from None

    def secret(self) -> str:
        """Read the secret that is kept here, or make one."""
        path = self.root / "secret"
        if not path.exists():
            part = path.with_name(f".secret-{secrets.token_hex(4)}")
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, path)  # who comes second keeps what the first one made
            except FileExistsError:
                pass
            finally:
                part.unlink()
        return path.read_text("ascii").strip()

    def job(self, job_id: str) -> Path:
        """Folder of a job."""
        return self.jobs / _plain(job_id)

    def upload(self, job_id: str) -> Path:
        """What was sent."""
        return self.job(job_id) / UPLOAD

    def attempt(self, job_id: str, lease: str) -> Path:
        """Folder of an attempt."""
        return self.job(job_id) / _plain(lease)

    def take_in(self, incoming: Path, job_id: str) -> None:
        """Make an upload that is complete a job's own, on the disk for good."""
        folder = self.job(job_id)
        folder.mkdir()
        incoming.replace(folder / UPLOAD)
        sync(folder)

    def remove(self, job_id: str) -> None:
        """Delete all files of a job."""
        shutil.rmtree(self.job(job_id), ignore_errors=True)

    def remove_attempt(self, job_id: str, lease: str) -> None:
        """Delete what an attempt made."""
        shutil.rmtree(self.attempt(job_id, lease), ignore_errors=True)

    def remove_attempts_but(self, job_id: str, lease: str) -> None:
        """Delete what earlier attempts left."""
        for path in self.job(job_id).iterdir():
            if path.name not in (UPLOAD, lease):
                shutil.rmtree(path, ignore_errors=True)

    def job_ids(self, older_than_seconds: float) -> Iterator[str]:
        """List the jobs that have a folder of at least this age."""
        return (path.name for path in _old(self.jobs, older_than_seconds))

    def remove_stale_incoming(self, older_than_seconds: float) -> None:
        """Delete uploads whose process died on the way."""
        for path in _old(self.incoming, older_than_seconds):
            path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Tell what the disk still takes."""
        return shutil.disk_usage(self.root).free


def sync(folder: Path) -> None:
    """Bring a folder and its files to the disk, so that a row never names what a power cut took."""
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _old(folder: Path, seconds: float) -> Iterator[Path]:
    before = time.time() - seconds
    for path in list(folder.iterdir()):
        try:
            if path.stat().st_mtime < before:
                yield path
        except FileNotFoundError:
            continue


def _plain(name: str) -> str:
    if not (name.isascii() and name.isalnum()):
        raise ValueError(f"{name!r} is no name of ours")
    return name
