"""What lies below a URL, told as it is found: of a million files only a page or a folder is known at once."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from voxlift.cluster.places import disk, join
from voxlift.errors import InputError, MediaError

Listed = tuple[str, int]
"""A place, and how many bytes lie there."""


def is_folder(url: str) -> bool:
    """Whether there is anything below a URL."""
    system, path = disk(url)
    try:
        return bool(system.isdir(path))
    except Exception as problem:
        raise _fault(url, problem) from None


def below(url: str) -> Iterator[Listed]:
    """List all files below a folder, in an order that is the same every time.

    Raises
    ------
    InputError
        When it cannot be listed.
    """
    system, path = disk(url)
    files = _by_pages(system, path) if hasattr(system, "call_s3") else _by_folders(system, path)
    try:
        for file, size_bytes in files:
            yield join(url, file[len(path.rstrip("/")) :].lstrip("/")), size_bytes
    except InputError:
        raise
    except Exception as problem:
        raise _fault(url, problem) from None


def matching(pattern: str) -> Iterator[Listed]:
    """List the files that a pattern such as `s3://bucket/*/talk?.wav` fits."""
    system, path = disk(pattern)
    root = pattern[: len(pattern) - len(path)]
    try:
        found = system.glob(path, detail=True)
    except Exception as problem:
        raise _fault(pattern, problem) from None
    for file in sorted(found):
        if found[file].get("type") != "directory":
            yield root + file, int(found[file].get("size") or 0)


def _by_pages(system: Any, path: str) -> Iterator[Listed]:
    """Ask S3 itself, a thousand names at a time: fsspec would hold all of a folder."""
    bucket, _, prefix = path.partition("/")
    asked = {"Bucket": bucket, "Prefix": f"{prefix.rstrip('/')}/" if prefix else ""}
    while True:
        page = system.call_s3("list_objects_v2", **asked)
        for item in page.get("Contents", ()):
            if not item["Key"].endswith("/"):
                yield f"{bucket}/{item['Key']}", int(item["Size"])
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def _by_folders(system: Any, path: str) -> Iterator[Listed]:
    waiting = [path]
    while waiting:
        items = sorted(system.ls(waiting.pop(), detail=True), key=lambda item: item["name"])
        folders = [item["name"].rstrip("/") for item in items if item["type"] == "directory"]
        waiting += [folder for folder in reversed(folders) if not posixpath.basename(folder).startswith(".")]
        yield from ((item["name"], int(item.get("size") or 0)) for item in items if item["type"] != "directory")


def _fault(url: str, problem: Exception) -> MediaError:
    words = " ".join(f"{type(problem).__name__}: {problem}".split())[:200]
    return MediaError(f"{url}: cannot be listed ({words}); check the address and your credentials")
