"""What a comparison has come to: an outcome for each recipe, a round for each held-out set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voxlift.lab.comparison.entrants import Entrant
from voxlift.lab.evaluation import EvaluationSet, Result
from voxlift.plots.learning import Curve
from voxlift.separate.card import Card

MIXTURE = "mixture, untouched"
ALWAYS = "a voice, always"


@dataclass(frozen=True)
class Outcome:
    """What came of one recipe."""

    entrant: Entrant
    failure: str | None = None
    """The sentence in which it failed; what it came to before still counts."""
    card: Card | None = None
    curve: Curve | None = None
    results: Mapping[str, Result] = field(default_factory=dict)
    """By the label of the held-out set."""

    @property
    def name(self) -> str:
        """The recipe's."""
        return self.entrant.name

    @property
    def bytes(self) -> int | None:
        """Size of all that the card needs to run."""
        if self.card is None or self.card.folder is None:
            return None
        return self.card.size_bytes

    @property
    def parameters(self) -> int | None:
        """Numbers learnt by the net; its gate's are its own."""
        return None if self.card is None else self.card.parameters

    @property
    def realtime(self) -> float | None:
        """Processor seconds for a second of sound: the mean over the sets."""
        measured = [result.realtime for result in self.results.values()]
        return sum(measured) / len(measured) if measured else None

    @property
    def hours(self) -> float | None:
        """Time trained."""
        return float(self.curve.hours[-1]) if self.curve else None

    @property
    def seen_hours(self) -> float | None:
        """Sound seen."""
        return float(self.curve.seen_hours[-1]) if self.curve else None


@dataclass(frozen=True)
class Sample:
    """One recording through a model, for eye and ear."""

    name: str
    note: str
    picture: bytes
    """PNG."""
    sound: bytes
    """Ogg Opus."""


@dataclass(frozen=True)
class Round:
    """One held-out set, and everybody who was scored on it."""

    found: EvaluationSet
    baselines: Mapping[str, Result]
    """What costs nothing: `MIXTURE` as the estimate, and for detectors `ALWAYS` as the answer."""
    outcomes: tuple[Outcome, ...]
    clip: str = ""
    """Which recording is shown, and of which seconds."""
    samples: tuple[Sample, ...] = ()

    @property
    def label(self) -> str:
        """Name of the set."""
        return self.found.label

    @property
    def slug(self) -> str:
        """The name as files may have it."""
        return re.sub(r"[^\w.-]+", "-", self.label)

    def results(self, *, detectors: bool) -> dict[str, Result]:
        """Results of the separators, or of the detectors, by name."""
        return {
            outcome.name: outcome.results[self.label]
            for outcome in self.outcomes
            if self.label in outcome.results and outcome.entrant.detector == detectors
        }


@dataclass(frozen=True)
class Comparison:
    """All of it."""

    folder: Path
    command: str
    """What makes it again."""
    outcomes: tuple[Outcome, ...]
    rounds: tuple[Round, ...]

    @property
    def failures(self) -> dict[str, str]:
        """Sentences by the recipe's name."""
        return {outcome.name: outcome.failure for outcome in self.outcomes if outcome.failure is not None}
