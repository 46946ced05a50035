"""What the shell holds between two words. No torch here: the prompt comes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voxlift.errors import InputError
from voxlift.lab.shell.data import PARTS, SIMPLE, DigitSet
from voxlift.lab.shell.plan import Plan

if TYPE_CHECKING:
    from voxlift.lab.shell.learning import DigitNet


@dataclass(frozen=True)
class Console:
    """How a word talks with whoever typed it."""

    say: Callable[[str], None]
    """Shows a line."""
    stop: Callable[[], bool] = lambda: False
    """Whether Ctrl-C was pressed."""


@dataclass(frozen=True)
class Point:
    """A look at the net while it learns; accuracies are shares of digits predicted right."""

    iteration: int
    loss: float
    train: float
    test: float | None = None


@dataclass
class Model:
    """A net, and what is known of it."""

    net: DigitNet
    plan: Plan
    kind: str = SIMPLE
    """The data it was made for."""
    iterations: int = 0
    """Trained so far."""
    points: list[Point] = field(default_factory=list)
    learnt_from: DigitSet | None = None
    """None for a net that was loaded: it goes on with whatever fits it."""


@dataclass
class State:
    """All of it."""

    sets: dict[str, DigitSet] = field(default_factory=dict)
    """By part: train, test."""
    plan: Plan | None = None
    model: Model | None = None

    def train_set(self) -> DigitSet:
        """Give the train set.

        Raises
        ------
        InputError
            When there is none yet.
        """
        if PARTS[0] not in self.sets:
            raise InputError("there is no train set yet; type createDataSet train 1000 or loadDataSet train 1000")
        return self.sets[PARTS[0]]

    def trained(self) -> Model:
        """Give the trained net.

        Raises
        ------
        InputError
            When there is none yet.
        """
        if self.model is None:
            first = "" if PARTS[0] in self.sets else "createDataSet train 1000, then "
            raise InputError(f"there is no trained net yet; type {first}model train (or load NAME, if you saved one)")
        return self.model
