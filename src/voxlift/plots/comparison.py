"""Nets side by side: their scores with intervals, what they cost, how they learnt, and what one sound becomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from voxlift.plots.canvas import BLUE, GREY, LINES, ORANGE, PALE, bare, colour_bar, plain, render, title
from voxlift.plots.draw import Layout, _Scales, _spectrogram, _waveform
from voxlift.plots.gather import Picture
from voxlift.plots.learning import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_PIXELS, HEAD_PIXELS = 30, 76
_LEAST_PARAMETERS = 100.0


@dataclass(frozen=True)
class Bar:
    """A mean and the ends of its interval."""

    mean: float
    low: float
    high: float
    best: bool = False


@dataclass(frozen=True)
class Column:
    """One metric of all nets."""

    heading: str
    bars: Mapping[str, Bar]
    """By the net's name."""
    baseline: float
    """Of what costs nothing; NaN where there is none."""


@dataclass(frozen=True)
class Point:
    """A net by what it gives and what it costs."""

    name: str
    score: Bar
    realtime: float
    parameters: int


def draw_intervals(names: Sequence[str], columns: Sequence[Column], width: int, across: int) -> bytes:
    """Draw every net's means and 95 % intervals, a panel a metric, `across` of them side by side; as SVG."""
    rows = math.ceil(len(columns) / across)
    layout = Layout(width, rows * (HEAD_PIXELS + ROW_PIXELS * len(names)), "svg")

    def fill(figure: Figure) -> None:
        grid = figure.subplots(rows, across, sharey=True, squeeze=False)
        for number, axes in enumerate(grid.flat):
            if number < len(columns):
                _intervals(axes, names, columns[number])
            else:
                axes.set_axis_off()

    return render(fill, layout, "".join(names))


def draw_costs(points: Sequence[Point], heading: str, baseline: float, width: int, across: int) -> bytes:
    """Draw the score against processor time, and against the number of parameters; as SVG."""
    rows = 2 // across

    def fill(figure: Figure) -> None:
        grid = figure.subplots(rows, across, sharey=True, squeeze=False)
        time, size = grid.flat
        _scatter(time, points, [point.realtime for point in points], baseline)
        _scatter(size, points, [max(_LEAST_PARAMETERS, point.parameters) for point in points], baseline)
        title(time, "by the time it takes")
        title(size, "by its size")
        time.set_xlabel("processor seconds for a second of sound")
        size.set_xlabel("parameters")
        for axes in grid[:, 0]:
            axes.set_ylabel(plain(heading))

    return render(fill, Layout(width, rows * 400, "svg"), "".join(point.name for point in points))


def draw_losses(curves: Sequence[Curve], width: int, across: int) -> bytes:
    """Draw the loss of every net against the time trained; as SVG.

    A panel holds only nets that minimise the same loss, for no two losses share a scale; the time is common to all.
    """
    panels: dict[str, list[Curve]] = {}
    for curve in curves:
        panels.setdefault(curve.objective, []).append(curve)
    across = min(across, len(panels))
    rows = math.ceil(len(panels) / across)
    longest = max(float(curve.hours[-1]) for curve in curves) or 1e-4
    unit, label = (60, "time trained, min") if longest < 2 else (1, "time trained, h")

    def fill(figure: Figure) -> None:
        grid = figure.subplots(rows, across, sharex=True, squeeze=False)
        for axes in grid.flat[len(panels) :]:
            axes.set_axis_off()
        for axes, (objective, group) in zip(grid.flat, panels.items(), strict=False):
            _losses(axes, group, unit)
            title(axes, _folded(objective, 34 if across > 1 or width < 700 else 70))
            axes.set_xlim(0, longest * unit)
            axes.set_xlabel(label)
            axes.tick_params(labelbottom=True)
        for axes in grid[:, 0]:
            axes.set_ylabel("loss")

    return render(fill, Layout(width, rows * 320, "svg"), "".join(curve.name for curve in curves))


def draw_alike(pictures: Sequence[Picture], layout: Layout) -> list[bytes]:
    """Draw each sound on a sheet of its own, waveform above spectrogram, all on one scale of colours and axes."""
    scales = _Scales.of(pictures)
    return [_sheet(picture, scales, layout) for picture in pictures]


def _sheet(picture: Picture, scales: _Scales, layout: Layout) -> bytes:
    def fill(figure: Figure) -> None:
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2])
        _waveform(top, picture, scales)
        image = _spectrogram(bottom, picture, scales)
        top.set_ylabel("amplitude")
        bottom.set_ylabel("frequency, kHz")
        colour_bar(figure, image, bottom, "level, dBFS")

    return render(fill, layout, picture.title)


