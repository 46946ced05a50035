"""What visitors of the web service gave us to learn from: the folder that `voxlift feedback export` writes.

    consent.csv
    recordings/ID/input.*     what the visitor sent, in the format it came in
    recordings/ID/voice.*     what Voxlift made of it

`consent.csv` (UTF-8, with a heading) has a row a recording:

    id            names the folder in `recordings/`
    file          the recording, relative to the export: recordings/ID/input.wav
    verdict       yes or no: whether the voice was well lifted, as the visitor judged
    task          denoise, vocals or speakers
    stem_file     the lifted voice, relative to the export; may be empty
    language      as BCP 47 has it (de, pt-BR); may be empty
    licence       what the visitor agreed to, by name and version
    consented_at  when (ISO 8601); empty where consent was not given, or was taken back

Rows without `consented_at` are never listed. The export is only ever read. There is no truth in it: `noisy` (`mixture`
for songs) is the recording, `estimate` what a model made of it; the verdict is a tag. A tenth of the recordings, by id,
are the split dev.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from voxlift.errors import DataError
from voxlift.lab.corpora.splits import hashed_split
from voxlift.lab.corpora.track import ESTIMATE, MIXTURE, NOISY, Corpus, Part, Track

TABLE = "consent.csv"
COLUMNS = ("id", "file", "verdict", "task", "stem_file", "language", "licence", "consented_at")


def read(root: Path) -> Sequence[Track]:
    """List the recordings whose owners consent.

    Raises
    ------
    DataError
        When the table is missing, lacks a column, or names a file outside the export.
    """
    return [_track(root, row) for row in _rows(root / TABLE) if row["consented_at"].strip()]


def fits(root: Path) -> bool:
    """Whether there is the table of consent."""
    return (root / TABLE).is_file()


def _rows(table: Path) -> Iterator[Mapping[str, str]]:
    try:
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restval="")
            lacking = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if lacking:
                raise DataError(f"{table}: has no column {', '.join(lacking)}; export it again")
            yield from reader
    except FileNotFoundError:
        raise DataError(f"{table}: missing; export again with voxlift feedback export") from None


def _track(root: Path, row: Mapping[str, str]) -> Track:
    task = row["task"].strip()
    parts = {MIXTURE if task == "vocals" else NOISY: Part(_inside(root, row["file"]))}
    if row["stem_file"].strip():
        parts[ESTIMATE] = Part(_inside(root, row["stem_file"]))
    tags = {key: row[key].strip() for key in ("verdict", "task", "language") if row[key].strip()}
    ident = row["id"].strip()
    licence = row["licence"].strip() or "not stated"
    return Track(ident, parts, hashed_split(ident), ident, "consent", licence, tags=tags)


def _inside(root: Path, name: str) -> Path:
    """Refuse paths that lead out of the export: the table comes from a public service."""
    path = PurePosixPath(name.strip())
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise DataError(f"{root / TABLE}: the file {name!r} does not lie in the export; export it again")
    return root / path


CORPUS = Corpus(
    "consent",
    f"{TABLE} and recordings/ID/{{input,voice}}.*",
    read,
    fits,
    licence="of each recording, in the table",
)
