"""What costs nothing: the mixture as it is for an estimate, and `a voice, always` for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.errors import DataError
from voxlift.lab.comparison.outcome import ALWAYS, MIXTURE
from voxlift.lab.datasets.parallel import each
from voxlift.lab.evaluation import KINDS, EvaluationSet, Item, Result
from voxlift.lab.evaluation.detection import detected
from voxlift.media import read
from voxlift.metrics import DECISIONS, measure
from voxlift.separate.contract import Stems
from voxlift.separate.detect import ACTIVITY

Row = dict[str, float]


def baselines(found: EvaluationSet, jobs: int) -> dict[str, Result]:
    """Score what costs nothing on a held-out set; all its files are read on the way.

    Raises
    ------
    DataError
        When a mixture and its target differ in rate or length.
    """
    work = [(item, KINDS[found.kind].metrics) for item in found.items]
    rows = each(_score, work, jobs)
    names = [item.name for item in found.items]
    return {
        MIXTURE: Result(MIXTURE, dict(zip(names, (row for row, _ in rows), strict=True)), 0.0, ()),
        ALWAYS: Result(ALWAYS, dict(zip(names, (row for _, row in rows), strict=True)), 0.0, ()),
    }


def read_item(item: Item) -> tuple[Audio, list[Samples]]:
    """Read a mixture and its targets `(channels, length)`, of as many channels all of them.

    Raises
    ------
    DataError
        When they differ in rate or length.
    """
    mixture, targets = read(item.mixture), [read(path) for path in item.targets]
    for path, target in zip(item.targets, targets, strict=True):
        if (target.rate, target.length) != (mixture.rate, mixture.length):
            raise DataError(
                f"{item.mixture} and {path} must agree in rate and length: {mixture.length} samples at "
                f"{mixture.rate} Hz, {target.length} at {target.rate} Hz"
            )
    if {target.channels for target in targets} == {mixture.channels}:
        return mixture, [target.samples for target in targets]
    return Audio(_mono(mixture), mixture.rate), [_mono(target) for target in targets]


def _score(job: tuple[Item, Sequence[str]]) -> tuple[Row, Row]:
    item, metrics = job
    mixture, targets = read_item(item)
    rows = [measure(mixture.samples, target, mixture.rate, mixture.samples, names=metrics) for target in targets]
    decided = detected(_Always(), mixture, targets)
    answers = {name: metric.compute(decided) for name, metric in DECISIONS.items()}
    ratios = {name: _mean([row[name] for row in rows]) for name in metrics}
    return ratios, {**answers, **ratios}


@dataclass(frozen=True)
class _Always:
    """A detector, and its stream, that hears a voice everywhere."""

    def stream(self, channels: int, rate: int) -> _Always:  # noqa: ARG002
        return self

    def push(self, block: Samples) -> Stems:
        return {ACTIVITY: np.ones((1, block.shape[1]), np.float32)}

    def flush(self) -> Stems:
        return {ACTIVITY: np.ones((1, 0), np.float32)}


def _mono(audio: Audio) -> Samples:
    return audio.samples.mean(axis=0, keepdims=True, dtype=np.float32)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
