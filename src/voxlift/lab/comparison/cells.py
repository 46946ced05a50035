"""Tables of the page: scores with their ranks and marks, and plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voxlift.lab.comparison.html import Markup, join, tag
from voxlift.lab.comparison.outcome import ALWAYS, Round
from voxlift.lab.comparison.ranking import Standing, standings
from voxlift.lab.comparison.tables import NONE, baseline_metrics, number
from voxlift.lab.evaluation import Result
from voxlift.metrics import METRICS

LEGEND = (
    "Means; below them the 95 % bootstrap interval, before them the rank. Coloured: the best. ≈: the interval of its "
    "difference to the best, recording by recording, holds 0. ↓: behind what costs nothing."
)


def score_table(round_: Round, baseline: str, results: Mapping[str, Result], metrics: Sequence[str]) -> Markup:
    """Write the scores of separators, or of detectors; who failed has a row, too."""
    floor = round_.baselines[baseline]
    ranked = {metric: standings(results, floor, metric) for metric in metrics}
    means, shown = floor.means(), baseline_metrics(baseline)
    rows = [
        tag(
            "tr",
            tag("th", baseline, scope="row"),
            *(tag("td", number(means[metric][0], metric) if metric in shown else NONE) for metric in metrics),
            class_="floor",
        )
    ]
    for outcome in round_.outcomes:
        if outcome.name in results:
            cells = [_score(ranked[metric][outcome.name], metric) for metric in metrics]
        elif outcome.failure and outcome.entrant.detector == (baseline == ALWAYS):
            cells = [tag("td", f"failed: {outcome.failure}", colspan=str(len(metrics)), class_="failed")]
        else:
            continue
        rows.append(tag("tr", tag("th", outcome.name, scope="row"), *cells))
    caption = f"Scores on {round_.label}: {len(round_.found.items)} recordings"
    return join(
        _table(caption, ["net", *(METRICS[metric].heading for metric in metrics)], rows),
        tag("p", LEGEND, class_="note"),
    )


def text_table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str | None]], numbers: int = 1) -> Markup:
    """Write a table of text; the cells from number `numbers` on are words, those before are figures."""
    kinds = [None if place < numbers else "text" for place in range(len(headings))]
    written = []
    for name, *cells in rows:
        data = (tag("td", cell or "", class_=kind) for cell, kind in zip(cells, kinds[1:], strict=True))
        written.append(tag("tr", tag("th", name or "", scope="row"), *data))
    return _table(caption, headings, written, kinds)


def _score(standing: Standing, metric: str) -> Markup:
    if standing.rank is None:
        return tag("td", NONE)
    marks = []
    if standing.tied:
        marks.append(_mark("≈", "not surely worse than the best"))
    if standing.behind:
        marks.append(_mark("↓", "behind what costs nothing"))
    return tag(
        "td",
        tag("span", f"{standing.rank}.", class_="rank"),
        tag("span", "the best: ", class_="hidden") if standing.best else "",
        number(standing.mean, metric),
        *marks,
        tag("small", f"{number(standing.low, metric)} to {number(standing.high, metric)}"),
        class_="best" if standing.best else None,
    )


def _mark(sign: str, words: str) -> Markup:
    return join(" ", tag("span", sign, aria_hidden="true", title=words), tag("span", words, class_="hidden"))


def _table(caption: str, headings: Sequence[str], rows: Sequence[Markup], kinds: Sequence[str | None] = ()) -> Markup:
    kinds = kinds or [None] * len(headings)
    table = tag(
        "table",
        tag("caption", caption),
        tag(
            "thead",
            tag(
                "tr",
                *(tag("th", heading, scope="col", class_=kind) for heading, kind in zip(headings, kinds, strict=True)),
            ),
        ),
        tag("tbody", *rows),
    )
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption.partition(".")[0])
