"""A recording, and below it the segments it is cut into: one colour scale of energy over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voxlift.plots.canvas import Layout, colour_bar, headline, render, title
from voxlift.plots.draw import Scales, waveform
from voxlift.plots.gather import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4


@dataclass(frozen=True)
class Segment:
    """Where a segment lies: its number from 1, and its start."""

    number: int
    start_seconds: float


def draw_segments(
    source: Picture, pieces: Sequence[tuple[Segment, Picture]], length_seconds: float, finding: str, layout: Layout
) -> bytes:
    """Draw the waveform of the source with its cuts, and of each segment below, coloured by energy."""
    scales = Scales.of([source])
    small = replace(scales, seconds=length_seconds)

    def fill(figure: Figure) -> None:
        headline(figure, finding)
        rows = -(-len(pieces) // COLUMNS)
        grid = figure.add_gridspec(rows + 1, COLUMNS, height_ratios=[1.5] + [1.0] * rows)
        top = figure.add_subplot(grid[0, :])
        image = waveform(top, source, scales)
        _cuts(top, pieces, length_seconds, scales.amplitude)
        title(top, source.title, f"{source.rate / 1000:g} kHz, RMS {source.rms_db:.1f} dBFS")
        top.set_ylabel("amplitude")
        top.tick_params(labelbottom=True)
        top.set_xlabel("time, s" if source.seconds < 120 else "time, min:s")
        axes = [top]
        for place, (segment, picture) in enumerate(pieces):
            panel = figure.add_subplot(grid[1 + place // COLUMNS, place % COLUMNS])
            waveform(panel, picture, small)
            title(panel, f"{segment.number}", f"from {segment.start_seconds:.2f} s, {picture.rms_db:.0f} dBFS")
            if place % COLUMNS:
                panel.tick_params(labelleft=False)
            if place // COLUMNS == rows - 1:
                panel.tick_params(labelbottom=True)
                panel.set_xlabel("time, s" if length_seconds < 120 else "time, min:s")
            axes.append(panel)
        colour_bar(figure, image, axes, "energy, dBFS")

    return render(fill, layout, finding + source.title)


def _cuts(axes: Axes, pieces: Sequence[tuple[Segment, Picture]], length_seconds: float, amplitude: float) -> None:
    for segment, _ in pieces:
        for edge in (segment.start_seconds, segment.start_seconds + length_seconds):
            axes.axvline(edge, color="white", linewidth=0.8, alpha=0.7)
        middle = segment.start_seconds + length_seconds / 2
        axes.text(middle, 0.97 * amplitude, str(segment.number), color="white", fontsize=8, ha="center", va="top")
