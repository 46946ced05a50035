"""What a search came to: trials by rank, what mattered, and the best recipe as a file that trains as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna

from voxlift.atomic import atomic
from voxlift.errors import DataError
from voxlift.lab.recipe import Recipe, dump_recipe
from voxlift.lab.tuning.ranking import Tried, ranked
from voxlift.lab.tuning.space import Space, with_values

BEST = "best.toml"
FEWEST_FOR_IMPORTANCE = 8
TOP = 0.25
"""The share of trials whose values are held against all others'."""


@dataclass(frozen=True)
class Found:
    """What a search has come to so far."""

    folder: Path
    tried: tuple[Tried, ...]
    best: Tried | None
    """Of those that came to their end; None before the first."""
    importance: dict[str, float]
    """Shares of 1 by dotted key, the largest first; empty while too little was tried."""
    held_out: bool
    """Whether trials were judged on examples of the training mix, for want of others."""
    trial_minutes: float | None
    """How long a trial may train; None: as long as the recipe says."""
    spent_seconds: float
    stopped: bool
    """Whether the user ended it before its time."""
    lost: int = 0
    """Processes that were killed."""

    @property
    def ranked(self) -> list[Tried]:
        """Trials with a loss, the best first."""
        return [trial for trial in ranked(self.tried) if trial.loss is not None]


def write_best(folder: Path, recipe: Recipe, best: Tried) -> None:
    """Write the recipe with the best values, and with the schedule that it always had.

    Raises
    ------
    DataError
        When the folder cannot be written.
    """
    values = ", ".join(f"{key} = {value}" for key, value in best.values.items())
    head = f"# The best of a search by `voxlift lab tune`, trial {best.number}, loss {best.loss:.5g}: {values}\n"
    path = folder / BEST
    try:
        with atomic(path, shared=True) as part:
            part.write_text(head + dump_recipe(with_values(recipe, best.values)), "utf-8")
    except OSError as problem:
        raise DataError(f"{path}: cannot be written ({problem.strerror})") from None


def importance(tried: Sequence[Tried], space: Space) -> dict[str, float]:
    """Say what share each key had in a trial's being among the best quarter (PED-ANOVA, Watanabe et al. 2023).

    It asks only who is among the best, so trials that were given up count, too, by rank; other methods would need
    trials that all came to their end, and scikit-learn.
    """
    order = ranked(tried)
    if len(order) < FEWEST_FOR_IMPORTANCE:
        return {}
    study = optuna.create_study()
    for rank, trial in enumerate(order):
        study.add_trial(
            optuna.trial.create_trial(
                params={dimension.key: dimension.encode(trial.values[dimension.key]) for dimension in space},
                distributions={dimension.key: dimension.distribution for dimension in space},
                value=float(rank),
            )
        )
    judge = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=TOP)
    return dict(optuna.importance.get_param_importances(study, evaluator=judge))
