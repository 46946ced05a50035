"""Two spectrograms of one sound, and what is wrong with the one that comes back from the smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voxlift.plots.canvas import Layout, bare, colour_bar, headline, render, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RANGE_DB, _HEARD_DB = 70.0, 50.0
_ERROR_DB = 20.0
_SECONDS = 1.5
_TOP_HZ = 8000.0
_TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000)

Magnitudes = NDArray[np.float32]


@dataclass(frozen=True)
class Shown:
    """Magnitudes, axes `(frames, bins)` or `(frames, bands)`; `middles_hz` says where the bands lie."""

    stft: Magnitudes
    mel: Magnitudes
    back: Magnitudes
    middles_hz: NDArray[np.float64]
    hop_seconds: float
    rate: int


def draw_spectra(shown: Shown, finding: str, facts: str, layout: Layout) -> bytes:
    """Draw the STFT beside the mel spectrogram, and below what comes back of it beside its error."""

    def fill(figure: Figure) -> None:
        headline(figure, finding)
        start, stop = _loudest(shown)
        grid = figure.subplots(2, 2, sharex=True)
        stft, mel, back = (_db(part[start:stop]) for part in (shown.stft, shown.mel, shown.back))
        top_db = float(np.quantile(stft, 0.999))
        error = np.ma.masked_where(np.maximum(stft, back) < top_db - _HEARD_DB, back - stft)
        image = _bins(grid[0, 0], stft - top_db, shown)
        _bands(grid[0, 1], mel - np.quantile(mel, 0.999), shown)  # a band's number is a sum of bins: its scale is free
        _bins(grid[1, 0], back - top_db, shown)
        colour_bar(figure, image, [grid[0, 1]], "level, dB of the strongest")
        wrong = _bins(grid[1, 1], error, shown, signed=True)
        colour_bar(figure, wrong, [grid[1, 1]], "error, dB")
        title(grid[0, 0], "STFT", f"{shown.stft.shape[1]} bins, exact inverse")
        title(grid[0, 1], "mel", f"{shown.mel.shape[1]} bands")
        title(grid[1, 0], "back from mel", facts)
        title(grid[1, 1], "its error", "orange: too loud, violet: too quiet")
        for axes in grid[1]:
            axes.set_xlabel("time, s")
        for axes in grid[:, 0]:
            axes.set_ylabel("frequency, kHz")
        grid[0, 1].set_ylabel("frequency, kHz (mel scale)")

    return render(fill, layout, finding)


def _loudest(shown: Shown) -> tuple[int, int]:
    count = min(len(shown.stft), max(2, round(_SECONDS / shown.hop_seconds)))
    sums = np.cumsum(np.concatenate([[0.0], np.square(shown.stft, dtype=np.float64).sum(axis=1)]))
    start = int(np.argmax(sums[count:] - sums[:-count]))
    return start, start + count


def _db(magnitudes: Magnitudes) -> NDArray[np.float64]:
    return np.asarray(20 * np.log10(np.maximum(magnitudes, 1e-7)), np.float64)


def _bins(axes: Axes, values: Any, shown: Shown, *, signed: bool = False) -> Any:
    image = _image(axes, values, shown, shown.rate / 2000, signed=signed)
    axes.set_ylim(0, min(_TOP_HZ, shown.rate / 2) / 1000)
    return image


def _bands(axes: Axes, values: Any, shown: Shown) -> None:
    bands, top_hz = values.shape[1], shown.rate / 2
    _image(axes, values, shown, bands)
    corners_hz, corners = [0.0, *shown.middles_hz, top_hz], [0.0, *(np.arange(bands) + 0.5), bands]
    ticks = [hz for hz in _TICKS_HZ if hz <= top_hz]
    axes.set_yticks(np.interp(ticks, corners_hz, corners), [f"{hz / 1000:g}" for hz in ticks])
    axes.set_ylim(0, float(np.interp(min(_TOP_HZ, top_hz), corners_hz, corners)))


def _image(axes: Axes, values: Any, shown: Shown, top: float, *, signed: bool = False) -> Any:
    from matplotlib import colormaps  # noqa: PLC0415 - an extra

    low, high = (-_ERROR_DB, _ERROR_DB) if signed else (-_RANGE_DB, 0.0)
    image = axes.imshow(
        values.T,
        extent=(0, values.shape[0] * shown.hop_seconds, 0, top),
        origin="lower",
        aspect="auto",
        cmap=colormaps["PuOr_r" if signed else "magma"].with_extremes(bad="#efedf2"),
        vmin=low,
        vmax=high,
        interpolation="nearest",
    )
    bare(axes)
    axes.grid(visible=False)
    return image
