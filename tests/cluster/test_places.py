"""Recordings and results in stores of other machines: read, listed and published there as they are on disks here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Cli, names, save, sound
from tests.cluster.conftest import recordings
from tests.cluster.test_cluster import done
from voxlift.cluster import listing, places
from voxlift.cluster.scratch import check_room
from voxlift.errors import DiskFullError, InputError, MediaError


@pytest.fixture
def memory() -> Iterator[str]:
    """A store that is no object store: there a file is seen while it is written."""
    import fsspec

    store = fsspec.filesystem("memory")
    yield "memory://shelf"
    store.rm("/", recursive=True)


def stored(url: str) -> dict[str, bytes]:
    system, path = places.disk(url)
    found = system.find(path)
    return {file.removeprefix(path).strip("/"): system.cat_file(file) for file in found}


def put(url: str, folder: str) -> None:
    system, path = places.disk(url)
    system.put(f"{folder}/", f"{path}/", recursive=True)


@pytest.mark.parametrize("by", ["here", "cluster"])
def test_s3_to_s3_gives_what_disk_to_disk_gives(
    cli: Cli, bucket: str, folder: Path, by: str, request: pytest.FixtureRequest
) -> None:
    known = recordings("in", 3)
    save("in/sub/deep.wav", sound(4_000, seed=9))
    Path("in/bad.wav").write_text("no sound")
    put(f"{bucket}/{by}/in", "in")
    more = [] if by == "here" else ["--cluster", request.getfixturevalue("cluster").address]
    ran = cli("denoise", f"{bucket}/{by}/in/", "--output-dir", f"{bucket}/{by}/out/", "--manifest", "m.csv", *more)
    assert (ran.status, "1 of 5 inputs failed" in ran.err) == (2, True)
    assert f"{bucket}/{by}/in/bad.wav  no sound could be found" in ran.err
    assert cli("denoise", "in", "--output-dir", "out").status == 2
    found = stored(f"{bucket}/{by}/out")
    assert found == {name: (folder / "out" / name).read_bytes() for name in names(folder / "out") if "." in name}
    assert done() == {*known, "deep.wav"}


def test_what_lies_there_is_not_replaced_unasked(cli: Cli, bucket: str) -> None:
    recordings("in", 2)
    put(f"{bucket}/kept/in", "in")
    system, path = places.disk(f"{bucket}/kept/in/000.voice.flac")
    system.pipe_file(path, b"precious")
    ran = cli("denoise", f"{bucket}/kept/in")
    assert (ran.status, "exists already" in ran.err) == (2, True)
    again = cli("denoise", f"{bucket}/kept/in", "--skip-existing", "--json")
    assert [record["status"] for record in again.records] == ["skipped", "skipped"]
    assert system.cat_file(path) == b"precious"
    assert cli("denoise", f"{bucket}/kept/in", "--overwrite").status == 0
    assert system.cat_file(path) != b"precious"


def test_a_resumed_run_looks_at_what_lies_there(cli: Cli, bucket: str) -> None:
    recordings("in", 3)
    put(f"{bucket}/again/in", "in")
    given = ["denoise", f"{bucket}/again/in", "--output-dir", f"{bucket}/again/out", "--manifest", "m.parquet"]
    assert cli(*given).status == 0
    system, path = places.disk(f"{bucket}/again/out/001.voice.flac")
    system.rm_file(path)
    ran = cli(*given, "--resume", "--json")
    assert [record["status"] for record in ran.records] == ["skipped", "done", "skipped"]


def test_a_listing_comes_page_by_page(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings("in", 5)
    put(f"{bucket}/pages", "in")
    asked: list[str] = []
    real = listing.disk

    def counted(url: str) -> tuple[object, str]:
        system, path = real(url)

        class Pages:
            def call_s3(self, name: str, **words: object) -> object:
                asked.append(name)
                return system.call_s3(name, MaxKeys=2, **words)

        return Pages(), path

    monkeypatch.setattr(listing, "disk", counted)
    found = listing.below(f"{bucket}/pages")
    assert next(found)[0] == f"{bucket}/pages/000.flac"
    assert len(asked) == 1
    assert [places.name(place) for place, _ in found] == [f"00{number}.flac" for number in (1, 2, 3, 4)]
    assert len(asked) == 3


def test_patterns_and_single_objects(cli: Cli, bucket: str) -> None:
    recordings("in", 3)
    put(f"{bucket}/some", "in")
    ran = cli("denoise", f"{bucket}/some/00[01].flac", f"{bucket}/some/002.flac", "--output-dir", "out", "--json")
    assert [places.name(record["input"]) for record in ran.records] == ["000.flac", "001.flac", "002.flac"]
    assert cli("denoise", f"{bucket}/some/000.flac", "-o", f"{bucket}/one/named.wav").status == 0
    assert list(stored(f"{bucket}/one")) == ["named.wav"]
    itself = cli("denoise", f"{bucket}/some/000.flac", "-o", f"{bucket}/some/000.flac", "--overwrite")
    assert (itself.status, "input itself" in itself.err) == (2, True)


def test_elsewhere_a_file_gets_its_name_when_it_is_whole(cli: Cli, memory: str) -> None:
    recordings("in", 2)
    put(f"{memory}/in", "in")
    ran = cli("denoise", f"{memory}/in", "--output-dir", f"{memory}/out", "--rest")
    assert (ran.status, ran.err.count("\n")) == (0, 2)
    assert sorted(stored(f"{memory}/out")) == [f"00{k}.{stem}.flac" for k in (0, 1) for stem in ("rest", "voice")]


def test_an_upload_that_fails_leaves_nothing(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("made.wav").write_bytes(b"sound")
    system, _ = places.disk(memory)

    def full(*_: object, **__: object) -> None:
        raise OSError("quota")

    monkeypatch.setattr(type(system), "mv", full)
    with pytest.raises(MediaError, match="quota"):
        places.publish(Path("made.wav"), f"{memory}/out/a.wav", overwrite=False)
    assert stored(memory) == {}


def test_file_urls_are_files(cli: Cli, folder: Path) -> None:
    recordings("in", 1)
    assert cli("denoise", f"file://{folder}/in", "--output-dir", f"file://{folder}/out").status == 0
    assert names(folder / "out") == ["000.voice.flac"]


@pytest.mark.parametrize(("url", "words"), [
    ("s3://no-such-bucket/in/", "no-such-bucket"), ("s3://recordings/none.wav", "no such file"),
    ("gs://bucket/in", "pip install gcsfs"), ("hxxp://host/a.wav", "hxxp://host/a.wav"),
])  # fmt: skip
def test_what_cannot_be_reached_is_said(cli: Cli, bucket: str, url: str, words: str) -> None:
    ran = cli("denoise", url)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1), ran.err
    assert words in ran.err


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxlift.cluster.places.find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"pip install 'voxlift\[cluster\]'"):
        places.disk("s3://bucket/a.wav")


def test_a_scratch_disk_without_room_is_said(tmp_path: Path) -> None:
    check_room(tmp_path, "s3://bucket/a.wav", 1)
    with pytest.raises(DiskFullError, match=r"s3://bucket/a\.wav: takes .* MB of scratch space"):
        check_room(tmp_path, "s3://bucket/a.wav", 10**15)
