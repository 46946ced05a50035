"""A folder whose `MANIFEST.csv` has one row a file: path, kind, split, corpus, speaker, licence ..."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora.clip import Clip

KINDS = {
    "speech": "speech",
    "noise": "noise",
    "rir": "room",
    "instrumental": "music",
    "accompaniment": "music",
}
UNCLEAR = {"pyroomacoustics", "thinkdsp", "noice"}
"""Corpora whose single sounds have no licence that lets the weights be shipped."""
NOT_SPEAKERS = {"picovoice-intent", "mycroft-precise-community"}
"""Folders of many people without names: voices to clean, but no speaker to tell from another."""
WEIGHTS = {
    "librispeech-train-clean-100": 2.0,
    "vctk": 3.0,
    "cml-tts": 3.0,
    "speech-commands": 0.3,  # single words between digital silences: voices, not rhythm
    "dspspeech20": 0.3,
    "gcompris-gd": 0.5,
    "picovoice-intent": 0.5,
    "mycroft-precise-community": 0.5,
}


def read(root: Path, split: str) -> Sequence[Clip]:
    """List the clips of one split, those of unclear licence left out.

    Raises
    ------
    DataError
        When there is no `MANIFEST.csv`, or it lacks a column.
    """
    manifest = root / "MANIFEST.csv"
    if not manifest.is_file():
        raise DataError(f"{manifest}: missing; a 'pack' corpus needs it (columns: path, kind, split, corpus, ...)")
    with manifest.open(encoding="utf-8", newline="") as file:
        try:
            rows = [row for row in csv.DictReader(file) if row["split"] == split and row["kind"] in KINDS]
            return [_clip(root, row) for row in rows if row["corpus"] not in UNCLEAR]
        except KeyError as problem:
            raise DataError(f"{manifest}: has no column {problem}") from None


def _clip(root: Path, row: Mapping[str, str]) -> Clip:
    corpus = row["corpus"]
    group = None if corpus in NOT_SPEAKERS else f"{corpus}/{row['speaker']}"
    return Clip(root / row["path"], KINDS[row["kind"]], group, corpus, row["licence"], WEIGHTS.get(corpus, 1.0))
