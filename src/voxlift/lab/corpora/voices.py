"""VOiCES: read speech (LibriSpeech) played in real rooms over distractors, and recorded far away (Lab41 and SRI).

VOiCES_devkit and VOiCES_release:

    distant-16k/speech/{train,test}/rm1/babb/sp0032/Lab41-SRI-VOiCES-rm1-babb-sp0032-...-dg080.wav
    distant-16k/distractors/rm1/babb/Lab41-SRI-VOiCES-rm1-babb-mc01-stu-clo.wav
    source-16k/{train,test}/sp0032/Lab41-SRI-VOiCES-src-sp0032-ch021625-sg0005.wav
    references/{train_index.csv,test_index.csv,filename_transcripts}

The VOiCES-subset repository of Lab41, its archives unpacked anywhere in it:

    Lab41-SRI-VOiCES_ref_SUBSET.csv
    Lab41-SRI-VOiCES-speaker-gender-dataset_SUBSET.csv
    .../Lab41-SRI-VOiCES-rm1-musi-sp0083-ch003054-sg0005-mc07-stu-beh-dg090.wav
    LibriSpeech/SUBSET/83/3054/83-3054-0005.flac     (the sources, if you put LibriSpeech there)

A recording and its source make a track of `noisy` and `clean` that is not aligned: sound takes its time through a room.
Each source is a track of `speech` as well, and each distractor one of `noise`. A tenth of the speakers in `train`, by
their numbers, are the split dev; so is room 4 for the distractors.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voxlift.lab.corpora.sounds import sounds_below
from voxlift.lab.corpora.splits import hashed_split
from voxlift.lab.corpora.track import CLEAN, NOISE, NOISY, SPEECH, Corpus, Part, Track

LICENCE = "CC BY 4.0"
PREFIX = "Lab41-SRI-VOiCES-"
RECORDING = re.compile(
    rf"{PREFIX}(?P<room>rm\d)-(?P<distractor>none|babb|musi|tele)-(?P<utterance>sp(?P<speaker>\d{{4}})-ch\d{{6}}-sg\d{{4}})"
    r"-mc(?P<microphone>\d{2}-[a-z]{3})-(?P<place>[a-z0-9]{3})-dg(?P<angle>\d{3})"
)
SOURCE = re.compile(rf"{PREFIX}src-(?P<utterance>sp(?P<speaker>\d{{4}})-ch\d{{6}}-sg\d{{4}})")
DISTRACTOR = re.compile(rf"{PREFIX}(?P<room>rm\d)-(?P<distractor>none|babb|musi|tele)-mc\d{{2}}-")
UTTERANCE = re.compile(r"sp\d{4}-ch\d{6}-sg\d{4}")
TAGS = ("room", "distractor", "microphone", "place", "angle")
DEV_ROOM = "rm4"
INDICES = ("train_index.csv", "test_index.csv", "filename_transcripts")
SUBSET_TABLE = "Lab41-SRI-VOiCES_ref_SUBSET.csv"
SUBSET_SPEAKERS = "Lab41-SRI-VOiCES-speaker-gender-dataset_SUBSET.csv"


@dataclass(frozen=True)
class Told:
    """What the reference tables tell, by the name of a recording and by the number of a speaker."""

    transcripts: Mapping[str, str]
    genders: Mapping[int, str]


def read(root: Path) -> Sequence[Track]:
    """List recordings, sources and distractors of the devkit or the release."""
    told = _told([root / "references" / name for name in INDICES])
    tracks: list[Track] = []
    for half in ("train", "test"):
        sources = _by_utterance(sounds_below(root / "source-16k" / half))
        for utterance, path in sources.items():
            tracks.append(_source(utterance, path, half))
        for path in sounds_below(root / "distant-16k" / "speech" / half):
            lacking = root / "source-16k" / half / path.parent.name
            tracks.extend(_recording(path, half, sources, told, lacking))
    tracks.extend(_distractors(root / "distant-16k" / "distractors"))
    return tracks


def read_subset(root: Path) -> Sequence[Track]:
    """List the recordings of VOiCES-subset, with their sources where LibriSpeech lies beside them."""
    told = _told([root / SUBSET_TABLE, root / SUBSET_SPEAKERS])
    sources = _librispeech(root / "LibriSpeech")
    tracks = [track for path in sounds_below(root) for track in _recording(path, "train", sources, told, None)]
    used = {found[0] for track in tracks if (found := UTTERANCE.search(track.name))}
    return [*tracks, *(_source(utterance, path, "train") for utterance, path in sources.items() if utterance in used)]


def fits(root: Path) -> bool:
    """Whether there is `distant-16k/speech/`."""
    return (root / "distant-16k" / "speech").is_dir()


def fits_subset(root: Path) -> bool:
    """Whether files of its name lie there, or one folder below, in no folder of the full corpus."""
    return not fits(root) and any(next(root.glob(f"{depth}{PREFIX[:-1]}*"), None) for depth in ("", "*/"))


def _recording(path: Path, half: str, sources: Mapping[str, Path], told: Told, lacking: Path | None) -> Iterator[Track]:
    found = RECORDING.fullmatch(path.stem)
    if found is None:
        return
    utterance, speaker = found["utterance"], found["speaker"]
    parts = {NOISY: Part(path)}
    if utterance in sources:
        parts[CLEAN] = Part(sources[utterance])
    elif lacking is not None:  # listed where it ought to be, so that it is missed
        parts[CLEAN] = Part(lacking / f"{PREFIX}src-{utterance}.wav")
    tags = {tag: found[tag] for tag in TAGS}
    tags |= {"transcript": told.transcripts[path.stem]} if path.stem in told.transcripts else {}
    tags |= {"gender": told.genders[int(speaker)]} if int(speaker) in told.genders else {}
    yield Track(path.stem, parts, _split(half, speaker), _group(speaker), "voices", LICENCE, tags=tags, aligned=False)


def _source(utterance: str, path: Path, half: str) -> Track:
    speaker = utterance[2:6]
    parts = {SPEECH: Part(path)}
    return Track(f"src-{utterance}", parts, _split(half, speaker), _group(speaker), "voices", LICENCE)


def _distractors(folder: Path) -> Iterator[Track]:
    for path in sounds_below(folder):
        if found := DISTRACTOR.match(path.stem):
            split = "dev" if found["room"] == DEV_ROOM else "train"
            tags = {tag: found[tag] for tag in ("room", "distractor")}
            yield Track(path.stem, {NOISE: Part(path)}, split, f"voices/{found['room']}", "voices", LICENCE, tags=tags)


def _by_utterance(paths: Sequence[Path]) -> dict[str, Path]:
    found = {path: SOURCE.fullmatch(path.stem) for path in paths}
    return {match["utterance"]: path for path, match in found.items() if match}


def _librispeech(folder: Path) -> dict[str, Path]:
    sources = {}
    for path in sounds_below(folder):
        numbers = path.stem.split("-")
        if len(numbers) == 3 and all(number.isdecimal() for number in numbers):
            speaker, chapter, segment = map(int, numbers)
            sources[f"sp{speaker:04}-ch{chapter:06}-sg{segment:04}"] = path
    return sources


def _told(tables: Sequence[Path]) -> Told:
    transcripts: dict[str, str] = {}
    genders: dict[int, str] = {}
    for table in tables:
        if not table.is_file():
            continue
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = row.get("query_name") or row.get("file_name") or row.get("fileName")
                text = row.get("transcript") or row.get("trnscrpt")
                if name and text:
                    transcripts.setdefault(name, text.strip())
                speaker, gender = row.get("speaker") or row.get("Speaker"), row.get("gender") or row.get("Gender")
                if speaker and gender and speaker.isdecimal():
                    genders.setdefault(int(speaker), gender)
    return Told(transcripts, genders)


def _split(half: str, speaker: str) -> str:
    return half if half == "test" else hashed_split(_group(speaker))


def _group(speaker: str) -> str:
    return f"librispeech/{int(speaker)}"


CORPUS = Corpus(
    "voices",
    "distant-16k/speech/{train,test}/ROOM/DISTRACTOR/SPEAKER/*.wav and source-16k/",
    read,
    fits,
    "https://registry.opendata.aws/lab41-sri-voices/",
    LICENCE,
    "devkit 27.5 GiB, release 417.5 GiB, packed",
)
SUBSET = Corpus(
    "voices-subset",
    f"{PREFIX}*.wav, the speaker at 90 degrees, and {SUBSET_TABLE}",
    read_subset,
    fits_subset,
    "https://github.com/Lab41/VOiCES-subset",
    LICENCE,
    "about 1 GB",
)
