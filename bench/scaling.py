"""Print how lifting many files grows with the workers that do it, measured here and foretold for more.

    python bench/scaling.py                       200 files of 10 s; 1 and 2 workers; the scheduler's own rate
    python bench/scaling.py --files 24 --seconds 2 --tasks 200
    python bench/scaling.py --model PATH

It starts a Dask scheduler and workers of one thread as processes of this machine. Printed: seconds a file and seconds
of sound a second, in a plain loop and by 1 and 2 workers; the tasks a second that scheduler and client hand out (empty
ones: that is the limit of any cluster); and what a simulation makes of both for a million files on 1 to 1,000 workers,
one file a task and in the batches that `voxlift.cluster.spreading` makes.

The simulation draws the time of each file from the measured ones, takes the time to hand out a task from the measured
rate, and lets one scheduler hand out tasks one after another to whoever is free, as `voxlift.cluster.window` does.
"""

from __future__ import annotations

import argparse
import heapq
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sounds import write_sound
from tables import machine, markdown, save
from voxlift.cli.denoise import Denoise
from voxlift.cli.options import LiftOptions
from voxlift.cli.station import Order, Work
from voxlift.cluster.scheduled import TASK_SECONDS, Scheduled, connect
from voxlift.cluster.spreading import BUSY, MOST_FILES, spread
from voxlift.cluster.window import windowed

RATE = 16_000
MILLION = 1_000_000
CREWS = (1, 10, 100, 1_000)


@dataclass(frozen=True)
class Ran:
    """Files lifted one way."""

    wall_seconds: float
    files: int
    sound_seconds: float

    @property
    def a_file(self) -> float:
        """Wall seconds for each."""
        return self.wall_seconds / self.files

    @property
    def speed(self) -> float:
        """Seconds of sound a second."""
        return self.sound_seconds / self.wall_seconds


@dataclass(frozen=True)
class Foretold:
    """What a crew makes of many files."""

    workers: int
    batch: int
    hours: float
    busy: float
    """Share of the workers' time spent on files."""
    scheduler: float
    """Share of the scheduler's time spent on tasks."""


