"""The parts of a list are the whole list, and no two have anything in common."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.command_line import Cli, names
from tests.cluster.conftest import recordings
from voxlift.cluster.shard import Shard


@given(st.lists(st.text(), unique=True), st.integers(1, 20))
def test_each_name_is_of_one_part(listed: list[str], count: int) -> None:
    parts = [Shard(number + 1, count) for number in range(count)]
    assert all(sum(part.has(name) for part in parts) == 1 for name in listed)


def test_parts_are_about_as_large_and_the_same_on_every_machine() -> None:
    listed = [f"{number:05d}.flac" for number in range(4_000)]
    sizes = [sum(Shard(number, 4).has(name) for name in listed) for number in (1, 2, 3, 4)]
    assert all(900 < size < 1_100 for size in sizes)
    first = [number for number, name in enumerate(listed[:20]) if Shard(1, 4).has(name)]
    assert first == [0, 6, 8, 11, 14, 15, 16, 19]


def test_shards_lift_all_together_and_nothing_twice(cli: Cli, folder: Path) -> None:
    known = recordings("in", 9)
    # In whichever part they are, two of one name are kept apart as they are in the whole.
    Path("in/003.wav").write_bytes(Path("in/003.flac").read_bytes())
    assert cli("denoise", "in", "--output-dir", "whole").status == 0
    made: list[str] = []
    for number in (1, 2, 3):
        ran = cli("denoise", "in", "--output-dir", f"part{number}", "--shard", f"{number}/3", "--json")
        assert ran.status == 0
        made += [str(Path(record["outputs"]["voice"]).name) for record in ran.records]
    assert sorted(made) == names(folder / "whole")
    assert len(made) == len(known) + 1


@pytest.mark.parametrize("given", ["0/3", "4/3", "1/0", "half", "1/2/3", "-1/2", ""])
def test_what_is_no_part_is_said(cli: Cli, given: str) -> None:
    ran = cli("denoise", "in", f"--shard={given}")
    assert (ran.status, ran.err.count("\n"), "K/N" in ran.err) == (2, 1, True)
