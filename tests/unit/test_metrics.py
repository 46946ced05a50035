"""Metrics: known values, laws, and a defined answer on silence and on very short sound."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from voxlift.metrics import (
    DECISIONS,
    METRICS,
    SOUNDS,
    Decided,
    Heard,
    accuracy,
    bss_eval,
    mean_and_interval,
    measure,
    pesq_nb,
    pesq_wb,
    precision,
    recall,
    roc_auc,
    si_sdr,
    si_sdr_i,
    stoi,
)
from voxlift.metrics import sdr as whole_sdr
from voxlift.metrics.speech import FLOORS

RATE = 16000


def speechlike(seconds: float) -> np.ndarray:
    length = int(seconds * RATE)
    swell = np.clip(np.sin(np.arange(length) * 2 * np.pi * 3 / RATE), 0, 1)
    buzz = sum(np.sin(2 * np.pi * 140 * k * np.arange(length) / RATE) / k for k in range(1, 30))
    return (0.1 * swell * buzz).astype(np.float32)


def hiss(seed: float, length: int) -> np.ndarray:
    """Noise by a formula: the same numbers on every machine, whatever numpy's generators do."""
    return np.modf(43758.5453 * np.sin(12.9898 * np.arange(length) + seed))[0]


SIGNALS = {
    "noise": lambda length: (0.1 * hiss(1, length)).astype(np.float32),
    "other noise": lambda length: (0.1 * hiss(2, length)).astype(np.float32),
    "constant": lambda length: np.full(length, 0.1, np.float32),
    "faint": lambda length: (1e-6 * hiss(3, length)).astype(np.float32),
    "silence": lambda length: np.zeros(length, np.float32),
}
LENGTHS = (0, 1, 100, 4000, RATE + 7)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("estimate", SIGNALS)
def test_every_score_is_a_number_or_none_at_all(length: int, estimate: str) -> None:
    """Nothing is raised, and pytest turns warnings into errors."""
    for target in SIGNALS:
        for mixture in ("noise", None):
            heard = _heard(estimate, target, mixture, (length,))
            scores = [metric.compute(heard) for metric in SOUNDS.values()]
            assert not any(map(math.isinf, scores))


@pytest.mark.parametrize("length", [0, 100])
def test_two_channels_have_scores_as_one_has(length: int) -> None:
    for estimate, target in (("noise", "other noise"), ("silence", "noise"), ("noise", "noise"), ("noise", "silence")):
        one, two = (_heard(estimate, target, "constant", shape) for shape in ((length,), (2, length)))
        for name, metric in SOUNDS.items():
            assert metric.compute(two) == pytest.approx(metric.compute(one), abs=0.1, nan_ok=True), name


def _heard(estimate: str, target: str, mixture: str | None, shape: tuple[int, ...]) -> Heard:
    sounds = [
        np.broadcast_to(SIGNALS[name](shape[-1]), shape) if name else None for name in (estimate, target, mixture)
    ]
    return Heard(sounds[0], sounds[1], RATE, sounds[2])


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_silent_target_has_no_score(name: str, length: int) -> None:
    noise, nothing = SIGNALS["noise"](length), np.zeros(length, np.float32)
    for estimate in (noise, nothing):
        assert math.isnan(SOUNDS[name].compute(Heard(estimate, nothing, RATE, noise)))


def test_silence_in_place_of_a_voice_scores_the_lowest() -> None:
    target = speechlike(2)
    silence = np.zeros_like(target)
    assert si_sdr(silence, target) == -100
    assert whole_sdr(silence, target) == 0
    assert stoi(silence, target, RATE) == 0
    assert pesq_wb(silence, target, RATE) == FLOORS["wb"]
    assert pesq_nb(silence, target, RATE) == FLOORS["nb"]


