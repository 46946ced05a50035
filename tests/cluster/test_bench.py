"""The bench of scaling runs, on as little as makes sense, and what it foretells is what must come of its numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.processes import ROOT


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import scaling

    return scaling.simulate


def test_it_measures_and_foretells(card: Path) -> None:
    words = ["--files", 4, "--seconds", 1, "--workers", 1, "--tasks", 50, "--model", card, "--json", "figures.json"]
    ran = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "scaling.py"), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(Path("figures.json").read_text("utf-8"))
    assert figures["tasks_a_second"] > 1
    assert {found["workers"] for found in figures["simulated"]} == {1, 10, 100, 1_000}
    assert ran.stdout.count("\n| --- |") == 2


@pytest.mark.parametrize(("workers", "batch", "times", "wanted"), [
    (1, 1, (2.0, 0.0), 2_000.0), (10, 1, (2.0, 0.0), 200.0), (10, 10, (2.0, 0.0), 200.0),
    (100, 1, (0.1, 0.01), 10.0), (1_000, 1, (0.1, 0.01), 10.0), (100, 10, (0.1, 0.01), 100 * 0.01 + 10 * 0.1),
])  # fmt: skip
def test_a_simulation_whose_end_is_known(  # type: ignore[no-untyped-def]
    simulate, workers: int, batch: int, times: tuple[float, float], wanted: float
) -> None:
    """A thousand files that take the same: either the workers are the limit, or the scheduler is."""
    found = simulate([times[0]] * 2, times[1], workers, batch, files=1_000)
    assert 3600 * found.hours == pytest.approx(wanted, rel=0.15)
    assert found.busy <= 1
    assert found.scheduler <= 1
