"""The search as a whole: it divides the time among trials, and trains them here or in several processes."""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path

from voxlift.cluster.belonging import dropped
from voxlift.cluster.crews import Crew
from voxlift.errors import InputError, RecipeError, VoxliftError
from voxlift.lab.mixing import make_mixer
from voxlift.lab.recipe import Recipe
from voxlift.lab.tuning.elsewhere import search_elsewhere, there
from voxlift.lab.tuning.finding import Found, importance, write_best
from voxlift.lab.tuning.ledger import Ledger
from voxlift.lab.tuning.ranking import ENDED, UNDER_WAY, Tried, best_of, spent_seconds
from voxlift.lab.tuning.space import Space, read_space
from voxlift.lab.tuning.trial import Judge, Trainer, make_judge

Watch = Callable[[list[Tried]], None]
Stop = Callable[[], bool]
LOOK_SECONDS = 0.5
LEAVE_SECONDS, LATE_SECONDS = 30.0, 3.0
"""How long a process that was told to leave may take for its step under way; less where time is up."""
WORTH = 0.45
"""Share of a whole training that a trial costs when two thirds are given up at a ninth and at a third of the way:
0.26 in theory; but the search gets better, and whoever is ahead of all before him goes on."""
AIR = 0.8
"""Share of the time for training alone; the rest is for making nets, judging, and starting processes."""
FUTILE = 5
"""After so many trials without one that has a loss, the recipe is at fault and not the values."""


@dataclass(frozen=True)
class Strategy:
    """How trials are chosen and given up; all but the defaults is for comparison (`bench/tuning.py`)."""

    random: bool = False
    """Draw values blindly, as the first project did."""
    prune: bool = True


@dataclass(frozen=True)
class _Task:
    """What every process that searches needs to know."""

    recipe: Recipe
    space: Space
    folder: Path
    cache: Path
    trials: int
    trial_minutes: float | None
    ends: float
    strategy: Strategy

    def ledger(self) -> Ledger:
        strategy = self.strategy
        return Ledger(self.folder, self.recipe, self.space, random=strategy.random, prune=strategy.prune)


def tune(
    recipe: Recipe,
    folder: Path,
    cache: Path,
    *,
    trials: int = 30,
    minutes: float | None = None,
    jobs: int | Crew = 1,
    strategy: Strategy | None = None,
    watch: Watch | None = None,
    stop: Stop = lambda: False,
    began: float | None = None,
    where: str = "recipe",
) -> Found:
    """Search; a folder that holds the same search is gone on with, also while others are at it.

    Parameters
    ----------
    minutes
        Wall clock of the whole search, earlier calls counted in. Trials are then so short that about `trials` fit.
    jobs
        Processes, with 1 all happens in this one; or a crew on machines that share this one's disks, of whose workers
        each has one thread: they search, and this process looks on.
    watch
        Told of all trials whenever one has ended.
    stop
        Asked after each step of a training whether to leave; the trial is then begun anew by the next call.
    began
        When the budget began to run, in seconds since 1970; by default now.
    where
        How messages name the recipe.

    Raises
    ------
    RecipeError
        When the recipe has no right `[search]`, or nothing of it can be trained.
    DataError
        When the corpus cannot be read, or the folder not be written.
    """
    began = time.time() if began is None else began
    space = read_space(recipe, where)
    if recipe.run.devices * recipe.run.hosts > 1:
        raise RecipeError(f"{where}: a search trains each trial on one device: set run.devices=1, and give --jobs")
    task = _Task(recipe, space, folder, cache, trials, None, math.inf, strategy or Strategy())
    ledger = task.ledger()
    before = spent_seconds(ledger.tried())
    make_mixer(recipe, cache)  # what is wrong with the corpus comes out here, and processes find the cache filled
    judge = make_judge(recipe, cache)
    if minutes is not None:
        task = replace(task, ends=began + 60 * minutes - before)
    at_once = jobs if isinstance(jobs, int) else max(1, jobs.slots)
    task = replace(task, trial_minutes=ledger.settle(_share(minutes, began, trials, at_once)))
    told = _Told(ledger, recipe, watch)
    if task.ends <= time.time():
        lost = 0
    elif isinstance(jobs, int):
        lost = _work_together(task, jobs, ledger, judge, stop=stop, told=told)
    else:
        lost = search_elsewhere(jobs, partial(_work_elsewhere, task, Path.cwd()), ledger, stop, told.at_times)
    told()
    tried = tuple(ledger.tried())
    return Found(
        folder, tried, best_of(tried), importance(tried, space), judge.held_out, task.trial_minutes,
        max(spent_seconds(tried), before + time.time() - began), stop(), lost,
    )  # fmt: skip


