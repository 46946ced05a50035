"""Draws pictures of recordings side by side, on common axes and common scales of colour.

Nothing here touches pyplot or the process's own matplotlib settings, so it can be called from any program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxlift.plots.canvas import GREY, Layout, plain, render
from voxlift.plots.gather import Picture, mel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000)
_ENDS_HZ = (4000, 6000, 8000, 12_000, 16_000, 20_000)
_NIGHT, _NOTHING = "#000004", "#efedf2"
_LEVEL_RANGE_DB, SPECTRUM_RANGE_DB = 40.0, 75.0


def draw(pictures: Sequence[Picture], layout: Layout) -> bytes:
    """Draw recordings side by side; return the bytes of the file.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    titles = "".join(picture.title for picture in pictures)
    return render(lambda figure: _fill(figure, pictures), layout, titles)


def _fill(figure: Figure, pictures: Sequence[Picture]) -> None:
    scales = Scales.of(pictures)
    grid = figure.add_gridspec(2, len(pictures) + 1, width_ratios=[1.0] * len(pictures) + [0.018], height_ratios=[1, 2])
    energies: Any = None
    levels: Any = None
    for column, picture in enumerate(pictures):
        top, bottom = figure.add_subplot(grid[0, column]), figure.add_subplot(grid[1, column])
        energies, levels = waveform(top, picture, scales), spectrogram(bottom, picture, scales)
        _title(top, picture)
        if column:  # common axes are labelled once
            top.tick_params(labelleft=False)
            bottom.tick_params(labelleft=False)
        else:
            top.set_ylabel("amplitude")
            bottom.set_ylabel("frequency, kHz")
    for row, (image, label) in enumerate(((energies, "energy, dBFS"), (levels, "level, dBFS"))):
        bar = figure.colorbar(image, cax=figure.add_subplot(grid[row, -1]))
        bar.set_label(label)
        bar.outline.set_visible(False)


@dataclass(frozen=True)
class Scales:
    """What all panels share."""

    seconds: float
    top_hz: float
    amplitude: float
    loudest_db: float
    brightest_db: float

    @classmethod
    def of(cls, pictures: Sequence[Picture]) -> Scales:
        """Find the scales that all pictures fit."""
        # The very brightest cell is one vowel's: let the top of the scale be near, not at it.
        brightest_db = _up_to_five(max(float(np.quantile(picture.spectrum_db, 0.999)) for picture in pictures))
        peak = max(max(float(picture.highest.max()), -float(picture.lowest.min())) for picture in pictures)
        return cls(
            seconds=max(picture.seconds for picture in pictures),
            top_hz=max(_top_hz(picture, brightest_db - SPECTRUM_RANGE_DB) for picture in pictures),
            amplitude=1.05 * peak or 1.0,
            loudest_db=_up_to_five(max(float(picture.level_db.max()) for picture in pictures)),
            brightest_db=brightest_db,
        )


def _top_hz(picture: Picture, darkest_db: float) -> float:
    """Find where the axis may end without hiding anything: the tick above what is not black, or half the rate."""
    rows = np.quantile(picture.spectrum_db, 0.99, axis=1) > darkest_db
    top_mel = (np.flatnonzero(rows)[-1] + 1 if rows.any() else len(rows)) / len(rows) * float(mel(picture.rate / 2))
    return min([hz for hz in _ENDS_HZ if float(mel(hz)) >= top_mel] + [picture.rate / 2])


def waveform(axes: Axes, picture: Picture, scales: Scales) -> Any:
    """Fill the envelope with the colours of the energy: an image of one row, clipped to the envelope."""
    times = (np.arange(len(picture.level_db)) + 0.5) * picture.column_seconds
    axes.axvspan(0, picture.seconds, facecolor=_NIGHT, linewidth=0, zorder=-1)
    hair = scales.amplitude / 200  # silence, too, is a line
    edge = axes.fill_between(
        times, np.minimum(picture.lowest, -hair), np.maximum(picture.highest, hair), facecolor="none", linewidth=0
    )
    image = axes.imshow(
        picture.level_db[None],
        extent=(0, len(times) * picture.column_seconds, -1, 1),
        aspect="auto",
        cmap=_lit_magma(),
        vmin=scales.loudest_db - _LEVEL_RANGE_DB,
        vmax=scales.loudest_db,
        interpolation="bilinear",
    )
    image.set_clip_path(edge.get_paths()[0], axes.transData)
    axes.set_ylim(-scales.amplitude, scales.amplitude)
    axes.tick_params(labelbottom=False)
    _dress(axes, scales)
    return image


def spectrogram(axes: Axes, picture: Picture, scales: Scales) -> Any:
    """Draw levels over time and mel."""
    image = axes.imshow(
        picture.spectrum_db,
        extent=(0, picture.spectrum_db.shape[1] * picture.column_seconds, 0, float(mel(picture.rate / 2))),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=scales.brightest_db - SPECTRUM_RANGE_DB,
        vmax=scales.brightest_db,
        interpolation="bilinear",
    )
    ticks = [hz for hz in _TICKS_HZ if hz <= scales.top_hz]
    axes.set_yticks(mel(np.array(ticks, np.float64)), [f"{hz / 1000:g}" for hz in ticks])
    axes.set_ylim(0, float(mel(scales.top_hz)))
    axes.set_xlabel("time, s" if scales.seconds < 120 else "time, min:s")
    _dress(axes, scales)
    return image


def _dress(axes: Axes, scales: Scales) -> None:
    axes.set_facecolor(_NOTHING)  # behind the end, and above half the rate: nothing, which is not silence
    axes.set_xlim(0, scales.seconds)
    axes.tick_params(length=3)
    if scales.seconds >= 120:
        from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 - an extra

        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 1.5, 3, 6, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{int(value) // 60}:{int(value) % 60:02d}"))
    for side in axes.spines.values():
        side.set_visible(False)


def _title(axes: Axes, picture: Picture) -> None:
    # A dollar would begin a formula, and an unprintable character is no letter.
    axes.set_title(_shortened(plain(picture.title)), loc="left", fontweight="bold", fontsize=11, parse_math=False)
    facts = f"{picture.rate / 1000:g} kHz, RMS {picture.rms_db:.1f} dBFS"
    axes.set_title(facts if picture.rms_db > -150 else "silence", loc="right", fontsize=9, color=GREY)


def _shortened(name: str, most: int = 44) -> str:
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-(most // 2) :]}"


def _lit_magma() -> Any:
    """Magma without its black end, which would vanish on the dark ground."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    return ListedColormap(mpl.colormaps["magma"](np.linspace(0.3, 0.97, 256)), name="lit magma")


def _up_to_five(level_db: float) -> float:
    return float(5 * np.ceil(max(level_db, -120.0) / 5))
