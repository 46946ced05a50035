"""One try: a training with other values, looked at on its way, and by whom it is judged."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voxlift.errors import DivergedError, RecipeError
from voxlift.lab.checkpoint import CHECKPOINT
from voxlift.lab.mixing import Example, Mixer, make_mixer, make_validation
from voxlift.lab.recipe import Recipe
from voxlift.lab.segments import Pool
from voxlift.lab.training import Training
from voxlift.lab.tuning.ledger import Attempt, Ledger
from voxlift.lab.tuning.ranking import DIVERGED, DONE, GIVEN_UP, REFUSED, RUNGS, STOPPED
from voxlift.lab.tuning.space import with_values

FEWEST_EXAMPLES = 64
"""How many judge where the recipe asks for none."""
HELD_OUT_FROM = 10**12
"""Number of the first example of the training mix that judges; no training comes that far."""


class Remembered:
    """A mixer that makes each example once: the judge hears the same few again and again."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer, self._made = mixer, dict[int, Example]()

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""
        return self._mixer.pools

    def example(self, number: int) -> Example:
        """Make example `number`, or find it."""
        if number not in self._made:
            self._made[number] = self._mixer.example(number)
        return self._made[number]


@dataclass(frozen=True)
class Judge:
    """What trials are judged on: the same examples, and the losses of the recipe as it was written."""

    recipe: Recipe
    mixer: Mixer
    numbers: range
    held_out: bool
    """Whether these are examples of the training mix, for want of a corpus that nobody trains on."""


def make_judge(recipe: Recipe, cache: Path) -> Judge:
    """Take the recipe's validation, or hold examples of its training out.

    Raises
    ------
    DataError
        When the corpus cannot be read.
    """
    count = recipe.data.validation or FEWEST_EXAMPLES
    apart = make_validation(replace(recipe, data=replace(recipe.data, validation=count)), cache)
    if apart is not None:
        return Judge(recipe, Remembered(apart), range(count), held_out=False)
    numbers = range(HELD_OUT_FROM, HELD_OUT_FROM + count)
    return Judge(recipe, Remembered(make_mixer(recipe, cache)), numbers, held_out=True)


class Trainer:
    """Trains trials one after another, for as long as the clock and the user let it.

    Parameters
    ----------
    minutes
        Longest training of a trial; the recipe's own schedule where that is shorter.
    ends
        Time, in seconds since 1970, at which all must be done.
    stop
        Whether somebody wants to stop.
    """

    def __init__(self, judge: Judge, cache: Path, minutes: float | None, ends: float, stop: Callable[[], bool]) -> None:
        self._judge, self._cache, self._minutes, self._ends, self._stop = judge, cache, minutes, ends, stop
        self._judging_seconds = 0.0

    def over(self, reserve: float = 0.0) -> bool:
        """Tell whether to stop, or so little time is left that `reserve` seconds more would break the budget."""
        return self._stop() or time.time() + reserve > self._ends

    @property
    def shortest_seconds(self) -> float:
        """Time to a trial's first look: with less left, none need begin."""
        return self._judging_seconds + 60 * (self._minutes or 0.0) * RUNGS[0] / RUNGS[-1]

    def train(self, ledger: Ledger, attempt: Attempt) -> None:
        """Train a trial to its end, or until it is given up, and take down what came of it."""
        began = time.monotonic()
        try:
            fate, why = self._train(ledger, attempt, began)
        except DivergedError as problem:
            fate, why = DIVERGED, str(problem)
        except RecipeError as problem:
            fate, why = REFUSED, str(problem)
        (attempt.folder / CHECKPOINT).unlink(missing_ok=True)  # of a hundred trials they would fill the disk
        ledger.end(attempt, fate, time.monotonic() - began, why)

    def _train(self, ledger: Ledger, attempt: Attempt, began: float) -> tuple[str, str]:
        training = Training(self._recipe(attempt), attempt.folder, self._cache)
        for ninths in RUNGS:
            if not self._train_to(ninths / RUNGS[-1], training):
                return STOPPED, ""
            loss = self._measure(training)
            if not math.isfinite(loss):
                return DIVERGED, f"the loss on validation is {loss}"
            if ledger.look(attempt, ninths, loss, time.monotonic() - began):
                return GIVEN_UP, ""
        return DONE, ""

    def _train_to(self, share: float, training: Training) -> bool:
        """Train to a share of the schedule; whether there was time enough, and to judge it, too."""
        if training.share < share:
            training.run(pause=lambda: training.share >= share or self.over(self._judging_seconds))
        return training.share >= share

    def _measure(self, training: Training) -> float:
        began = time.monotonic()
        loss = training.measure(self._judge.mixer, self._judge.numbers, self._judge.recipe)
        self._judging_seconds = max(self._judging_seconds, time.monotonic() - began)
        return loss

    def _recipe(self, attempt: Attempt) -> Recipe:
        """Make the recipe of a trial; it does not validate by itself, that is our doing."""
        recipe = with_values(self._judge.recipe, attempt.values, f"trial {attempt.trial.number}")
        limits = [minutes for minutes in (self._minutes, recipe.run.minutes) if minutes is not None]
        return replace(
            recipe,
            data=replace(recipe.data, validation=0),
            run=replace(recipe.run, minutes=min(limits, default=None)),
        )
