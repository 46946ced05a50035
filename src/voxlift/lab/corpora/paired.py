"""Pairs: `noisy/` and `clean/` that hold recordings of the same names, at any depth, whatever their suffix.

They lie at the top, where a tenth of the pairs, chosen by their names, are the split dev; or in folders named train,
dev and test, which are then the splits. `voxlift lab data cut` writes the latter. A folder within `noisy/` and `clean/`
is taken for the speaker, and stays in one split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import matched
from voxlift.lab.corpora.splits import SPLITS, hashed_split
from voxlift.lab.corpora.track import CLEAN, NOISY, Corpus, Part, Track


def read(root: Path) -> Sequence[Track]:
    """List all pairs; where one side is missing, it is listed where it ought to be."""
    tracks = []
    for split, place in _places(root).items():
        for name, noisy, clean in matched(place / NOISY, place / CLEAN):
            folder = Path(name).parent.as_posix()
            group = folder if folder != "." else None
            own = split or hashed_split(group or name)
            parts = {NOISY: Part(noisy), CLEAN: Part(clean)}
            tracks.append(Track(f"{split}/{name}".lstrip("/"), parts, own, group, root.name, "not stated"))
    return tracks


def fits(root: Path) -> bool:
    """Whether there are `noisy/` and `clean/`."""
    return any((place / NOISY).is_dir() and (place / CLEAN).is_dir() for place in _places(root).values())


def _places(root: Path) -> Mapping[str, Path]:
    own = {split: root / split for split in SPLITS if (root / split / NOISY).is_dir()}
    return own or {"": root}


CORPUS = Corpus("paired", "noisy/ and clean/ with the same names", read, fits, licence="your own recordings")
