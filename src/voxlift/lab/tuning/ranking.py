"""Trials, and which of them are ahead, though few came to their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RUNGS = (1, 3, 9)
"""Where trials are looked at, in ninths of their way; at each but the last, the best third goes on."""
DONE, GIVEN_UP, DIVERGED, REFUSED = "done", "given up", "diverged", "refused"
STOPPED, KILLED, UNDER_WAY = "stopped", "killed", "under way"
ENDED = (DONE, GIVEN_UP, DIVERGED, REFUSED)
"""Fates of trials that need not be made up for."""


@dataclass(frozen=True)
class Tried:
    """A trial, under way or done with."""

    number: int
    fate: str
    """`given up`: others were better; `diverged`: no finite loss; `refused`: its values make no net."""
    values: dict[str, Any]
    """By dotted key."""
    looks: dict[int, float]
    """The loss at each look, by ninths of the way."""
    began: float
    """Seconds since 1970."""
    seconds: float
    """Time it took so far."""
    why: str = ""

    @property
    def loss(self) -> float | None:
        """The last one measured."""
        return self.looks[max(self.looks)] if self.looks else None

    @property
    def ninths(self) -> int:
        """How far it came."""
        return max(self.looks, default=0)


def best_of(tried: Sequence[Tried]) -> Tried | None:
    """Choose the trial with the lowest loss of those that came to their end."""
    done = [trial for trial in tried if trial.fate == DONE]
    return min(done, key=lambda trial: trial.looks[RUNGS[-1]], default=None)


def ranked(tried: Sequence[Tried]) -> list[Tried]:
    """Order what ended, the best first.

    Two trials are compared where both were looked at last, and whoever wins more often is ahead. An order by how far
    they came would be wrong: the first trial comes to its end for want of any other, however bad it is.
    """
    fair = [trial for trial in tried if trial.fate in (DONE, GIVEN_UP)]
    best = best_of(fair)
    levels = np.array([RUNGS.index(trial.ninths) for trial in fair], int)
    losses = np.array([[trial.looks.get(rung, np.inf) for rung in RUNGS] for trial in fair]).reshape(-1, len(RUNGS))
    common = np.minimum(levels[:, None], levels[None])  # the last look of both, for each pair
    rows = np.arange(len(fair))
    mine, theirs = losses[rows[:, None], common], losses[rows[None], common]
    wins = (mine < theirs).sum(axis=1)
    order = sorted(rows, key=lambda row: (fair[row] is not best, -wins[row], -levels[row]))
    return [fair[row] for row in order] + [trial for trial in tried if trial.fate in (DIVERGED, REFUSED)]


def spent_seconds(tried: Sequence[Tried]) -> float:
    """Add up the time in which any trial was under way: what the search took so far, its interruptions left out."""
    total = reached = 0.0
    for trial in sorted(tried, key=lambda trial: trial.began):
        end = trial.began + trial.seconds
        total += max(0.0, end - max(reached, trial.began))
        reached = max(reached, end)
    return total
