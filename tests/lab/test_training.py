"""The thread in small: recipe, corpus, training, resume, export, card, separator, scores."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.lab.conftest import voice
from voxlift import Audio, load, write
from voxlift.errors import CardError, DataError, RecipeError
from voxlift.lab.export import export_card, load_run, score_card
from voxlift.lab.parameters import read_parameters
from voxlift.lab.recipe import dump_recipe, read_recipe, resolve
from voxlift.lab.training import Training
from voxlift.separate.card import read_card, verify


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("pairs"), np.random.default_rng(3)
    for name in ("noisy", "clean"):
        (folder / name).mkdir()
    for number in range(2):
        clean = voice(rng, 2.0, 120 + 40 * number)
        noise = 0.03 * rng.standard_normal(clean.length)
        write(folder / "clean" / f"{number}.wav", clean)
        write(folder / "noisy" / f"{number}.wav", Audio(clean.samples + noise.astype(np.float32), clean.rate))
    return folder


def weights(run: Path) -> dict[str, torch.Tensor]:
    return torch.load(run / "checkpoint.pt", weights_only=True)["net"]


def test_a_run_stopped_and_resumed_is_the_run(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(recipe_file)
    Training(recipe, tmp_path / "whole", cache).run()

    class StoppedError(Exception):
        pass

    halves = Training(recipe, tmp_path / "halves", cache)
    learn = halves._learn

    def learn_three(*batch: torch.Tensor) -> torch.Tensor:
        if halves.step == 3:
            raise StoppedError
        return learn(*batch)

    halves._learn = learn_three  # type: ignore[method-assign]
    with pytest.raises(StoppedError):
        halves.run()
    again = Training(recipe, tmp_path / "halves", cache)
    assert again.step == 3
    again.run()
    for name, value in weights(tmp_path / "whole").items():
        torch.testing.assert_close(weights(tmp_path / "halves")[name], value)


def test_training_learns(recipe_file: Path, cache: Path, tmp_path: Path, pairs: Path) -> None:
    """A hundred and fifty small steps on buzzes in hiss raise SI-SDR over the noisy input's."""
    recipe = read_recipe(recipe_file, ["schedule.steps=150", "optimiser.rate=0.003", "optimiser.ema=0.9", "mix.room=0"])
    Training(recipe, tmp_path / "run", cache).run()
    card = export_card(tmp_path / "run", tmp_path / "card", cache=cache)
    assert card.training.steps == 150
    scored = score_card(tmp_path / "card", pairs)
    (score,) = scored.scores
    assert score.metrics["si_sdr_i"] > 1
    assert read_card(tmp_path / "card") == scored
    assert load(str(tmp_path / "card")).stems == ("voice", "rest")


