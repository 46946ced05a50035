"""Conversations taken apart: `mix/`, `s1/`, `s2/` and perhaps `s3/` that hold recordings of the same names.

They lie at the top, where a tenth, chosen by their names, are the split dev; or in folders named train, dev and test,
which are then the splits. Who speaks is not known, so nothing keeps a speaker out of two splits but these folders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import sounds_in
from voxlift.lab.corpora.splits import SPLITS, hashed_split
from voxlift.lab.corpora.track import MIXTURE, SPEAKERS, Corpus, Part, Track


def read(root: Path) -> Sequence[Track]:
    """List all conversations; a voice that is missing is listed where it ought to be."""
    tracks = []
    for split, place in _places(root).items():
        folders = {MIXTURE: "mix"} | {speaker: speaker for speaker in SPEAKERS if (place / speaker).is_dir()}
        for name in sorted({path.name for folder in folders.values() for path in sounds_in(place / folder)}):
            parts = {part: Part(place / folder / name) for part, folder in folders.items()}
            own, ident = split or hashed_split(Path(name).stem), f"{split}/{Path(name).stem}".lstrip("/")
            tracks.append(Track(ident, parts, own, None, root.name, "not stated"))
    return tracks


def fits(root: Path) -> bool:
    """Whether there are `mix/`, `s1/` and `s2/`."""
    return any(all((place / name).is_dir() for name in ("mix", *SPEAKERS[:2])) for place in _places(root).values())


def _places(root: Path) -> Mapping[str, Path]:
    own = {split: root / split for split in SPLITS if (root / split / "mix").is_dir()}
    return own or {"": root}


CORPUS = Corpus("speakers", "mix/, s1/ and s2/ with the same names", read, fits, licence="your own recordings")
