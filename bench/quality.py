"""Print how good models are on pairs of noisy and clean speech, with 95 % intervals and their cost.

    python bench/quality.py                                     the default model on ../shared/data/dev/denoise
    python bench/quality.py --model logistic --model PATH --by-snr
    python bench/quality.py --pairs FOLDER --jobs 2

FOLDER holds noisy/ and clean/ with wav or flac files of the same names. Figures are means over the pairs and, below
them, the bounds of the 95 % bootstrap interval. `RTF` is processor seconds per second of sound, one thread, decoded
sound to decoded sound. `--by-snr` adds a table by the SNR in the names (`003_snr-5.flac`).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tables import machine, markdown, save
from voxlift import read
from voxlift.lab.evaluation import KINDS, EvaluationSet, evaluate, find_set
from voxlift.metrics import METRICS, mean_and_interval, measure
from voxlift.separate.card import TASKS

DEV_PAIRS = Path(__file__).resolve().parents[2] / "shared" / "data" / "dev" / "denoise"
NOISY = "(noisy)"

Scores = Mapping[str, Mapping[str, float]]
"""Metrics by pair."""


@dataclass(frozen=True)
class Tested:
    """A model with its scores."""

    name: str
    scores: Scores
    rtf: float


def main() -> None:
    """Score and print."""
    arguments = _arguments()
    pairs = find_set(arguments.pairs)
    models = arguments.model or [TASKS["denoise"]]
    tested = [Tested(NOISY, noisy_scores(pairs), 0.0)]
    results = [evaluate(name, pairs, arguments.jobs) for name in models]
    tested += [Tested(result.model, result.scores, result.realtime) for result in results]
    print(f"{machine()}; {len(pairs.items)} pairs of {arguments.pairs}\n")
    print(overview(tested))
    if arguments.by_snr:
        print(f"\n{by_snr(tested)}")
    save(arguments.json, {model.name: {"rtf": model.rtf, "scores": model.scores} for model in tested})


def noisy_scores(pairs: EvaluationSet) -> Scores:
    """Score what the models were given."""
    scores = {}
    for pair in pairs.items:
        noisy, clean = read(pair.mixture), read(pair.targets[0])
        names = KINDS[pairs.kind].metrics
        scores[pair.name] = measure(noisy.samples, clean.samples, clean.rate, noisy.samples, names=names)
    return scores


def overview(tested: Sequence[Tested]) -> str:
    """One line of means a model, one of their intervals under it."""
    metrics = _metrics(tested)
    rows = []
    for model in tested:
        summary = {metric: mean_and_interval(_values(model.scores, metric)) for metric in metrics}
        rows.append([model.name, *(_figure(metric, summary[metric][0]) for metric in metrics), f"{model.rtf:.4f}"])
        bounds = [" to ".join(_figure(metric, bound) for bound in summary[metric][1:]) for metric in metrics]
        rows.append(["95 %", *bounds, ""])
    return markdown(["model", *map(_title, metrics), "RTF"], rows)


def by_snr(tested: Sequence[Tested]) -> str:
    """One line of means for each model at each signal-to-noise ratio."""
    metrics = _metrics(tested)
    snrs_db = sorted({snr for name in tested[0].scores if (snr := snr_db(name)) is not None})
    rows = []
    for snr in snrs_db:
        for model in tested:
            group = {name: scores for name, scores in model.scores.items() if snr_db(name) == snr}
            means = [mean_and_interval(_values(group, metric))[0] for metric in metrics]
            figures = (_figure(metric, mean) for metric, mean in zip(metrics, means, strict=True))
            rows.append([f"{snr:g} dB: {model.name}", *figures, str(len(group))])
    return markdown(["SNR: model", *map(_title, metrics), "pairs"], rows)


def snr_db(name: str) -> float | None:
    """Read the SNR in a pair's name: `003_snr-5` says -5 dB."""
    found = re.search(r"snr(-?\d+(?:\.\d+)?)", name)
    return float(found.group(1)) if found else None


def _metrics(tested: Sequence[Tested]) -> list[str]:
    return list(next(iter(tested[-1].scores.values())))


def _values(scores: Scores, metric: str) -> list[float]:
    return [row[metric] for row in scores.values()]


def _title(metric: str) -> str:
    return METRICS[metric].heading


def _figure(metric: str, value: float) -> str:
    return f"{value:.{METRICS[metric].digits}f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="a model's name or a card's folder; may be repeated")
    parser.add_argument("--pairs", type=Path, default=DEV_PAIRS, help="a folder with noisy/ and clean/")
    parser.add_argument("--by-snr", action="store_true", help="add a table by signal-to-noise ratio")
    parser.add_argument("--jobs", type=int, default=1, help="processes that score")
    parser.add_argument("--json", type=Path, help="write every pair's scores there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
