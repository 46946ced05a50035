"""The rows of a manifest, and how they lie in a file: as CSV, one after another, each written at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from typing import IO

DONE, FAILED, KILLED, SKIPPED = "done", "failed", "killed", "skipped"


@dataclass(frozen=True)
class Row:
    """One output of a recording; a recording that failed has one row without an output."""

    input: str
    output: str
    seconds: float | None
    """Duration of the recording."""
    bytes: int | None
    """Size of the output."""
    checksum: str
    """SHA-256 of the output's bytes."""
    status: str
    """`done`, `skipped` (it was there before), `failed`, or `killed` (it brought down its worker)."""
    error: str
    time: str
    """When it was written down (UTC); all rows of one recording have the same."""
    model: str
    card_sha256: str


COLUMNS = tuple(field.name for field in fields(Row))


def encoded(rows: Iterable[Row]) -> bytes:
    """Write rows as lines of CSV."""
    text = io.StringIO(newline="")
    for row in rows:
        values = ["" if value is None else value for value in astuple(row)]
        # The library quotes a line feed in a name, and not always a carriage return.
        if any("\r" in str(value) for value in values):
            csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(values)
        else:
            csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode("utf-8", "surrogateescape")


def header() -> bytes:
    """Write the line that names the columns."""
    return (",".join(COLUMNS) + "\n").encode()


def records(file: IO[bytes], start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield each whole record with where it begins and ends; the last, if it was cut off, is left out.

    A name may hold line breaks, and is then in quotation marks: a record ends where their number is even.
    """
    file.seek(start)
    begins = ends = start
    record = b""
    for line in file:
        record += line
        ends += len(line)
        if record.count(b'"') % 2 == 0 and record.endswith(b"\n"):
            yield begins, ends, record
            begins, record = ends, b""


def decoded(record: bytes) -> Row | None:
    """Read a record; None if it is no row of a manifest."""
    values = next(csv.reader(io.StringIO(record.decode("utf-8", "surrogateescape"), newline="")), [])
    if len(values) != len(COLUMNS):
        return None
    named = dict(zip(COLUMNS, values, strict=True))
    try:
        seconds = float(named["seconds"]) if named["seconds"] else None
        size_bytes = int(named["bytes"]) if named["bytes"] else None
    except ValueError:
        return None
    return Row(
        named["input"], named["output"], seconds, size_bytes, named["checksum"], named["status"], named["error"],
        named["time"], named["model"], named["card_sha256"],
    )  # fmt: skip
