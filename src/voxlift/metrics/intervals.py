"""Means with confidence."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def mean_and_interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean and the bounds of its 95 % bootstrap interval; NaN values are left out, NaN if none is left."""
    known = np.asarray([value for value in values if not math.isnan(value)], float)
    if not len(known):
        return math.nan, math.nan, math.nan
    draws = np.random.default_rng(seed).integers(len(known), size=(1000, len(known)))
    low, high = np.percentile(known[draws].mean(axis=1), [2.5, 97.5])
    return float(known.mean()), float(low), float(high)
