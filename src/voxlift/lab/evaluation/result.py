"""What came of an evaluation."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voxlift.errors import InputError
from voxlift.metrics import mean_and_interval

Scores = Mapping[str, Mapping[str, float]]
"""Metrics by item."""


@dataclass(frozen=True)
class Result:
    """Scores of every item, by metric; NaN where a metric does not exist for an item."""

    model: str
    scores: Scores
    realtime: float
    """Processor seconds the model took for a second of sound, on one thread, decoded sound to decoded sound."""
    protocol: tuple[str, ...]
    """How it was measured: a line on the set and the means, then one a metric."""

    def values(self, metric: str) -> list[float]:
        """One metric of all items that have it."""
        return [row[metric] for row in self.scores.values() if not math.isnan(row[metric])]

    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, in order."""
        return tuple(next(iter(self.scores.values())))

    def means(self) -> dict[str, tuple[float, float, float]]:
        """Mean and 95 % bounds by metric."""
        return {metric: mean_and_interval(self.values(metric)) for metric in self.metrics()}

    def medians(self) -> dict[str, float]:
        """Median by metric: how songs are usually summed up. NaN where no item has the metric."""
        known = {metric: self.values(metric) for metric in self.metrics()}
        return {metric: statistics.median(values) if values else math.nan for metric, values in known.items()}

    def save(self, path: Path) -> None:
        """Write a row an item as CSV.

        Raises
        ------
        InputError
            When the file cannot be written.
        """
        try:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["item", *self.metrics()])
                writer.writerows([name, *(f"{x:.5f}" for x in row.values())] for name, row in self.scores.items())
        except OSError as problem:
            raise InputError(f"{path}: cannot be written ({problem.strerror})") from None
