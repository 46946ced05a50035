"""How often each value of a tag occurs in a corpus, split by split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from voxlift.plots.canvas import GREY, LINES, Layout, bare, headline, plain, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 30


def draw_counts(counts: Mapping[str, Mapping[str, int]], label: str, finding: str, layout: Layout) -> bytes:
    """Draw bars, the commonest value on top, stacked by split.

    Parameters
    ----------
    counts
        For each split, how many tracks have each value.
    label
        What is counted, for the axis.
    """
    totals: dict[str, int] = {}
    for split in counts.values():
        for value, count in split.items():
            totals[value] = totals.get(value, 0) + count
    values = sorted(totals, key=lambda value: (-totals[value], value))
    shown = values[:MOST_ROWS]

    def fill(figure: Figure) -> None:
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra

        headline(figure, finding)
        axes = figure.subplots()
        places = range(len(shown), 0, -1)
        left = [0] * len(shown)
        for number, (split, its) in enumerate(counts.items()):
            widths = [its.get(value, 0) for value in shown]
            axes.barh(places, widths, left=left, height=0.72, color=LINES[number % len(LINES)], label=split)
            left = [before + width for before, width in zip(left, widths, strict=True)]
        for place, total in zip(places, left, strict=True):
            axes.annotate(str(total), (total, place), (4, 0), textcoords="offset points", va="center", color=GREY)
        axes.set_yticks(list(places), [plain(value).replace("$", r"\$") for value in shown])
        more = f"; {len(values) - len(shown)} rarer values are left out" if len(values) > len(shown) else ""
        axes.set_xlabel(f"{label}{more}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        bare(axes)
        axes.grid(visible=False, axis="y")
        if len(counts) > 1:
            axes.legend(loc="lower right", framealpha=0.9, edgecolor="none")

    return render(fill, layout, finding + "".join(shown))