def _share(minutes: float | None, began: float, trials: int, jobs: int) -> float | None:
    """Divide what is left of the budget among the trials."""
    if minutes is None:
        return None
    left = max(0.0, minutes - (time.time() - began) / 60)
    return AIR * left * min(jobs, trials) / (1 + WORTH * (trials - 1))


class _Told:
    """Tells the watcher of trials that ended, and keeps the best recipe written."""

    def __init__(self, ledger: Ledger, recipe: Recipe, watch: Watch | None) -> None:
        self._ledger, self._recipe, self._watch = ledger, recipe, watch
        self._ended, self._best, self._next = 0, -1, 0.0

    def __call__(self) -> None:
        tried = self._ledger.tried()
        ended = sum(trial.fate != UNDER_WAY for trial in tried)
        best = best_of(tried)
        if best is not None and best.number != self._best:
            self._best = best.number
            write_best(self._ledger.folder, self._recipe, best)
        if self._watch is not None and ended != self._ended:
            self._ended = ended
            self._watch(tried)

    def at_times(self) -> None:
        """Tell what others have done meanwhile; called after every step, it looks now and then."""
        if time.monotonic() >= self._next:
            self()
            self._next = time.monotonic() + LOOK_SECONDS


def _work(task: _Task, ledger: Ledger, judge: Judge, stop: Stop, told: Callable[[], None]) -> None:
    """Train one trial after another until there are enough, or the time is up."""
    trainer = Trainer(judge, task.cache, task.trial_minutes, task.ends, stop)
    while not trainer.over(trainer.shortest_seconds):
        attempt = ledger.draw(task.trials, task.recipe)
        if attempt is None:
            return
        trainer.train(ledger, attempt)
        told()
        ended = [trial for trial in ledger.tried() if trial.fate in ENDED]
        if len(ended) >= FUTILE and all(trial.loss is None for trial in ended):
            raise RecipeError(f"none of {len(ended)} trials could be trained; the last one: {ended[-1].why}")


def _work_together(task: _Task, jobs: int, ledger: Ledger, judge: Judge, *, stop: Stop, told: _Told) -> int:
    """Work with several processes, this one among them; return how many of the others were killed."""
    context = multiprocessing.get_context("spawn")  # a fork would share torch's threads, and deadlock
    leave, problems = context.Event(), context.SimpleQueue()
    team = [context.Process(target=_work_apart, args=(task, leave, problems)) for _ in range(jobs - 1)]

    def ending() -> bool:
        told.at_times()
        return stop() or not problems.empty()

    try:
        for process in team:
            process.start()
        _work(task, ledger, judge, ending, told)
        while (alive := [process.sentinel for process in team if process.is_alive()]) and time.time() < task.ends:
            wait(alive, LOOK_SECONDS)
            if ending():
                break
        lost = sum(bool(process.exitcode) for process in team)  # before we end any ourselves
    finally:
        leave.set()
        _gather(team, LEAVE_SECONDS if math.isinf(task.ends) else LATE_SECONDS)
    if not problems.empty():
        raise problems.get()
    return lost


def _work_elsewhere(task: _Task, folder: Path, _number: int) -> None:
    """Be one of a crew's workers, in the folder that paths are relative to."""
    with there(folder, task.folder, task.recipe.data.workers):
        _work(task, task.ledger(), make_judge(task.recipe, task.cache), dropped, lambda: None)


def _gather(team: Sequence[BaseProcess], seconds: float) -> None:
    """Wait for processes that were told to leave; what they leave unfinished when killed is tried again."""
    ends = time.monotonic() + seconds
    for process in team:
        if process.pid is not None:
            process.join(max(0.0, ends - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()


def _work_apart(task: _Task, leave: Event, problems: SimpleQueue[VoxliftError]) -> None:
    """Be one of several processes; leave when told, and when whoever sent us is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the sender tells us what it means
    parent = multiprocessing.parent_process()

    def stop() -> bool:
        return leave.is_set() or parent is None or not parent.is_alive()

    try:
        _work(task, task.ledger(), make_judge(task.recipe, task.cache), stop, lambda: None)
    except VoxliftError as problem:
        problems.put((InputError if isinstance(problem, InputError) else VoxliftError)(str(problem)))
