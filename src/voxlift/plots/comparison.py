"""Nets side by side: their scores with intervals, what they cost, how they learnt, and what one sound becomes."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from voxlift.plots.canvas import BLUE, GREY, LINES, ORANGE, PALE, Layout, bare, plain, render, title
from voxlift.plots.draw import Scales, spectrogram, waveform
from voxlift.plots.gather import Picture
from voxlift.plots.learning import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_PIXELS, HEAD_PIXELS, COSTS_PIXELS = 30, 76, 430
SHEET_POINTS = 16
"""Size of letters on a sheet of its own: it is drawn large, and shown a third as wide."""
SHEET_COLOURS = 64
LETTER_PIXELS = 6.0
_LEAST_PARAMETERS = 100.0

Box = tuple[float, float, float, float]
"""Left, low, right and high edge, in pixels from the lower left corner of a panel."""


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
        panel = (width // across - 60, COSTS_PIXELS - 90)
        _scatter(time, points, [point.realtime for point in points], baseline, panel)
        _scatter(size, points, [max(_LEAST_PARAMETERS, point.parameters) for point in points], baseline, panel)
        title(time, "by the time it takes")
        title(size, "by its size")
        time.set_xlabel("processor seconds for a second of sound")
        size.set_xlabel("parameters")
        for axes in grid[:, 0]:
            axes.set_ylabel(plain(heading))

    return render(fill, Layout(width, rows * COSTS_PIXELS, "svg"), "".join(point.name for point in points))


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
            axes.set_title(_folded(objective, width // across // 9), loc="left", fontweight="bold", fontsize=10)
            axes.set_xlim(0, 1.03 * longest * unit)
            axes.set_xlabel(label)
            axes.tick_params(labelbottom=True)
        for axes in grid[:, 0]:
            axes.set_ylabel("loss")

    return render(fill, Layout(width, rows * 320, "svg"), "".join(curve.name for curve in curves))


def draw_alike(pictures: Sequence[Picture], layout: Layout) -> list[bytes]:
    """Draw each sound on a sheet of its own, waveform above spectrogram, all on one scale of colours and axes.

    Returns
    -------
    list
        PNG of few colours, a third as large as it would be: noise is what a page of spectrograms is mostly made of.
    """
    from PIL import Image  # noqa: PLC0415 - comes with matplotlib

    scales, drawn = Scales.of(pictures), []
    for picture in pictures:
        file = io.BytesIO()
        sheet = Image.open(io.BytesIO(_sheet(picture, scales, layout))).convert("RGB")
        sheet.quantize(SHEET_COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        drawn.append(file.getvalue())
    return drawn


def _sheet(picture: Picture, scales: Scales, layout: Layout) -> bytes:
    def fill(figure: Figure) -> None:
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2])
        waveform(top, picture, scales)
        spectrogram(bottom, picture, scales)
        bottom.set_ylabel("kHz", fontsize=SHEET_POINTS)
        bottom.set_xlabel(bottom.get_xlabel(), fontsize=SHEET_POINTS)
        for axes in (top, bottom):
            axes.tick_params(labelsize=SHEET_POINTS)
        top.set_yticks([])  # its scale is common to all sheets, and what counts is beside it

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


def _scatter(axes: Axes, points: Sequence[Point], at: Sequence[float], baseline: float, size: tuple[int, int]) -> None:
    for x, point in zip(at, points, strict=True):
        bar = point.score
        colour = ORANGE if bar.best else BLUE
        axes.plot([x, x], [bar.low, bar.high], color=colour, linewidth=1.6, alpha=0.5)
        axes.plot(x, bar.mean, "D" if bar.best else "o", color=colour, markersize=7 if bar.best else 6)
    axes.set_xscale("log")
    low, high = math.log10(min(at)), math.log10(max(at))
    margin = max(0.3, 0.15 * (high - low))  # room for the names
    axes.set_xlim(10 ** (low - margin), 10 ** (high + 1.5 * margin))
    if not math.isnan(baseline):
        axes.axhline(baseline, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    bare(axes)
    axes.set_ylim(axes.get_ylim())  # names are placed by it
    _names(axes, points, at, size)


def _names(axes: Axes, points: Sequence[Point], at: Sequence[float], size: tuple[int, int]) -> None:
    """Write each name where it covers the least of the points and of the names before it; the best has first choice."""
    (left, right), (low, high) = np.log10(axes.get_xlim()), axes.get_ylim()
    places = [
        ((math.log10(x) - left) / (right - left) * size[0], (point.score.mean - low) / (high - low) * size[1])
        for x, point in zip(at, points, strict=True)
    ]
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in places]
    for number in sorted(range(len(points)), key=lambda number: -points[number].score.mean):
        point, (x, y) = points[number], places[number]
        width = LETTER_PIXELS * len(point.name)
        offsets = [
            (dx, dy) for far in (0, 14, 28, 42) for dy in {far, -far} for dx in (10 + far / 2, -10 - far / 2 - width)
        ]
        boxes = [(x + dx, y + dy - 6, x + dx + width, y + dy + 6) for dx, dy in offsets]
        box = min(boxes, key=lambda box: _covered(box, taken, size) + 0.5 * math.dist((x, y), _nearest(box, x, y)))
        taken.append(box)
        away = math.dist((x, y), _nearest(box, x, y)) > 14
        axes.annotate(
            plain(point.name).replace("$", r"\$"),
            (x / size[0], y / size[1]),
            xytext=(box[0] / size[0], (box[1] + 6) / size[1]),
            xycoords="axes fraction",
            textcoords="axes fraction",
            fontsize=8.5,
            va="center",
            arrowprops={"arrowstyle": "-", "color": PALE, "linewidth": 0.8} if away else None,
        )


def _covered(box: Box, taken: Sequence[Box], size: tuple[int, int]) -> float:
    """How many square pixels of a box lie on others or outside."""
    left, low, right, high = box
    inside = max(0.0, min(right, size[0]) - max(left, 0)) * max(0.0, min(high, size[1]) - max(low, 0))
    covered = 4 * ((right - left) * (high - low) - inside)
    for a, b, c, d in taken:
        covered += max(0.0, min(right, c) - max(left, a)) * max(0.0, min(high, d) - max(low, b))
    return covered


def _nearest(box: Box, x: float, y: float) -> tuple[float, float]:
    return min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])


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
    axes.legend(loc="best", fontsize=8.5, framealpha=0.8, edgecolor="none", ncols=1 if len(curves) < 5 else 2)


def _folded(text: str, most: int) -> str:
    """Break a long title into lines, between words."""
    return "\n".join(plain(line).replace("$", r"\$") for line in textwrap.wrap(text, most))


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
