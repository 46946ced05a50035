"""`voxlift lab tune`: looks for the best values of what a recipe lets vary."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.crew import Cluster
from voxlift.cli.needing import need_lab
from voxlift.errors import MissingExtraError

if TYPE_CHECKING:
    from voxlift.cli.progress import Bar
    from voxlift.lab.tuning import Found, Tried

SHOWN = 10
HISTORY, IMPORTANCE = "history.png", "importance.png"


def tune(
    recipe: Annotated[Path, typer.Argument(help="A recipe with a table [search].")],
    overrides: Annotated[list[str] | None, typer.Argument(help="Changes to it, such as net.width=64.")] = None,
    *,
    trials: Annotated[int, typer.Option("--trials", min=1, help="How many to try.")] = 30,
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", min=0.01, help="Wall clock of the whole search; shortens trials so that all fit."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
    cluster: Cluster = None,
    study: Annotated[
        Path | None, typer.Option("--study", metavar="FOLDER", help="The search's folder; goes on where it stopped.")
    ] = None,
    cache: Annotated[
        Path, typer.Option("--cache", help="Where decoded recordings and simulated rooms are kept between runs.")
    ] = Path("cache"),
) -> None:
    """Find the learning rate, number of layers, or any key under [search]; what is behind is given up early.

    Ctrl-C stops it; the same command goes on, and joins in when given twice at once. The best recipe is written to
    FOLDER/best.toml and trains as it is.
    """
    began = time.time()  # loading the libraries counts, too
    need_lab("voxlift lab tune", "torch", "lightning", "optuna")
    from voxlift.cli.crew import crew_of
    from voxlift.cli.failing import StoppedError
    from voxlift.cli.printing import say
    from voxlift.cli.progress import Bar, stderr_is_terminal
    from voxlift.cli.stopping import stoppable
    from voxlift.lab.recipe import read_recipe
    from voxlift.lab.tuning import tune as search

    resolved = read_recipe(recipe, overrides or ())
    folder = study or Path("runs") / f"{resolved.name}-tune"
    crew = crew_of(cluster, jobs, whole=True)
    with stoppable() as stop, Bar(float(trials), trials, stderr_is_terminal()) as bar:
        try:
            found = search(
                resolved, folder, cache, trials=trials, minutes=minutes, jobs=crew, watch=_Lines(bar).watch,
                stop=stop.requested, began=began, where=str(recipe),
            )  # fmt: skip
        except KeyboardInterrupt:  # the second one: somebody is in a hurry
            kept = f"; trials that ended are kept in {folder}, the same command goes on"
            raise StoppedError(signal.SIGINT, kept) from None
    _say_trials(found)
    _say_end(found, trials, minutes)
    pictures = _draw(found)
    if pictures:
        say(f"{folder}: {' and '.join(pictures)} drawn")
    if stop.signal_number is not None:
        kept = f"; {len(found.ranked)} trials are kept in {folder}, the same command goes on"
        raise StoppedError(stop.signal_number, kept)


class _Lines:
    """A line on standard error for each trial that ends while we watch."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._since, self._told = time.time(), set[int]()

    def watch(self, tried: list[Tried]) -> None:
        """Tell what is new."""
        done = [trial.loss for trial in tried if trial.fate == "done" and trial.loss is not None]
        for trial in tried:
            if trial.fate == "under way" or trial.number in self._told:
                continue
            self._told.add(trial.number)
            if trial.fate not in ("stopped", "killed"):
                self._bar.update(trial.number, 1.0)
                self._bar.finish(trial.number, 1.0)
            if trial.began + trial.seconds >= self._since:
                best = trial.fate == "done" and trial.loss == min(done)
                typer.echo(f"{_line(trial)}{'  best so far' if best else ''}", err=True)


def _line(trial: Tried) -> str:
    loss = "" if trial.loss is None else f"{trial.loss:.4g}"
    return f"trial {trial.number:3}  {loss:>9}  {_fate(trial):<16}  {trial.seconds:6.1f} s  {_values(trial)}"


def _fate(trial: Tried) -> str:
    return f"given up at {trial.ninths}/9" if trial.fate == "given up" else trial.fate


def _values(trial: Tried) -> str:
    return "  ".join(f"{key}={_value(value)}" for key, value in trial.values.items())


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _say_trials(found: Found) -> None:
    from voxlift.cli.printing import say, say_table

    if not found.ranked:
        return
    keys = list(found.ranked[0].values)
    rows = [
        [str(trial.number), f"{trial.loss:.5g}", _fate(trial), f"{trial.seconds:.1f}",
         *(_value(trial.values[key]) for key in keys)]
        for trial in found.ranked[:SHOWN]
    ]  # fmt: skip
    say_table(["trial", "loss", "end", "seconds", *keys], rows, right=["trial", "loss", "seconds", *keys])
    if len(found.ranked) > SHOWN:
        say(f"... and {len(found.ranked) - SHOWN} more")
    say()


def _say_end(found: Found, trials: int, minutes: float | None) -> None:
    from voxlift.cli.printing import say
    from voxlift.lab.tuning.finding import BEST, FEWEST_FOR_IMPORTANCE

    fates = [trial.fate for trial in found.tried]
    counts = ", ".join(f"{fates.count(fate)} {fate}" for fate in dict.fromkeys(fates))
    length = "" if found.trial_minutes is None else f", each at most {60 * found.trial_minutes:.3g} s long"
    say(f"{len(fates)} trials{length}: {counts}; {found.spent_seconds / 60:.1f} min")
    if found.lost:
        say(f"{found.lost} processes were killed, perhaps for want of memory; fewer --jobs need less")
    if found.held_out:
        say("Judged on examples held out of the training mix: the corpus has no dev split, and the recipe names none")
    if found.importance:
        shares = ", ".join(f"{key} {100 * share:.0f} %" for key, share in found.importance.items())
        say(f"What mattered for being among the best quarter: {shares}")
    else:
        say(f"What mattered is told from {FEWEST_FOR_IMPORTANCE} trials with a loss on")
    if found.best is None:
        more = "" if minutes is None else f"; give more than --minutes {minutes:g}, or fewer --trials to a new --study"
        say(f"No trial came to its end yet{more}")
        return
    say(f"Next: voxlift lab train {found.folder / BEST}")
    ended = sum(fate not in ("stopped", "killed", "under way") for fate in fates)
    if not found.stopped and ended < trials and minutes is not None:
        say(f"{ended} of {trials} trials fitted into --minutes {minutes:g}; more --minutes would go on")


def _draw(found: Found) -> list[str]:
    """Draw what there is to draw; without matplotlib say how to get it."""
    from voxlift.plots import Layout
    from voxlift.plots.tuning import Dot, draw_history, draw_importance

    if found.best is None:
        return []
    start = min(trial.began for trial in found.tried)
    dots = [
        Dot(trial.number, trial.loss, (trial.began + trial.seconds - start) / 60, trial.ninths / 9)
        for trial in found.ranked
        if trial.loss is not None
    ]
    wide, flat = Layout(1400, 520), Layout(1000, 170 + 50 * max(1, len(found.importance)))
    pictures = {}
    try:
        pictures[HISTORY] = draw_history(dots, f"Best loss {found.best.loss:.4g}, of trial {found.best.number}", wide)
        if found.importance:
            first = next(iter(found.importance))
            pictures[IMPORTANCE] = draw_importance(found.importance, f"{first} mattered most", flat)
    except MissingExtraError as problem:
        sys.stderr.write(f"voxlift: no pictures: {problem}\n")
    for name, data in pictures.items():
        (found.folder / name).write_bytes(data)
    return list(pictures)
