"""A manifest says what was done, whatever becomes of the run that writes it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.command_line import Cli, save
from tests.cluster.conftest import recordings
from voxlift.cluster.manifest import Manifest
from voxlift.cluster.rows import COLUMNS, DONE, FAILED, Row, decoded, encoded, header, records
from voxlift.errors import InputError

ROW = Row("a.wav", "a.voice.wav", 1.5, 44, "00", DONE, "", "2026-11-21T10:00:00.000000+00:00", "tiny", "11")
BYTES = st.sampled_from('\r\n",\udc80\udcff')  # what a name may hold, bytes that are no characters among it
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | BYTES, max_size=20)
ROWS = st.builds(
    Row,
    TEXT,
    TEXT,
    st.none() | st.floats(0, 1e6),
    st.none() | st.integers(0, 10**12),
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
)


@given(st.lists(ROWS, max_size=5))
def test_rows_are_read_as_they_were_written(rows: list[Row]) -> None:
    data = io.BytesIO(header() + encoded(rows))
    assert [decoded(record) for begins, _, record in records(data) if begins] == rows


def test_whatever_of_it_is_lost_the_rest_is_whole(tmp_path: Path) -> None:
    written = [replace(ROW, input=f'{number} "quoted",\nname') for number in range(3)]
    data = header() + encoded(written)
    ends = [end for _, end, _ in records(io.BytesIO(data))]
    for length in range(len(data)):
        path = tmp_path / f"{length}.csv"
        path.write_bytes(data[:length])
        whole = sum(end <= length for end in ends[1:])
        if 0 < length < len(header()):
            with pytest.raises(InputError, match="no manifest"):
                Manifest(path, resume=True)
            continue
        with Manifest(path, resume=True) as manifest:
            assert [manifest.rows_of(row.input) == (row,) for row in written] == [k < whole for k in range(3)]
            manifest.write([written[2]])
        assert path.read_bytes() == header() + encoded([*written[: min(whole, 2)], written[2]])


def test_the_last_try_counts_and_is_all_that_stays(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    failed = replace(ROW, output="", status=FAILED, error="no", time="2026-11-21T09:00:00.000000+00:00")
    with Manifest(path) as manifest:
        manifest.write([failed])
        manifest.write([replace(ROW, input="b.wav")])
    with Manifest(path, resume=True) as manifest:
        assert manifest.rows_of("a.wav") == (failed,)
        manifest.write([ROW, replace(ROW, output="a.rest.wav")])
    with Manifest(path, resume=True) as manifest:
        assert [row.output for row in manifest.rows_of("a.wav")] == ["a.voice.wav", "a.rest.wav"]
    assert path.read_bytes().count(b"\n") == 1 + 3


def test_parquet_holds_the_same_and_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    with Manifest(path) as manifest:
        manifest.write([ROW])
        assert not path.exists()
    with Manifest(path, resume=True) as manifest:
        assert manifest.rows_of("a.wav") == (ROW,)
        manifest.write([replace(ROW, input="b.wav")])
    table = pq.read_table(path)
    assert table.column_names == list(COLUMNS)
    assert table["input"].to_pylist() == ["a.wav", "b.wav"]
    assert table["seconds"].to_pylist() == [1.5, 1.5]
    assert [item.name for item in tmp_path.iterdir()] == ["m.parquet"]


def test_a_journal_whose_run_was_killed_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "m.parquet.journal").write_bytes(header() + encoded([ROW]))
    with pytest.raises(InputError, match="--resume"):
        Manifest(tmp_path / "m.parquet")
    with Manifest(tmp_path / "m.parquet", resume=True) as manifest:
        assert manifest.rows_of("a.wav") == (ROW,)
    assert pq.read_table(tmp_path / "m.parquet").num_rows == 1


@pytest.mark.parametrize(("name", "content", "words"), [
    ("m.txt", None, "csv or .parquet"), ("s3://bucket/m.csv", None, "give a path"),
    ("m.csv", b"name,size\n1,2\n", "no manifest"), ("m.csv", header() + b"one,two\n", "no manifest"),
    ("m.parquet", b"PAR1" * 40, "no Parquet"), ("no.csv/m.csv", None, ""),
])  # fmt: skip
def test_what_is_no_manifest_is_said(cli: Cli, name: str, content: bytes | None, words: str) -> None:
    recordings("in", 1)
    Path("no.csv").touch()
    if content is not None:
        Path(name).write_bytes(content)
    ran = cli("denoise", "in", "--manifest", name, "--resume")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err


def test_two_runs_never_write_one_manifest(tmp_path: Path) -> None:
    with Manifest(tmp_path / "m.csv"), pytest.raises(InputError, match="another run"):
        Manifest(tmp_path / "m.csv", resume=True)


def table() -> dict[str, dict[str, str]]:
    with Path("m.csv").open(newline="", encoding="utf-8") as file:
        return {row["input"]: row for row in csv.DictReader(file)}


def test_what_is_claimed_is_looked_at(cli: Cli) -> None:
    """Gone, cut short, or changed at the same size: each is found; only what is gone is made again unasked."""
    recordings("in", 4)
    given = ["denoise", "in", "--output-dir", "out", "--manifest", "m.csv"]
    assert cli(*given).status == 0
    whole = Path("out/000.voice.flac").read_bytes()
    Path("out/000.voice.flac").unlink()
    Path("out/001.voice.flac").write_bytes(Path("out/001.voice.flac").read_bytes()[:-1])
    changed = bytearray(Path("out/002.voice.flac").read_bytes())
    changed[-9] ^= 1
    Path("out/002.voice.flac").write_bytes(changed)
    ran = cli(*given, "--resume", "--json")
    assert [record["status"] for record in ran.records] == ["done", "failed", "failed", "skipped"]
    assert ran.err.count("is not what the manifest says") == 2
    assert Path("out/000.voice.flac").read_bytes() == whole
    assert Path("out/002.voice.flac").read_bytes() == changed
    assert cli(*given, "--resume", "--overwrite").status == 0
    assert {row["status"] for row in table().values()} == {"done"}


def test_what_lies_there_without_a_row_is_taken_if_it_is_the_same(cli: Cli) -> None:
    """As a run leaves it that was killed after it had published, and before it could write that down."""
    recordings("in", 2)
    save("in/002.ogg")
    given = ["denoise", "in", "--output-dir", "out", "--manifest", "m.csv"]
    assert cli(*given).status == 0
    Path("m.csv").unlink()
    Path("out/001.voice.flac").write_bytes(b"precious")
    ran = cli(*given, "--resume", "--json")
    assert {record["input"]: record["status"] for record in ran.records} == {
        "in/000.flac": "done", "in/001.flac": "failed", "in/002.ogg": "done",
    }  # fmt: skip
    assert "exists already" in ran.err
    assert Path("out/001.voice.flac").read_bytes() == b"precious"


def test_a_manifest_is_of_one_model(cli: Cli) -> None:
    recordings("in", 1)
    assert cli("denoise", "in", "--manifest", "m.csv").status == 0
    Path("m.csv").write_text(Path("m.csv").read_text().replace(",tiny,", ",other,"))
    ran = cli("denoise", "in", "--manifest", "m.csv", "--resume")
    assert (ran.status, "other" in ran.err, "tiny" in ran.err) == (2, True, True)


def test_resuming_needs_a_manifest(cli: Cli) -> None:
    ran = cli("denoise", "in", "--resume")
    assert (ran.status, "--manifest" in ran.err) == (2, True)
