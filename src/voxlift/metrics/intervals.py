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


def share_and_interval(hits: int, count: int) -> tuple[float, float, float]:
    """Share of hits and the bounds of its 95 % interval (Wilson's, which holds for few and for none); NaN for none.

    Twenty times yes out of twenty is no proof of always: the interval is 0.84 to 1.
    """
    if not count:
        return math.nan, math.nan, math.nan
    z, share = 1.959964, hits / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return share, max(0.0, middle - half), min(1.0, middle + half)
