"""Many files through one model, here or on a cluster: what can be lifted is, and the rest is told at the end."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voxlift.cli.failing import StoppedError
from voxlift.cli.inputs import Inputs
from voxlift.cli.naming import absolute, check_pipe
from voxlift.cli.options import PIPE, LiftOptions
from voxlift.cli.progress import Bar, stderr_is_terminal
from voxlift.cli.reporting import Outcome, Reporter
from voxlift.cli.stopping import Stop, stoppable
from voxlift.cli.survey import Survey, ours, survey
from voxlift.cli.tasks import Task
from voxlift.cluster.places import plain
from voxlift.cluster.spreading import spread
from voxlift.errors import ClusterError, InputError, KilledError

if TYPE_CHECKING:
    from voxlift.cli.ledger import Ledger
    from voxlift.cli.station import Order, Watch, Work
    from voxlift.cluster.crews import Crew

_SKEW_SECONDS = 60.0
"""By how much the clocks of a cluster may differ."""


def lift_many(task: Task, given: Sequence[str], options: LiftOptions) -> int:
    """Lift all that was given.

    Parameters
    ----------
    task
        Loads the model, which then lifts each file.
    given
        Files, folders, patterns, URLs, or `-` alone.
    options
        What to do with each.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    VoxliftError
        When nothing can be done at all, or the only input failed, or the user stopped it, or the cluster was lost.
    """
    if options.cluster is not None:  # its workers' folders are others
        given, options = [_whole(text) for text in given], _whole_options(options)
    inputs = Inputs(given)
    reporter = Reporter(options.json, options.quiet)
    with stoppable(inputs.pipe) as stop, ExitStack() as stack:
        seen = survey(inputs, options)
        _check_ends(seen, inputs.pipe, options)
        ledger = _ledger(task, options, stack)
        told = _tell_survey(inputs, seen, reporter)
        if seen.files:
            order = _order(task, options)
            if options.cluster is None:
                order.load()  # a wrong model is told at once, and the bar is of the work alone
            watched = stderr_is_terminal() and not options.quiet and not (options.json and sys.stdout.isatty())
            bar = stack.enter_context(Bar(float(seen.bytes) or None, seen.files, watched))
            _lift_all(_Run(inputs, seen, options, ledger, reporter, stop, bar), order, stack)
            for place in inputs.failed.keys() - told:  # it could be searched before, and then no more
                reporter.tell(Outcome(place, {}, problem=inputs.failed[place]))
    if reporter.only_problem is not None:
        raise reporter.only_problem
    reporter.summary()
    return reporter.status()


def _tell_survey(inputs: Inputs, seen: Survey, reporter: Reporter) -> set[str]:
    """Tell what cannot be searched, and what is passed over; return what of that is told."""
    reporter.expect(seen.files + len(inputs.failed))
    for place, why in inputs.failed.items():
        reporter.tell(Outcome(place, {}, problem=why))
    if seen.passed:
        count = "1 input" if len(seen.passed) == 1 else f"{len(seen.passed)} inputs"
        reporter.note(f"{count} passed over, as made of others before: {seen.passed[0]} ...")
    return set(inputs.failed)


@dataclass
class _Run:
    """All that is under way."""

    inputs: Inputs
    seen: Survey
    options: LiftOptions
    ledger: Ledger | None
    reporter: Reporter
    stop: Stop
    bar: Bar
    refused: deque[Outcome] = field(default_factory=deque)
    """Inputs for which no name was left, to be told soon."""
    done: int = 0

    def works(self) -> Iterator[Work]:
        """Look through the inputs again, and say what is to be done with each."""
        from voxlift.cli.station import Work

        for found in self.inputs:
            if not self.seen.wanted(found) or not ours(found, self.options):
                continue
            base = "" if self.options.output or self.inputs.pipe else self.seen.base(found, self.options)
            if base is None:
                why = f"{found.place}: its output would be another input's too; lift it by itself"
                self.refused.append(Outcome(found.place, {}, problem=InputError(why)))
                continue
            claims = self.ledger.claims(found.place) if self.ledger else ()
            suspect = self.ledger is not None and self.ledger.suspects(found.place)
            yield Work(found.place, base, found.size, claims, suspect)

    def tell(self, outcome: Outcome, size: int = 0) -> None:
        """Take down and tell what became of an input."""
        self.bar.finish(outcome.source, size, outcome.lifted.seconds if outcome.lifted else 0.0)
        if self.ledger:
            self.ledger.write(outcome)
        self.reporter.tell(outcome)
        self.done += 1

    def tell_refused(self) -> None:
        """Tell of those for which no name was left."""
        while self.refused:
            self.tell(self.refused.popleft())

    def look(self) -> None:
        """Do what must be done now and then.

        Raises
        ------
        StoppedError
            When the user asked to stop.
        """
        if self.stop.signal_number is not None:
            counted = f"; {self.done} of {self.seen.files} files are done" if self.seen.files > 1 else ""
            raise StoppedError(self.stop.signal_number, counted)
        pulse = self.bar.pulse() if self.options.cluster else None
        if pulse is not None:
            self.reporter.note(f"voxlift: {pulse}")


def _lift_all(run: _Run, order: Order, stack: ExitStack) -> None:
    """Give all work to a crew, and tell what comes back."""
    crew = stack.enter_context(_crew(run))
    work = order if run.options.cluster else partial(order, watch=_watch(run))
    try:
        for item, outcome in spread(crew, work, run.works(), run.look, order):
            if isinstance(outcome, KilledError):
                outcome = Outcome(item.source, {}, problem=outcome)  # noqa: PLW2901
            if run.stop.requested() and outcome.problem is not None:
                run.look()
            run.tell(outcome, item.size)
            run.tell_refused()
    except ClusterError as problem:
        more = "the same command with --resume goes on" if run.ledger else "--skip-existing goes on"
        raise ClusterError(f"{problem}: {run.done} of {run.seen.files} files; {more}") from None
    run.tell_refused()


def _order(task: Task, options: LiftOptions) -> Order:
    """Say what is to be done, as those who do it need it."""
    from voxlift.cli.station import Order

    threads = options.threads
    if not threads and (options.cluster or (options.jobs or 1) > 1):
        # Several files at a time keep all cores busy already; more threads than cores only get in each other's way.
        threads = 1
    since = time.time() - _SKEW_SECONDS if options.cluster else math.inf
    return Order(os.urandom(8).hex(), task, options, threads, options.manifest is not None,
                 -math.inf if options.resume else since)  # fmt: skip


def _crew(run: _Run) -> Crew:
    from voxlift.cluster.crews import threads

    options = run.options
    if options.cluster is None:
        return threads(min(options.jobs or 1, max(1, run.seen.files)))
    from voxlift.cluster.scheduled import connect

    return connect(options.cluster, options.jobs, lambda text: run.reporter.note(f"voxlift: {text}"))


def _watch(run: _Run) -> Watch:
    from voxlift.cli.station import Watch

    def progress(work: Work, share: float) -> None:
        run.bar.update(work.source, share * work.size)

    return Watch(progress, run.stop.requested)


def _ledger(task: Task, options: LiftOptions, stack: ExitStack) -> Ledger | None:
    if options.manifest is None:
        return None
    from voxlift.cli.ledger import Ledger

    return stack.enter_context(Ledger(task, options))


def _whole(place: str) -> str:
    return place if place == PIPE else absolute(plain(place))


def _whole_options(options: LiftOptions) -> LiftOptions:
    """Name everything by its whole path."""
    output, folder, model = options.output, options.output_dir, options.model
    return replace(
        options,
        output=output and _whole(output),
        output_dir=folder and _whole(folder),
        model=_whole(model) if model and Path(model).is_dir() else model,
    )


def _check_ends(seen: Survey, reads_pipe: bool, options: LiftOptions) -> None:
    if options.output is not None and seen.files > 1:
        raise InputError(f"-o names one file, but there are {seen.files} inputs; use --output-dir")
    if reads_pipe:
        check_pipe(options)
        _check_alone(options)
    if reads_pipe and sys.stdin.isatty():
        raise InputError("standard input is the keyboard; pipe sound into it, or name a file")
    to_pipe = options.to_pipe or (reads_pipe and options.output is None)
    if to_pipe and sys.stdout.isatty():
        raise InputError("standard output is the terminal; pipe it into a program, or write to a file with -o")
    if to_pipe and options.json:
        raise InputError("--json and sound on standard output exclude each other; write the sound with -o FILE")


def _check_alone(options: LiftOptions) -> None:
    """Refuse to do with standard input what is for many files."""
    many = {
        "--cluster": options.cluster is not None,
        "--manifest": options.manifest is not None,
        "--shard": options.shard.count > 1,
    }
    for name, given in many.items():
        if given:
            raise InputError(f"{name} is for files, and standard input is none; leave one of them out")
