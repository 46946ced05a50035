"""A corpus as a table: a row a track, with what its layout tells of it and what its sounds are like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from voxlift.errors import DataError, InputError
from voxlift.lab.corpora import Part, Track
from voxlift.lab.datasets.parallel import Progress, each
from voxlift.lab.datasets.scan import Facts, measure

FACTS = ("path", "stream", "rate", "channels", "seconds", "rms_db", "peak_db")
"""Of each part; the column is named after both: `vocals.rms_db`."""
MOST_KINDS = 40
"""A tag of more values than this is no kind: a transcript, a level."""


def describe(tracks: Sequence[Track], jobs: int = 1, progress: Progress | None = None) -> pd.DataFrame:
    """Read every sound of the tracks once.

    Parameters
    ----------
    tracks
        From `list_tracks`.
    jobs
        Processes.
    progress
        Called after each sound.

    Returns
    -------
    pandas.DataFrame
        name, split, group, corpus, licence, weight; a column a tag; `FACTS` of each part; `problem`, empty where all
        could be read. A sound that several tracks share is read once and told for each.
    """
    parts = list(dict.fromkeys(part for track in tracks for part in track.parts.values()))
    facts = dict(zip(parts, each(measure, parts, jobs, progress), strict=True))
    return pd.DataFrame([_row(track, facts) for track in tracks])


def part_names(frame: pd.DataFrame) -> list[str]:
    """Name the parts that a table tells of."""
    return [column.removesuffix(".path") for column in frame.columns if column.endswith(".path")]


def totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum a table up by split and part.

    Returns
    -------
    pandas.DataFrame
        split, part, tracks, hours, rates and channels (all that occur), mean_rms_db (mean over tracks), peak_db.
    """
    rows = []
    for split, half in frame.groupby("split", sort=False):
        for part in part_names(frame):
            there = half[half[f"{part}.seconds"].notna()]
            if there.empty:
                continue
            rows.append(
                {
                    "split": split,
                    "part": part,
                    "tracks": len(there),
                    "hours": there[f"{part}.seconds"].sum() / 3600,
                    "rates": _kinds(there[f"{part}.rate"]),
                    "channels": _kinds(there[f"{part}.channels"]),
                    "mean_rms_db": there[f"{part}.rms_db"].mean(),
                    "peak_db": there[f"{part}.peak_db"].max(),
                }
            )
    return pd.DataFrame(rows)


def kinds(frame: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count what the corpus and the tags say: how many tracks of each style, room, noise, language ..."""
    known = {"name", "split", "group", "licence", "weight", "problem"}
    counts = {}
    for column in frame.columns:
        if column not in known and "." not in column:
            values = frame[column].dropna().value_counts()
            if 1 < len(values) <= MOST_KINDS:
                counts[column] = {str(value): int(count) for value, count in values.items()}
    return counts


def save_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as its suffix says: .csv, .parquet or .xlsx.

    Raises
    ------
    InputError
        On another suffix, where a library is missing, and where the file cannot be written.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            frame.to_csv(path, index=False)
        elif suffix == ".parquet":
            frame.to_parquet(path, index=False)
        elif suffix == ".xlsx":
            frame.to_excel(path, index=False)
        else:
            raise InputError(f"{path}: tables are written as .csv, .parquet or .xlsx; choose one of these suffixes")
    except ImportError:
        library = "pyarrow" if suffix == ".parquet" else "openpyxl"
        raise InputError(
            f"{path}: {suffix} needs the library {library}; run: pip install {library}, or write .csv"
        ) from None
    except ValueError as problem:  # more rows than a sheet holds
        raise DataError(f"{path}: {problem}; write .csv or .parquet") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be written ({problem.strerror}); choose another place") from None


def _row(track: Track, facts: dict[Part, Facts]) -> dict[str, object]:
    row: dict[str, object] = {
        "name": track.name,
        "split": track.split,
        "group": track.group,
        "corpus": track.corpus,
        "licence": track.licence,
        "weight": track.weight,
        **track.tags,
    }
    problems = []
    for name, part in track.parts.items():
        found = facts[part]
        readable = found.length > 0
        row[f"{name}.path"] = str(part.path)
        row[f"{name}.stream"] = part.stream
        for fact in FACTS[2:]:
            row[f"{name}.{fact}"] = getattr(found, fact) if readable else None
        if found.problem:
            problems.append(f"{name}: {found.problem}")
    return {**row, "problem": "; ".join(problems)}


def _kinds(values: pd.Series) -> str:
    return " ".join(str(int(value)) for value in sorted(values.dropna().unique()))