def test_a_card_of_a_run_verifies_until_it_is_touched(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    Training(read_recipe(recipe_file, ["schedule.steps=1"]), tmp_path / "run", cache).run()
    card = export_card(tmp_path / "run", tmp_path / "card", cache=cache)
    assert sum(source.hours for source in card.data) > 0
    verify(card)
    graph = tmp_path / "card" / "weights.onnx"
    changed = bytearray(graph.read_bytes())
    changed[len(changed) // 2] ^= 1
    graph.write_bytes(changed)
    with pytest.raises(CardError, match="sha256"):
        verify(card)


def test_another_net_does_not_resume(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    Training(read_recipe(recipe_file, ["schedule.steps=1"]), tmp_path / "run", cache).run()
    with pytest.raises(RecipeError, match="another net"):
        Training(read_recipe(recipe_file, ["net.width=12"]), tmp_path / "run", cache)


def test_a_loss_that_is_no_number_stops_the_run(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    training = Training(read_recipe(recipe_file), tmp_path / "run", cache)
    for value in training.net.parameters():
        value.data.fill_(float("nan"))
    with pytest.raises(DataError, match=r"lower optimiser\.rate"):
        training.run()
    assert not (tmp_path / "run" / "checkpoint.pt").exists(), "what is no number is not kept"


def test_a_resolved_recipe_reproduces_itself(recipe_file: Path, tmp_path: Path) -> None:
    recipe = read_recipe(recipe_file, ["net.width=12", "mix.room=0.5", "name=other"])
    again = tmp_path / "again.toml"
    again.write_text(dump_recipe(recipe), "utf-8")
    assert read_recipe(again) == recipe
    assert (recipe.net["width"], recipe.mix.room, recipe.name) == (12, 0.5, "other")
    assert recipe.net["blocks"] == 1, "defaults are written down too"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("net.widht=3", "did you mean 'width'"),
        ("net.kind=band_gro", "did you mean 'band_gru'"),
        ("schedule.steps=many", "expected int"),
        ("front.view=colour", "known: real_imag"),
        ("front.hop=255", "STFT"),
        ("name.x=1", "not a section"),
        ("steps", "key=value"),
        ("net.bins=[1, 2]", "as many groups"),
    ],
)
def test_a_wrong_override_is_named(recipe_file: Path, override: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        read_recipe(recipe_file, [override])


def test_a_net_that_does_not_fit_its_front_is_named(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="bands hold"):
        Training(read_recipe(recipe_file, ["net.bins=[4, 8, 8]"]), tmp_path / "run", cache)


@pytest.mark.parametrize(
    ("override", "words"),
    [("data.root=/nowhere", "no such folder"), ("data.corpus=fodlers", "did you mean 'folders'")],
)
def test_a_corpus_that_is_not_there_is_named(
    recipe_file: Path, cache: Path, tmp_path: Path, override: str, words: str
) -> None:
    with pytest.raises(DataError, match=words):
        Training(read_recipe(recipe_file, [override]), tmp_path / "run", cache)


def test_recipes_need_their_head() -> None:
    with pytest.raises(RecipeError, match="'name' is missing"):
        resolve({})


def test_a_training_goes_on_from_a_card(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    Training(read_recipe(recipe_file, ["schedule.steps=2"]), tmp_path / "run", cache).run()
    export_card(tmp_path / "run", tmp_path / "card", cache=cache)
    first = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["mean"]
    there = read_parameters(tmp_path / "card" / "weights.safetensors")
    on = Training(read_recipe(recipe_file, [f"init={tmp_path / 'card'}"]), tmp_path / "on", cache)
    for name, value in on.net.state_dict().items():
        torch.testing.assert_close(value, there[name], rtol=0, atol=0)
        torch.testing.assert_close(value, first[name], rtol=0, atol=float(first[name].abs().max()) / 250)
    levelled = Training(
        read_recipe(recipe_file, [f"init={tmp_path / 'card'}", "net.level_seconds=2.0"]), tmp_path / "levelled", cache
    )
    assert levelled.net.state_dict().keys() > on.net.state_dict().keys(), "what never learns comes with the recipe"
    with pytest.raises(RecipeError, match="does not fit"):
        Training(read_recipe(recipe_file, ["init=logistic"]), tmp_path / "other", cache)
    (tmp_path / "card" / "weights.safetensors").unlink()
    with pytest.raises(RecipeError, match="missing"):
        Training(read_recipe(recipe_file, [f"init={tmp_path / 'card'}"]), tmp_path / "none", cache)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("losses.mask_entropy=1.0", "for mask ratio or binary"),
        ("losses.snrr=1.0", "did you mean 'snr'"),
        ("net.hidden=2000000", "GiB"),
        ("mix.snr_low_db=30", "is above mix.snr_high_db"),
        ("task=denois", "known: denoise"),
        ("objective.permute=true", "no order"),
    ],
)
def test_a_recipe_that_cannot_be_trained_is_refused_at_once(
    recipe_file: Path, cache: Path, tmp_path: Path, override: str, words: str
) -> None:
    with pytest.raises(RecipeError, match=words):
        Training(read_recipe(recipe_file, [override]), tmp_path / "run", cache)
    assert not (tmp_path / "run").exists()


def test_a_run_that_gets_no_better_stops_early(recipe_file: Path, cache: Path, tmp_path: Path, pairs: Path) -> None:
    words = ["schedule.steps=60", "schedule.patience=2", "schedule.validation_minutes=0", "optimiser.rate=0.3"]
    training = Training(
        read_recipe(recipe_file, [*words, "data.validation=2", f"data.validation_root={pairs}"]),
        tmp_path / "run",
        cache,
    )
    training.run()
    assert training.step < 60
    best = torch.load(tmp_path / "run" / "best.pt", weights_only=True)
    assert best["step"] == training.step - 2
    assert load_run(tmp_path / "run").steps == best["step"]


def test_a_budget_of_time_is_held(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    training = Training(read_recipe(recipe_file, ["schedule.steps=100000", "run.minutes=0.02"]), tmp_path / "r", cache)
    training.run()
    assert 1 <= training.step < 1000
    assert training.share == 1


def test_the_first_process_has_the_clock(
    recipe_file: Path, cache: Path, tmp_path: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were each to validate by its own, one might while the other learns, and both would wait for ever."""
    words = [
        "schedule.steps=3",
        "schedule.validation_minutes=0.4",
        "data.validation=2",
        f"data.validation_root={pairs}",
    ]
    training = Training(read_recipe(recipe_file, words), tmp_path / "run", cache)
    monkeypatch.setattr(training.fabric, "broadcast", lambda _seconds_of_ours: 25.0)
    training.run()
    with (tmp_path / "run" / "log.csv").open(encoding="utf-8") as log:
        assert [row["validation"] for row in csv.DictReader(log)] == ["25.00000"] * 3


@pytest.mark.parametrize(("steps", "rate"), [(40, 1.0), (4000, 0.02)])
def test_a_short_schedule_has_a_short_warmup(
    recipe_file: Path, cache: Path, tmp_path: Path, steps: int, rate: float
) -> None:
    """After four steps a schedule of forty learns at its full rate, and one of thousands is still at its 200 steps."""
    words = [f"schedule.steps={steps}", "optimiser.rate=1.0", "optimiser.clip=1e-9"]
    training = Training(read_recipe(recipe_file, words), tmp_path / "run", cache)
    training.run(pause=lambda: training.step == 4)
    assert training.optimiser.param_groups[0]["lr"] == pytest.approx(rate, abs=0.02)


def test_a_full_disk_keeps_the_checkpoint_before(
    recipe_file: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = read_recipe(recipe_file, ["schedule.steps=1"])
    Training(recipe, tmp_path / "run", cache).run()
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()

    def full(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(DataError, match=r"No space left.*still good"):
        Training(read_recipe(recipe_file, ["schedule.steps=2"]), tmp_path / "run", cache).run()
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before
    assert not list((tmp_path / "run").glob("*.part"))


def test_a_broken_checkpoint_is_named(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(RecipeError, match="remove it to start anew"):
        Training(read_recipe(recipe_file), tmp_path / "run", cache)


def test_a_judge_resumes_with_its_forger(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    words = ["adversary.width=2", "adversary.start=0.3", "schedule.steps=4"]
    Training(read_recipe(recipe_file, words), tmp_path / "whole", cache).run()
    first = Training(read_recipe(recipe_file, words), tmp_path / "halves", cache)
    first.recipe = replace(first.recipe, schedule=replace(first.recipe.schedule, steps=4))
    learn = first._learn

    def two(*batch: torch.Tensor) -> float:
        if first.step == 2:
            raise KeyboardInterrupt
        return learn(*batch)

    first._learn = two  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        first.run()
    Training(read_recipe(recipe_file, words), tmp_path / "halves", cache).run()
    a, b = (torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("whole", "halves"))
    for part in ("net", "mean"):
        for name, value in a[part].items():
            torch.testing.assert_close(b[part][name], value)
    for name, value in a["contest"]["judge"].items():
        torch.testing.assert_close(b["contest"]["judge"][name], value)
