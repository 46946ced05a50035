"""How often yes and no are right: bits of samples, bins of a mask, frames of a detector."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def accuracy(said: NDArray[Any], truth: NDArray[Any]) -> float:
    """Share of decisions that are right, 0..1; arrays of one shape, 0 and 1 or booleans. NaN for no decision."""
    said, truth = _decisions(said), _decisions(truth)
    return _share(int((said == truth).sum()), truth.size)


def precision(said: NDArray[Any], truth: NDArray[Any]) -> float:
    """Share of the yeses said that are true, 0..1. NaN where none was said."""
    said, truth = _decisions(said), _decisions(truth)
    return _share(int((said & truth).sum()), int(said.sum()))


def recall(said: NDArray[Any], truth: NDArray[Any]) -> float:
    """Share of the true yeses that were said, 0..1. NaN where there is none."""
    said, truth = _decisions(said), _decisions(truth)
    return _share(int((said & truth).sum()), int(truth.sum()))


def roc_auc(scores: NDArray[Any], truth: NDArray[Any]) -> float:
    """Area under the receiver's operating characteristic, 0..1: how surely a true yes scores above a true no.

    From ranks, ties counted half (Hanley and McNeil 1982), so no threshold is needed. NaN where all is yes, or all no.
    """
    scores, truth = np.asarray(scores, np.float64).ravel(), _decisions(truth).ravel()
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return math.nan
    _, order, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # the mean rank of equal scores, from 1
    return (float(ranks[order][truth].sum()) - yes * (yes + 1) / 2) / (yes * no)


def _decisions(x: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(x).astype(bool)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
