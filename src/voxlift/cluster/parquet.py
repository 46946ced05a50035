"""Manifests as Parquet: typed columns, read at once by pandas, Spark, DuckDB and the like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from voxlift.atomic import atomic
from voxlift.cluster.rows import COLUMNS, Row
from voxlift.errors import InputError

_TYPES = {"seconds": pa.float64(), "bytes": pa.int64(), "time": pa.timestamp("us", tz="UTC")}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])
_GROUP = 50_000
"""Rows that are in memory at a time."""


def write_parquet(path: Path, rows: Iterator[Row]) -> None:
    """Write rows; the file is there whole or not at all."""
    with atomic(path, durable=True) as part, pq.ParquetWriter(part, SCHEMA) as writer:
        while group := [_typed(row) for row in islice(rows, _GROUP)]:
            writer.write_table(pa.Table.from_pylist(group, SCHEMA))


def read_parquet(path: Path) -> Iterator[Row]:
    """Yield the rows of a manifest.

    Raises
    ------
    InputError
        When it is none.
    """
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid:
        raise InputError(f"{path}: is no Parquet file; give another name, or --overwrite") from None
    if file.schema_arrow.names != list(COLUMNS):
        raise InputError(f"{path}: is no manifest (its columns should be {', '.join(COLUMNS)}); give another name")
    for group in file.iter_batches(_GROUP):
        for values in group.to_pylist():
            yield Row(**{**values, "time": values["time"].astimezone(UTC).isoformat(timespec="microseconds")})


def _typed(row: Row) -> dict[str, object]:
    text = {name: _characters(value) if isinstance(value, str) else value for name, value in asdict(row).items()}
    return {**text, "time": datetime.fromisoformat(row.time)}


def _characters(text: str) -> str:
    """Write bytes of a name that are no characters as Python does: Parquet holds nothing but UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
