"""autoBuild: looks for the number of hidden layers and the learning rate, by Optuna.

The first project drew both at random and trained every net to the end. Here each new try leans on the ones before
(TPE), and nets that are behind the best third at 1/9 or 1/3 of the way are given up (successive halving). What counts
is a fifth of the train set that no net learns from. How long it may take is settled beforehand, in work and not in
minutes, so that the same data give the same answer on a slow machine; a clock only guards the very slow ones.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxlift.errors import CancelledError, DataError, InputError, MissingExtraError
from voxlift.lab.shell.data import DIGITS, DigitSet
from voxlift.lab.shell.learning import DigitNet, accuracy_of_digits, learn, make_net, one_thread, width_for
from voxlift.lab.shell.plan import DEFAULT_LAYERS, DEFAULT_RATE, Plan
from voxlift.lab.shell.state import Console

if TYPE_CHECKING:
    import optuna

FIRST, MOST = 0, 32
RATES = (3e-4, 5e-2)
WORK_MS, GUARD_SECONDS = 8_000.0, 45.0
FEWEST_ROWS, MOST_ROWS = 10, 4_000
MOST_TRIES = 40
_SEED = 1


@dataclass(frozen=True)
class Built:
    """What was found."""

    plan: Plan
    score: float
    """Accuracy on the rows held back."""
    held_back: int
    tries: int
    given_up: int
    seconds: float
    stopped: str = ""
    """Why it ended before its time, if it did."""


def auto_build(
    data: DigitSet, layers: range, console: Console, work_ms: float = WORK_MS, began: float | None = None
) -> Built:
    """Find the number of hidden layers in a range, and the learning rate.

    Parameters
    ----------
    began
        Since when the clock runs, as `time.monotonic` has it: before torch was loaded.

    Raises
    ------
    InputError
        On an empty range or one out of reach, or too few rows.
    CancelledError
        When the user stops it before any net is done; afterwards the best so far is the answer.
    """
    if not layers or layers[0] < FIRST or layers[-1] > MOST:
        raise InputError(f"autoBuild: give two numbers of hidden layers from {FIRST} to {MOST}, the lower one first")
    if len(data) < FEWEST_ROWS:
        raise DataError(f"a train set of {len(data)} is too small to hold some back: give {FEWEST_ROWS} or more")
    with one_thread():
        return _Search(data, layers, console, work_ms, time.monotonic() if began is None else began).run()


class _Search:
    def __init__(self, data: DigitSet, layers: range, console: Console, work_ms: float, began: float) -> None:
        self.layers, self.console, self.work_ms, self.began = layers, console, work_ms, began
        self.train, self.held_back = _split(data)
        mean_ms = sum(_step_ms(data.shape, count) for count in layers) / len(layers)
        # About four whole trainings' worth of work serves a good thirty tries, most of them given up early.
        self.iterations = int(np.clip(work_ms / (4 * mean_ms), 90, 1000))
        self.looks = (self.iterations // 9, self.iterations // 3)
        self.spent_ms = 0.0

    def run(self) -> Built:
        optuna = _optuna()
        pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=self.looks[0], reduction_factor=3)
        sampler = optuna.samplers.TPESampler(seed=_SEED)
        study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
        usual = int(np.clip(DEFAULT_LAYERS, self.layers[0], self.layers[-1]))
        study.enqueue_trial({"layers": usual, "rate": DEFAULT_RATE})  # never worse than without a search
        done: list[tuple[float, Plan]] = []
        tries = 0
        while not self._ending() and tries < MOST_TRIES and self.spent_ms < self.work_ms:
            tries += 1
            trial = study.ask()
            plan = Plan(
                trial.suggest_int("layers", self.layers[0], self.layers[-1]),
                trial.suggest_float("rate", *RATES, log=True),
            )
            score, given_up = self._try(plan, trial)
            study.tell(trial, None if given_up else score, optuna.trial.TrialState.PRUNED if given_up else None)
            if not given_up:
                done.append((score, plan))
            outcome = given_up or f"score {score:.3f}"
            self.console.say(f"  {self._seconds():5.1f} s  {tries:2d}: {plan}: {outcome}")
        if not done:
            raise CancelledError(f"{self._ending()}; no net was done yet, so nothing is built")
        score, plan = self._choose(done)
        return Built(plan, score, len(self.held_back), tries, tries - len(done), self._seconds(), self._ending())

    def _choose(self, done: list[tuple[float, Plan]]) -> tuple[float, Plan]:
        """Take the fewest layers that score as well as the best, within a standard error: what is above is luck."""
        best = max(score for score, _ in done)
        error = math.sqrt(best * (1 - best) / self.held_back.y.size)
        return min((item for item in done if item[0] >= best - error), key=lambda item: (item[1].layers, -item[0]))

    def _try(self, plan: Plan, trial: optuna.Trial) -> tuple[float, str]:
        """Train one net; its score, and why it was given up, if it was."""
        net = make_net(self.train, plan, _SEED)
        cost_ms = _step_ms(self.train.shape, plan.layers)
        try:
            for iteration, _ in learn(net, self.train, plan.rate, self.iterations, _SEED):
                self.spent_ms += cost_ms
                if iteration in self.looks:
                    score = self._score(net)
                    trial.report(score, iteration)
                    if trial.should_prune():
                        return score, f"given up with {score:.3f} at iteration {iteration} of {self.iterations}"
                ending = self._ending()
                if ending:
                    return 0.0, ending
        except DataError:  # too high a rate: it flew off
            return 0.0, "given up: its loss is no number"
        return self._score(net), ""

    def _score(self, net: DigitNet) -> float:
        return float(accuracy_of_digits(net, self.held_back, DIGITS).mean())

    def _ending(self) -> str:
        if self.console.stop():
            return "stopped"
        return f"ended after {GUARD_SECONDS:.0f} s" if self._seconds() > GUARD_SECONDS else ""

    def _seconds(self) -> float:
        return time.monotonic() - self.began


def _split(data: DigitSet) -> tuple[DigitSet, DigitSet]:
    """Hold a fifth back; of a large set only some rows are used, as no more are needed to tell nets apart."""
    rows = np.random.default_rng(_SEED).permutation(len(data))[:MOST_ROWS]
    cut = len(rows) // 5
    train, held_back = (DigitSet(data.x[part], data.y[part], data.kind) for part in (rows[cut:], rows[:cut]))
    return train, held_back


def _step_ms(shape: tuple[int, int], layers: int) -> float:
    """Estimate what an iteration takes on one core of the year 2020: a share for calls, one for the arithmetic."""
    inputs, outputs = shape
    width = width_for(outputs)
    weights = inputs * width + (layers - 1) * width**2 + width * outputs if layers else inputs * outputs
    return 0.5 + 0.25 * layers + weights / 50_000


def _optuna() -> Any:
    try:
        import optuna  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("autoBuild", "lab") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
