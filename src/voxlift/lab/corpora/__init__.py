"""Readers of data sets: each knows one published layout and yields its recordings as `Clip`s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora import folders, pack
from voxlift.lab.corpora.clip import Clip
from voxlift.schema import nearest

__all__ = ["CORPORA", "Clip", "read_corpus"]

CORPORA: dict[str, Callable[[Path, str], Sequence[Clip]]] = {"pack": pack.read, "folders": folders.read}


def read_corpus(kind: str, root: Path, split: str) -> Sequence[Clip]:
    """List the clips of one split of a corpus.

    Raises
    ------
    DataError
        When the kind is unknown, the folder is missing, or it holds no clip of that split.
    """
    if kind not in CORPORA:
        raise DataError(f"corpus {kind!r}{nearest(kind, CORPORA)}")
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; set data.root to where the corpus {kind!r} lies")
    clips = CORPORA[kind](root, split)
    if not clips:
        raise DataError(f"{root}: no recording of the split {split!r} in it")
    return clips
