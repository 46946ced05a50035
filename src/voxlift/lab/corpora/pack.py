"""A folder whose `MANIFEST.csv` has one row a file: path, kind, split, corpus, speaker, licence ..."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora.track import ACCOMPANIMENT, MUSIC, NOISE, ROOM, SPEECH, VOCALS, Corpus, Part, Track

MANIFEST = "MANIFEST.csv"
KINDS = {"speech": SPEECH, "noise": NOISE, "rir": ROOM, "instrumental": MUSIC, "singing": VOCALS}
STEMS = {"vocals": VOCALS, "accompaniment": ACCOMPANIMENT}
"""Kinds that lie side by side in the folder of one song."""
UNCLEAR = {"pyroomacoustics", "thinkdsp", "noice"}
"""Corpora whose single sounds have no licence that lets the weights be shipped."""
MADE_SONGS, MADE_SINGERS, MADE_SUNG = "made-songs", "made-singers", "made-sung"
"""What `voxlift lab synthesize` writes; its manifests name the speaker of a voice together with that one's corpus."""
MADE = {MADE_SONGS, MADE_SINGERS, MADE_SUNG}
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


def read(root: Path) -> Sequence[Track]:
    """List all tracks, those of unclear licence left out; the stems of a song are one track.

    Raises
    ------
    DataError
        When there is no `MANIFEST.csv`, or it lacks a column.
    """
    manifest = root / MANIFEST
    if not manifest.is_file():
        raise DataError(f"{manifest}: missing; a 'pack' corpus needs it (columns: path, kind, split, corpus, ...)")
    tracks: list[Track] = []
    songs: dict[Path, list[Mapping[str, str]]] = {}
    with manifest.open(encoding="utf-8", newline="") as file:
        try:
            for row in csv.DictReader(file):
                if row["corpus"] in UNCLEAR:
                    continue
                if row["kind"] in STEMS:
                    songs.setdefault(Path(row["path"]).parent, []).append(row)
                elif row["kind"] in KINDS:
                    tracks.append(_track(row["path"], {KINDS[row["kind"]]: Part(root / row["path"])}, row))
            for song, rows in songs.items():
                parts = {STEMS[row["kind"]]: Part(root / row["path"]) for row in rows}
                tracks.append(_track(str(song), parts, rows[0]))
        except KeyError as problem:
            raise DataError(f"{manifest}: has no column {problem}") from None
    return tracks


def fits(root: Path) -> bool:
    """Whether there is a manifest."""
    return (root / MANIFEST).is_file()


def _track(name: str, parts: Mapping[str, Part], row: Mapping[str, str]) -> Track:
    corpus = row["corpus"]
    # Of a voice the manifest names the speaker; of a noise only the kind, and rain may fall in every split.
    voice = parts.keys() in ({SPEECH}, {VOCALS})
    singer = row["speaker"] if corpus in MADE else ""
    group = singer if voice and singer else f"{corpus}/{row['speaker'] if voice else name}"
    nameless = corpus in NOT_SPEAKERS or (voice and not row["speaker"])
    return Track(
        name,
        parts,
        row["split"],
        None if nameless else group,
        corpus,
        row["licence"] + (f" (voice of {singer.rpartition('/')[0]})" if singer else ""),
        WEIGHTS.get(corpus, 1.0),
        {"language": row["language"]} if row.get("language") else {},
        (singer,) if singer and not voice else (),
    )


CORPUS = Corpus(
    "pack",
    f"a {MANIFEST} with the columns path, kind, split, corpus, speaker, language, licence",
    read,
    fits,
    licence="of each recording, in the manifest",
)
