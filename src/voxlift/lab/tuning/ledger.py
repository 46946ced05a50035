"""The folder of a search: what was tried and what came of it, shared by all processes that search.

Optuna keeps the trials in a journal that is only ever added to. Two locks of the operating system stand beside it,
which end with the process that holds them, however it ends: one for whoever hands out the next trial, and one in the
folder of every trial under way. A trial that is said to run while nobody holds its lock was killed: it is marked
failed, and its values are tried again.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import optuna
from filelock import FileLock, Timeout
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState, create_trial

from voxlift.atomic import atomic
from voxlift.errors import DataError, RecipeError
from voxlift.lab.recipe import Recipe, dump_recipe
from voxlift.lab.tuning.ranking import (
    DIVERGED,
    DONE,
    GIVEN_UP,
    KILLED,
    REFUSED,
    RUNGS,
    STOPPED,
    UNDER_WAY,
    Tried,
    ranked,
)
from voxlift.lab.tuning.space import Space, value_of

RECIPE, JOURNAL, TRIALS = "recipe.toml", "trials.journal", "trials"
MOST_KILLS = 2
"""Values that bring down the process so often are not tried again."""
HELD = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
"""Trials that count; those that were stopped are made up for."""
FATES: dict[TrialState, tuple[str, tuple[str, ...]]] = {
    TrialState.COMPLETE: (DONE, ()),
    TrialState.PRUNED: (GIVEN_UP, (DIVERGED, REFUSED)),
    TrialState.FAIL: (KILLED, (STOPPED,)),
    TrialState.RUNNING: (UNDER_WAY, ()),
}
"""What Optuna's states mean here, and what else they may, if we took it down."""


@dataclass(frozen=True)
class Attempt:
    """A trial that is ours to train."""

    trial: optuna.Trial
    folder: Path
    lock: FileLock
    values: dict[str, Any]


class Ledger:
    """Hands out trials and takes down results.

    Raises
    ------
    RecipeError
        When the folder holds the search of another recipe.
    DataError
        When it cannot be written.
    """

    def __init__(self, folder: Path, recipe: Recipe, space: Space, *, random: bool = False, prune: bool = True) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.folder, self.space, self.seed, self._random = folder, space, recipe.run.seed, random
        try:
            (folder / TRIALS).mkdir(parents=True, exist_ok=True)
            self._turn = FileLock(folder / "turn.lock")
            with self._turn:
                _same_recipe(folder / RECIPE, recipe)
                _mend(folder / JOURNAL)
                self._study = optuna.create_study(
                    storage=_storage(folder / JOURNAL),
                    study_name="search",
                    load_if_exists=True,
                    pruner=optuna.pruners.SuccessiveHalvingPruner(1, 3) if prune else optuna.pruners.NopPruner(),
                )
        except OSError as problem:
            raise DataError(f"{folder}: cannot be written ({problem.strerror}); give another --study") from None

    def settle(self, minutes: float | None) -> float | None:
        """Say how long a trial may train; whoever began the search has said it already, so that trials stay alike."""
        with self._turn:
            attributes = self._study.user_attrs
            if "trial_minutes" not in attributes:
                self._study.set_user_attr("trial_minutes", minutes)
                return minutes
            settled: float | None = attributes["trial_minutes"]
            return settled

    def tried(self) -> list[Tried]:
        """List all trials that began, by number."""
        trials = self._study.get_trials(deepcopy=False)
        return [_tried(trial, self.space) for trial in trials if trial.state != TrialState.WAITING]

    def draw(self, most: int, usual: Recipe) -> Attempt | None:
        """Begin the next trial; None where there are `most` already.

        The values drawn depend on the seed, the trial's number and the trials before, not on who draws them. The first
        trial has those of the recipe itself, so a search never ends worse than without it.
        """
        with self._turn:
            self._sweep()
            trials = self._study.get_trials(deepcopy=False)
            if sum(trial.state in HELD for trial in trials) >= most:
                return None
            if not any(trial.state == TrialState.WAITING for trial in trials):
                self._study.enqueue_trial(self._suggest(usual))
            trial = self._study.ask({dimension.key: dimension.distribution for dimension in self.space})
            folder = self.folder / TRIALS / f"{trial.number:04d}"
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / "lock")
            lock.acquire(blocking=False)
            return Attempt(trial, folder, lock, {d.key: d.decode(trial.params[d.key]) for d in self.space})

    def look(self, attempt: Attempt, ninths: int, loss: float, seconds: float) -> bool:
        """Take down a loss on the way; whether the trial is so far behind that it should be given up."""
        attempt.trial.set_user_attr("seconds", seconds)
        attempt.trial.report(loss, ninths)
        # What looks best early may diverge later: nothing is given up for it before something came to the end.
        trials = self._study.get_trials(deepcopy=False)
        ended = any(trial.state == TrialState.COMPLETE for trial in trials)
        return ninths < RUNGS[-1] and ended and attempt.trial.should_prune()

    def end(self, attempt: Attempt, fate: str, seconds: float, why: str = "") -> None:
        """Take down how a trial ended; one that was stopped will be tried again."""
        with self._turn:
            trial = attempt.trial
            for name, value in {"fate": fate, "seconds": seconds, "why": why}.items():
                trial.set_user_attr(name, value)
            if fate == DONE:
                frozen = _tried(self._study.get_trials(deepcopy=False)[trial.number], self.space)
                self._study.tell(trial, frozen.loss)
            elif fate == STOPPED:
                self._study.tell(trial, state=TrialState.FAIL)
                self._again(trial.params, int(trial.user_attrs.get("kills", 0)))
            else:  # to Optuna a trial that diverged is one that was given up, so that it keeps away from there
                self._study.tell(trial, state=TrialState.PRUNED)
            attempt.lock.release()

    def _suggest(self, usual: Recipe) -> dict[str, Any]:
        """Choose values; Optuna sees the trials as we rank them, for it would hold the first for the second best."""
        tried = self.tried()
        seed = int(np.random.SeedSequence([self.seed, len(tried)]).generate_state(1)[0])
        sampler = optuna.samplers.RandomSampler(seed) if self._random else optuna.samplers.TPESampler(seed=seed)
        mirror = optuna.create_study(sampler=sampler)
        distributions = {dimension.key: dimension.distribution for dimension in self.space}
        for rank, trial in enumerate(ranked(tried)):
            mirror.add_trial(create_trial(value=rank, params=self._kept(trial.values), distributions=distributions))
        for trial in tried:
            if trial.fate == UNDER_WAY:  # nothing is known of it but that its values need no second trial now
                params = self._kept(trial.values)
                mirror.add_trial(create_trial(state=TrialState.RUNNING, params=params, distributions=distributions))
        drawn = mirror.ask(distributions).params
        own = {dimension.key: dimension.encode(value_of(usual, dimension.key)) for dimension in self.space}
        return drawn if tried else drawn | {key: value for key, value in own.items() if value is not None}

    def _kept(self, values: dict[str, Any]) -> dict[str, Any]:
        return {dimension.key: dimension.encode(values[dimension.key]) for dimension in self.space}

    def _sweep(self) -> None:
        """Find the trials whose process is gone."""
        for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            lock = FileLock(self.folder / TRIALS / f"{trial.number:04d}" / "lock")
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            except OSError:  # it died before it had a folder
                pass
            lock.release()
            kills = int(trial.user_attrs.get("kills", 0)) + 1
            self._study.tell(trial.number, state=TrialState.FAIL)
            if trial.params and kills < MOST_KILLS:
                self._again(trial.params, kills)

    def _again(self, params: dict[str, Any], kills: int) -> None:
        self._study.enqueue_trial(params, user_attrs={"kills": kills})


