"""Where recordings and results lie: a path, or a URL that fsspec reaches (s3, gs, hdfs and all the others it knows).

A place is text, as it is given and as it goes to other machines. A path means the same file to all who share a disk.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from voxlift.cluster.scratch import check_room
from voxlift.errors import InputError, MediaError, MissingExtraError

_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")
_OBJECTS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci"})
"""Stores in which an object is seen when it is whole, and not before."""

_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs",
    "oci": "ocifs", "hdfs": "pyarrow", "sftp": "paramiko", "smb": "smbprotocol",
}  # fmt: skip


def is_url(place: str) -> bool:
    """Whether this is no path."""
    return _URL.match(place) is not None


def plain(place: str) -> str:
    """Take `file://` off: what lies on this machine needs no copy."""
    for scheme in ("file://", "local://"):
        if place.lower().startswith(scheme):
            return place[len(scheme) :]
    return place


def parent(place: str) -> str:
    """Give the folder of a place."""
    return posixpath.dirname(place.rstrip("/")) if is_url(place) else os.path.dirname(place)  # noqa: PTH120 - text


def name(place: str) -> str:
    """Give the last part of a place."""
    return posixpath.basename(place.rstrip("/")) if is_url(place) else Path(place).name


def join(folder: str, *parts: str) -> str:
    """Give a place in a folder."""
    if is_url(folder):
        whole = posixpath.normpath(posixpath.join("/", *(part.replace(os.sep, "/") for part in parts)))
        return folder.rstrip("/") + whole
    return str(Path(folder, *parts))


def relative(place: str, root: str) -> str:
    """Give a place as seen from a folder that it lies below."""
    if is_url(place):
        return place[len(root.rstrip("/")) :].strip("/") or "."
    return os.path.relpath(place or ".", root or ".")


def disk(url: str) -> tuple[Any, str]:
    """Open what a URL lies on: fsspec's file system, and the path in it.

    Raises
    ------
    InputError
        When nothing here speaks its protocol; the text names the package that does.
    """
    protocol = url.split("://", 1)[0]
    if find_spec("fsspec") is None:
        raise MissingExtraError(f"{protocol}://", "cluster")
    from fsspec.core import url_to_fs  # noqa: PLC0415

    # What others wrote since we last looked must be seen: no listing is kept.
    options = {"use_listings_cache": False} if protocol in _OBJECTS else {}
    try:
        system, path = url_to_fs(url, **options)
    except ImportError as problem:
        raise InputError(_unspoken(url, protocol, problem)) from None
    except ValueError as problem:
        raise InputError(f"{url}: {problem}; give a path, s3://, gs://, hdfs:// and what else fsspec knows") from None
    except Exception as problem:  # a host that is not there, a key that is wrong: each store has errors of its own
        raise _reading_fault(url, problem) from None
    return system, path


def _unspoken(url: str, protocol: str, problem: ImportError) -> str:
    package = _PACKAGES.get(protocol)
    mend = f"pip install {package}" if package else " ".join(str(problem).split())
    return f"{url}: {protocol}:// needs a library that is not installed; run: {mend}"


def size(place: str) -> int:
    """Tell how many bytes lie there; 0 where that cannot be told.

    Raises
    ------
    InputError
        When a URL cannot be reached; a path's faults are told by who opens it.
    """
    if not is_url(place):
        try:
            return Path(place).stat().st_size
        except (OSError, ValueError):
            return 0
    system, path = disk(place)
    return int(_asked(place, lambda: system.info(path)).get("size") or 0)


def exists(place: str) -> bool:
    """Whether something lies there."""
    if not is_url(place):
        return Path(place).exists()
    system, path = disk(place)
    return bool(_asked(place, lambda: system.exists(path)))


def modified(place: str) -> float:
    """Tell when it was written, in seconds since 1970; now, where a store does not say."""
    if not is_url(place):
        return Path(place).stat().st_mtime
    system, path = disk(place)
    try:
        return float(system.modified(path).timestamp())
    except (NotImplementedError, AttributeError):
        return float("inf")
    except Exception as problem:
        raise _reading_fault(place, problem) from None


def fetch(url: str, folder: Path) -> Path:
    """Copy a remote file into a folder, piece by piece, under its own name.

    Raises
    ------
    MediaError
        When it is not there, may not be read, or the disk has no room for it and for what is made of it.
    """
    system, path = disk(url)
    check_room(folder, url, size(url))
    target = folder / (name(url) or "sound")
    try:
        system.get_file(path, str(target))
    except Exception as problem:
        raise _reading_fault(url, problem) from None
    return target


def publish(made: Path, url: str, overwrite: bool) -> None:
    """Copy a file to where it belongs; nothing is seen there before it is whole.

    Raises
    ------
    InputError
        When something lies there already, and may not be replaced.
    MediaError
        When it cannot be written.
    """
    if not is_url(url):
        from voxlift.media.sinks import Sink  # noqa: PLC0415  (with it come libraries that --help does without)

        with Sink(Path(url), overwrite) as sink, made.open("rb") as file:
            shutil.copyfileobj(file, sink)
            sink.check()
        return
    if not overwrite and exists(url):
        raise already(url)
    system, path = disk(url)
    try:
        if url.split("://", 1)[0] in _OBJECTS:
            system.put_file(str(made), path)
        else:
            _put_and_rename(system, made, path, overwrite)
    except Exception as problem:
        raise MediaError(f"{url}: cannot be written ({_words(problem)}); check the address and your rights") from None


def _put_and_rename(system: Any, made: Path, path: str, overwrite: bool) -> None:
    folder, last = posixpath.split(path)
    part = posixpath.join(folder, f".{last}.part-{os.getpid()}-{os.urandom(4).hex()}")
    system.makedirs(folder, exist_ok=True)
    try:
        system.put_file(str(made), part)
        if overwrite and system.exists(path):
            system.rm_file(path)  # not all of them rename over what is there
        system.mv(part, path)
    except BaseException:
        with suppress(Exception):
            system.rm_file(part)
        raise


def already(place: str) -> InputError:
    """Say that something lies there, and what to do."""
    return InputError(f"{place}: exists already; use --overwrite, or another name")


def checksum(path: Path) -> str:
    """Sum a file up: SHA-256, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _asked(place: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as problem:
        raise _reading_fault(place, problem) from None


def _reading_fault(place: str, problem: Exception) -> MediaError:
    if isinstance(problem, FileNotFoundError):
        return MediaError(f"{place}: no such file; check the spelling, and that the bucket or folder is there")
    if isinstance(problem, PermissionError):
        return MediaError(f"{place}: you may not read this ({_words(problem)}); check your credentials")
    return MediaError(f"{place}: could not be read ({_words(problem)}); check the address and your credentials")


def _words(problem: Exception) -> str:
    return " ".join(f"{type(problem).__name__}: {problem}".split())[:200]
