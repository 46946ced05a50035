"""A comparison in numbers: the same tables as Markdown for documents, and every single score as CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from voxlift.lab.comparison.outcome import ALWAYS, MIXTURE, Comparison, Outcome, Round
from voxlift.lab.comparison.ranking import Standing, main_metric, standings
from voxlift.lab.evaluation import Result
from voxlift.metrics import DECISIONS, METRICS

NONE = "–"


def contests(round_: Round) -> Iterator[tuple[str, str, dict[str, Result], tuple[str, ...]]]:
    """Give what is ranked by itself: separators and detectors, each as title, baseline, results and metrics."""
    for title, baseline, detectors in (("Separators", MIXTURE, False), ("Detectors", ALWAYS, True)):
        results = round_.results(detectors=detectors)
        if results:
            yield title, baseline, results, next(iter(results.values())).metrics()


def finding(round_: Round) -> str:
    """Say who won, and how surely."""
    told = []
    for title, baseline, results, metrics in contests(round_):
        metric = main_metric(metrics)
        ranked = standings(results, round_.baselines[baseline], metric)
        best = next((name for name, standing in ranked.items() if standing.best), None)
        if best is None:
            continue
        standing, tied = ranked[best], [name for name, other in ranked.items() if other.tied]
        score = f"{interval(standing, metric)} {METRICS[metric].unit}".strip()
        sentence = f"{title}: {best} is best by {METRICS[metric].title}, {score}"
        sentence += f", though not surely better than {listed(tied)}" if tied else ""
        behind = [name for name, other in ranked.items() if other.behind]
        sentence += f". Behind what costs nothing ({baseline}): {listed(behind)}." if behind else "."
        told.append(sentence)
    return " ".join(told) or "No recipe came to a score."


def number(value: float, metric: str) -> str:
    """Write a score with the digits that its metric deserves."""
    return NONE if math.isnan(value) else f"{value:.{METRICS[metric].digits}f}"


def interval(standing: Standing, metric: str) -> str:
    """Write a mean and the ends of its interval."""
    if math.isnan(standing.mean):
        return NONE
    return f"{number(standing.mean, metric)} ({number(standing.low, metric)} to {number(standing.high, metric)})"


def listed(names: Sequence[str]) -> str:
    """Write `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nobody"


def cost_rows(outcomes: Sequence[Outcome]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings, and a row for each net: what it is, what it costs, what it took."""
    headings = ("net", "parameters", "card, kB", "s per s of sound", "trained", "sound heard", "steps", "what it is")
    rows: list[tuple[str, ...]] = []
    for outcome in outcomes:
        card, size, realtime = outcome.card, outcome.bytes, outcome.realtime
        rows.append((
            outcome.name,
            NONE if card is None else f"{card.parameters:,}".replace(",", " "),
            NONE if size is None else f"{size / 1000:,.0f}".replace(",", " "),
            NONE if realtime is None else f"{realtime:.4f}",
            span(outcome.hours),
            span(outcome.seen_hours),
            NONE if card is None else f"{card.training.steps:,}".replace(",", " "),
            outcome.entrant.recipe.summary,
        ))  # fmt: skip
    return headings, rows


def span(hours: float | None) -> str:
    """Write a time: minutes, or hours where it is long."""
    if hours is None:
        return NONE
    return f"{60 * hours:.1f} min" if hours < 2 else f"{hours:.1f} h"


def markdown(comparison: Comparison, pictures: Mapping[str, str]) -> str:
    """Write all tables as Markdown, and below them the pictures: what they show, by their paths from the document."""
    lines = [f"# Comparison of {len(comparison.outcomes)} recipes", ""]
    for round_ in comparison.rounds:
        lines += [f"## {round_.label} ({round_.found.kind}, {len(round_.found.items)} recordings)", ""]
        lines += [finding(round_), ""]
        for title, baseline, results, metrics in contests(round_):
            lines += [f"### {title}", "", *_score_lines(round_, baseline, results, metrics), ""]
    headings, rows = cost_rows(comparison.outcomes)
    lines += ["## Cost", "", *_grid(headings, rows), ""]
    if comparison.failures:
        failed = [(name, reason) for name, reason in comparison.failures.items()]
        lines += ["## Failed", "", *_grid(("net", "why"), failed), ""]
    lines += ["## Pictures", "", *(f"![{words}]({path})\n" for path, words in pictures.items())] if pictures else []
    lines += [
        "Bold: the best; ≈: the interval of its difference to the best, recording by recording, holds 0; ↓: behind "
        "what costs nothing. In brackets: 95 % bootstrap intervals of the means.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def save_scores(comparison: Comparison, path: Path) -> None:
    """Write the scores of every recording by every net as CSV."""
    rounds = comparison.rounds
    everything = [
        (round_.label, name, result)
        for round_ in rounds
        for name, result in [
            (MIXTURE, round_.baselines[MIXTURE]),
            *round_.results(detectors=False).items(),
            (ALWAYS, round_.baselines[ALWAYS]),
            *round_.results(detectors=True).items(),
        ]
        if name != ALWAYS or round_.results(detectors=True)
    ]
    metrics = [name for name in METRICS if any(name in result.metrics() for *_, result in everything)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["set", "item", "net", *metrics])
        for label, name, result in everything:
            for item, row in result.scores.items():
                values = (row.get(metric, math.nan) for metric in metrics)
                writer.writerow([label, item, name, *("" if math.isnan(x) else f"{x:.5f}" for x in values)])


def baseline_metrics(baseline: str) -> tuple[str, ...]:
    """Name what a baseline is shown by: `a voice, always` lets all sound through, so only its answers say something."""
    return tuple(METRICS) if baseline == MIXTURE else tuple(DECISIONS)


def _score_lines(round_: Round, baseline: str, results: dict[str, Result], metrics: tuple[str, ...]) -> list[str]:
    floor = round_.baselines[baseline]
    ranked = {metric: standings(results, floor, metric) for metric in metrics}
    means, shown = floor.means(), baseline_metrics(baseline)
    rows = [(f"*{baseline}*", *(number(means[m][0], m) if m in shown else NONE for m in metrics))]
    rows += [(name, *(_cell(ranked[metric][name], metric) for metric in metrics)) for name in results]
    rows += [
        (outcome.name, *("failed" for _ in metrics))
        for outcome in round_.outcomes
        if outcome.failure and outcome.name not in results and outcome.entrant.detector == (baseline == ALWAYS)
    ]
    return _grid(("net", *(METRICS[metric].heading for metric in metrics)), rows)


def _cell(standing: Standing, metric: str) -> str:
    text = interval(standing, metric)
    marks = (" ≈" if standing.tied else "") + (" ↓" if standing.behind else "")
    return f"**{text}**{marks}" if standing.best else text + marks


def _grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = [":--"] + ["--:" if heading not in ("why", "what it is") else ":--" for heading in headings[1:]]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (headings, rule, *rows)]
