"""What a run writes down as it goes: a CSV that anything can plot, and TensorBoard's files if asked for."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning

LOG = "log.csv"
COLUMNS = ("step", "loss", "hours", "seen_hours", "share", "validation")


@dataclass(frozen=True)
class Step:
    """What a training tells of a step, to its log and to whoever watches."""

    number: int
    loss: float
    hours: float
    """Time trained so far, earlier runs counted in."""
    seen_hours: float
    """Sound seen so far."""
    share: float
    """How much of the schedule is done, 0..1."""
    validation: float | None = None
    """The loss on examples of the `dev` split, where it was just measured."""

    @property
    def left_hours(self) -> float:
        """Time to the end of the schedule, at the pace so far."""
        return self.hours * (1 - self.share) / self.share if self.share else math.inf


class Journal:
    """The log of a run, and how its validations went."""

    def __init__(self, folder: Path, fabric: lightning.Fabric) -> None:
        self._path, self._fabric = folder / LOG, fabric
        self.best, self.since_best, self.best_now = math.inf, 0, False

    @property
    def state(self) -> dict[str, Any]:
        """What a resumed run needs to know."""
        return {"best": self.best, "since_best": self.since_best}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.best, self.since_best = state["best"], state["since_best"]

    def validated(self, value: float) -> None:
        """Take note of a validation."""
        self.best_now = value < self.best
        self.since_best = 0 if self.best_now else self.since_best + 1
        self.best = min(self.best, value)

    def stale(self, patience: int | None) -> bool:
        """Whether there was no better validation for too long."""
        return patience is not None and self.since_best >= patience

    def write(self, step: Step) -> None:
        """Add a row."""
        numbers = {name: getattr(step, name) for name in COLUMNS[1:]}
        fresh = not self._path.exists()
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(COLUMNS)
            writer.writerow([step.number, *("" if x is None else f"{x:.5f}" for x in numbers.values())])
        self._fabric.log_dict({name: x for name, x in numbers.items() if x is not None}, step.number)
