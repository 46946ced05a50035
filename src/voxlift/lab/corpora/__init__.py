"""Readers of data sets, one file each: each knows one published layout, and nothing else. One row makes it known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora import (
    consent,
    dsd100,
    folders,
    librimix,
    librispeech,
    musdb18,
    pack,
    paired,
    speakers,
    stems,
    voicebank_demand,
    voices,
)
from voxlift.lab.corpora.sounds import noise_tracks
from voxlift.lab.corpora.splits import missing, overlaps
from voxlift.lab.corpora.track import Corpus, Part, Track, accompaniment_parts, only, sums
from voxlift.schema import nearest

__all__ = [
    "AUTO", "CORPORA", "Corpus", "Part", "Track", "accompaniment_parts", "find_corpus", "list_tracks", "only",
    "read_corpus", "sums",
]  # fmt: skip

AUTO = "auto"
CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        pack.CORPUS,
        dsd100.CORPUS,
        musdb18.CORPUS,
        musdb18.HQ,
        voices.CORPUS,
        voices.SUBSET,
        voicebank_demand.CORPUS,
        librispeech.CORPUS,
        librimix.CORPUS,
        folders.CORPUS,
        paired.CORPUS,
        stems.CORPUS,
        speakers.CORPUS,
        consent.CORPUS,
    )
}
SHOWN = 5  # faults that one message names


def read_corpus(
    kind: str, root: Path, split: str, noise: Path | None = None, more: Sequence[Path] = ()
) -> Sequence[Track]:
    """List the tracks of one split of a corpus, to train on or to score with.

    Parameters
    ----------
    kind
        A key of `CORPORA`, or `auto` for the one that the folder looks like.
    root
        Where the corpus lies.
    split
        `train`, `dev` or `test`.
    noise
        A second folder whose sounds are added as noise.
    more
        Further corpora, each of the kind that it looks like.

    Raises
    ------
    DataError
        When the kind is unknown, a folder is missing, files of a track are, the split is empty, or what must be kept
        apart lies in two splits.
    """
    tracks = list_tracks(kind, root, noise, more)
    if faults := list(islice(overlaps(tracks), SHOWN)):
        raise DataError(
            f"{root}: what is trained on must not be scored with: {'; '.join(faults)}; keep it in one split"
        )
    chosen = [track for track in tracks if track.split == split]
    if not chosen:
        there = ", ".join(sorted({track.split for track in tracks})) or "no recording at all"
        raise DataError(f"{root}: no recording of the split {split!r} in it; it holds {there}")
    if faults := [fault for track in chosen for fault in missing(track)]:
        others = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise DataError(f"{root}: {'; '.join(faults[:SHOWN])}{others}; get them again, or take the rest of them away")
    return chosen


def list_tracks(kind: str, root: Path, noise: Path | None = None, more: Sequence[Path] = ()) -> Sequence[Track]:
    """List the tracks of all splits, as they are: parts may be missing, splits may overlap.

    The names of tracks of `more` begin with their folder, so that no two are alike.

    Raises
    ------
    DataError
        When the kind is unknown, a folder is missing, or a table of the corpus is damaged.
    """
    corpus = find_corpus(kind, root)
    if noise is not None and not noise.is_dir():
        raise DataError(f"{noise}: no such folder; set data.noise to one with recordings of noise")
    tracks = [*corpus.read(root), *(noise_tracks(noise, noise.name) if noise is not None else ())]
    for folder in more:
        further = find_corpus(AUTO, folder, "data.more").read(folder)
        tracks += [replace(track, name=f"{folder.as_posix()}/{track.name}") for track in further]
    return tracks


def find_corpus(kind: str, root: Path, key: str = "data.root") -> Corpus:
    """Choose the reader of a folder; `key` is where a recipe names it.

    Raises
    ------
    DataError
        When the kind is unknown, the folder is missing, or `auto` finds no layout that fits, or several.
    """
    if kind != AUTO and kind not in CORPORA:
        raise DataError(f"corpus {kind!r}{nearest(kind, [*CORPORA, AUTO])}")
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; set {key} to where the corpus {kind!r} lies")
    if kind != AUTO:
        return CORPORA[kind]
    fitting = [corpus for corpus in CORPORA.values() if corpus.fits(root)]
    if len(fitting) > 1:
        raise DataError(f"{root}: looks like {' and '.join(corpus.name for corpus in fitting)}; say which it is")
    if not fitting:
        known = "; ".join(f"{corpus.name}: {corpus.title}" for corpus in CORPORA.values())
        raise DataError(f"{root}: looks like no corpus that is known here ({known})")
    return fitting[0]
