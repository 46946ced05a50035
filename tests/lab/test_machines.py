"""Trainings of several processes and hosts, and of one that is killed: the weights are those of one left in peace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.lab.test_training import weights
from voxlift.errors import RecipeError
from voxlift.lab.recipe import read_recipe
from voxlift.lab.training import Training


def same_weights(run: Path, other: Path) -> None:
    for name, value in weights(run).items():
        torch.testing.assert_close(weights(other)[name], value, atol=2e-5, rtol=1e-3)


def train_words(recipe: Path, cache: Path, run: Path, *overrides: str) -> list[str]:
    words = ["lab", "train", str(recipe), *overrides, "--cache", str(cache), "--run", str(run)]
    return [sys.executable, "-m", "voxlift", *words]


def test_two_processes_train_what_one_trains(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    """They share each batch: the weights after three steps are those of one process."""
    Training(read_recipe(recipe_file, ["schedule.steps=3"]), tmp_path / "one", cache).run()
    command = train_words(recipe_file, cache, tmp_path / "two", "schedule.steps=3", "run.devices=2")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    same_weights(tmp_path / "one", tmp_path / "two")


def test_two_hosts_train_what_one_trains(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    """Two commands that find each other by address, as on two machines."""
    Training(read_recipe(recipe_file, ["schedule.steps=3"]), tmp_path / "one", cache).run()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    command = train_words(recipe_file, cache, tmp_path / "two", "schedule.steps=3", "run.hosts=2")
    hosts = [
        subprocess.Popen(command, env=os.environ | meeting | {"NODE_RANK": rank}, stderr=subprocess.PIPE, text=True)
        for rank in ("0", "1")
    ]
    said = [host.communicate(timeout=300)[1] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0], said
    assert "done" in said[0]
    assert not said[1], "only the first host reports"
    same_weights(tmp_path / "one", tmp_path / "two")


def test_a_killed_run_goes_on_from_its_checkpoint(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    """SIGKILL leaves no time for anything: the last checkpoint counts, and the end is that of a run never killed."""
    overrides = ["schedule.steps=30", "schedule.checkpoint_minutes=0"]
    Training(read_recipe(recipe_file, overrides), tmp_path / "whole", cache).run()
    command = train_words(recipe_file, cache, tmp_path / "killed", *overrides)
    checkpoint = tmp_path / "killed" / "checkpoint.pt"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not checkpoint.exists():
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    again = Training(read_recipe(recipe_file, overrides), tmp_path / "killed", cache)
    assert 0 < again.step < 30
    again.run()
    for name, value in weights(tmp_path / "whole").items():
        torch.testing.assert_close(weights(tmp_path / "killed")[name], value)


def test_a_run_whose_whole_group_is_stopped_saves_and_says_so(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    """A scheduler's SIGTERM, or Ctrl-C, reaches those that mix examples, too; they leave it to the parent."""
    run = tmp_path / "run"
    overrides = ["schedule.steps=100000", "schedule.checkpoint_minutes=0", "data.workers=2"]
    command = train_words(recipe_file, cache, run, *overrides)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while process.poll() is None and not (run / "checkpoint.pt").exists():
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert said.splitlines()[-1] == "voxlift: stopped; nothing was left half-written"
    assert "DataLoader" not in said
    assert Training(read_recipe(recipe_file, overrides), run, cache).step > 0


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("run.devices=3", "share a batch of 4"),
        ("run.devices=0", "0 processes"),
        ("run.accelerator=abacus", "this machine"),
    ],
)
def test_a_machine_that_does_not_fit_is_named(
    recipe_file: Path, cache: Path, tmp_path: Path, override: str, words: str
) -> None:
    with pytest.raises(RecipeError, match=words):
        Training(read_recipe(recipe_file, [override]), tmp_path / "run", cache)
