"""Many files through one model: all that can be lifted is lifted, and what cannot be is told at the end."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from voxlift.cli.failing import StoppedError
from voxlift.cli.inputs import Findings, Found, find_inputs
from voxlift.cli.naming import Plan, Wanted, is_stem, named_plan, output_suffix, pipe_plan, plans
from voxlift.cli.options import PIPE, LiftOptions
from voxlift.cli.progress import Bar, stderr_is_terminal
from voxlift.cli.reporting import Outcome, Reporter
from voxlift.cli.stopping import Stop, stoppable
from voxlift.cli.tasks import Lifting, Run, Task
from voxlift.errors import InputError

_WAKE_SECONDS = 0.5  # on Windows a wait without end would not hear Ctrl-C


def lift_many(task: Task, given: Sequence[str], options: LiftOptions) -> int:
    """Lift all that was given.

    Parameters
    ----------
    task
        Loads the model, which then lifts each file.
    given
        Files, folders, patterns, or `-` alone.
    options
        What to do with each.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    VoxliftError
        When nothing can be done at all, or the only input failed, or the user stopped it.
    """
    reads_pipe = list(given) == [str(PIPE)]
    reporter = Reporter(options.json, options.quiet)
    with stoppable(reads_pipe) as stop:
        findings = find_inputs(given)
        _check_ends(findings, reads_pipe, options)
        # Several files at a time keep all cores busy already; more threads than cores only get in each other's way.
        lifting = task.load(options, 1 if options.jobs > 1 and not options.threads else options.threads)
        work = _planned(findings, lifting.products, options, reporter)
        known = [plan.seconds for plan in work]
        total = None if None in known else math.fsum(seconds or 0 for seconds in known)
        watched = stderr_is_terminal() and not options.quiet and not (options.json and sys.stdout.isatty())
        with Bar(total, len(work), watched) as bar:
            for outcome in _outcomes(work, _Lifter(lifting, options, stop, bar), options.jobs):
                reporter.tell(outcome)
    only = reporter.outcomes[0].problem if len(reporter.outcomes) == 1 else None
    if only is not None:
        raise only
    reporter.summary()
    return reporter.status()


@dataclass(frozen=True)
class _Lifter:
    """Does one plan, from any thread: the model is shared, all that changes is the stream's."""

    lifting: Lifting
    options: LiftOptions
    stop: Stop
    bar: Bar

    def __call__(self, key: int, plan: Plan) -> Outcome:
        if self.options.skip_existing and all(path.exists() for path in plan.targets.values()):
            self.bar.finish(key, plan.seconds)
            return Outcome(plan.source, plan.targets)
        try:
            outcome = self._lift(key, plan)
        except Exception as problem:  # whatever it is, the other files go on
            outcome = Outcome(plan.source, plan.targets, problem=_translated(plan, problem))
        self.bar.finish(key, plan.seconds)
        return outcome

    def _lift(self, key: int, plan: Plan) -> Outcome:
        from voxlift.separate.stream import Job

        if self.options.output_dir is not None:
            for target in plan.targets.values():
                target.parent.mkdir(parents=True, exist_ok=True)
        stems = {stem: path for stem, path in plan.targets.items() if is_stem(stem)}
        job = Job(plan.source, stems, self.options.overwrite, plan.suffix, self.options.film)
        progress = lambda done, _total: self.bar.update(key, done)  # noqa: E731
        lifted = self.lifting.lift(Run(plan, job, progress, self.stop.requested))
        return Outcome(plan.source, plan.targets, lifted)


def _translated(plan: Plan, problem: Exception) -> Exception:
    """Say what the system refused, where the libraries below did not meet it: mostly names that are too long."""
    if not isinstance(problem, OSError) or isinstance(problem, InputError):
        return problem
    from voxlift.media.faults import writing_fault

    return writing_fault(next(iter(plan.targets.values())), problem)


def _check_ends(findings: Findings, reads_pipe: bool, options: LiftOptions) -> None:
    if options.output is not None and len(findings.found) > 1:
        raise InputError(f"-o names one file, but there are {len(findings.found)} inputs; use --output-dir")
    if reads_pipe and sys.stdin.isatty():
        raise InputError("standard input is the keyboard; pipe sound into it, or name a file")
    to_pipe = options.to_pipe or (reads_pipe and options.output is None)
    if to_pipe and sys.stdout.isatty():
        raise InputError("standard output is the terminal; pipe it into a program, or write to a file with -o")
    if to_pipe and options.json:
        raise InputError("--json and sound on standard output exclude each other; write the sound with -o FILE")


def _planned(findings: Findings, products: Sequence[str], options: LiftOptions, reporter: Reporter) -> list[Plan]:
    """Decide where all goes before anything is lifted: only so is it known that no two outputs meet."""
    for note in findings.notes:
        reporter.note(note)
    if findings.found and findings.found[0].path == PIPE:
        return [pipe_plan(products, options)]
    failed: list[tuple[Path, Exception]] = [*findings.failed]
    wanted = []
    for found in findings.found:
        try:
            wanted.append(_wanted(found, options))
        except Exception as problem:
            failed.append((found.path, problem))
    if options.output is not None:
        work = [named_plan(item, products, options) for item in wanted]
    else:
        planned = plans(wanted, products, options)
        work = [plan for plan in planned if isinstance(plan, Plan)]
        failed += [pair for pair in planned if not isinstance(pair, Plan)]
    reporter.expect(len(work) + len(failed))
    for path, why in failed:
        reporter.tell(Outcome(path, {}, problem=why))
    return work


def _wanted(found: Found, options: LiftOptions) -> Wanted:
    from voxlift.media import probe

    info = probe(found.path)
    return Wanted(found, "" if options.output is not None else output_suffix(info, options), info.seconds)


def _outcomes(work: Sequence[Plan], lifter: _Lifter, jobs: int) -> Iterator[Outcome]:
    """Yield what became of each plan, as soon as it is known.

    Raises
    ------
    StoppedError
        When the user asked to stop.
    """
    outcomes = _one_by_one(work, lifter) if jobs == 1 or len(work) < 2 else _side_by_side(work, lifter, jobs)
    for done, outcome in enumerate(outcomes):
        if lifter.stop.signal_number is not None and outcome.problem is not None:
            counted = f"; {done} of {len(work)} files are done" if len(work) > 1 else ""
            raise StoppedError(lifter.stop.signal_number, counted)
        yield outcome


def _one_by_one(work: Sequence[Plan], lifter: _Lifter) -> Iterator[Outcome]:
    for key, plan in enumerate(work):
        yield lifter(key, plan)


def _side_by_side(work: Sequence[Plan], lifter: _Lifter, jobs: int) -> Iterator[Outcome]:
    """Threads, as nearly all time passes in libraries that let go of Python's lock; they share one model."""
    with ThreadPoolExecutor(jobs, "voxlift-job") as pool:
        pending: set[Future[Outcome]] = {pool.submit(lifter, key, plan) for key, plan in enumerate(work)}
        while pending:
            finished, pending = wait(pending, timeout=_WAKE_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
