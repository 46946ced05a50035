"""Scores a separator on pairs of noisy and clean recordings."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.media import read
from voxlift.metrics import mean_and_interval, measure
from voxlift.separate.load import load

SUFFIXES = (".wav", ".flac")
PROTOCOL = (
    "mean over {count} pairs; estimates and targets at their own rate, channels averaged; PESQ: P.862.2 (wb) and "
    "P.862.1 (nb) at 16 kHz; ESTOI: pystoi; SI-SDR: means removed; si_sdr_i: rise above the noisy input's"
)


@dataclass(frozen=True)
class Pair:
    """A noisy recording and its clean reference."""

    name: str
    noisy: Path
    clean: Path


@dataclass(frozen=True)
class Result:
    """Scores of every pair, by metric."""

    scores: Mapping[str, Mapping[str, float]]

    def means(self) -> dict[str, tuple[float, float, float]]:
        """Mean and 95 % bounds by metric."""
        rows = list(self.scores.values())
        return {metric: mean_and_interval([row[metric] for row in rows]) for metric in rows[0]}

    def save(self, path: Path) -> None:
        """Write a row a pair as CSV."""
        metrics = list(next(iter(self.scores.values())))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["pair", *metrics])
            writer.writerows([name, *(f"{row[metric]:.5f}" for metric in metrics)] for name, row in self.scores.items())


def find_pairs(folder: Path) -> list[Pair]:
    """List the files that `noisy/` and `clean/` both hold under one name.

    Raises
    ------
    DataError
        When there is none.
    """
    clean = {path.stem: path for path in _recordings(folder / "clean")}
    pairs = [Pair(path.stem, path, clean[path.stem]) for path in _recordings(folder / "noisy") if path.stem in clean]
    if not pairs:
        raise DataError(f"{folder}: no pair of files of one name in noisy/ and clean/ (wav or flac)")
    return pairs


def evaluate(model: str, pairs: Sequence[Pair], jobs: int = 1) -> Result:
    """Separate every noisy recording and score the first stem against the clean one.

    Raises
    ------
    DataError
        When a pair differs in rate or length.
    CardError
        When the model cannot be loaded.
    """
    load(model)  # a wrong name is told once, here, and not from every worker
    groups = [(model, pairs[start::jobs]) for start in range(min(jobs, len(pairs)))]
    if jobs == 1:
        scores = dict(_score_group(groups[0]))
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            scores = dict(pair for group in pool.map(_score_group, groups) for pair in group)
    return Result({pair.name: scores[pair.name] for pair in pairs})


def _score_group(job: tuple[str, Sequence[Pair]]) -> list[tuple[str, dict[str, float]]]:
    model, pairs = job
    separator = load(model, threads=1)
    rows = []
    for pair in pairs:
        noisy, clean = read(pair.noisy), read(pair.clean)
        if (noisy.rate, noisy.length) != (clean.rate, clean.length):
            raise DataError(
                f"{pair.noisy}: {noisy}, but its clean one is {clean}; a pair must agree in rate and length"
            )
        voice = separator(noisy)[separator.stems[0]]
        rows.append((pair.name, measure(_mono(voice.samples), _mono(clean.samples), clean.rate, _mono(noisy.samples))))
    return rows


def _mono(samples: Samples) -> Samples:
    mono: Samples = samples.mean(axis=0, dtype=np.float32)
    return mono


def _recordings(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*")) if path.suffix.lower() in SUFFIXES)