def _intervals(axes: Axes, names: Sequence[str], column: Column) -> None:
    for place, name in enumerate(names):
        bar = column.bars.get(name)
        if bar is None or math.isnan(bar.mean):
            continue
        colour = ORANGE if bar.best else BLUE
        axes.plot([bar.low, bar.high], [place, place], color=colour, linewidth=2.4, alpha=0.55, solid_capstyle="round")
        axes.plot(bar.mean, place, "D" if bar.best else "o", color=colour, markersize=7 if bar.best else 6)
    if not math.isnan(column.baseline):
        axes.axvline(column.baseline, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    title(axes, column.heading)
    axes.set_yticks(range(len(names)), [plain(name).replace("$", r"\$") for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.08)
    bare(axes)


def _scatter(axes: Axes, points: Sequence[Point], at: Sequence[float], baseline: float) -> None:
    for x, point in zip(at, points, strict=True):
        bar = point.score
        colour = ORANGE if bar.best else BLUE
        axes.plot([x, x], [bar.low, bar.high], color=colour, linewidth=1.6, alpha=0.5)
        axes.plot(x, bar.mean, "D" if bar.best else "o", color=colour, markersize=7 if bar.best else 6)
    axes.set_xscale("log")
    low, high = math.log10(min(at)), math.log10(max(at))
    margin = max(0.25, 0.12 * (high - low))
    # The names stand to the right of their points: they need room there.
    axes.set_xlim(10 ** (low - margin), 10 ** (high + margin + 0.3 * (high - low + margin)))
    if not math.isnan(baseline):
        axes.axhline(baseline, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    bare(axes)
    _names(axes, points, at)


def _names(axes: Axes, points: Sequence[Point], at: Sequence[float]) -> None:
    """Write names beside their points, pushed apart where they would cover one another."""
    low, high = axes.get_ylim()
    step = (high - low) * 0.052
    order = sorted(range(len(points)), key=lambda number: points[number].score.mean)
    heights: list[float] = []
    for number in order:
        mean = points[number].score.mean
        heights.append(max(mean, heights[-1] + step) if heights else mean)
    surplus = max(0.0, heights[-1] - (high - step / 2)) if heights else 0.0
    for place, number in enumerate(order):
        point, height = points[number], heights[place] - surplus
        moved = abs(height - point.score.mean) > step / 3
        axes.annotate(
            plain(point.name).replace("$", r"\$"),
            (at[number], point.score.mean),
            xytext=(1.12 * at[number] if not moved else 1.3 * at[number], height),
            fontsize=8.5,
            va="center",
            arrowprops={"arrowstyle": "-", "color": PALE, "linewidth": 0.8} if moved else None,
        )


def _losses(axes: Axes, curves: Sequence[Curve], unit: float) -> None:
    settled: list[Any] = []
    for number, curve in enumerate(curves):
        colour, at = LINES[number % len(LINES)], curve.hours * unit
        label = plain(curve.name).replace("$", r"\$")
        axes.plot(at, curve.smooth, color=colour, linewidth=1.7, label=label, marker="." if len(at) < 3 else None)
        seen = curve.measured
        axes.plot(at[seen], curve.validation[seen], "o", color=colour, markersize=5, markerfacecolor="white")
        settled += [curve.smooth[len(curve.loss) // 20 :], curve.validation[seen]]
    values = np.concatenate(settled)
    low, high = float(values.min()), float(values.max())
    margin = 0.08 * (high - low) or 0.1
    axes.set_ylim(low - margin, high + margin)
    bare(axes)
    axes.legend(loc="upper right", fontsize=8.5, framealpha=0.9, edgecolor="none")


def _folded(text: str, most: int) -> str:
    """Break a long title once, after a plus or a comma."""
    if len(text) <= most:
        return text
    cut = max(text.rfind(mark, 0, most) for mark in ("+ ", "at "))
    return text if cut <= 0 else f"{text[:cut].rstrip()}\n{text[cut:]}"


def thinned(curve: Curve, most: int = 400) -> Curve:
    """Keep at most so many rows of a log, and all that were validated: a picture shows no more."""
    if len(curve.loss) <= most:
        return curve
    kept = np.zeros(len(curve.loss), bool)
    kept[np.linspace(0, len(curve.loss) - 1, most).astype(int)] = True
    kept |= curve.measured
    return replace(
        curve,
        loss=curve.smooth[kept],
        validation=curve.validation[kept],
        hours=curve.hours[kept],
        seen_hours=curve.seen_hours[kept],
    )
