"""A sheet on which any figure of Voxlift is drawn: its fonts, its colours, and the bytes of the file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from voxlift.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS_AN_INCH = 100
INK, GREY, PALE = "#1d1b26", "#77747f", "#b9b6c1"
ORANGE, BLUE, GREEN, PURPLE = "#e8590c", "#1c6fc4", "#2b8a57", "#9c2c8f"
LINES = (BLUE, ORANGE, GREEN, PURPLE, "#b08400", "#0b9aa8", "#c2255c", "#5f3dc4", "#7a5230", "#495057")
"""Colours of lines, in order; a colour-blind reader tells the first ones apart by their lightness, too."""
# The first that is installed draws what DejaVu lacks.
_FALLBACKS = (
    "Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic",
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "Arial Unicode MS", "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai",
    "Unifont",
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Size of a picture in pixels, and its kind: `png` or `svg`."""

    width: int = 1600
    height: int = 800
    kind: str = "png"

    def __post_init__(self) -> None:
        if not (200 <= self.width <= 10_000 and 200 <= self.height <= 10_000):
            raise ValueError(f"a picture of {self.width}x{self.height} pixels: give 200 to 10000 each way")
        if self.kind not in ("png", "svg"):
            raise ValueError(f"a picture of kind {self.kind!r}: give png or svg")


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
    # Never text as letters in an SVG: its reader may lack the font. The salt makes two runs give the same bytes.
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


def missing_characters(text: str) -> str:
    """Name the characters that no installed font draws; they are left out of the picture as boxes."""
    found = _fonts(text)
    return "".join(sorted({char for char in text if not char.isspace() and not _drawn_by(found, char)}))


def _fonts(text: str) -> list[str]:
    """Choose fonts for a text: matplotlib's own, then those installed that draw what it lacks."""
    from matplotlib import font_manager  # noqa: PLC0415 - an extra

    fonts = ["DejaVu Sans"]
    lacking = {char for char in text if not char.isspace() and not _drawn_by(fonts, char)}
    installed = {font.name for font in font_manager.fontManager.ttflist} if lacking else set()
    for name in _FALLBACKS:
        drawn = {char for char in lacking if name in installed and _drawn_by([name], char)}
        if drawn:
            fonts.append(name)
            lacking -= drawn
    return fonts


def _drawn_by(fonts: Sequence[str], char: str) -> bool:
    from matplotlib import font_manager  # noqa: PLC0415 - an extra

    for name in fonts:
        path = font_manager.findfont(name)
        if font_manager.get_font(path).get_char_index(ord(char)):
            return True
    return False
