"""Fixed-length segments as training sets on disk: pairs, songs or speakers apart.

    OUT/{train,dev,test}/{noisy,clean}/ID.flac                pairs, as the corpus `paired` reads them
    OUT/{train,dev,test}/ID/{mixture,vocals,...}.flac         songs, as `stems` does
    OUT/{train,dev,test}/{mix_clean,s1,s2,...}/ID.flac        speakers apart, as `librimix` does
    OUT/index.csv                                             where each segment comes from
    OUT/.cut/                                                 what was done, so that it is not done again

An ID is a sum over the bytes of the sources, the place and the options. What exists is left alone, a file bears its
name only when it is whole, and each track is written down when it is through: cutting can be stopped at any moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxlift.audio import Samples
from voxlift.cluster.crews import Crew
from voxlift.errors import DataError, InputError
from voxlift.lab.corpora.track import CLEAN, MIXTURE, NOISE
from voxlift.lab.datasets.noising import Mixed, Noiser
from voxlift.lab.datasets.parallel import Progress, each
from voxlift.lab.datasets.plan import VERSION, Job
from voxlift.lab.datasets.records import read_json, write_json, write_table
from voxlift.lab.datasets.scan import BLOCK_SECONDS, digest, power_db
from voxlift.lab.datasets.windows import Window, aligned, side_by_side, windows
from voxlift.media import open_reader, open_writer
from voxlift.media.formats import Format

INDEX = "index.csv"


@dataclass(frozen=True)
class Row:
    """One segment; times in seconds, `padding_seconds` of them silence at its end."""

    id: str
    split: str
    track: str
    group: str
    corpus: str
    licence: str
    start_seconds: float
    seconds: float
    padding_seconds: float
    rate: int
    channels: int
    level_db: float
    snr_db: float | None
    noise: str


@dataclass(frozen=True)
class Cut:
    """What became of one track."""

    rows: tuple[Row, ...]
    written: int
    """Segments that were not there before."""
    silent: int
    """Segments that were left out for their level."""


def cut(jobs: Sequence[Job], by: int | Crew = 1, progress: Progress | None = None) -> list[Cut]:
    """Cut the tracks of a plan, and write the index of all that the folder holds; `by` is as for `each`.

    Raises
    ------
    InputError
        When a sound cannot be read, the parts of a track differ in length, or the disk is full.
    """
    done = each(cut_track, jobs, by, progress)
    for out in {job.out for job in jobs}:
        _write_index(out)
    return done


def cut_track(job: Job) -> Cut:
    """Cut one track, unless it was cut before and nothing has changed."""
    key = _key(job)
    before = read_json(job.record)
    if before is not None and before["key"] == key and all(path.is_file() for path in _files(job, before["rows"])):
        return Cut(tuple(Row(**row) for row in before["rows"]), 0, before["silent"])
    rows, written, silent = [], 0, 0
    try:
        for row, mixed in _segments(job, key):
            if row.level_db < job.options.silence_db:
                silent += 1
                continue
            rows.append(row)
            written += _write(job, row, mixed.parts)
    except InputError as problem:
        raise DataError(f"{job.track.name}: {problem}") from None
    kept = {row.id for row in rows}
    for path in _files(job, [row for row in (before or {"rows": []})["rows"] if row["id"] not in kept]):
        path.unlink(missing_ok=True)  # of a source that has changed since
    write_json(job.record, {"key": key, "silent": silent, "rows": [asdict(row) for row in rows]})
    return Cut(tuple(rows), written, silent)


def _key(job: Job) -> str:
    """Everything that a track's segments depend on."""
    sources = [job.track.parts[name] for name in job.sources] + ([job.noise.parts[NOISE]] if job.noise else [])
    options = job.options
    facts: list[object] = [VERSION, job.layout, job.sources, options.seconds, options.overlap, options.pad]
    facts += [(digest(part.path), part.stream) for part in sources]
    if job.noise:
        facts += [job.record.stem, options.snr_db, options.seed]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _segments(job: Job, key: str) -> Iterator[tuple[Row, Mixed]]:
    options, noiser = job.options, None
    with ExitStack() as opened:
        rate, sounds = _sounds(job, opened)
        length = max(1, round(options.seconds * rate))
        hop = max(1, round(length * (1 - options.overlap)))
        if job.noise is not None:
            noiser = Noiser(job.noise.parts[NOISE], rate, job.rng)
        for pieces in side_by_side([windows(blocks, length, hop, options.pad) for blocks in sounds]):
            first = pieces[0]
            if noiser is not None and options.snr_db is not None:
                mixed = noiser.over(first.samples, first.start, options.snr_db)
            else:
                mixed = Mixed(dict(zip(job.sources, (piece.samples for piece in pieces), strict=True)))
            ident = hashlib.sha256(f"{key}/{first.start}".encode()).hexdigest()[:20]
            yield _row(job, ident, first, rate, mixed), mixed


def _sounds(job: Job, opened: ExitStack) -> tuple[int, Sequence[Iterator[Samples]]]:
    """Open what a segment is made of: the rate, and the blocks of each source."""
    parts = [job.track.parts[name] for name in job.sources]
    readers = [opened.enter_context(open_reader(part.path, part.stream)) for part in parts]
    if len({(reader.rate, reader.channels) for reader in readers}) > 1:
        raise DataError("its parts differ in rate or channels; look with voxlift lab data verify")
    if job.track.aligned or len(readers) == 1:
        return readers[0].rate, [reader.blocks(BLOCK_SECONDS) for reader in readers]
    late, early = (np.concatenate(list(reader.blocks(BLOCK_SECONDS)), axis=1) for reader in readers)
    return readers[0].rate, [iter([sound]) for sound in aligned(late, early)]


def _row(job: Job, ident: str, piece: Window, rate: int, mixed: Mixed) -> Row:
    track, parts = job.track, mixed.parts
    judged = next((parts[name] for name in (CLEAN, MIXTURE) if name in parts), None)
    if judged is None:
        judged = np.sum(list(parts.values()), axis=0)
    channels, length = piece.samples.shape
    return Row(
        id=ident,
        split=track.split,
        track=track.name,
        group=track.group or "",
        corpus=track.corpus,
        licence=track.licence,
        start_seconds=round(piece.start / rate, 6),
        seconds=length / rate,
        padding_seconds=round((length - piece.sounding) / rate, 6),
        rate=rate,
        channels=channels,
        level_db=round(power_db(float(np.square(judged, dtype=np.float64).mean())), 2),
        snr_db=None if mixed.snr_db is None else round(mixed.snr_db, 2),
        noise=job.noise.name if job.noise else "",
    )


def _write(job: Job, row: Row, sounds: Mapping[str, Samples]) -> bool:
    """Write what is missing of a segment; tells whether anything was."""
    missing = {job.place(row.id, part): samples for part, samples in sounds.items()}
    missing = {path: samples for path, samples in missing.items() if not path.is_file()}
    for path, samples in missing.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = Format("flac", "PCM_24", row.rate, row.channels)
        with open_writer(path, kind, overwrite=True) as writer:
            writer.write(np.clip(samples, -1, 1))
    return bool(missing)


def _files(job: Job, rows: Sequence[Mapping[str, Any]]) -> list[Path]:
    return [job.place(row["id"], name) for row in rows for name in job.targets]


def _write_index(out: Path) -> None:
    rows = [row for path in sorted((out / ".cut").glob("*.json")) for row in (read_json(path) or {}).get("rows", ())]
    rows.sort(key=lambda row: (row["split"], row["track"], row["start_seconds"]))
    write_table(out / INDEX, list(Row.__dataclass_fields__), rows)
