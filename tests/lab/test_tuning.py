"""The search: what may vary, what it finds, and that nothing is lost when it is killed, stopped, or shared."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voxlift.errors import RecipeError
from voxlift.lab.recipe import Recipe, read_recipe
from voxlift.lab.training import Training
from voxlift.lab.tuning import Strategy, Tried, tune
from voxlift.lab.tuning.ledger import Ledger
from voxlift.lab.tuning.ranking import ENDED, ranked, spent_seconds
from voxlift.lab.tuning.space import read_space
from voxlift.plots import Layout
from voxlift.plots.tuning import Dot, draw_history, draw_importance

RECIPE = """
name = "toy"
task = "denoise"
summary = "A regression that learns at once, given the right rate"
[front]
rate = 16000
window = 512
hop = 256
view = "log_magnitude"
mask = "ratio"
[net]
kind = "logistic"
across = false
[data]
corpus = "folders"
root = "{root}"
seconds = 0.25
rooms = 0
workers = 0
validation = 8
[losses]
compressed_spectrum = 1.0
[optimiser]
rate = 1e-5
ema = 0.5
[schedule]
batch = 2
steps = 18
warmup = 0
[search]
"optimiser.rate" = {{ low = 1e-6, high = 1.0, log = true }}
"net.context" = {{ low = 1, high = 2 }}
"""
PATIENCE_SECONDS = 120
CREATED = 4


@pytest.fixture
def toy(corpus: Path, tmp_path: Path) -> Path:
    path = tmp_path / "toy.toml"
    path.write_text(RECIPE.format(root=corpus.as_posix()), "utf-8")
    return path


def start(toy: Path, study: Path, cache: Path, *words: str) -> subprocess.Popen[str]:
    command = ["lab", "tune", str(toy), "--study", str(study), "--cache", str(cache), *words]
    return subprocess.Popen(
        [sys.executable, "-m", "voxlift", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_until(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends
        time.sleep(0.05)


def drawing(study: Path) -> int:
    """How many processes have drawn a trial, by Optuna's journal."""
    journal = study / "trials.journal"
    lines = journal.read_text("utf-8").split("\n")[:-1] if journal.exists() else []
    created = [entry for entry in map(json.loads, lines) if entry["op_code"] == CREATED]
    return len({entry["worker_id"] for entry in created})


def tried_in(study: Path, recipe: Recipe) -> list[Tried]:
    return Ledger(study, recipe, read_space(recipe)).tried()