@pytest.mark.parametrize("name", sorted({*SOUNDS} - {"bss_sar"}))
def test_less_noise_scores_higher(name: str) -> None:
    target = speechlike(3)
    noise = (0.02 * hiss(1, len(target))).astype(np.float32)
    scores = [
        measure(target + level * noise, target, RATE, target + noise, names=[name])[name] for level in (0.3, 0.03)
    ]
    assert scores[1] > scores[0]
    assert SOUNDS[name].higher_is_better


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_tells_how_it_is_measured(name: str) -> None:
    metric = METRICS[name]
    assert metric.title
    assert len(metric.protocol) > 40
    assert metric.heading == f"{metric.title} {metric.unit}".strip()
    assert "  " not in metric.protocol


def test_noise_at_a_known_level_scores_that_level(rng: np.random.Generator) -> None:
    target, noise = rng.standard_normal((2, 200_000))
    noise -= noise @ target / (target @ target) * target
    noise *= np.linalg.norm(target) / np.linalg.norm(noise) * 10 ** (-12 / 20)
    assert si_sdr(target + noise, target) == pytest.approx(12, abs=0.01)
    assert whole_sdr(target + noise, target) == pytest.approx(12, abs=0.01)


def test_si_sdr_does_not_hear_level_and_sdr_does(rng: np.random.Generator) -> None:
    target = rng.standard_normal(1000)
    assert si_sdr(0.5 * target, target) == 100
    assert whole_sdr(0.5 * target, target) == pytest.approx(6.02, abs=0.01)


def test_the_rise_is_against_the_mixture(rng: np.random.Generator) -> None:
    target, noise = rng.standard_normal((2, 9000))
    assert si_sdr_i(target + 0.1 * noise, target, target + noise) == pytest.approx(20, abs=0.5)
    assert math.isnan(measure(target, target, RATE, names=["si_sdr_i"])["si_sdr_i"])


@settings(deadline=None)
@given(scale=st.floats(1e-3, 1e3), level=st.floats(1e-3, 10), shift=st.floats(-1, 1, allow_subnormal=False))
def test_si_sdr_does_not_hear_scale_or_offset(scale: float, level: float, shift: float) -> None:
    target = hiss(1, 800)
    estimate = target + level * hiss(2, 800)
    wanted = si_sdr(estimate, target)
    assert si_sdr(scale * estimate + shift, target) == pytest.approx(wanted, abs=1e-6)
    assert si_sdr(-scale * estimate, target) == pytest.approx(wanted, abs=1e-6)
    assert si_sdr(estimate, scale * target) == pytest.approx(wanted, abs=1e-6)


@settings(deadline=None)
@given(level=st.floats(1e-3, 10), more=st.floats(1.01, 10))
def test_ratios_fall_with_the_noise_by_as_many_db(level: float, more: float) -> None:
    target, noise = hiss(1, 800), hiss(2, 800)
    noise = noise - noise.mean() - (noise - noise.mean()) @ target / (target @ target) * target
    for ratio in (si_sdr, whole_sdr):
        fallen_db = ratio(target + level * noise, target) - ratio(target + more * level * noise, target)
        assert fallen_db == pytest.approx(20 * math.log10(more), abs=0.05)


def test_bss_eval_gives_the_figures_of_museval() -> None:
    """What `museval.metrics.bss_eval` 0.4.1 gives for this song of two channels, a second of it without the voice."""
    rate, length = 8000, 28_000
    voice, rest, clicks = (np.stack([hiss(seed, length), hiss(seed + 0.5, length)]) for seed in (1, 2, 3))
    voice[1] += 0.5 * voice[0]
    voice *= 0.1 + np.linspace(0, 1, length)
    voice[:, 2 * rate : 3 * rate] = 0
    estimate = 0.9 * voice + 0.1 * np.roll(voice, 3, axis=1) + 0.15 * rest + 0.05 * clicks
    found = bss_eval(estimate, voice, voice + 0.5 * rest, rate)
    assert found == pytest.approx((9.242115130494605, 11.98828615938578, 24.981121765489622), abs=1e-6)


