"""Where files are lifted: in this process, or in one of a cluster's. Each loads the model once, for all its threads."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from voxlift.allocator import keep_freed_memory
from voxlift.cli.naming import is_stem, output_suffix, suffix_of, targets
from voxlift.cli.options import PIPE, LiftOptions
from voxlift.cli.reporting import Made, Outcome
from voxlift.cli.tasks import Lifting, Run, Task
from voxlift.cluster import places
from voxlift.cluster.belonging import dropped, worker
from voxlift.cluster.scratch import scratch
from voxlift.errors import InputError, VoxliftError

if TYPE_CHECKING:
    from voxlift.separate.stream import Lifted

GIVEN, MADE, THERE = "given", "made", "there"
"""In a scratch folder: a copy of the recording, what is made of it, and what lies already where that belongs."""
_LOADING = threading.Lock()
_LOADED: dict[Order, Lifting] = {}
"""At most one: what the newest run needs."""


@dataclass(frozen=True)
class Claim:
    """What a manifest says of an output."""

    output: str
    bytes: int | None
    checksum: str


@dataclass(frozen=True)
class Work:
    """One recording to lift: where it is, how its outputs are called (see `naming`), and what is said to be done."""

    source: str
    base: str
    size: int
    claims: tuple[Claim, ...] = ()
    suspect: bool = False
    """A manifest says that it brought down its workers."""


@dataclass(frozen=True)
class Watch:
    """Who looks on where the work is done: is told how far a source is (a share), and may stop it."""

    progress: Callable[[Work, float], None] = lambda _work, _share: None
    cancelled: Callable[[], bool] = dropped


@dataclass(frozen=True)
class Order:
    """What is to be done with every recording of a run; goes to the workers with each batch.

    Parameters
    ----------
    run
        Tells runs apart: a card may have changed since the last one.
    threads
        Of the net.
    sums
        Whether outputs are to be summed up, for a manifest.
    since
        Outputs that are younger (seconds since 1970) may be this run's own, made by a worker that died before it could
        say so: they are made again, and taken if they are the same.
    """

    run: str
    task: Task
    options: LiftOptions
    threads: int
    sums: bool
    since: float

    def __call__(self, works: Sequence[Work], watch: Watch = Watch()) -> list[Outcome]:
        """Lift some recordings; what one cannot is its outcome.

        Raises
        ------
        InputError
            When the model cannot be loaded.
        """
        lifting = self.load()
        return [_lift(self, lifting, work, watch) for work in works]

    def load(self) -> Lifting:
        """Load the model, unless this process has it.

        Raises
        ------
        InputError
            When it cannot be loaded.
        """
        with _LOADING:
            if self not in _LOADED:
                if worker() is not None:
                    keep_freed_memory()
                _LOADED.clear()
                _LOADED[self] = self.task.load(self.options, self.threads)
            return _LOADED[self]


def _lift(order: Order, lifting: Lifting, work: Work, watch: Watch) -> Outcome:
    if work.claims and all(_holds(claim) for claim in work.claims):
        return Outcome(work.source, {}, kept=True)
    named: dict[str, str] = {}
    with scratch() as folder:
        try:
            outcome = _Lift(order, lifting, work, watch, folder).run(named)
        except Exception as problem:  # whatever it is, the other files go on
            outcome = Outcome(work.source, named, problem=_translated(named, problem))
        return _without(folder, work.source, outcome)


@dataclass(frozen=True)
class _Lift:
    """One recording under way, with a folder for what must not be seen yet."""

    order: Order
    lifting: Lifting
    work: Work
    watch: Watch
    folder: Path

    def run(self, named: dict[str, str]) -> Outcome:
        """Lift it; `named` is told where it goes, as soon as that is known."""
        options, products, source = self.order.options, self.lifting.products, self.work.source
        if options.skip_existing and places.is_url(source):
            guessed = targets(self.work.base, products, options.suffix or suffix_of(source), options)
            if all(map(places.exists, guessed.values())):
                return Outcome(source, guessed)  # nothing need be fetched
        local = places.fetch(source, _inner(self.folder, GIVEN)) if places.is_url(source) else Path(source)
        named.update(self._targets(local))
        if options.skip_existing and all(map(places.exists, named.values())):
            return Outcome(source, dict(named))
        paths = {product: self._path(place) for product, place in named.items()}
        lifted = self._lifted(local, paths)
        for product, place in named.items():
            self._publish(paths[product], place)
        made = tuple(_made(paths[product], place) for product, place in named.items()) if self.order.sums else ()
        return Outcome(source, dict(named), lifted, made=made)

    def _targets(self, local: Path) -> Mapping[str, str]:
        options = self.order.options
        if self.work.source == PIPE:
            options = options.into(options.output or PIPE)
            return targets(self.work.base, self.lifting.products, "", options)
        from voxlift.media import probe

        info = probe(local)
        suffix = "" if options.output is not None else output_suffix(info, options)
        return targets(self.work.base, self.lifting.products, suffix, options)

    def _path(self, place: str) -> Path:
        """Choose where a product is written first: where it belongs, unless that is elsewhere, or taken."""
        if not places.is_url(place):
            return _inner(self.folder, MADE) / places.name(place) if self._may_be_ours(place) else Path(place)
        if place == self.work.source:
            raise InputError(f"{place}: is the input itself; give another name for the output")
        if not self.order.options.overwrite and places.exists(place) and not self._may_be_ours(place):
            raise places.already(place)  # nobody waits for an upload to hear that
        return _inner(self.folder, MADE) / places.name(place)

    def _may_be_ours(self, place: str) -> bool:
        if self.order.options.overwrite or place == PIPE:
            return False
        return places.exists(place) and places.modified(place) >= self.order.since

    def _lifted(self, local: Path, paths: Mapping[str, Path]) -> Lifted:
        from voxlift.separate.stream import Job

        options = self.order.options
        if options.output_dir is not None:
            for path in paths.values():
                path.parent.mkdir(parents=True, exist_ok=True)
        stems = {product: path for product, path in paths.items() if is_stem(product)}
        job = Job(local, stems, options.overwrite, options.suffix, options.film)
        return self.lifting.lift(Run(paths, job, self._progress, self.watch.cancelled))

    def _progress(self, done_seconds: float, total_seconds: float | None) -> None:
        self.watch.progress(self.work, done_seconds / total_seconds if total_seconds else 0.0)

    def _publish(self, made: Path, place: str) -> None:
        """Bring a product to where it belongs; what lies there already must be the same."""
        if not made.is_relative_to(self.folder):
            return
        overwrite = self.order.options.overwrite
        if overwrite or not places.exists(place):
            places.publish(made, place, overwrite)
            return
        there = places.fetch(place, _inner(self.folder, THERE)) if places.is_url(place) else Path(place)
        if not (places.modified(place) >= self.order.since and _same(made, there)):
            if place in {claim.output for claim in self.work.claims}:
                raise InputError(f"{place}: is not what the manifest says; remove it, or use --overwrite with --resume")
            raise places.already(place)


def _inner(folder: Path, name: str) -> Path:
    inner = folder / name
    inner.mkdir(exist_ok=True)
    return inner


def _holds(claim: Claim) -> bool:
    """Whether an output is as a manifest says: of its size, and where reading it costs no transfer, of its sum."""
    try:
        if not places.exists(claim.output) or claim.bytes not in (None, places.size(claim.output)):
            return False
        unread = places.is_url(claim.output) or not claim.checksum
        return unread or places.checksum(Path(claim.output)) == claim.checksum
    except (OSError, VoxliftError):
        return False


def _made(path: Path, place: str) -> Made:
    return Made(place, path.stat().st_size, places.checksum(path))


def _same(one: Path, other: Path) -> bool:
    """Whether two files are the same, or two recordings sound the same: Ogg numbers its streams by chance."""
    from voxlift.media import read

    if places.checksum(one) == places.checksum(other):
        return True
    try:
        ours, theirs = read(one), read(other)
    except InputError:
        return False
    return (ours.rate, ours.samples.shape) == (theirs.rate, theirs.samples.shape) and bool(
        (ours.samples == theirs.samples).all()
    )


def _translated(named: Mapping[str, str], problem: Exception) -> Exception:
    """Say what the system refused, where the libraries below did not meet it: mostly names that are too long."""
    if isinstance(problem, VoxliftError):
        return problem
    if isinstance(problem, OSError) and named:
        from voxlift.media.faults import writing_fault

        return writing_fault(Path(next(iter(named.values()))), problem)
    try:
        # Safe to load: just made.
        pickle.loads(pickle.dumps(problem))  # noqa: S301  # nosec B301
    except Exception:  # it could not travel from a worker to who tells of it
        return RuntimeError(f"{type(problem).__name__}: {problem}")
    return problem


def _without(folder: Path, source: str, outcome: Outcome) -> Outcome:
    """Name the recording where its copy in our folder is meant."""
    if not places.is_url(source):
        return outcome
    copy = str(folder / GIVEN / places.name(source))
    problem, lifted = outcome.problem, outcome.lifted
    if isinstance(problem, VoxliftError) and copy in str(problem):
        problem = _said(problem, str(problem).replace(copy, source))
    if lifted is not None:
        lifted = replace(lifted, warnings=tuple(warning.replace(copy, source) for warning in lifted.warnings))
    return replace(outcome, problem=problem, lifted=lifted)


Problem = TypeVar("Problem", bound=VoxliftError)


def _said(problem: Problem, text: str) -> Problem:
    problem.args = (text,)
    return problem
