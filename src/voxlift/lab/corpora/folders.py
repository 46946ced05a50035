"""The plainest corpus: `clean/` with speech and `noise/` with noise, each searched to any depth.

The speaker of a file in `clean/` is the folder it lies in, or the file itself if it lies at the top. A tenth of the
speakers and of the noise recordings, chosen by their names, is the split `dev`; the rest is `train`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from voxlift.lab.corpora.clip import Clip

SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a"}
KINDS = {"clean": "speech", "noise": "noise", "music": "music"}
DEV_TENTHS = 1


def read(root: Path, split: str) -> Sequence[Clip]:
    """List the clips of one split (`train` or `dev`)."""
    clips = []
    for folder, kind in KINDS.items():
        for path in sorted((root / folder).rglob("*")):
            if path.suffix.lower() not in SUFFIXES:
                continue
            parent = path.parent.relative_to(root / folder)
            group = str(parent) if kind == "speech" and parent.name else path.stem
            if _split(group) == split:
                clips.append(Clip(path, kind, group, root.name, "not stated"))
    return clips


def _split(group: str) -> str:
    """Give a group the same split on every machine and whatever else the folder holds."""
    return "dev" if hashlib.sha256(group.encode()).digest()[0] * 10 < DEV_TENTHS * 256 else "train"
