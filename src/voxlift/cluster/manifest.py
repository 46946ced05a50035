"""What became of every recording, written down as it happens, so that a run that was killed goes on where it was.

The manifest grows at its end only, by the rows of one recording at a time in a single write: a process that is killed
leaves it whole, and a machine that loses its power at most a torn last row, which the next run cuts off. Parquet cannot
be appended to (its index comes last): its rows go to a journal of the same kind beside it, from which it is made
whenever a run ends, and which is removed only then.
"""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from voxlift.atomic import atomic
from voxlift.cluster.places import is_url
from voxlift.cluster.rows import COLUMNS, DONE, Row, decoded, encoded, header, records
from voxlift.cluster.shard import hashed
from voxlift.errors import InputError, MissingExtraError
from voxlift.media.faults import writing_fault

_SYNC_SECONDS = 1.0
"""A machine that stops loses the rows of so long at most; a process that is killed none."""


class Manifest:
    """A table of what was done, open for more.

    Parameters
    ----------
    path
        `NAME.csv` or `NAME.parquet`.
    resume
        Go on with what it holds, if it is there.
    overwrite
        Begin anew, whatever it holds.

    Raises
    ------
    InputError
        When it exists and neither is asked for, when another run writes it, when it is no manifest, or cannot be
        written.
    """

    def __init__(self, path: Path, *, resume: bool = False, overwrite: bool = False) -> None:
        self.path, self._journal = path, _journal_of(path)
        there = _begun(path) or _begun(self._journal)
        if there and not (resume or overwrite):
            raise InputError(f"{path}: exists already; --resume goes on with it, --overwrite begins anew")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if there and not resume:
                self._journal.unlink(missing_ok=True)
            if resume and path.exists() and not self._journal.exists():
                _unpack(path, self._journal)
            self._file = os.open(self._journal, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            _claim(self._file, path)
            self._index = _Index(self._journal)
            os.truncate(self._file, self._index.end)
            if not self._index.end:
                os.write(self._file, header())
        except OSError as problem:
            raise writing_fault(path, problem) from None
        self._replaced, self._synced = False, time.monotonic()

    def rows_of(self, place: str) -> tuple[Row, ...]:
        """Find what was written of a recording before this run; its last rows, if there were several tries."""
        return self._index.find(place)

    def first(self) -> Row | None:
        """Find the first row that was done before this run."""
        return self._index.first

    def write(self, rows: Sequence[Row]) -> None:
        """Write down what became of a recording."""
        self._replaced |= bool(self._index.find(rows[0].input))
        try:
            data = encoded(rows)
            while data:
                data = data[os.write(self._file, data) :]
            if time.monotonic() - self._synced >= _SYNC_SECONDS:
                os.fsync(self._file)
                self._synced = time.monotonic()
        except OSError as problem:
            raise writing_fault(self.path, problem) from None

    def close(self) -> None:
        """Bring it into its last form: one try a recording, and Parquet where that was asked for."""
        try:
            try:
                os.fsync(self._file)
            finally:
                os.close(self._file)
            if self._replaced:
                _rewrite(self._journal, _Index(self._journal).last_tries)
            if self._journal != self.path:
                _pack(self._journal, self.path)
                self._journal.unlink()
        except OSError as problem:
            raise writing_fault(self.path, problem) from None

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Index:
    """Where the rows of each recording lie: 16 bytes a recording, however long its name is."""

    def __init__(self, path: Path) -> None:
        self._path, self.end = path, 0
        self.first: Row | None = None
        sums, places = array("Q"), array("q")
        before: tuple[str, str] | None = None
        with path.open("rb") as file:
            for begins, ends, record in records(file):
                if begins == 0:
                    _check_header(path, record)
                elif (row := decoded(record)) is None:
                    raise InputError(f"{path}: is no manifest from byte {begins} on; give another name, or --overwrite")
                else:
                    if (row.input, row.time) != before:
                        before = (row.input, row.time)
                        sums.append(hashed(row.input))
                        places.append(begins)
                    if self.first is None and row.status == DONE:
                        self.first = row
                self.end = ends
            if not self.end and file.seek(0, os.SEEK_END):
                raise InputError(f"{path}: is no manifest; give another name, or --overwrite")
        order = np.argsort(np.frombuffer(sums, np.uint64), kind="stable")
        self._sums, self._places = np.frombuffer(sums, np.uint64)[order], np.frombuffer(places, np.int64)[order]

    def find(self, place: str) -> tuple[Row, ...]:
        """Read the last rows of a recording."""
        at = int(np.searchsorted(self._sums, np.uint64(hashed(place)), side="right")) - 1
        if at < 0 or int(self._sums[at]) != hashed(place):
            return ()
        rows = tuple(self._group(int(self._places[at])))
        return rows if rows[0].input == place else ()

    def last_tries(self) -> Iterator[Row]:
        """Yield the last rows of every recording, in the order of the file."""
        with self._path.open("rb") as file:
            kept: tuple[str, str] | None = None
            for begins, _, record in records(file):
                row = decoded(record) if begins else None
                if row is None:
                    continue
                if kept == (row.input, row.time) or self.find(row.input)[0].time == row.time:
                    kept = (row.input, row.time)
                    yield row

    def _group(self, start: int) -> Iterator[Row]:
        first: Row | None = None
        with self._path.open("rb") as file:
            for _, ends, record in records(file, start):
                row = decoded(record) if ends <= self.end else None
                if row is None or (first is not None and (row.input, row.time) != (first.input, first.time)):
                    return
                first = first or row
                yield row


def _begun(path: Path) -> bool:
    """Whether there is more than the names of the columns."""
    return path.exists() and path.stat().st_size > len(header())


def _journal_of(path: Path) -> Path:
    if is_url(str(path)) or ":/" in str(path):
        raise InputError(f"--manifest {path}: it is written row by row, which only a file can be; give a path")
    if path.suffix.lower() == ".csv":
        return path
    if path.suffix.lower() != ".parquet":
        raise InputError(f"--manifest {path}: give a name that ends in .csv or .parquet")
    if find_spec("pyarrow") is None:
        raise MissingExtraError("a manifest in Parquet", "cluster")
    return path.with_name(f"{path.name}.journal")


def _check_header(path: Path, record: bytes) -> None:
    if record != header():
        raise InputError(f"{path}: is no manifest (its first line should be {','.join(COLUMNS)}); give another name")


def _claim(file: int, path: Path) -> None:
    """See that no other run writes here; the lock ends with the process, however that ends."""
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"{path}: another run is writing it; wait for that, or give another name") from None


def _rewrite(path: Path, rows: Callable[[], Iterator[Row]]) -> None:
    with atomic(path, durable=True) as part, part.open("wb") as file:
        file.write(header())
        for row in rows():
            file.write(encoded([row]))


def _pack(journal: Path, path: Path) -> None:
    from voxlift.cluster.parquet import write_parquet  # noqa: PLC0415

    with journal.open("rb") as file:
        rows = (row for begins, _, record in records(file) if begins and (row := decoded(record)) is not None)
        write_parquet(path, rows)


def _unpack(path: Path, journal: Path) -> None:
    from voxlift.cluster.parquet import read_parquet  # noqa: PLC0415

    _rewrite(journal, lambda: read_parquet(path))
