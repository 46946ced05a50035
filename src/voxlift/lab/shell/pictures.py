"""The picture that `plot` makes: how the net learned, how well it knows each digit, and what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxlift.lab.shell.state import Point
from voxlift.plots.canvas import BLUE, GREY, INK, ORANGE, Layout, headline, render

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TRAIN, _TEST = BLUE, ORANGE


@dataclass(frozen=True)
class Prediction:
    """What is predicted, over what, and what was wanted; vectors of one length."""

    x: NDArray[np.float32]
    wanted: NDArray[np.float32]
    found: NDArray[np.float32]
    label: str
    """Of the horizontal axis."""
    joined: bool
    """Whether neighbours belong together, as samples do."""


def draw(
    points: Sequence[Point], by_digit: dict[str, NDArray[np.float64]], prediction: Prediction, title: str
) -> bytes:
    """Draw three panels; return the bytes of a PNG.

    Parameters
    ----------
    by_digit
        For train, test, or both: the accuracy of each digit, the most significant first.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """

    def fill(figure: Figure) -> None:
        curve, digits, values = figure.subplots(1, 3)
        _curve(curve, points)
        _digits(digits, by_digit)
        _values(values, prediction)
        headline(figure, title)

    return render(fill, Layout(1500, 480), title)


def _curve(axes: Axes, points: Sequence[Point]) -> None:
    iterations = [point.iteration for point in points]
    axes.plot(iterations, [point.train for point in points], color=_TRAIN, marker=".", label="train")
    tested = [(point.iteration, point.test) for point in points if point.test is not None]
    if tested:
        axes.plot(*zip(*tested, strict=True), color=_TEST, marker=".", label="test")
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=":", label="a guess")
    axes.set(title="Accuracy while it learned", xlabel="iteration", ylabel="share of digits right", ylim=(0.45, 1.1))
    axes.legend(loc="upper left", frameon=False, ncols=3)
    loss = axes.twinx()
    loss.plot(iterations, [point.loss for point in points], color=GREY, linewidth=0.8)
    loss.set_ylabel("loss (thin line)", color=GREY)
    loss.set_ylim(0, 1.3 * max(point.loss for point in points))  # clear of the legend


def _digits(axes: Axes, by_digit: dict[str, NDArray[np.float64]]) -> None:
    width = 0.8 / len(by_digit)
    for place, (name, shares) in enumerate(by_digit.items()):
        at = np.arange(1, len(shares) + 1) + (place - (len(by_digit) - 1) / 2) * width
        axes.bar(at, shares, width, color=_TRAIN if name == "train" else _TEST, label=f"{name} {shares.mean():.3f}")
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(title="Accuracy of each digit", xlabel="digit, the most significant first", ylim=(0.4, 1.1))
    axes.set_xticks(range(1, len(shares) + 1))
    axes.legend(loc="upper left", frameon=False, ncols=2)


def _values(axes: Axes, prediction: Prediction) -> None:
    order = np.argsort(prediction.x, kind="stable")
    x, wanted, found = (values[order] for values in (prediction.x, prediction.wanted, prediction.found))
    axes.plot(x, wanted, color=INK, linewidth=1.2, label="Y wanted")
    if prediction.joined:
        axes.plot(x, found, color=_TEST, linewidth=1, label="Y predicted")
    else:
        axes.plot(x, found, ".", color=_TEST, markersize=4, label="Y predicted")
    axes.set(title="What it predicts", xlabel=prediction.label, ylabel="Y")
    axes.legend(loc="upper left", frameon=False)
