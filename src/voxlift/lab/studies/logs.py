"""The log of a run, as `lab train` writes it, read back for its learning curve."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from voxlift.errors import DataError
from voxlift.media.faults import shown
from voxlift.plots.learning import Curve

LOG, RECIPE = "log.csv", "recipe.toml"
COLUMNS = ("step", "loss", "hours", "seen_hours")
VALIDATION = "validation"


def read_curve(run: Path, name: str) -> Curve:
    """Read the log of a run: its folder, or the file itself.

    Where a run stopped and went on from its last checkpoint, some steps stand twice: the later ones count.

    Raises
    ------
    DataError
        When there is no log, it lacks a column, or a row is no row of numbers.
    """
    path = run / LOG if run.is_dir() else run
    if not path.is_file():
        raise DataError(f"{shown(path)}: no such file; give the folder of a run that `voxlift lab train` made")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if lacking:
                raise DataError(f"{shown(path)}: has no column {lacking[0]!r}; a log has {', '.join(COLUMNS)}")
            rows = [_row(row, path, reader.line_num) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise DataError(f"{shown(path)}: is no table; give the log.csv of a run") from None
    kept = _latest(rows)
    if not kept:
        raise DataError(f"{shown(path)}: has no row yet; wait for the run's first minute")
    columns = {key: np.array([row[key] for row in kept]) for key in (*COLUMNS, VALIDATION)}
    return Curve(
        name, columns["loss"], columns[VALIDATION], columns["hours"], columns["seen_hours"], _objective(path.parent)
    )


def names_of(runs: list[Path]) -> list[str]:
    """Name runs by their folders; those that share a name, by the whole path."""
    short = [run.resolve().parent.name if run.name == LOG else run.resolve().name for run in runs]
    return [name if short.count(name) == 1 else str(run) for name, run in zip(short, runs, strict=True)]


def _objective(folder: Path) -> str:
    """Find what the loss is in the recipe beside the log, if there is one."""
    try:
        recipe = tomllib.loads((folder / RECIPE).read_text("utf-8"))
        terms = {**recipe["losses"], **recipe["objective"]}
        return ", ".join(f"{key} {value}" for key, value in sorted(terms.items()) if value)
    except (OSError, ValueError, KeyError, AttributeError):
        return ""


def _row(row: Mapping[str, str], path: Path, line: int) -> dict[str, float]:
    try:
        values = {key: float(row[key]) for key in COLUMNS}
        values[VALIDATION] = float(row.get(VALIDATION) or math.nan)
    except (TypeError, ValueError):
        raise DataError(f"{shown(path)}: line {line} is no row of numbers; mend it or take it away") from None
    return values


def _latest(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    kept: list[dict[str, float]] = []
    for row in rows:
        while kept and kept[-1]["step"] >= row["step"]:
            kept.pop()
        kept.append(row)
    return kept
