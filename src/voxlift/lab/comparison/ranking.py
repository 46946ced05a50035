"""Who is best, and whether that is sure: ranks by metric, and the intervals of differences on the same recordings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from voxlift.lab.evaluation import Result
from voxlift.metrics import METRICS, mean_and_interval

MAIN = ("roc_auc", "accuracy", "si_sdr_i", "si_sdr")
"""Which metric a picture with room for one shows: the first that there is."""


@dataclass(frozen=True)
class Standing:
    """One model by one metric."""

    mean: float
    low: float
    high: float
    rank: int | None
    """From 1; equal means share one; None for what has no score, and for a baseline."""
    tied: bool = False
    """Not the best, but the 95 % interval of the difference to it, recording by recording, holds 0."""
    behind: bool = False
    """Worse than the baseline."""

    @property
    def best(self) -> bool:
        """Whether nobody is better."""
        return self.rank == 1


def main_metric(metrics: tuple[str, ...]) -> str:
    """Choose the metric to show where there is room for one."""
    return next((name for name in MAIN if name in metrics), metrics[0])


def standings(results: Mapping[str, Result], baseline: Result | None, metric: str) -> dict[str, Standing]:
    """Rank models by one metric; all results are of the same recordings."""
    sign = 1 if METRICS[metric].higher_is_better else -1
    means = {name: result.means()[metric] for name, result in results.items()}
    known = sorted((sign * mean for mean, _, _ in means.values() if not math.isnan(mean)), reverse=True)
    leader = next((name for name, (mean, _, _) in means.items() if known and sign * mean == known[0]), None)
    floor = math.nan if baseline is None else sign * baseline.means()[metric][0]
    found = {}
    for name, (mean, low, high) in means.items():
        rank = None if math.isnan(mean) else known.index(sign * mean) + 1
        tied = leader is not None and rank not in (None, 1) and _inseparable(results[leader], results[name], metric)
        found[name] = Standing(mean, low, high, rank, tied, behind=sign * mean < floor)
    return found


def _inseparable(best: Result, other: Result, metric: str) -> bool:
    """Compare on the same recordings: what is hard for both then falls out of the difference."""
    gaps = [row[metric] - other.scores[item][metric] for item, row in best.scores.items()]
    gaps = [gap for gap in gaps if not math.isnan(gap)]
    _, low, high = mean_and_interval(gaps)
    return len(gaps) > 1 and low <= 0 <= high
