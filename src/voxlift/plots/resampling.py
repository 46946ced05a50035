"""A sound, what came back of it from a lower rate by two ways, and where the difference lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.stft import STFT
from voxlift.plots.canvas import BLUE, GREY, INK, ORANGE, PALE, Layout, bare, headline, render, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EXCERPT_SECONDS = 0.004
_GRID = STFT(2048, 1024)
_FLOOR_DB = -110.0


@dataclass(frozen=True)
class Way:
    """One lower rate, there and back; sounds `(channels, length)` at the original's rate."""

    new_rate: float
    plain: Samples
    filtered: Samples
    facts: str
    """What the panel states."""


def draw_resampling(original: Samples, rate: int, ways: Sequence[Way], finding: str, layout: Layout) -> bytes:
    """Draw, for each rate a column: a few milliseconds, their difference to the original, and the spectra."""

    def fill(figure: Figure) -> None:
        headline(figure, finding)
        grid = figure.subplots(3, len(ways), squeeze=False, sharey="row", height_ratios=[1, 0.8, 1.25])
        for column, way in enumerate(ways):
            start = _busiest(way, round(_EXCERPT_SECONDS * rate))
            _waveforms(grid[0, column], original, rate, way, start)
            _differences(grid[1, column], original, rate, way, start)
            _spectra(grid[2, column], original, rate, way)
            title(grid[0, column], f"at {way.new_rate / 1000:g} kHz and back", way.facts)
        for axes, label in zip(grid[:, 0], ("amplitude", "difference to original", "level, dBFS"), strict=True):
            axes.set_ylabel(label)
        lines, aliases = (axes.get_legend_handles_labels() for axes in (grid[0, -1], grid[2, -1]))
        handles, names = [*lines[0], *aliases[0]], [*lines[1], *aliases[1]]
        figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)

    return render(fill, layout, finding)


def _busiest(way: Way, length: int) -> int:
    """Find where the aliases are strongest: there they can be seen."""
    power = np.square(way.plain[0] - way.filtered[0], dtype=np.float64)
    sums = np.cumsum(np.concatenate([[0.0], power]))
    length = min(length, len(power))
    return int(np.argmax(sums[length:] - sums[:-length]))


def _waveforms(axes: Axes, original: Samples, rate: int, way: Way, start: int) -> None:
    stop = min(start + round(_EXCERPT_SECONDS * rate), original.shape[1])
    at_ms = np.arange(stop - start) / rate * 1000
    axes.plot(at_ms, original[0, start:stop], color=PALE, linewidth=4, label="original")
    axes.plot(at_ms, way.filtered[0, start:stop], color=BLUE, linewidth=1.4, label="filtered")
    axes.plot(at_ms, way.plain[0, start:stop], color=ORANGE, linewidth=1.4, label="plain")
    numbers = np.arange(start / rate * way.new_rate, stop / rate * way.new_rate) // 1
    kept = np.rint(numbers * rate / way.new_rate).astype(np.int64)
    kept = kept[(kept >= start) & (kept < stop)]
    axes.plot((kept - start) / rate * 1000, original[0, kept], "o", color=INK, markersize=3.5, label="samples kept")
    axes.tick_params(labelbottom=False)
    axes.margins(x=0)
    bare(axes)


def _differences(axes: Axes, original: Samples, rate: int, way: Way, start: int) -> None:
    stop = min(start + round(_EXCERPT_SECONDS * rate), original.shape[1])
    for sound, colour in ((way.filtered, BLUE), (way.plain, ORANGE)):
        difference = (sound - original)[0, start:stop]
        axes.plot(np.arange(stop - start) / rate * 1000, difference, color=colour, linewidth=1.4)
    axes.set_xlabel(f"time, ms from {start / rate:.3f} s of the excerpt")
    axes.margins(x=0)
    bare(axes)


def _spectra(axes: Axes, original: Samples, rate: int, way: Way) -> None:
    khz, half_khz = np.linspace(0, rate / 2000, _GRID.bins), way.new_rate / 2000
    axes.fill_between(khz, _FLOOR_DB, _mean_db(original), color="#e3e1e8", linewidth=0)
    for sound, colour, label in (
        (way.filtered, BLUE, None),
        (way.plain - way.filtered, ORANGE, "in the spectra: plain - filtered, the aliases"),
    ):
        level = _mean_db(sound)
        shown = np.where((level > _FLOOR_DB) & (khz < half_khz), level, np.nan)
        axes.plot(khz, shown, color=colour, linewidth=1.3, label=label)
    axes.axvline(half_khz, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"{half_khz:g} kHz: what lies\nabove folds down", (half_khz, 1), (4, -3), fontsize=8, color=GREY,
        xycoords=axes.get_xaxis_transform(), textcoords="offset points", va="top",
    )  # fmt: skip
    axes.set_ylim(_FLOOR_DB, None)
    axes.set_xlim(0, rate / 2000)
    axes.set_xlabel("frequency, kHz")
    bare(axes)


def _mean_db(samples: Samples) -> NDArray[np.float64]:
    """Mean power of each bin over time and channels; a sine at full scale has 0 dB."""
    power = np.square(np.abs(_GRID.analyse(samples)), dtype=np.float64).mean(axis=(0, 1))
    full_scale = float(_GRID.taper.sum()) / 2
    return np.asarray(10 * np.log10(np.maximum(power / full_scale**2, 10 ** (_FLOOR_DB / 10))), np.float64)
