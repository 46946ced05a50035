"""A search in pictures: every trial and the best so far, and what mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxlift.plots.canvas import BLUE, GREY, ORANGE, PALE, Layout, bare, headline, plain, render, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Dot:
    """A trial that has a loss.

    Parameters
    ----------
    minutes
        When it ended, from the beginning of the search.
    share
        How far it came, 0..1; 1 is the end.
    """

    number: int
    loss: float
    minutes: float
    share: float


def draw_history(dots: Sequence[Dot], finding: str, layout: Layout) -> bytes:
    """Draw the loss of every trial by its number, and the best so far by the clock."""

    def fill(figure: Figure) -> None:
        headline(figure, finding)
        left, right = figure.subplots(1, 2, sharey=True)
        low, high = _limits([dot.loss for dot in dots])
        ended = [dot for dot in dots if dot.share >= 1]
        early = [dot for dot in dots if dot.share < 1]
        _scatter(left, early, high, PALE, f"given up early ({len(early)})")
        _scatter(left, ended, high, BLUE, f"trained to the end ({len(ended)})")
        _best(right, ended)
        left.set_ylim(low, high)
        title(left, "every trial", "the lower the better")
        title(right, "the best so far")
        left.set_xlabel("trial")
        right.set_xlabel("minutes since the search began")
        left.set_ylabel("loss on validation")
        right.set_xlim(0, 1.03 * max((dot.minutes for dot in dots), default=1.0) or 1.0)
        left.legend(loc="best", fontsize=8.5, framealpha=0.6, edgecolor="none")
        bare(left)
        bare(right)

    return render(fill, layout, finding)


def draw_importance(shares: Mapping[str, float], finding: str, layout: Layout) -> bytes:
    """Draw what share each key had in a trial's being among the best."""

    def fill(figure: Figure) -> None:
        headline(figure, finding)
        axes = figure.subplots()
        names = list(shares)[::-1]
        places = np.arange(len(names))
        axes.barh(places, [shares[name] for name in names], color=BLUE, height=0.62)
        axes.set_yticks(places, [plain(name).replace("$", r"\$") for name in names])
        for place, name in zip(places, names, strict=True):
            axes.text(shares[name] + 0.012, float(place), f"{100 * shares[name]:.0f} %", va="center", color=GREY)
        axes.set_xlim(0, 1.1)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_xlabel("share in being among the best quarter")
        bare(axes)
        axes.grid(visible=False, axis="y")

    return render(fill, layout, finding + "".join(shares))


def _scatter(axes: Axes, dots: Sequence[Dot], high: float, colour: str, label: str) -> None:
    """Draw dots; those above the picture as triangles at its upper edge."""
    inside = [dot for dot in dots if dot.loss <= high]
    above = [dot.number for dot in dots if dot.loss > high]
    axes.plot(
        [dot.number for dot in inside], [dot.loss for dot in inside], "o", color=colour, markersize=5, label=label
    )
    if above:
        axes.plot(above, [high] * len(above), "^", color=colour, markersize=6, clip_on=False)


def _best(axes: Axes, ended: Sequence[Dot]) -> None:
    """Draw the stairs of the lowest loss by the time at which it was reached."""
    in_time = sorted(ended, key=lambda dot: dot.minutes)
    if in_time:
        minutes = [dot.minutes for dot in in_time]
        best = np.minimum.accumulate([dot.loss for dot in in_time])
        axes.step(minutes, best, where="post", color=ORANGE, linewidth=1.8)
        axes.plot(minutes, best, "o", color=ORANGE, markersize=4)


def _limits(losses: Sequence[float]) -> tuple[float, float]:
    """Leave out the worst: one trial that nearly diverged would press all others into a line."""
    if not losses:
        return 0.0, 1.0
    low, middle = float(np.min(losses)), float(np.quantile(losses, 0.75))
    margin = 0.08 * (middle - low) or 0.1 * abs(low) or 0.1
    return low - margin, min(float(np.max(losses)), middle + (middle - low)) + margin
