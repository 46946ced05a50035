"""A sheet on which any figure of Voxlift is drawn: its fonts, its colours, and the bytes of the file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from voxlift.errors import MissingExtraError
from voxlift.plots.draw import _GREY, _INK, PIXELS_AN_INCH, Layout, _fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GREY, PALE = _INK, _GREY, "#b9b6c1"
ORANGE, BLUE, GREEN, PURPLE = "#e8590c", "#1c6fc4", "#2b8a57", "#9c2c8f"
LINES = (BLUE, ORANGE, GREEN, PURPLE, "#b08400", "#0b9aa8", "#c2255c", "#5f3dc4", "#7a5230", "#495057")
"""Colours of lines, in order; a colour-blind reader tells the first ones apart by their lightness, too."""


def render(fill: Callable[[Figure], None], layout: Layout, text: str = "") -> bytes:
    """Draw a figure and return the bytes of its file.

    Parameters
    ----------
    fill
        Draws into an empty figure.
    layout
        Size and kind.
    text
        Whatever names the figure shows; fonts are chosen that draw all its letters.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("drawing", "plot") from None
    settings: Any = {"font.family": _fonts(text), "font.size": 9.5, "svg.fonttype": "path", "svg.hashsalt": "voxlift",
                "axes.edgecolor": GREY, "text.color": INK, "xtick.color": GREY, "ytick.color": GREY,
                "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.labelcolor": INK}  # fmt: skip
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # `missing_characters` tells it in better words
        inches = (layout.width / PIXELS_AN_INCH, layout.height / PIXELS_AN_INCH)
        figure = Figure(figsize=inches, dpi=PIXELS_AN_INCH, layout="constrained", facecolor="white")
        cast("Any", figure.get_layout_engine()).set(w_pad=0.08, h_pad=0.08, wspace=0.02, hspace=0.02)
        fill(figure)
        canvas: Any = (FigureCanvasSVG if layout.kind == "svg" else FigureCanvasAgg)(figure)
        file = io.BytesIO()
        if layout.kind == "svg":
            canvas.print_svg(file, metadata={"Date": None, "Creator": "Voxlift"})
        else:
            canvas.print_png(file, metadata={"Software": "Voxlift"})
    return file.getvalue()


def title(axes: Axes, name: str, facts: str = "") -> None:
    """Write the name of a panel in bold to its left, and what it shows in grey to its right."""
    axes.set_title(plain(name), loc="left", fontweight="bold", fontsize=11, parse_math=False)
    if facts:
        axes.set_title(plain(facts), loc="right", fontsize=9, color=GREY, parse_math=False)


def headline(figure: Figure, text: str) -> None:
    """Write the figure's finding above all panels."""
    figure.suptitle(plain(text), x=0.008, ha="left", fontsize=13, fontweight="bold", parse_math=False)


def plain(text: str) -> str:
    """Put a mark in the place of what is no letter: a name may hold anything."""
    return "".join(char if char.isprintable() else "�" for char in text)


def bare(axes: Axes) -> None:
    """Take away the frame, and leave a light grid behind the lines."""
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=3)
    axes.grid(color="#e6e4ea", linewidth=0.7)
    axes.set_axisbelow(True)


def colour_bar(figure: Figure, image: Any, axes: Any, label: str) -> None:
    """Explain colours to the right of the panels they stand in."""
    bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.015, aspect=30)
    bar.set_label(label)
    bar.ax.tick_params(length=3)
    outline: Any = bar.outline
    outline.set_visible(False)
