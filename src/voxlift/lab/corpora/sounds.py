"""Sound files in folders: which they are, and which belong together by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from voxlift.lab.corpora.splits import SPLITS, hashed_split
from voxlift.lab.corpora.track import NOISE, Part, Track

SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a"}


def is_sound(path: Path) -> bool:
    """Whether a name is that of a sound; hidden files (half-written ones, macOS' `._x.wav`) are none."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def sounds_in(folder: Path) -> list[Path]:
    """List the sounds that lie in a folder itself, sorted; none where it is missing."""
    return sorted(path for path in folder.glob("*") if is_sound(path))


def sounds_below(folder: Path) -> list[Path]:
    """List the sounds at any depth, sorted; none where the folder is missing."""
    return sorted(path for path in folder.rglob("*") if is_sound(path))


def folders_in(folder: Path) -> list[Path]:
    """List the folders that lie in one, sorted."""
    return sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def matched(left: Path, right: Path) -> Iterator[tuple[str, Path, Path]]:
    """Match the sounds below two folders by their names, suffix aside.

    Yields
    ------
    tuple
        The name, and a path on either side. Where one side lacks the sound, its path is the one that it should have.
    """
    sides = [
        {str(path.relative_to(side).with_suffix("")): path for path in sounds_below(side)} for side in (left, right)
    ]
    for name in sorted({*sides[0], *sides[1]}):
        here, there = sides[0].get(name), sides[1].get(name)
        if here is None and there is not None:
            here = left / there.relative_to(right)
        elif there is None and here is not None:
            there = right / here.relative_to(left)
        if here is not None and there is not None:
            yield name, here, there


def noise_tracks(folder: Path, corpus: str, licence: str = "not stated") -> Sequence[Track]:
    """List the noises below a folder: split by its own `train/`, `dev/` and `test/`, else by their names."""
    own = [split for split in SPLITS if (folder / split).is_dir()]
    tracks = []
    for place in [folder / split for split in own] or [folder]:
        for path in sounds_below(place):
            split = place.name if own else hashed_split(path.stem)
            name = path.relative_to(folder).as_posix()
            tracks.append(Track(f"noise/{name}", {NOISE: Part(path)}, split, f"noise/{path.stem}", corpus, licence))
    return tracks
