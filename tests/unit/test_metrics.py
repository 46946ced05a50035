"""Metrics: known values, and a defined answer on silence and on very short sound."""

import math

import numpy as np
import pytest

from voxlift.metrics import METRICS, mean_and_interval, measure, si_sdr
from voxlift.metrics import sdr as whole_sdr

RATE = 16000


def speechlike(seconds: float) -> np.ndarray:
    length = int(seconds * RATE)
    swell = np.clip(np.sin(np.arange(length) * 2 * np.pi * 3 / RATE), 0, 1)
    buzz = sum(np.sin(2 * np.pi * 140 * k * np.arange(length) / RATE) / k for k in range(1, 30))
    return (0.1 * swell * buzz).astype(np.float32)


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


@pytest.mark.parametrize("name", METRICS)
def test_a_silent_target_has_no_score(name: str, rng: np.random.Generator) -> None:
    noise = rng.standard_normal(RATE).astype(np.float32)
    assert math.isnan(METRICS[name].compute(noise, np.zeros_like(noise), RATE))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("length", [1, 100, 4000])
def test_short_sound_has_a_score_or_none_but_no_crash(name: str, length: int, rng: np.random.Generator) -> None:
    x = rng.standard_normal(length).astype(np.float32)
    assert isinstance(METRICS[name].compute(x, x, RATE), float)


@pytest.mark.parametrize("name", METRICS)
def test_less_noise_scores_higher(name: str, rng: np.random.Generator) -> None:
    target = speechlike(3)
    noise = (0.02 * rng.standard_normal(len(target))).astype(np.float32)
    score = METRICS[name].compute
    assert score(target + 0.03 * noise, target, RATE) > score(target + 0.3 * noise, target, RATE)


def test_the_rise_is_against_the_mixture(rng: np.random.Generator) -> None:
    target, noise = rng.standard_normal((2, 9000))
    scores = measure(target + 0.1 * noise, target, RATE, mixture=target + noise, names=["si_sdr"])
    assert scores["si_sdr_i"] == pytest.approx(20, abs=0.5)


def test_the_interval_holds_the_mean_and_shrinks(rng: np.random.Generator) -> None:
    few, many = rng.standard_normal(20), rng.standard_normal(2000)
    widths = []
    for values in (few, many):
        mean, low, high = mean_and_interval([*values, math.nan])
        assert low < mean < high
        assert mean == pytest.approx(values.mean())
        widths.append(high - low)
    assert widths[1] < widths[0]
