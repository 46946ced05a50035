"""What is made under a hidden name takes its own whole, or leaves what was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxlift.atomic import atomic


@pytest.mark.parametrize("kind", ["durable", "shared", "plain"])
def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with atomic(path, durable=kind == "durable", shared=kind == "shared") as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "card"
    path.mkdir()
    (path / "old").touch()
    with atomic(path) as part:
        part.mkdir()
        (part / "new").touch()
    assert [item.name for item in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("folder", [False, True])
def test_a_fault_leaves_what_was_there(tmp_path: Path, folder: bool) -> None:
    path = tmp_path / "thing"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        leave_half(path, folder)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".card.part").mkdir()
    (tmp_path / ".card.part" / "half").touch()
    with atomic(tmp_path / "card") as part:
        part.mkdir()
    assert not list((tmp_path / "card").iterdir())
    assert [item.name for item in tmp_path.iterdir()] == ["card"]


def test_several_may_make_one_file(tmp_path: Path) -> None:
    path = tmp_path / "pool"
    with atomic(path, shared=True) as first, atomic(path, shared=True) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # it ended last
    assert list(tmp_path.iterdir()) == [path]


def leave_half(path: Path, folder: bool) -> None:
    with atomic(path) as part:
        part.mkdir() if folder else part.write_text("half")
        raise KeyboardInterrupt