def _tried(trial: FrozenTrial, space: Space) -> Tried:
    usual, others = FATES[trial.state]
    attributes = trial.user_attrs
    fate = attributes.get("fate")
    return Tried(
        number=trial.number,
        fate=fate if fate in others else usual,
        values={d.key: d.decode(trial.params[d.key]) for d in space if d.key in trial.params},
        looks=dict(trial.intermediate_values),
        began=trial.datetime_start.timestamp() if trial.datetime_start else 0.0,
        seconds=float(attributes.get("seconds", 0.0)),
        why=attributes.get("why", ""),
    )


def _storage(path: Path) -> JournalStorage:
    # Optuna's own locks outlive a killed process by half a minute.
    return JournalStorage(JournalFileBackend(str(path), lock_obj=cast("Any", _Lock(path.with_suffix(".lock")))))


class _Lock:
    """A lock as Optuna's journal asks for it."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def acquire(self) -> bool:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()


def _mend(journal: Path) -> None:
    """Cut off a last line that a full disk or a power cut left unfinished; Optuna would read no further."""
    with FileLock(journal.with_suffix(".lock")):
        whole = journal.read_bytes() if journal.exists() else b""
        if whole and not whole.endswith(b"\n"):
            with journal.open("r+b") as file:
                file.truncate(whole.rfind(b"\n") + 1)


def _same_recipe(path: Path, recipe: Recipe) -> None:
    """Take down what is searched; a folder holds one search."""
    text = dump_recipe(recipe)
    if not path.exists():
        with atomic(path, shared=True) as part:
            part.write_text(text, "utf-8")
        return
    lines = difflib.unified_diff(path.read_text("utf-8").splitlines(), text.splitlines(), n=0, lineterm="")
    changed = [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    if changed:
        there, here = (next((line[1:] for line in changed if line[0] == sign), "nothing") for sign in "-+")
        raise RecipeError(
            f"{path.parent}: holds the search of another recipe ({there} there, {here} here); give another --study"
        )
