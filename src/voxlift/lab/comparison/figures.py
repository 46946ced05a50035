"""The figures of a report: what is drawn of a comparison, each for a wide page and for a phone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voxlift.lab.comparison.outcome import Comparison, Round
from voxlift.lab.comparison.ranking import main_metric, standings
from voxlift.lab.comparison.tables import baseline_metrics, contests
from voxlift.lab.evaluation import Result
from voxlift.metrics import METRICS
from voxlift.metrics.ratios import CEILING_DB
from voxlift.plots.comparison import Bar, Column, Point, draw_costs, draw_intervals, draw_losses, thinned

WIDE, NARROW = 1100, 420
LOSSES = "losses"


@dataclass(frozen=True)
class Figure:
    """A picture in two sizes, as SVG, and what it shows, in words."""

    wide: bytes
    narrow: bytes
    words: str
    caption: str


def draw_figures(comparison: Comparison) -> dict[str, Figure]:
    """Draw all there is to draw, by the names that `figure_name` gives."""
    drawn: dict[str, Figure | None] = {LOSSES: _losses_figure(comparison)}
    for round_ in comparison.rounds:
        for title, baseline, results, metrics in contests(round_):
            drawn[figure_name("scores", round_, title)] = _scores_figure(round_, baseline, results, metrics)
            drawn[figure_name("costs", round_, title)] = _costs_figure(round_, baseline, results, metrics)
    return {name: figure for name, figure in drawn.items() if figure is not None}


def figure_name(kind: str, round_: Round, title: str) -> str:
    """Name what shows the `scores` or the `costs` of one table; a file may have this name."""
    return f"{kind}-{round_.slug}-{title.lower()}"


def _scores_figure(
    round_: Round, baseline: str, results: Mapping[str, Result], metrics: tuple[str, ...]
) -> Figure | None:
    """Draw the scores of one table."""
    floor = round_.baselines[baseline]
    floors, shown = floor.means(), baseline_metrics(baseline)
    columns = []
    for metric in metrics:
        ranked = standings(results, floor, metric)
        bars = {name: Bar(x.mean, x.low, x.high, x.best) for name, x in ranked.items()}
        if all(math.isnan(bar.mean) for bar in bars.values()):
            continue
        # A mixture has no artefacts: at the end of the scale a line would only press the nets into a corner.
        endless = METRICS[metric].unit == "dB" and abs(floors[metric][0]) >= CEILING_DB
        line = floors[metric][0] if metric in shown and not endless else math.nan
        columns.append(Column(METRICS[metric].heading, bars, line))
    if not columns:
        return None
    words = "; ".join(
        f"{column.heading}: " + ", ".join(f"{name} {bar.mean:.3g}" for name, bar in column.bars.items())
        for column in columns
    )
    return _both(
        lambda width, across: draw_intervals(list(results), columns, width, across),
        min(4, len(columns)),
        f"Dots with intervals, a panel a metric. {words}.",
        f"Means and 95 % intervals on {round_.label}; orange: the best; dashed: {baseline}.",
    )


def _costs_figure(
    round_: Round, baseline: str, results: Mapping[str, Result], metrics: tuple[str, ...]
) -> Figure | None:
    """Draw the main score against what it costs to run."""
    metric = main_metric(metrics)
    ranked = standings(results, round_.baselines[baseline], metric)
    points = []
    for outcome in round_.outcomes:
        standing = ranked.get(outcome.name)
        if standing is None or outcome.card is None or math.isnan(standing.mean):
            continue
        bar = Bar(standing.mean, standing.low, standing.high, standing.best)
        points.append(Point(outcome.name, bar, max(1e-6, results[outcome.name].realtime), outcome.card.parameters))
    if not points:
        return None
    heading, floor = METRICS[metric].heading, round_.baselines[baseline].means()[metric][0]
    words = "; ".join(
        f"{point.name}: {point.score.mean:.3g} at {point.realtime:.2g} s per s, {point.parameters} parameters"
        for point in points
    )
    return _both(
        lambda width, across: draw_costs(points, heading, floor, width, across),
        2,
        f"{heading} against processor time and against size. {words}.",
        f"{heading} on {round_.label} against what it costs to run, on one thread of this machine; up and to the left "
        f"is better; dashed: {baseline}.",
    )


def _losses_figure(comparison: Comparison) -> Figure | None:
    """Draw all learning curves."""
    curves = [thinned(outcome.curve) for outcome in comparison.outcomes if outcome.curve is not None]
    if not curves:
        return None
    panels = len({curve.objective for curve in curves})
    words = "; ".join(f"{curve.name} ends at {curve.smooth[-1]:.3g}" for curve in curves)
    return _both(
        lambda width, across: draw_losses(curves, width, across),
        min(3, panels),
        f"Loss against time trained. {words}.",
        "Loss against time trained, smoothed; rings: on validation. A panel holds the nets that minimise one and the "
        "same loss: heights of different panels mean different things. The time is common to all.",
    )


def _both(drawn: Callable[[int, int], bytes], across: int, words: str, caption: str) -> Figure:
    return Figure(drawn(WIDE, across), drawn(NARROW, 1), words, caption)
