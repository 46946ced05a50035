"""The mask that a model laid over a sound: what it let through, over time and frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voxlift.plots.canvas import Layout, headline, render, title
from voxlift.plots.draw import SPECTRUM_RANGE_DB, Scales, spectrogram
from voxlift.plots.gather import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_mask(mixture: Picture, voice: Picture, finding: str, layout: Layout) -> bytes:
    """Draw the mixture, the mask and the voice: |voice| / |mixture| in each cell, on the same axes.

    What a cell shows is the root of the ratio of powers there, so that mixture times mask is the voice, in level.
    """
    pictures = (mixture, voice)
    scales = Scales.of(pictures)
    gains = np.sqrt(10 ** ((voice.spectrum_db - mixture.spectrum_db) / 10))
    silent = mixture.spectrum_db < scales.brightest_db - SPECTRUM_RANGE_DB - 10
    mask = np.ma.masked_where(silent, gains)

    def fill(figure: Figure) -> None:
        from matplotlib import colormaps  # noqa: PLC0415 - an extra

        headline(figure, finding)
        grid = figure.add_gridspec(1, 5, width_ratios=[1, 1, 0.03, 1, 0.03])
        axes = [figure.add_subplot(grid[0, place]) for place in (0, 1, 3)]
        spectrogram(axes[0], mixture, scales)
        shown = spectrogram(axes[1], voice, scales)
        _bar(figure, shown, grid[0, 2], "level, dBFS")
        image = spectrogram(axes[2], mixture, scales)
        image.set(
            data=mask, cmap=colormaps["viridis"].with_extremes(bad="#efedf2"), clim=(0, 1), interpolation="nearest"
        )
        _bar(figure, image, grid[0, 4], "mask, |voice| / |mixture|")
        for panel, name, facts in zip(axes, *_labels(pictures), strict=True):
            title(panel, name, facts)
        axes[0].set_ylabel("frequency, kHz")

    return render(fill, layout, finding + mixture.title + voice.title)


def _bar(figure: Figure, image: object, place: object, label: str) -> None:
    bar = figure.colorbar(image, cax=figure.add_subplot(place))  # type: ignore[call-overload, arg-type]
    bar.set_label(label)
    bar.outline.set_visible(False)


def _labels(pictures: tuple[Picture, Picture]) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    mixture, voice = pictures
    facts = tuple(f"RMS {picture.rms_db:.1f} dBFS" for picture in pictures)
    return (mixture.title, voice.title, "mask"), (facts[0], facts[1], "1 keeps, 0 takes away")