def main() -> None:
    """Measure, simulate, print."""
    arguments = _arguments()
    print(f"{machine()}; {arguments.files} files of {arguments.seconds:g} s\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="voxlift-bench-") as name:
        folder = Path(name)
        (folder / "out").mkdir()
        works = [_work(folder, number, arguments.seconds) for number in range(arguments.files)]
        order = Order("bench", Denoise(), LiftOptions(model=arguments.model, overwrite=True), 1, True, 0.0)
        order(works[:1])  # loads the model
        taken = [_timed(order, work) for work in works]
        sound_seconds = arguments.files * arguments.seconds
        ran = {"plain loop": Ran(sum(taken), len(works), sound_seconds)}
        for workers in arguments.workers:
            with _cluster(folder, workers) as address:
                ran[f"{workers} worker{'s' if workers > 1 else ''}"] = _by_crew(address, order, works, sound_seconds)
                tasks_a_second = _tasks_a_second(address, arguments.tasks)
    simulated = [
        simulate(taken, 1 / tasks_a_second, workers, batch)
        for workers in CREWS
        for batch in sorted({1, batch_for(workers, statistics.fmean(taken))})
    ]
    print(_ran_table(ran), end="\n\n")
    print(f"Scheduler and client hand out {tasks_a_second:.0f} tasks a second: {1000 / tasks_a_second:.2f} ms each.\n")
    print(_simulated_table(simulated))
    figures = {"ran": {name: asdict(value) for name, value in ran.items()}, "tasks_a_second": tasks_a_second}
    save(arguments.json, {**figures, "simulated": [asdict(one) for one in simulated]})


def simulate(
    taken: Sequence[float], task_seconds: float, workers: int, batch: int, *, files: int = MILLION, seed: int = 0
) -> Foretold:
    """Let a scheduler hand out batches to workers until all files are done.

    A worker that is free waits until the scheduler has done with the tasks before his; twice as many tasks as workers
    are on their way, so his next one is usually there already. The time of a batch is drawn from those of the measured
    files: their sum for small batches, the normal law of the sum for large ones.
    """
    random = np.random.default_rng(seed)
    tasks = -(-files // batch)
    mean, deviation = statistics.fmean(taken), statistics.pstdev(taken)
    if batch < 16:
        lengths = random.choice(np.asarray(taken), (tasks, batch)).sum(axis=1)
    else:
        lengths = np.maximum(random.normal(batch * mean, deviation * batch**0.5, tasks), 0.1 * batch * mean)
    free = [0.0] * workers
    ended: list[float] = []
    scheduler = last = 0.0
    for number, length in enumerate(lengths):
        room = heapq.heappop(ended) if number >= 2 * workers else 0.0  # one of those on their way has come back
        scheduler = max(scheduler, room) + task_seconds
        end = max(heapq.heappop(free), scheduler) + float(length)
        heapq.heappush(free, end)
        heapq.heappush(ended, end)
        last = max(last, end)
    return Foretold(workers, batch, last / 3600, float(lengths.sum()) / (workers * last), tasks * task_seconds / last)


def batch_for(workers: int, file_seconds: float) -> int:
    """Choose the batch as `voxlift.cluster.spreading` does, which does not know the rate that was measured here."""
    return int(min(MOST_FILES, max(1, round(workers * TASK_SECONDS / BUSY / file_seconds))))


def _work(folder: Path, number: int, seconds: float) -> Work:
    source = folder / f"{number:05d}.wav"
    write_sound(source, seconds, RATE, 1, number)
    return Work(str(source), str(folder / "out" / source.stem), source.stat().st_size)


def _timed(order: Order, work: Work) -> float:
    began = time.perf_counter()
    (outcome,) = order([work])
    if outcome.problem is not None:
        raise outcome.problem
    return time.perf_counter() - began


def _by_crew(address: str, order: Order, works: Sequence[Work], sound_seconds: float) -> Ran:
    with connect(address) as crew:
        list(spread(crew, order, iter(works[: 2 * crew.slots]), crew.look))  # loads the model everywhere
        began = time.perf_counter()
        for _, outcome in spread(crew, order, iter(works), crew.look):
            if isinstance(outcome, Exception):
                raise outcome
        return Ran(time.perf_counter() - began, len(works), sound_seconds)


def _tasks_a_second(address: str, tasks: int) -> float:
    """Hand out tasks that do nothing, as many on their way as a large cluster has."""
    with connect(address) as crew:
        list(windowed(_Wide(crew), _nothing, iter(range(min(tasks, 100)))))
        began = time.perf_counter()
        for _, future in windowed(_Wide(crew), _nothing, iter(range(tasks))):
            future.result()
        return tasks / (time.perf_counter() - began)


class _Wide:
    """A crew with a window as wide as a cluster of some hundred workers has."""

    slots, reserve, task_seconds = 256, 256, 0.0

    def __init__(self, crew: Scheduled) -> None:
        self.submit, self.look = crew.submit, crew.look

    def __enter__(self) -> _Wide:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _nothing(number: int) -> int:
    return number


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a scheduler and workers of one thread."""
    file = folder / f"scheduler-{workers}.json"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    found = ["--scheduler-file", str(file), "--no-dashboard"]
    kinds = [
        ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", *found],
        ["worker", "--nworkers", str(workers), "--nthreads", "1", "--local-directory", str(folder / "workers"), *found],
    ]  # fmt: skip
    started: list[subprocess.Popen[bytes]] = []
    try:
        for kind, *words in kinds:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words]
            started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
            while not file.exists():
                time.sleep(0.1)
        with connect(str(file)) as crew:
            crew.client.wait_for_workers(workers)
        yield str(file)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def _ran_table(ran: dict[str, Ran]) -> str:
    alone = ran["plain loop"].a_file
    header = ["", "ms a file", "s of sound a second", "times the plain loop", "overhead a file, ms"]
    rows = []
    for name, value in ran.items():
        workers = 1 if name == "plain loop" else int(name.split()[0])
        overhead = 1000 * (workers * value.a_file - alone)
        rows.append([name, f"{1000 * value.a_file:.1f}", f"{value.speed:.1f}", f"{alone / value.a_file:.2f}",
                     "" if name == "plain loop" else f"{overhead:.1f}"])  # fmt: skip
    return markdown(header, rows)


def _simulated_table(simulated: Sequence[Foretold]) -> str:
    alone = next(one.hours for one in simulated if one.workers == 1)
    header = ["workers", "files a task", "hours for a million", "times one worker", "workers busy", "scheduler busy"]
    return markdown(header, [
        [f"{one.workers:,}", str(one.batch), f"{one.hours:.2f}", f"{alone / one.hours:.1f}", f"{100 * one.busy:.0f} %",
         f"{100 * one.scheduler:.0f} %"]
        for one in simulated
    ])  # fmt: skip


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each file")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="how many to measure with")
    parser.add_argument("--tasks", type=int, default=5_000, help="empty ones, to measure the scheduler")
    parser.add_argument("--model", default=None, help="a model's name or the folder of its card")
    parser.add_argument("--json", type=Path, help="write the figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
