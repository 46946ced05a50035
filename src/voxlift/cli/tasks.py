"""What a command that lifts does with its model; the options it shares with no other command are its task's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from voxlift.cli.options import LiftOptions

if TYPE_CHECKING:
    from voxlift.separate.contract import Separator
    from voxlift.separate.stream import Job, Lifted, Progress


@dataclass(frozen=True)
class Run:
    """One file under way: where each product goes, what `lift_file` is asked to do, and whom it tells."""

    targets: Mapping[str, Path]
    job: Job
    progress: Progress
    cancelled: Callable[[], bool]


class Lifting(Protocol):
    """A loaded model at work."""

    @property
    def products(self) -> Sequence[str]:
        """What is written of each file: stems, and files that are no sound, named by a suffix of their own."""

    def lift(self, run: Run) -> Lifted:
        """Lift one file; called from any thread."""


class Task(Protocol):
    """What a command is for: a frozen dataclass, its fields options."""

    name: ClassVar[str]
    """Also that of the command."""

    def load(self, options: LiftOptions, threads: int) -> Lifting:
        """Load the model, for all files; the net has that many threads, 0 if it may choose."""


@dataclass(frozen=True)
class Plain:
    """Writes stems of a separator, and nothing else."""

    separator: Separator
    products: Sequence[str]

    def lift(self, run: Run) -> Lifted:
        """Lift one file."""
        from voxlift.separate.stream import lift_file

        return lift_file(self.separator, run.job, run.progress, run.cancelled)
