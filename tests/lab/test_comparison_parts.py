"""What a comparison is made of: ranks, commands in processes of their own, a folder's claim, and HTML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voxlift.errors import DataError
from voxlift.lab.comparison.html import Markup, tag
from voxlift.lab.comparison.processes import FailedError, claimed, run_voxlift
from voxlift.lab.comparison.ranking import standings
from voxlift.lab.evaluation import Result


def test_ranks_and_what_is_not_sure() -> None:
    """`close` loses to `best` by a hair, now more, now less; `far` on every recording."""
    rng = np.random.default_rng(0)
    level = rng.normal(5, 4, 40)

    def result(values: np.ndarray) -> Result:
        return Result("", {str(n): {"si_sdr": float(x)} for n, x in enumerate(values)}, 0.0, ())

    jitter = rng.normal(0, 1, 40)
    results = {"far": result(level - 1), "best": result(level + 0.1), "close": result(level + jitter - jitter.mean())}
    ranked = standings(results, result(level - 0.5), "si_sdr")
    assert {name: standing.rank for name, standing in ranked.items()} == {"best": 1, "close": 2, "far": 3}
    assert [name for name, standing in ranked.items() if standing.tied] == ["close"]
    assert [name for name, standing in ranked.items() if standing.behind] == ["far"]


def test_a_command_that_is_killed_or_fails_is_told_in_a_sentence(tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(FailedError, match=r"none\.wav"):
        run_voxlift(["info", str(tmp_path / "none.wav")], tmp_path / "log", lines.append)
    assert (tmp_path / "log").read_text("utf-8").strip() == "\n".join(lines)


def test_a_folder_is_claimed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voxlift.lab.comparison.processes.ORPHAN_SECONDS", 1)
    with (
        claimed(tmp_path, print),
        pytest.raises(DataError, match="another comparison is at work"),
        claimed(tmp_path, lambda _: None),
    ):
        pass
    with claimed(tmp_path, print):
        pass


def test_text_is_escaped_and_tags_are_not() -> None:
    written = tag("p", "a < b ", tag("em", 'c & "d"'), title='"x"', hidden=True, lang=None)
    assert written == '<p title="&quot;x&quot;" hidden>a &lt; b <em>c &amp; &quot;d&quot;</em></p>'
    assert isinstance(written, Markup)
