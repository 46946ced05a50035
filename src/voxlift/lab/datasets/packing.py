"""Corpora made small for the way to another machine: mono, at the rate that a net needs, as Opus, with a manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxlift.atomic import atomic
from voxlift.cluster.crews import Crew
from voxlift.errors import DataError, InputError
from voxlift.lab.corpora.pack import KINDS, MADE, MANIFEST, STEMS
from voxlift.lab.corpora.track import ACCOMPANIMENT, ROOM, VOCALS, Track
from voxlift.lab.datasets.parallel import each
from voxlift.lab.datasets.records import write_table
from voxlift.lab.segments import mono_blocks
from voxlift.media import open_reader
from voxlift.media.formats import OPUS_RATES

COLUMNS = ("path", "kind", "split", "corpus", "speaker", "language", "seconds", "licence")
LOWEST_KBITS, HIGHEST_KBITS = 6, 256
"""A second, between which libsndfile's level of compression leads."""
_KIND_OF = {part: kind for kind, part in KINDS.items() if part != ROOM}
_STEM_OF = {part: kind for kind, part in STEMS.items()}


@dataclass(frozen=True)
class Packed:
    """One sound of a pack."""

    row: dict[str, str]
    bytes: int
    written: bool
    """Now; else it was there."""


@dataclass(frozen=True)
class Job:
    """One sound to pack: a part of a track, its kind in the manifest, and its place in the folder."""

    track: Track
    part: str
    kind: str
    out: Path
    place: Path
    rate: int
    kbits: float


def plan(tracks: Sequence[Track], out: Path, rate: int, kbits: float) -> list[Job]:
    """Find what trainings draw from: speech, noise, music, singers, and songs with vocals and accompaniment.

    Parameters
    ----------
    tracks
        Of any corpora; their other parts are left out.
    out
        The folder.
    rate
        In Hz, one of Opus's.
    kbits
        Kilobits a second of sound.

    Raises
    ------
    InputError
        When Opus has no such rate, or the number of bits is out of its range.
    DataError
        When none of the tracks can be packed.
    """
    if rate not in OPUS_RATES:
        raise InputError(f"{rate} Hz: Opus has {', '.join(map(str, OPUS_RATES))}")
    if not LOWEST_KBITS <= kbits <= HIGHEST_KBITS:
        raise InputError(f"{kbits:g} kbit/s: give {LOWEST_KBITS} to {HIGHEST_KBITS}")
    jobs = [Job(track, *told, out, _place(track, told[0]), rate, kbits) for track in tracks for told in _wanted(track)]
    if not jobs:
        raise DataError(f"nothing to pack: there is no {', '.join([*_KIND_OF, *_STEM_OF])} among the tracks")
    return jobs


def pack(jobs: Sequence[Job], by: int | Crew = 1, progress: Callable[[int], None] | None = None) -> list[Packed]:
    """Write what is not there yet, and a manifest, by which `corpus = "pack"` reads the folder; see `each`.

    Raises
    ------
    MediaError
        When a recording cannot be read.
    """
    packed = each(_packed, jobs, by, progress)
    write_table(jobs[0].out / MANIFEST, COLUMNS, (sound.row for sound in packed))
    return packed


def _wanted(track: Track) -> list[tuple[str, str]]:
    """Name the parts of a track that go into a pack, each with its kind in the manifest."""
    if _is_song(track):
        return [(part, _STEM_OF[part]) for part in track.parts if part in _STEM_OF]
    return [(part, _KIND_OF[part]) for part in track.parts if part in _KIND_OF]


def _place(track: Track, part: str) -> Path:
    name = Path(track.name.removesuffix(track.parts[part].path.suffix))
    # The stems of a song lie side by side in its folder, named as their kind.
    return name / f"{part}.opus" if _is_song(track) else name.with_name(f"{name.name}.opus")


def _is_song(track: Track) -> bool:
    return VOCALS in track.parts and ACCOMPANIMENT in track.parts


def _packed(job: Job) -> Packed:
    import soundfile  # noqa: PLC0415

    target, sound = job.out / job.place, job.track.parts[job.part]
    fresh = not target.exists()
    if fresh:
        target.parent.mkdir(parents=True, exist_ok=True)
        level = 1 - (job.kbits - LOWEST_KBITS) / (HIGHEST_KBITS - LOWEST_KBITS)
        with (
            open_reader(sound.path, sound.stream) as reader,
            atomic(target) as part,
            soundfile.SoundFile(part, "w", job.rate, 1, "OPUS", format="OGG", compression_level=level) as file,
        ):
            for block in mono_blocks(reader, job.rate):
                file.write(np.clip(block[0], -1, 1))
    return Packed(_row(job, soundfile.info(target).duration), target.stat().st_size, fresh)


def _row(job: Job, seconds: float) -> dict[str, str]:
    track = job.track
    voice = job.kind in ("speech", "singing", VOCALS)
    speaker = (track.group or "") if voice else ""
    return {
        "path": job.place.as_posix(),
        "kind": job.kind,
        "split": track.split,
        "corpus": track.corpus,
        "speaker": speaker if track.corpus in MADE else speaker.removeprefix(f"{track.corpus}/"),
        "language": track.tags.get("language", ""),
        "seconds": f"{seconds:.3f}",
        "licence": track.licence.partition(" (voice of ")[0],
    }
