"""Whether a song's stems add up to its mixture: the stems, the mixture against their sum, and what is between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.plots.canvas import INK, LINES, ORANGE, PALE, Layout, bare, headline, plain, render, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Sum:
    """What a check found; sounds `(length,)` are one excerpt, channels averaged.

    Parameters
    ----------
    rate
        In Hz.
    residual_db, limit_db
        Level of the whole difference against the whole mixture, and from where on it is more than rounding.
    worst_seconds
        Where the second lies in which they differ most.
    start_seconds
        Where the excerpt lies.
    """

    rate: int
    residual_db: float
    limit_db: float
    worst_seconds: float
    start_seconds: float
    mixture: Samples
    stems: Mapping[str, Samples]

    @property
    def sum(self) -> Samples:
        """The stems together, in the excerpt."""
        return np.sum(list(self.stems.values()), axis=0, dtype=np.float32)

    @property
    def adds_up(self) -> bool:
        """Whether the stems are the mixture, but for rounding, or what a codec does."""
        return self.residual_db <= self.limit_db


def draw_sum(check: Sum, name: str, layout: Layout) -> bytes:
    """Draw three panels: the stems, the mixture and their sum, and the difference of the two."""
    verdict = "the stems add up to the mixture" if check.adds_up else "the stems do not add up to the mixture"

    def fill(figure: Figure) -> None:
        headline(figure, f"{name}: {verdict}, residual {check.residual_db:.1f} dB")
        left, middle, right = figure.subplots(1, 3, sharex=True)
        at_ms = np.arange(len(check.mixture)) / check.rate * 1000
        for number, (stem, samples) in enumerate(check.stems.items()):
            label = plain(stem).replace("$", r"\$")
            left.plot(at_ms, samples, color=LINES[number % len(LINES)], linewidth=1.2, label=label)
        middle.plot(at_ms, check.mixture, color=PALE, linewidth=4, label="mixture")
        middle.plot(at_ms, check.sum, color=INK, linewidth=1.1, label="sum of the stems")
        _difference(right, at_ms, check)
        title(left, "stems", f"{len(check.stems)} of them")
        title(middle, "mixture and sum", f"the loudest place, {check.start_seconds:.2f} s")
        title(right, "their difference", f"worst second: {check.worst_seconds:.0f} s")
        middle.sharey(left)
        for axes in (left, middle, right):
            axes.set_xlabel("time, ms")
            axes.margins(x=0)
            bare(axes)
        left.set_ylabel("amplitude")
        for axes in (left, middle):
            axes.legend(loc="upper right", fontsize=8, framealpha=0.9, edgecolor="none")

    return render(fill, layout, name + "".join(check.stems))


def _difference(axes: Axes, at_ms: NDArray[np.float64], check: Sum) -> None:
    """Magnify a small difference, and say how often."""
    difference = check.mixture - check.sum
    peak, mixture_peak = float(np.abs(difference).max()), float(np.abs(check.mixture).max())
    exponent = min(0, math.floor(math.log10(peak))) if peak else 0
    exponent = exponent if exponent < -2 else 0
    axes.plot(at_ms, difference * 10.0**-exponent, color=ORANGE, linewidth=1.2)
    axes.set_ylabel(f"amplitude, in steps of 1e{exponent}" if exponent else "amplitude")
    if not peak:
        axes.set_ylim(-1, 1)
    elif peak < 0.1 * mixture_peak:
        times = float(f"{mixture_peak / peak:.1g}")
        axes.annotate(f"magnified {times:,.0f} times", (0.98, 0.02), xycoords="axes fraction", ha="right", fontsize=8.5)
        axes.margins(y=0.12)
