"""All metrics by name, and means with confidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.metrics.ratios import sdr, si_sdr
from voxlift.metrics.speech import estoi, pesq_nb, pesq_wb, stoi


@dataclass(frozen=True)
class Metric:
    """A metric that tables can name."""

    title: str
    compute: Callable[[Samples, Samples, int], float]
    scale: float = 1.0
    digits: int = 2


METRICS: dict[str, Metric] = {
    "pesq_wb": Metric("PESQ-WB", pesq_wb, digits=3),
    "pesq_nb": Metric("PESQ-NB", pesq_nb, digits=3),
    "stoi": Metric("STOI %", stoi, scale=100),
    "estoi": Metric("ESTOI %", estoi, scale=100),
    "si_sdr": Metric("SI-SDR dB", si_sdr),
    "sdr": Metric("SDR dB", sdr),
}


def measure(
    estimate: Samples, target: Samples, rate: int, mixture: Samples | None = None, names: Iterable[str] = METRICS
) -> dict[str, float]:
    """Score one estimate; with a mixture, also how far SI-SDR rose above the mixture's (`si_sdr_i`)."""
    scores = {name: METRICS[name].scale * METRICS[name].compute(estimate, target, rate) for name in names}
    if mixture is not None and "si_sdr" in scores:
        scores["si_sdr_i"] = scores["si_sdr"] - si_sdr(mixture, target)
    return scores


def mean_and_interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean and the bounds of its 95 % bootstrap interval; NaN values are left out, NaN if none is left."""
    known = np.asarray([value for value in values if not math.isnan(value)], float)
    if not len(known):
        return math.nan, math.nan, math.nan
    draws = np.random.default_rng(seed).integers(len(known), size=(1000, len(known)))
    low, high = np.percentile(known[draws].mean(axis=1), [2.5, 97.5])
    return float(known.mean()), float(low), float(high)