def test_bss_eval_tells_leaks_from_artefacts(rng: np.random.Generator) -> None:
    voice, rest, clicks = rng.standard_normal((3, 2 * RATE))
    leaky = bss_eval(voice + 0.1 * rest, voice, voice + rest, RATE)
    assert leaky.sir == pytest.approx(20, abs=0.5)
    assert leaky.sar == 100
    broken = bss_eval(voice + 0.1 * clicks, voice, voice + rest, RATE)
    assert broken.sir > 30
    assert broken.sar == pytest.approx(20, abs=0.5)
    late = bss_eval(np.roll(voice, 20), voice, voice + rest, RATE)
    assert late.sdr < 0, "another sound than the voice"
    assert late.sar > 20, "but made of it by a filter"


def test_bss_eval_bears_two_channels_that_are_one(rng: np.random.Generator) -> None:
    voice, rest = rng.standard_normal((2, 1, RATE)).repeat(2, axis=1)
    assert bss_eval(voice + 0.1 * rest, voice, voice + rest, RATE).sir == pytest.approx(20, abs=0.5)


decisions = st.integers(2, 40).flatmap(
    lambda size: st.tuples(
        hnp.arrays(np.float64, size, elements=st.integers(0, 8).map(lambda x: x / 8)), hnp.arrays(np.bool_, size)
    )
)


@settings(deadline=None)
@given(decisions)
def test_auc_is_the_share_of_pairs_in_order(case: tuple[np.ndarray, np.ndarray]) -> None:
    scores, truth = case
    assume(truth.any() and not truth.all())
    pairs = scores[truth][:, None] - scores[~truth]
    wanted = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    assert roc_auc(scores, truth) == pytest.approx(wanted)
    assert roc_auc(-scores, truth) == pytest.approx(1 - wanted), "the other way round"
    assert roc_auc(scores, ~truth) == pytest.approx(1 - wanted)
    assert roc_auc(np.exp(3 * scores), truth) == pytest.approx(wanted), "only the order counts"


@settings(deadline=None)
@given(decisions)
def test_shares_of_decisions(case: tuple[np.ndarray, np.ndarray]) -> None:
    said, truth = case[0] > 0.5, case[1]
    right = accuracy(said, truth)
    assert right == accuracy(truth, said) == (said == truth).mean()
    assert accuracy(~said, truth) == pytest.approx(1 - right)
    assert accuracy(truth, truth) == 1
    for share, whole in ((precision, said), (recall, truth)):
        found = share(said, truth)
        assert math.isnan(found) if not whole.any() else found == (said & truth).sum() / whole.sum()


def test_accuracy_counts_bits_and_bins_alike() -> None:
    bits = np.array([[0, 1], [1, 1]], np.uint8)
    assert accuracy(bits, np.array([[0, 1], [1, 0]], np.float32)) == 0.75


def test_equal_scores_tell_nothing() -> None:
    assert roc_auc(np.full(7, 0.3), np.arange(7) > 3) == 0.5


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize("truth", [[], [0], [1], [0, 0], [1, 1], [0, 1]])
def test_decisions_are_scored_or_not_but_never_crash(name: str, truth: list[Any]) -> None:
    for said in (np.zeros(len(truth)), np.ones(len(truth)), np.full(len(truth), 0.5)):
        score = DECISIONS[name].compute(Decided(said, np.array(truth, bool)))
        assert math.isnan(score) or 0 <= score <= 100
        assert truth or math.isnan(score)


def test_the_interval_holds_the_mean_and_shrinks(rng: np.random.Generator) -> None:
    few, many = rng.standard_normal(20), rng.standard_normal(2000)
    widths = []
    for values in (few, many):
        mean, low, high = mean_and_interval([*values, math.nan])
        assert low < mean < high
        assert mean == pytest.approx(values.mean())
        widths.append(high - low)
    assert widths[1] < widths[0]
    assert all(map(math.isnan, mean_and_interval([math.nan])))
    assert mean_and_interval([3.0]) == (3, 3, 3)
