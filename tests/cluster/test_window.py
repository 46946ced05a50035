"""However much there is to do, little of it is under way; and small files travel together where tasks are dear."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from voxlift.cluster.crews import Beside, Here, processes, threads
from voxlift.cluster.spreading import BUSY, MOST_FILES, spread
from voxlift.cluster.window import windowed
from voxlift.errors import KilledError


@dataclass(frozen=True)
class File:
    number: int
    size: int = 1_000
    suspect: bool = False


class Far(Beside):
    """A crew whose tasks are dear, as if it were far away; what it is given is noted."""

    def __init__(self, slots: int, task_seconds: float) -> None:
        super().__init__(slots, ThreadPoolExecutor(1))
        self.reserve, self.task_seconds = slots, task_seconds  # type: ignore[misc]


class Counted:
    """An endless list, and how much of it was asked for."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[File]:
        while True:
            self.taken += 1
            yield File(self.taken)


@pytest.mark.parametrize("slots", [1, 2, 7])
def test_an_endless_list_is_taken_as_it_is_worked_off(slots: int) -> None:
    endless, ahead = Counted(), []
    crew = Far(slots, 0.0)
    with crew:
        for done, _ in enumerate(windowed(crew, lambda item: item.number, iter(endless))):
            ahead.append(endless.taken - done)
            if done == 200:
                break
    assert max(ahead) <= slots + crew.reserve + 1


def test_who_leaves_early_leaves_nothing_behind() -> None:
    gate, begun = threading.Event(), []

    def work(number: int) -> None:
        begun.append(number)
        gate.wait(10)

    def look() -> None:
        if begun:
            gate.set()
            raise KeyboardInterrupt

    crew = threads(2)
    with pytest.raises(KeyboardInterrupt), crew:
        list(windowed(crew, work, iter(range(1_000)), look))
    assert len(begun) <= 2


def test_one_at_a_time_is_done_here_and_told_before_the_next() -> None:
    told: list[str] = []

    def work(number: int) -> int:
        told.append(f"did {number}")
        assert threading.current_thread() is threading.main_thread()
        return number

    for number, future in windowed(Here(), work, iter(range(3))):
        told.append(f"told {future.result()} of {number}")
    assert told == ["did 0", "told 0 of 0", "did 1", "told 1 of 1", "did 2", "told 2 of 2"]
    assert isinstance(processes(1), Here)


def lifted(batches: list[int], seconds: float) -> object:
    def work(files: Sequence[File]) -> list[int]:
        batches.append(len(files))
        time.sleep(seconds * len(files))
        return [file.number for file in files]

    return work


def test_batches_grow_until_the_scheduler_can_keep_up() -> None:
    """200 slots, 5 ms a task, half of the time: batches of 2 s; of files that take 20 ms, about a hundred."""
    batches: list[int] = []
    crew = Far(200, 0.005)
    crew.slots, crew.reserve = 200, -199  # one at a time, so that it learns  # type: ignore[misc]
    with crew:
        found = [r for _, r in spread(crew, lifted(batches, 0.02), map(File, range(300)), lambda: None)]  # type: ignore[arg-type]
    assert sorted(found) == list(range(300))
    assert batches[0] == 1
    wanted = 200 * 0.005 / BUSY / 0.02
    assert wanted / 2 < max(batches) <= min(MOST_FILES, 1.2 * wanted)


def test_where_tasks_cost_nothing_each_file_is_its_own() -> None:
    batches: list[int] = []
    with threads(2) as crew:
        list(spread(crew, lifted(batches, 0.0), map(File, range(20)), lambda: None))  # type: ignore[arg-type]
    assert set(batches) == {1}


class Dying(Beside):
    """A crew whose workers die of file 3, whatever is with it; alone it dies again."""

    def __init__(self) -> None:
        super().__init__(1, ThreadPoolExecutor(1))
        self.task_seconds = 1.0  # type: ignore[misc]

    def submit(self, work: object, item: object) -> Future[object]:  # type: ignore[override]
        future: Future[object] = Future()
        if any(file.number == 3 for file in item.items):  # type: ignore[attr-defined]
            future.set_exception(KilledError("its workers died"))
            return future
        return super().submit(work, item)  # type: ignore[arg-type]


def test_who_was_with_a_killer_is_done_and_only_the_killer_told() -> None:
    with Dying() as crew:
        outcomes = {item.number: result for item, result in spread(crew, numbers, map(File, range(9)), lambda: None)}
    assert {number for number, result in outcomes.items() if isinstance(result, KilledError)} == {3}
    assert {number for number, result in outcomes.items() if result == number} == set(range(9)) - {3}


def test_who_is_known_to_kill_is_alone_from_the_first() -> None:
    with threads(2) as crew:
        files = (File(number, suspect=number == 3) for number in range(5))
        outcomes = list(spread(crew, pids, files, lambda: None))
    assert [item.number for item, pid in outcomes if pid != os.getpid()] == [3]


def pids(files: Sequence[File]) -> list[int]:
    return [os.getpid() for _ in files]


def numbers(files: Sequence[File]) -> list[int]:
    return [file.number for file in files]


def test_a_fault_of_the_work_itself_ends_all() -> None:
    def broken(_files: Sequence[File]) -> list[int]:
        raise ZeroDivisionError

    with threads(2) as crew, pytest.raises(ZeroDivisionError):
        list(spread(crew, broken, map(File, range(9)), lambda: None))
