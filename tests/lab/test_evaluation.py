"""Sets on disk, the metrics that suit them, permutations, detectors, and errors that say which file is wrong."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from typer.testing import CliRunner

from tests.cards import save_card, tanh_card
from tests.lab.conftest import RATE, voice
from voxlift import Audio, read, write
from voxlift.cli.lab import lab_app
from voxlift.errors import DataError, InputError
from voxlift.lab.evaluation import KINDS, EvaluationSet, Result, evaluate, find_set
from voxlift.lab.evaluation.detection import detected
from voxlift.lab.evaluation.matching import matched_estimates
from voxlift.metrics import DECISIONS, METRICS
from voxlift.separate.card import detector_of, read_card
from voxlift.separate.nets import Machine

FAST = ("si_sdr", "si_sdr_i", "sdr")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A separator whose mask is tanh(magnitude)."""
    return str(tanh_card(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A detector that hears whatever is loud: sigmoid(100 (mean magnitude - 0.15))."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2], keepdims=0),
        helper.make_node("Sub", ["mean", "level"], ["above"]),
        helper.make_node("Mul", ["above", "gain"], ["loud"]),
        helper.make_node("Sigmoid", ["loud"], ["activity"]),
        helper.make_node("Unsqueeze", ["activity", "axis"], ["mask"]),
    ]
    constants = {"level": np.full(1, 0.15, np.float32), "gain": np.full(1, 100, np.float32)}
    folder = tmp_path_factory.mktemp("detector")
    return str(save_card(folder, nodes, constants, 1, name="tiny", task="denoise", stems=["voice"], mask="activity"))


def save(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, Audio(samples.astype(np.float32), rate))


@pytest.fixture
def sounds(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A voice that pauses for the second half, and noise, two seconds each."""
    clean = voice(rng, 2.0, 140).samples * (np.arange(2 * RATE) < RATE)
    return clean, 0.01 * rng.standard_normal((1, 2 * RATE))


def speech(root: Path, clean: np.ndarray, noise: np.ndarray) -> Path:
    for number in range(3):
        save(root / "noisy" / "a speaker" / f"{number}.wav", clean + (1 + number) * noise)
        save(root / "clean" / "a speaker" / f"{number}.flac", clean)
    return root


def speakers(root: Path, clean: np.ndarray, noise: np.ndarray) -> Path:
    for folder, sound in (("mix", clean + noise), ("s1", noise), ("s2", clean)):
        save(root / folder / "0.wav", sound)
    return root


def songs(root: Path, clean: np.ndarray, noise: np.ndarray) -> Path:
    for name in ("one", "deep/er"):
        save(root / name / "mixture.flac", np.concatenate([clean, clean]) + noise)
        save(root / name / "vocals.wav", clean)
    return root


LAYOUTS = {"speech": (speech, 3), "speakers": (speakers, 1), "songs": (songs, 2)}
Layout = Callable[[Path, np.ndarray, np.ndarray], Path]


@pytest.mark.parametrize("kind", KINDS)
def test_each_layout_is_known_and_scored_as_suits_it(
    kind: str, model: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]
) -> None:
    make, count = LAYOUTS[kind]
    found = find_set(make(tmp_path, *sounds))
    assert (found.kind, len(found.items)) == (kind, count)
    assert len(found.items[0].targets) == (2 if kind == "speakers" else 1)
    result = evaluate(model, found)
    assert result.metrics() == KINDS[kind].metrics
    assert list(result.scores) == [item.name for item in found.items]
    assert all(low <= mean <= high for mean, low, high in result.means().values())
    assert all(math.isfinite(median) for median in result.medians().values())
    assert 0 < result.realtime < 10
    lines = "\n".join(result.protocol)
    assert f"{count} items" in lines
    assert all(f"{name}: {METRICS[name].protocol}" in lines for name in result.metrics())


def test_names_tell_items_apart(tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]) -> None:
    assert [item.name for item in find_set(songs(tmp_path, *sounds)).items] == ["deep/er", "one"]
    one = find_set(tmp_path / "one")
    assert [item.name for item in one.items] == ["one"]


def test_two_processes_score_as_one_does(model: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]) -> None:
    found = find_set(speech(tmp_path, *sounds))
    two, one = (evaluate(model, found, jobs, FAST) for jobs in (2, 1))
    assert two.scores == one.scores
    assert list(two.scores) == list(one.scores)


def test_estimates_are_given_to_the_targets_they_fit(rng: np.random.Generator) -> None:
    targets = list(rng.standard_normal((3, 1, 1000)).astype(np.float32))
    stems = {name: Audio(targets[k] * 0.5, RATE) for name, k in (("a", 2), ("b", 0), ("c", 1))}
    stems["rest"] = Audio(targets[0], RATE)
    found = matched_estimates(stems, targets)
    for estimate, target in zip(found, targets, strict=True):
        np.testing.assert_array_equal(estimate, 0.5 * target)
    assert len(matched_estimates(stems, targets[:1])) == 1, "one target is for the first stem"
    with pytest.raises(DataError, match="5 targets, but the model gives only 4 stems: a, b, c, rest"):
        matched_estimates(stems, [*targets, targets[0], targets[1]])


def test_the_rest_serves_where_voices_are_too_few(rng: np.random.Generator) -> None:
    one, other = rng.standard_normal((2, 1, 1000)).astype(np.float32)
    found = matched_estimates({"voice": Audio(other, RATE), "rest": Audio(one, RATE)}, [one, other])
    np.testing.assert_array_equal(np.stack(found), np.stack([one, other]))
    silent = matched_estimates({"voice": Audio(other, RATE), "rest": Audio(one, RATE)}, [one, 0 * other])
    np.testing.assert_array_equal(silent[0], one)


def test_a_detector_is_scored_by_its_decisions_and_by_what_it_lets_through(
    detector: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]
) -> None:
    clean, noise = sounds
    result = evaluate(detector, find_set(speech(tmp_path, clean, 0.3 * noise)))
    assert result.metrics() == (*DECISIONS, "si_sdr", "si_sdr_i")
    means = {metric: mean for metric, (mean, _, _) in result.means().items()}
    assert means["accuracy"] > 75
    assert means["roc_auc"] > 0.9
    assert means["precision"] > 90
    assert means["si_sdr_i"] > 0
    assert any("detector" in line for line in result.protocol)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_frames_are_compared_at_their_centres(detector: str, rate: int) -> None:
    """Half a second of tone in silence: what is heard and what is said begin and end together, within two frames."""
    at = np.arange(2 * rate) / rate
    tone = (0.5 * np.sin(2 * np.pi * 440 * at) * (at > 0.5) * (at < 1))[None].astype(np.float32)
    decided = detected(detector_of(read_card(Path(detector)), Machine("cpu", 1)), Audio(tone, rate), [tone])
    assert decided.truth.sum() * 0.016 == pytest.approx(0.5, abs=0.05)
    assert (decided.said != decided.truth).sum() <= 4
    empty = detected(detector_of(read_card(Path(detector)), Machine("cpu", 1)), Audio(tone[:, :0], rate), [tone[:, :0]])
    assert not len(empty.truth)


def test_what_cannot_be_scored_is_named(model: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(DataError, match="no such folder"):
        find_set(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"known layouts: noisy/ and clean/ .*; mix/, s1/ and s2/ .*; a folder a song"):
        find_set(tmp_path)
    (tmp_path / "test").mkdir()
    with pytest.raises(DataError, match=r"give one of its splits instead, say .*test"):
        find_set(tmp_path)
    found = find_set(speech(tmp_path / "set", *sounds))
    with pytest.raises(DataError, match="no metric 'si_sd': did you mean 'si_sdr'"):
        evaluate(model, found, metrics=["si_sd"])
    with pytest.raises(DataError, match="'roc_auc' scores the decisions of a detector"):
        evaluate(model, found, metrics=["roc_auc"])
    with pytest.raises(InputError, match="cannot be written"):
        Result("model", {"0": {"sdr": 1.0}}, 0.1, ()).save(tmp_path / "none" / "scores.csv")


@pytest.mark.parametrize(
    ("kind", "lost", "words"),
    [
        ("speech", "clean/a speaker/1.flac", r"1\.wav: its target is missing: .*clean"),
        ("speakers", "s2/0.wav", r"0\.wav: its target is missing: .*s2"),
        ("songs", "one/vocals.wav", r"mixture\.flac: its target is missing: .*vocals"),
    ],
)
def test_a_missing_target_is_named(
    kind: str, lost: str, words: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]
) -> None:
    LAYOUTS[kind][0](tmp_path, *sounds)
    (tmp_path / lost).unlink()
    with pytest.raises(DataError, match=words):
        find_set(tmp_path)


@pytest.mark.parametrize(("length", "rate"), [(RATE, RATE), (2 * RATE, 8000)])
def test_a_target_that_does_not_fit_is_named(
    length: int, rate: int, model: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]
) -> None:
    speakers(tmp_path, *sounds)
    (tmp_path / "s2" / "0.wav").unlink()
    save(tmp_path / "s2" / "0.wav", sounds[0][:, :length], rate)
    with pytest.raises(
        DataError, match=rf"mix.0\.wav and .*s2.0\.wav must agree .* 32000 .* 16000 .* {length} at {rate}"
    ):
        evaluate(model, find_set(tmp_path))


def test_sound_of_one_sample_and_silence_pass(model: str, detector: str, tmp_path: Path) -> None:
    for name, length, level in (("sample", 1, 0.1), ("silence", RATE, 0.0)):
        for folder in ("noisy", "clean"):
            save(tmp_path / folder / f"{name}.wav", np.full((1, length), level))
    for tested in (model, detector):
        result = evaluate(tested, find_set(tmp_path))
        assert len(result.scores) == 2
        assert math.isnan(result.means()["si_sdr"][0])


def test_the_command_lists_scores_and_saves(model: str, tmp_path: Path, sounds: tuple[np.ndarray, np.ndarray]) -> None:
    run = CliRunner().invoke
    listed = run(lab_app, ["evaluate", "--list"])
    assert listed.exit_code == 0
    assert all(name in listed.output and metric.protocol in listed.output for name, metric in METRICS.items())
    songs(tmp_path / "set", *sounds)
    table = tmp_path / "scores.csv"
    chosen = ["--metric", "sdr", "--metric", "si_sdr"]
    done = run(lab_app, ["evaluate", model, "--on", str(tmp_path / "set"), *chosen, "--save", str(table)])
    assert done.exit_code == 0, done.output
    assert "(songs, 2 items)" in done.output
    assert "real-time factor" in done.output
    assert "SI-SDR dB" in done.output
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert [row["item"] for row in rows] == ["deep/er", "one"]
    assert list(rows[0]) == ["item", "sdr", "si_sdr"]
    assert run(lab_app, ["evaluate", model]).exit_code != 0, "the folder must be named"


@pytest.mark.parametrize(
    ("name", "kind", "count"), [("songs", "songs", 6), ("vocals", "songs", 6), ("speakers", "speakers", 20)]
)
def test_the_dev_sets_are_known(name: str, kind: str, count: int, shared_data: Path) -> None:
    found = find_set(shared_data / "dev" / name)
    assert (found.kind, len(found.items)) == (kind, count)
    short = EvaluationSet(found.folder, kind, found.items[:1])
    (row,) = evaluate("logistic", short, metrics=FAST).scores.values()
    assert all(map(math.isfinite, row.values()))
    assert row["sdr"] < 100
    assert read(short.items[0].mixture).rate in (16000, 44100, 48000)
