"""The plainest corpus: `clean/` with speech and `noise/` with noise, perhaps `music/`, each searched to any depth.

The speaker of a file in `clean/` is the folder it lies in, or the file itself if it lies at the top. A tenth of the
speakers and of the noise recordings, chosen by their names, is the split `dev`; the rest is `train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import sounds_below
from voxlift.lab.corpora.splits import hashed_split
from voxlift.lab.corpora.track import MUSIC, NOISE, SPEECH, Corpus, Part, Track

KINDS = {"clean": SPEECH, "noise": NOISE, "music": MUSIC}


def read(root: Path) -> Sequence[Track]:
    """List all tracks, each of one part."""
    tracks = []
    for folder, kind in KINDS.items():
        for path in sounds_below(root / folder):
            parent = path.parent.relative_to(root / folder)
            group = parent.as_posix() if kind == SPEECH and parent.name else path.stem
            name = path.relative_to(root).as_posix()
            split = hashed_split(group)
            tracks.append(Track(name, {kind: Part(path)}, split, f"{folder}/{group}", root.name, "not stated"))
    return tracks


def fits(root: Path) -> bool:
    """Whether there is a `clean/` and a `noise/`, and no `noisy/`: that would be pairs."""
    return (root / "clean").is_dir() and (root / "noise").is_dir() and not (root / "noisy").is_dir()


CORPUS = Corpus(
    "folders",
    "clean/ with speech and noise/ with noise",
    read,
    fits,
    licence="your own recordings",
)
