"""Learning curves of several runs on common axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxlift.plots.canvas import LINES, Layout, bare, headline, plain, render, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One run's log, in the order of its steps; all columns `(rows,)`.

    Parameters
    ----------
    loss
        Mean since the row before.
    validation
        NaN where nothing was measured.
    hours, seen_hours
        Time trained, and sound seen.
    objective
        What the loss is, with its weights; empty where it is not known. Only curves of one objective can be compared.
    """

    name: str
    loss: Column
    validation: Column
    hours: Column
    seen_hours: Column
    objective: str = ""

    @property
    def smooth(self) -> Column:
        """The loss without its jitter: the mean of the medians of a fifteenth of the rows around each."""
        half = max(1, len(self.loss) // 30)
        around = [slice(max(0, at - half), at + half + 1) for at in range(len(self.loss))]
        medians = np.array([np.median(self.loss[near]) for near in around])
        return np.array([medians[near].mean() for near in around])

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Where there is a validation."""
        return np.isfinite(self.validation)


def draw_curves(curves: Sequence[Curve], finding: str, layout: Layout) -> bytes:
    """Draw loss against sound seen, and against time, for all runs."""

    def fill(figure: Figure) -> None:
        headline(figure, finding)
        left, right = figure.subplots(1, 2, sharey=True)
        for number, curve in enumerate(curves):
            colour = LINES[number % len(LINES)]
            _curve(left, curve.seen_hours, curve, colour)
            _curve(right, curve.hours, curve, colour)
        title(left, "by what was heard")
        title(right, "by the time it took")
        left.set_xlabel("sound seen, h")
        right.set_xlabel("time trained, h")
        validated = any(curve.measured.any() for curve in curves)
        left.set_ylabel("loss" + (" (dots: on validation)" if validated else ""))
        left.set_ylim(*_limits(curves))
        left.set_xlim(0, None)
        right.set_xlim(0, None)
        bare(left)
        bare(right)
        right.legend(loc="upper right", fontsize=8.5, framealpha=0.9, edgecolor="none")

    return render(fill, layout, finding + "".join(curve.name for curve in curves))


def _curve(axes: Axes, at: Column, curve: Curve, colour: str) -> None:
    axes.plot(at, curve.loss, color=colour, linewidth=0.7, alpha=0.3)
    label = f"{plain(curve.name)}: {curve.smooth[-1]:.3g}".replace("$", r"\$")
    axes.plot(at, curve.smooth, color=colour, linewidth=1.8, label=label)
    axes.plot(at[-1:], curve.smooth[-1:], "o", color=colour, markersize=4)
    seen = curve.measured
    axes.plot(at[seen], curve.validation[seen], "o", color=colour, markersize=5, markerfacecolor="white")


def _limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """Leave out the steep beginning: it would press all that is learned later into one line."""
    settled = [curve.smooth[len(curve.loss) // 20 :] for curve in curves]
    measured = [curve.validation[curve.measured] for curve in curves]
    values = np.concatenate([*settled, *measured])
    low, high = float(values.min()), float(values.max())
    margin = 0.08 * (high - low) or 0.1
    return low - margin, high + margin