def test_the_search_finds_the_rate_and_its_recipe_trains(toy: Path, cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(toy)
    found = tune(recipe, tmp_path / "study", cache, trials=12)
    assert [trial.number for trial in found.tried] == list(range(12))
    assert found.best is not None
    assert found.best.values["optimiser.rate"] > 1e-2
    assert found.tried[0].values == {"optimiser.rate": 1e-5, "net.context": 1}, "the recipe's own come first"
    assert sum(trial.fate == "given up" for trial in found.tried) >= 4
    assert next(iter(found.importance)) == "optimiser.rate"
    assert found.held_out, "the corpus has no dev split"
    best = read_recipe(tmp_path / "study" / "best.toml")
    assert (best.search, best.schedule, best.run, best.data) == ({}, recipe.schedule, recipe.run, recipe.data)
    assert best.optimiser.rate == found.best.values["optimiser.rate"]
    training = Training(best, tmp_path / "run", cache)
    training.run()
    assert training.step == recipe.schedule.steps


def test_what_is_tried_depends_on_the_seed_alone(toy: Path, cache: Path, tmp_path: Path) -> None:
    """Also when the search is taken up again after every trial."""
    recipe = read_recipe(toy, ["schedule.steps=9", "data.validation=2"])
    whole = tune(recipe, tmp_path / "whole", cache, trials=3)
    for trials in (1, 2, 3):
        pieces = tune(recipe, tmp_path / "pieces", cache, trials=trials)
    assert [trial.values for trial in pieces.tried] == [trial.values for trial in whole.tried]
    assert [trial.looks for trial in pieces.tried] == [trial.looks for trial in whole.tried]
    other = tune(read_recipe(toy, ["schedule.steps=9", "run.seed=2"]), tmp_path / "other", cache, trials=2)
    assert other.tried[1].values != whole.tried[1].values


def test_without_pruning_all_come_to_their_end(toy: Path, cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(toy, ["schedule.steps=9", "data.validation=2"])
    found = tune(recipe, tmp_path / "study", cache, trials=4, strategy=Strategy(random=True, prune=False))
    assert [trial.fate for trial in found.tried] == ["done"] * 4


def test_a_search_killed_with_its_processes_goes_on_and_loses_nothing(toy: Path, cache: Path, tmp_path: Path) -> None:
    words, study = ["schedule.steps=100000", "run.minutes=0.03", "data.validation=2"], tmp_path / "study"
    process = start(toy, study, cache, *words, "--trials", "10000", "--jobs", "2")
    wait_until(lambda: drawing(study) == 2, process)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)  # not before the other process has left of itself
    recipe = read_recipe(toy, words)
    before = tried_in(study, recipe)
    ended = [trial for trial in before if trial.fate in ENDED]
    assert len(ended) >= 1
    after = tune(recipe, study, cache, trials=len(before) + 1).tried
    assert [after[trial.number] for trial in ended] == ended
    lost = [trial for trial in after if trial.fate in ("killed", "stopped")]
    assert lost, "a trial was under way"
    for trial in lost:
        assert any(again.values == trial.values for again in after[trial.number + 1 :]), "it is tried again"
    assert len({str(trial.values) for trial in after}) == len(after) - len(lost), "no two processes tried the same"


def test_a_second_command_joins_in_and_ctrl_c_ends_the_first(toy: Path, cache: Path, tmp_path: Path) -> None:
    words, study = ["schedule.steps=100000", "run.minutes=0.05", "data.validation=2"], tmp_path / "study"
    process = start(toy, study, cache, *words, "--trials", "10000")
    wait_until((study / "trials" / "0000" / "recipe.toml").exists, process)
    recipe = read_recipe(toy, words)
    first, second = tune(recipe, study, cache, trials=2).tried[:2]
    wait_until((study / "best.toml").exists, process)
    first = tried_in(study, recipe)[0]
    assert first.began < second.began < first.began + first.seconds, "they were at it at once"
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, told
    assert "1 stopped" in said
    assert "optimiser.rate" in said
    assert "the same command goes on" in told
    stopped = tried_in(study, recipe)[-1]
    after = tune(recipe, study, cache, trials=stopped.number + 1).tried
    assert (stopped.fate, after[-1].values) == ("stopped", stopped.values)


def test_a_budget_of_time_is_held(toy: Path, cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(toy, ["schedule.steps=100000", "data.validation=2"])
    began = time.monotonic()
    found = tune(recipe, tmp_path / "study", cache, trials=6, minutes=0.1)
    assert time.monotonic() - began < 6 + 3
    assert found.best is not None
    assert found.trial_minutes is not None
    assert found.trial_minutes < 0.1 / 2
    spent = tune(recipe, tmp_path / "study", cache, trials=60, minutes=found.spent_seconds / 60 - 0.02)
    assert len(spent.tried) == len(found.tried), "what was spent before counts"


def test_a_trial_that_cannot_be_is_no_end_of_the_search(toy: Path, cache: Path, tmp_path: Path) -> None:
    search = 'search={"optimiser.rate" = {choices = [0.1, 1e30]}}'
    recipe = read_recipe(toy, ["schedule.steps=9", search, "losses={snr = 1.0}", "optimiser.clip=1e30"])
    found = tune(recipe, tmp_path / "diverges", cache, trials=4)
    assert found.best is not None
    assert found.best.values["optimiser.rate"] == 0.1
    large = ["schedule.steps=9", 'search={"net.context" = {low = 100000000, high = 200000000}}']
    with pytest.raises(RecipeError, match=r"none of 5 trials could be trained.*GiB"):
        tune(read_recipe(toy, large), tmp_path / "large", cache, trials=9)


def test_a_folder_holds_one_search(toy: Path, cache: Path, tmp_path: Path) -> None:
    small = ["schedule.steps=9", "data.validation=2"]
    tune(read_recipe(toy, small), tmp_path / "study", cache, trials=1)
    with pytest.raises(RecipeError, match=r"batch = 2 there, batch = 4 here.*another --study"):
        tune(read_recipe(toy, [*small, "schedule.batch=4"]), tmp_path / "study", cache, trials=1)


def test_a_journal_cut_short_by_a_full_disk_is_read(toy: Path, cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(toy, ["schedule.steps=9", "data.validation=2"])
    tune(recipe, tmp_path / "study", cache, trials=1)
    with (tmp_path / "study" / "trials.journal").open("ab") as file:
        file.write(b'{"op_code": 4, "wor')
    assert len(tune(recipe, tmp_path / "study", cache, trials=2).ranked) == 2


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("{}", r"no \[search\] table.*low = 1e-4"),
        ('{"optimiser.rate" = {low = 0.1, high = 0.01}}', "upside down"),
        ('{"optimiser.rate" = {low = 0.1, high = 0.1}}', "one value alone"),
        ('{"optimiser.rate" = {low = 0.0, high = 0.01, log = true}}', "log needs low above 0"),
        ('{"optimiser.rate" = {low = 0, high = 0.5}}', "two kinds"),
        ('{"optimiser.rate" = {low = 0, high = 1}}', r"write 0\.0"),
        ('{"optimiser.rate" = {low = 0.1}}', "high must be a number"),
        ('{"optimiser.rate" = {low = 0.1, high = inf}}', "high must be a number"),
        ('{"optimiser.rate" = {low = 0.1, high = 0.2, log = 1}}', "true or false"),
        ('{"optimiser.rate" = {low = 0.1, hihg = 0.2}}', "did you mean 'high'"),
        ('{"optimiser.rat" = {low = 0.1, high = 0.2}}', "did you mean 'rate'"),
        ('{"optimizer.rate" = {low = 0.1, high = 0.2}}', "did you mean 'optimiser'"),
        ('{"net.context" = {low = 0, high = 4}}', "context"),
        ('{"net.context" = {low = 0.5, high = 4.0}}', "expected int"),
        ('{"net.context" = {choices = []}}', "two values or more"),
        ('{"net.context" = {choices = [1, 1]}}', "twice"),
        ('{"net.context" = {choices = [1, "two"]}}', "several kinds"),
        ('{"net.context" = {choices = [1, 2], low = 1}}', "not both"),
        ('{"net.context" = [1, 2]}', r"choices = \[1, 2\]"),
        ('{"net.context" = 3}', "expected a range"),
        ('{"name.x" = {low = 1, high = 2}}', "cannot vary"),
        ('{"run.seed" = {low = 1, high = 2}}', "cannot vary"),
        ('{"front.window" = {choices = [256, 512]}}', "compressed_spectrum"),
        ('{"task.x" = {low = 1, high = 2}}', "cannot vary"),
        ('{"init.x" = {low = 1, high = 2}}', "init"),
        ('{"net.context" = {low = 1, high = 2}, net = {context = {low = 1, high = 2}}}', "twice"),
    ],
)
def test_a_wrong_search_is_named(toy: Path, search: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        read_space(read_recipe(toy, [f"search={search}"]))


def test_keys_need_no_quotes_and_choices_may_be_lists(toy: Path) -> None:
    search = "search={optimiser = {rate = {low = 0.1, high = 0.2}}, net = {context = {choices = [1, 2]}}}"
    rate, context = read_space(read_recipe(toy, [search]))
    assert (rate.key, context.key) == ("optimiser.rate", "net.context")
    assert context.decode(context.encode(2)) == 2
    assert context.encode(3) is None
    assert rate.encode(0.3) is None


def test_several_devices_for_one_trial_are_refused(toy: Path, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"run\.devices=1"):
        tune(read_recipe(toy, ["run.devices=2"]), tmp_path / "study", cache)


def trial(number: int, fate: str, looks: dict[int, float], **others: Any) -> Tried:
    return Tried(number, fate, {}, looks, **{"began": 0.0, "seconds": 1.0, **others})


def test_a_bad_trial_that_came_to_its_end_for_want_of_others_ranks_low() -> None:
    first = trial(0, "done", {1: 9.0, 3: 8.0, 9: 7.0})
    second = trial(1, "done", {1: 5.0, 3: 3.0, 9: 1.0})
    early = [trial(2, "given up", {1: 6.0}), trial(3, "given up", {1: 4.0, 3: 3.5})]
    lost = [trial(4, "diverged", {}), trial(5, "stopped", {1: 0.0}), trial(6, "under way", {1: 0.0})]
    assert [x.number for x in ranked([*lost, first, second, *early])] == [1, 3, 2, 0, 4]
    assert ranked([]) == []


def test_time_between_two_sessions_is_not_spent() -> None:
    times = [(0.0, 10.0), (5.0, 10.0), (100.0, 1.0), (100.5, 0.1)]
    tried = [trial(0, "done", {}, began=began, seconds=seconds) for began, seconds in times]
    assert spent_seconds(tried) == pytest.approx(16)


def test_pictures_are_drawn_of_any_search() -> None:
    layout = Layout(600, 300)
    one = [Dot(0, 1.0, 0.5, 1.0)]
    many = [*one, Dot(1, 1e9, 1.0, 1 / 9), Dot(2, 0.5, 2.0, 1.0), Dot(3, 0.7, 2.0, 1 / 3)]
    for dots in (one, many):
        assert draw_history(dots, "Best loss $1", layout).startswith(b"\x89PNG")
    assert draw_importance({"net.width": 0.7, "optimiser.$x": 0.3}, "width", layout).startswith(b"\x89PNG")
