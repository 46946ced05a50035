"""The lab's long works give on a cluster what they give here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.cli.command_line import Cli, names, save, sound
from tests.cluster.processes import Cluster
from tests.lab.test_tuning import RECIPE
from voxlift.audio import Audio


@pytest.fixture
def pairs(folder: Path) -> Path:
    """Three pairs of noisy and clean speech, whatever that is."""
    for seed in range(3):
        noisy = sound(24_000, seed=seed)
        save(f"pairs/noisy/{seed}.wav", noisy)
        save(f"pairs/clean/{seed}.wav", Audio(np.float32(0.9) * noisy.samples, noisy.rate))
    return folder / "pairs"


@pytest.fixture
def toy(folder: Path) -> Path:
    """A recipe that says where its corpus lies as seen from its own folder."""
    for number in range(2):
        save(f"corpus/clean/speaker-{number}/a.wav", sound(24_000, seed=number))
        save(f"corpus/noise/{number}.wav", sound(24_000, seed=9 + number))
    path = folder / "toy.toml"
    path.write_text(RECIPE.format(root="corpus"), "utf-8")
    return path


def test_cutting(cli: Cli, cluster: Cluster, pairs: Path, folder: Path) -> None:
    words = ["lab", "data", "cut", pairs, "--corpus", "paired", "--seconds", 0.5]
    assert cli(*words, "-o", "here").status == 0
    told = cli(*words, "-o", "there", "--cluster", cluster.address)
    assert told.status == 0, told.err
    assert names(folder / "here") == names(folder / "there")
    assert Path("here/index.csv").read_text() == Path("there/index.csv").read_text()


def test_evaluating(cli: Cli, cluster: Cluster, pairs: Path, card: Path) -> None:
    words = ["lab", "evaluate", card, "--on", pairs, "--metric", "si_sdr", "--metric", "sdr"]
    assert cli(*words, "--save", "here.csv").status == 0
    told = cli(*words, "--save", "there.csv", "--cluster", cluster.address)
    assert told.status == 0, told.err
    assert Path("here.csv").read_text() == Path("there.csv").read_text()


@pytest.mark.parametrize("shared", [True, False])
def test_searching(cli: Cli, cluster: Cluster, toy: Path, shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["lab", "tune", toy.name, "--trials", 3, "--cluster", cluster.address, "--cache", "cache"]
    if not shared:
        monkeypatch.setattr(Path, "cwd", lambda: Path("/no/such/folder"))
    told = cli(*words, "--study", "study")
    if shared:
        assert told.status == 0, told.err
        assert "3 trials" in told.out
        assert Path("study/best.toml").is_file()
    else:
        assert (told.status, "does not see it" in told.err) == (2, True)


def test_a_training_wants_a_process_to_itself(cli: Cli, pairs: Path, card: Path, folder: Path) -> None:
    wide = Cluster(folder, workers=1, threads=2)
    try:
        told = cli("lab", "evaluate", card, "--on", pairs, "--cluster", wide.start().address)
    finally:
        wide.stop()
    assert (told.status, "--nthreads 1" in told.err) == (2, True)
