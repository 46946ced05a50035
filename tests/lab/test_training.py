"""The thread in small: recipe, corpus, training, resume, export, card, separator, scores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.lab.conftest import voice
from voxlift import Audio, load, write
from voxlift.dsp.stft import STFT
from voxlift.errors import CardError, DataError, RecipeError
from voxlift.lab.evaluation import evaluate, find_pairs
from voxlift.lab.export import export_card, score_card
from voxlift.lab.losses import hybrid
from voxlift.lab.recipe import Objective, dump_recipe, read_recipe, resolve
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

    def learn_three(noisy: torch.Tensor, target: torch.Tensor) -> float:
        if halves.step == 3:
            raise StoppedError
        return learn(noisy, target)

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


def test_pairs_must_fit(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(DataError, match="no pair"):
        find_pairs(tmp_path)
    for name, length in (("noisy", 9000), ("clean", 8000)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "a.wav", Audio(np.full(length, 0.1, np.float32), 16000))
    with pytest.raises(DataError, match="agree in rate and length"):
        evaluate("denoise", find_pairs(tmp_path))


def test_two_processes_score_as_one_does(pairs: Path) -> None:
    found = find_pairs(pairs)
    two, one = evaluate("denoise", found, jobs=2), evaluate("denoise", found)
    assert list(two.scores) == list(one.scores)
    for name, row in one.scores.items():
        assert two.scores[name] == pytest.approx(row)


def test_two_processes_train_what_one_trains(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    """They share each batch: the weights after three steps are those of one process."""
    Training(read_recipe(recipe_file, ["schedule.steps=3"]), tmp_path / "one", cache).run()
    words = ["lab", "train", str(recipe_file), "schedule.steps=3", "run.devices=2", "--cache", str(cache)]
    done = subprocess.run(
        [sys.executable, "-m", "voxlift", *words, "--run", str(tmp_path / "two")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for name, value in weights(tmp_path / "one").items():
        torch.testing.assert_close(weights(tmp_path / "two")[name], value, atol=2e-5, rtol=1e-3)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("run.devices=3", "share a batch of 4"),
        ("run.devices=0", "0 devices"),
        ("run.accelerator=abacus", "this machine"),
    ],
)
def test_a_machine_that_does_not_fit_is_named(
    recipe_file: Path, cache: Path, tmp_path: Path, override: str, words: str
) -> None:
    with pytest.raises(RecipeError, match=words):
        Training(read_recipe(recipe_file, [override]), tmp_path / "run", cache)


def test_a_training_goes_on_from_a_card(recipe_file: Path, cache: Path, tmp_path: Path) -> None:
    Training(read_recipe(recipe_file, ["schedule.steps=2"]), tmp_path / "run", cache).run()
    export_card(tmp_path / "run", tmp_path / "card", cache=cache)
    first = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["mean"]
    on = Training(read_recipe(recipe_file, [f"init={tmp_path / 'card'}"]), tmp_path / "on", cache)
    for name, value in on.net.state_dict().items():
        torch.testing.assert_close(value, first[name].half().float())
    with pytest.raises(RecipeError, match="does not fit"):
        Training(read_recipe(recipe_file, ["init=logistic"]), tmp_path / "other", cache)
    (tmp_path / "card" / "weights.safetensors").unlink()
    with pytest.raises(RecipeError, match="missing"):
        Training(read_recipe(recipe_file, [f"init={tmp_path / 'card'}"]), tmp_path / "none", cache)


@pytest.mark.parametrize("weights_of", [(1.0, 0.0), (0.0, 1.0)])
def test_the_loss_hears_level_unless_told_otherwise(weights_of: tuple[float, float]) -> None:
    """SNR is lost by half a voice, SI-SDR is not; neither is moved by a silent target."""
    target = torch.randn(2, 8000) * 0.1
    noisy = target + 0.01 * torch.randn(2, 8000)
    snr_weight, si_sdr_weight = weights_of
    objective = Objective(complex_weight=0, magnitude_weight=0, snr_weight=snr_weight, si_sdr_weight=si_sdr_weight)
    whole, half = (hybrid(x, target, STFT(512, 256), objective) for x in (noisy, 0.5 * noisy))
    assert (half - whole > 6) == bool(snr_weight)
    assert hybrid(noisy, torch.zeros_like(target), STFT(512, 256), objective) == 0
