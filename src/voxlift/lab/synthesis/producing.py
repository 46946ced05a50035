"""Sound by the thousand: item number `i` of a seed is a function of both alone, made once and left alone after.

OUT/00012.flac                              a song (`songs`), or a singer (`singers`)
OUT/songs/00012/{vocals,accompaniment}.flac  a singer over a song, their sum the mixture (`sung`)
OUT/MANIFEST.csv                            a row a file: OUT is a corpus of the kind `pack`
OUT/.made/                                  what was made, so that it is not made again
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import DataError, InputError
from voxlift.lab.corpora import Track, list_tracks, only
from voxlift.lab.corpora.pack import MADE_SINGERS, MADE_SONGS, MADE_SUNG, MANIFEST
from voxlift.lab.corpora.track import SPEECH
from voxlift.lab.datasets.parallel import Progress, each
from voxlift.lab.datasets.records import read_json, write_json, write_table
from voxlift.lab.synthesis import singers
from voxlift.lab.synthesis.arranging import arrange
from voxlift.lab.synthesis.duet import duet
from voxlift.lab.synthesis.rendering import RATE, find_soundfonts, render
from voxlift.media import open_writer
from voxlift.media.formats import Format

VERSION = 1  # of what is made: with a new one the same seed sounds different
RECORDS = ".made"
NOTED_EVERY = 25
SONGS, SINGERS, SUNG = "songs", "singers", "sung"
LICENCES = {"FluidR3_GM": "MIT", "MuseScore_General_Lite": "MIT", "MuseScore_General_Full": "MIT"}
"""Of the soundfonts known here."""


@dataclass(frozen=True)
class Plan:
    """What one folder holds."""

    kind: str
    seed: int
    seconds: float
    soundfonts: tuple[Path, ...] = ()
    version: int = VERSION

    def __post_init__(self) -> None:
        if not 1 <= self.seconds <= 600:
            raise InputError(f"--seconds {self.seconds:g}: give 1 to 600")


@dataclass(frozen=True)
class Speaker:
    """Somebody to be made a singer."""

    group: str
    """As splits keep apart."""
    clips: tuple[Path, ...]
    language: str
    licence: str


@dataclass(frozen=True)
class Job:
    """One item to be made; the speaker where it is sung."""

    plan: Plan
    number: int
    out: Path
    speaker: Speaker | None

    @property
    def record(self) -> Path:
        """Where it is noted that it was made."""
        return self.out / RECORDS / f"{self.number:05}.json"


@dataclass(frozen=True)
class Row:
    """One file, as the manifest has it."""

    path: str
    kind: str
    split: str
    corpus: str
    speaker: str
    language: str
    seconds: float
    licence: str
    source: str
    seed: int
    number: int
    style: str


def speakers_of(root: Path, corpus: str = "auto") -> list[Speaker]:
    """List who may be made a singer: the speakers of `train` with a name, whose clips are sentences.

    Raises
    ------
    DataError
        When the corpus cannot be read or has nobody to offer.
    """
    groups: dict[str, list[Track]] = {}
    for track in only(list_tracks(corpus, root), SPEECH):
        # Readers weigh down what is words and commands rather than sentences.
        if track.split == "train" and track.group is not None and track.weight >= 1:
            groups.setdefault(track.group, []).append(track)
    if not groups:
        raise DataError(f"{root}: no speaker of the split 'train' is in it; --voices needs a corpus with speech")
    return [
        Speaker(
            group,
            tuple(sorted(track.parts[SPEECH].path for track in tracks)),
            tracks[0].tags.get("language", ""),
            tracks[0].licence,
        )
        for group, tracks in sorted(groups.items())
    ]


def plan_jobs(plan: Plan, count: int, out: Path, speakers: Sequence[Speaker] = ()) -> list[Job]:
    """Say what is to be made, and for whom.

    Raises
    ------
    InputError
        When the folder holds something made otherwise.
    """
    _agree(plan, out)
    chosen = [
        speakers[int(_chance(plan, number, "who").integers(len(speakers)))] if speakers else None
        for number in range(count)
    ]
    return [Job(plan, number, out, speaker) for number, speaker in enumerate(chosen)]


def produce(jobs: Sequence[Job], processes: int = 1, progress: Progress | None = None) -> int:
    """Make what is not there yet and write the manifest of all that is; tells how many were made.

    Raises
    ------
    InputError
        When a program or a soundfont is missing, a clip cannot be read, or the disk is full.
    """
    folders = {job.out for job in jobs}

    def note(done: int) -> None:
        if progress is not None:
            progress(done)
        if done % NOTED_EVERY == 0 or done == len(jobs):  # trainings may begin before all is there
            for out in folders:
                _write_manifest(out)

    return sum(each(make, jobs, processes, note))


def make(job: Job) -> bool:
    """Make one item, unless it is there; tells whether it was not."""
    if _known(job):
        return False
    rows = MAKERS[job.plan.kind](_chance(job.plan, job.number, "what"), job)
    write_json(job.record, [asdict(row) for row in rows])
    return True


def _song(rng: np.random.Generator, job: Job) -> list[Row]:
    font = _font(rng, job.plan)
    song = arrange(rng, job.plan.seconds)
    path = f"{job.number:05}.flac"
    _save(job.out / path, render(rng, song, font), RATE)
    return [_row(job, path, "instrumental", MADE_SONGS, font=font, style=song.style)]


def _singer(rng: np.random.Generator, job: Job) -> list[Row]:
    performance = singers.perform(rng, _speaker(job).clips, job.plan.seconds)
    path = f"{job.number:05}.flac"
    _save(job.out / path, singers.produce(rng, performance.sound), singers.RATE)
    return [_row(job, path, "singing", MADE_SINGERS, font=None, style=f"{1 + len(performance.choir.steps)} voices")]


def _sung(rng: np.random.Generator, job: Job) -> list[Row]:
    font = _font(rng, job.plan)
    song = arrange(rng, job.plan.seconds)
    voice, rest = duet(rng, song, font, _speaker(job).clips)
    rows = []
    for kind, sound in (("vocals", voice), ("accompaniment", rest)):
        path = f"songs/{job.number:05}/{kind}.flac"
        _save(job.out / path, sound, RATE)
        rows.append(_row(job, path, kind, MADE_SUNG, font=font, style=song.style))
    return rows


MAKERS: dict[str, Callable[[np.random.Generator, Job], list[Row]]] = {SONGS: _song, SINGERS: _singer, SUNG: _sung}


def _chance(plan: Plan, number: int, question: str) -> np.random.Generator:
    """Songs, singers and who sings of one seed have nothing in common."""
    return np.random.default_rng([plan.seed, number, plan.version, *f"{plan.kind} {question}".encode()])


def _speaker(job: Job) -> Speaker:
    if job.speaker is None:
        raise InputError(f"{job.plan.kind} need speakers; name a corpus with speech by --voices")
    return job.speaker


def _font(rng: np.random.Generator, plan: Plan) -> Path:
    fonts = find_soundfonts(plan.soundfonts)
    return fonts[int(rng.integers(len(fonts)))]


def _row(job: Job, path: str, kind: str, corpus: str, *, font: Path | None, style: str) -> Row:
    speaker = job.speaker
    licences = [speaker.licence] if speaker is not None else []
    if font is not None:
        licences.append(f"soundfont {font.stem}: {LICENCES.get(font.stem, 'as its owner says')}")
    return Row(
        path,
        kind,
        "train",
        corpus,
        speaker.group if speaker else "",
        speaker.language if speaker else "",
        job.plan.seconds,
        "; ".join(licences),
        f"voxlift lab synthesize {job.plan.kind}",
        job.plan.seed,
        job.number,
        style,
    )


def _save(path: Path, sound: Samples, rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(path, Format("flac", "PCM_16", rate, len(sound)), overwrite=True) as writer:
        writer.write(np.clip(sound, -1, 1))


def _known(job: Job) -> bool:
    rows = read_json(job.record) or []
    return bool(rows) and all((job.out / str(row["path"])).is_file() for row in rows)


def _agree(plan: Plan, out: Path) -> None:
    """Note what a folder holds; refuse to mix it with something else."""
    note = out / RECORDS / "plan"
    wanted = json.dumps({**asdict(plan), "soundfonts": [path.name for path in plan.soundfonts]})
    if note.is_file() and note.read_text("utf-8") != wanted:
        raise InputError(f"{out}: holds {note.read_text('utf-8')}, not {wanted}; choose another folder with --out")
    if not note.is_file() and (out / MANIFEST).exists():
        raise InputError(f"{out}: holds a corpus that was not made here; choose another folder with --out")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(wanted, "utf-8")


def _write_manifest(out: Path) -> None:
    rows = [row for path in sorted((out / RECORDS).glob("*.json")) for row in read_json(path) or ()]
    write_table(out / MANIFEST, list(Row.__dataclass_fields__), rows)
