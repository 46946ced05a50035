"""Runs a model over a set and scores what comes out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.cluster.crews import Crew
from voxlift.errors import DataError
from voxlift.lab.datasets.parallel import each
from voxlift.lab.evaluation import detection
from voxlift.lab.evaluation.matching import matched_estimates
from voxlift.lab.evaluation.result import Result
from voxlift.lab.evaluation.sets import KINDS, EvaluationSet, Item
from voxlift.media import read
from voxlift.metrics import DECISIONS, METRICS, SOUNDS, measure
from voxlift.schema import nearest
from voxlift.separate.card import detector_of
from voxlift.separate.contract import Separator
from voxlift.separate.detect import Detector
from voxlift.separate.load import load
from voxlift.separate.masks import ACTIVITY
from voxlift.separate.nets import Machine
from voxlift.separate.store import find

DETECTOR_METRICS = (*DECISIONS, "si_sdr", "si_sdr_i")
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class _Job:
    model: str
    items: Sequence[Item]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class _Done:
    scores: dict[str, dict[str, float]]
    spent_seconds: float
    heard_seconds: float


def evaluate(model: str, found: EvaluationSet, jobs: int | Crew = 1, metrics: Sequence[str] | None = None) -> Result:
    """Separate every mixture of a set and score what comes out against the targets.

    Parameters
    ----------
    model
        A model's name, or the path of a card's folder. A detector is scored by its decisions, too.
    found
        What `find_set` found.
    jobs
        Processes, each on one thread; or a crew whose workers have one thread each.
    metrics
        Names of `METRICS`; what suits the kind of set by default.

    Raises
    ------
    DataError
        On an unknown metric, or one that the model cannot be scored by; when a mixture and its target differ in rate
        or length; when the model has too few stems.
    CardError
        When the model cannot be loaded.
    """
    detects = find(model).front.mask == ACTIVITY
    names = _chosen(model, metrics, DETECTOR_METRICS if detects else KINDS[found.kind].metrics, detects=detects)
    load(model)  # a wrong model is told once, here, and not from every worker
    parts = min(len(found.items), max(1, jobs if isinstance(jobs, int) else jobs.slots))
    done = each(_score_items, [_Job(model, found.items[start::parts], names) for start in range(parts)], jobs)
    scores = {name: row for part in done for name, row in part.scores.items()}
    realtime = sum(part.spent_seconds for part in done) / max(1e-9, sum(part.heard_seconds for part in done))
    ordered = {item.name: scores[item.name] for item in found.items}
    return Result(model, ordered, realtime, _protocol(found, names, detects=detects))


def _chosen(model: str, asked: Sequence[str] | None, usual: tuple[str, ...], *, detects: bool) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(asked)) if asked else usual
    for name in names:
        if name not in METRICS:
            raise DataError(f"no metric {name!r}{nearest(name, METRICS)}")
        if name in DECISIONS and not detects:
            raise DataError(f"{name!r} scores the decisions of a detector; {model!r} is none: use {', '.join(SOUNDS)}")
    return names


def _protocol(found: EvaluationSet, names: Sequence[str], *, detects: bool) -> tuple[str, ...]:
    lines = [
        f"{found.kind}: mean over {len(found.items)} items with its 95 % bootstrap interval; at the recordings' own "
        "rate; where a target has other channels than its mixture, both are averaged to one"
    ]
    if found.kind == "speakers":
        lines.append("estimates are matched to targets by the best permutation on SI-SDR; an item is their mean")
    if detects:
        lines.append(detection.PROTOCOL)
    return (*lines, *(f"{name}: {METRICS[name].protocol}" for name in names))


def _score_items(job: _Job) -> _Done:
    machine = Machine("cpu", 1)
    separator, card = load(job.model, device=machine.device, threads=machine.threads), find(job.model)
    detector = detector_of(card, machine) if card.front.mask == ACTIVITY else None
    scores: dict[str, dict[str, float]] = {}
    spent_seconds = heard_seconds = 0.0
    for item in job.items:
        mixture, targets = _read(item)
        if not scores:  # the first run allocates, and its time says nothing
            separator(Audio(mixture.samples[:, : round(WARM_UP_SECONDS * mixture.rate)], mixture.rate))
        scores[item.name], seconds = _score(separator, detector, mixture, targets, job.metrics)
        spent_seconds += seconds
        heard_seconds += mixture.seconds
    return _Done(scores, spent_seconds, heard_seconds)


def _read(item: Item) -> tuple[Audio, list[Samples]]:
    mixture = read(item.mixture)
    targets = [read(path) for path in item.targets]
    for path, target in zip(item.targets, targets, strict=True):
        if (mixture.rate, mixture.length) != (target.rate, target.length):
            raise DataError(
                f"{item.mixture} and {path} must agree in rate and length: the first has {mixture.length} samples at "
                f"{mixture.rate} Hz, the second {target.length} at {target.rate} Hz"
            )
    return mixture, [target.samples for target in targets]


def _score(
    separator: Separator, detector: Detector | None, mixture: Audio, targets: list[Samples], metrics: Sequence[str]
) -> tuple[dict[str, float], float]:
    """Scores of one item, and the processor's seconds that the model took."""
    start = time.process_time()
    stems = separator(mixture)
    seconds = time.process_time() - start
    sounds = [name for name in metrics if name in SOUNDS]
    rows = [
        measure(found, target, mixture.rate, mixed, names=sounds)
        for found, target, mixed in (
            _same_channels(found, target, mixture.samples)
            for found, target in zip(matched_estimates(stems, targets), targets, strict=True)
        )
    ]
    row = {name: _mean([scores[name] for scores in rows]) for name in sounds}
    if detector is not None and len(sounds) < len(metrics):
        decided = detection.detected(detector, mixture, targets)
        row |= {name: DECISIONS[name].compute(decided) for name in metrics if name in DECISIONS}
    return {name: row[name] for name in metrics}, seconds


def _same_channels(*sounds: Samples) -> list[Samples]:
    """Average the channels where the sounds differ in their number."""
    if len({len(sound) for sound in sounds}) == 1:
        return list(sounds)
    return [sound.mean(axis=0, keepdims=True, dtype=np.float32) for sound in sounds]


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
