"""What is trained on, what is watched while training, and what is kept for the end: the rules that keep them apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from voxlift.lab.corpora.track import Track

SPLITS = ("train", "dev", "test")
DEV_TENTHS = 1


def hashed_split(group: str) -> str:
    """Give a group the same split on every machine and whatever else the folder holds: `dev` to a tenth of them."""
    return "dev" if hashlib.sha256(group.encode()).digest()[0] * 10 < DEV_TENTHS * 256 else "train"


def overlaps(tracks: Sequence[Track]) -> Iterator[str]:
    """Say what lies in two splits at once: a speaker, a noise, a song, or one and the same file."""
    groups: dict[str, dict[str, Track]] = {}
    files: dict[Path, dict[str, Track]] = {}
    for track in tracks:
        for group in track.groups:
            groups.setdefault(group, {}).setdefault(track.split, track)
        for part in track.parts.values():
            files.setdefault(part.path, {}).setdefault(track.split, track)
    for group, seen in groups.items():
        if len(seen) > 1:
            examples = ", ".join(f"{track.name!r} in {split}" for split, track in seen.items())
            yield f"{group!r} is in the splits {_listed(seen)} ({examples})"
    for path, seen in files.items():
        if len(seen) > 1:
            yield f"the file {path} is in the splits {_listed(seen)}"


def missing(track: Track) -> Iterator[str]:
    """Name the parts of a track whose files are not there."""
    for name, part in track.parts.items():
        if not part.path.is_file():
            yield f"{track.name!r} lacks {name} ({part.path})"


def _listed(splits: dict[str, Track]) -> str:
    return " and ".join(splits)
