"""Draws pictures of recordings side by side, on common axes and common scales of colour.

Nothing here touches pyplot or the process's own matplotlib settings, so it can be called from any program.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voxlift.errors import MissingExtraError
from voxlift.plots.gather import Picture, mel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS_AN_INCH = 100
_TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000)
_ENDS_HZ = (4000, 6000, 8000, 12_000, 16_000, 20_000)
_INK, _GREY, _NIGHT, _NOTHING = "#1d1b26", "#77747f", "#000004", "#efedf2"
_LEVEL_RANGE_DB, _SPECTRUM_RANGE_DB = 40.0, 75.0
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


def draw(pictures: Sequence[Picture], layout: Layout) -> bytes:
    """Draw recordings side by side; return the bytes of the file.

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
    titles = "".join(picture.title for picture in pictures)
    fonts = _fonts(titles)
    # Never text as letters in an SVG: its reader may lack the font. The salt makes two runs give the same bytes.
    settings: Any = {"font.family": fonts, "font.size": 9.5, "svg.fonttype": "path", "svg.hashsalt": "voxlift",
                "axes.edgecolor": _GREY, "text.color": _INK, "xtick.color": _GREY, "ytick.color": _GREY,
                "xtick.labelcolor": _INK, "ytick.labelcolor": _INK, "axes.labelcolor": _INK}  # fmt: skip
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # `missing_characters` tells it in better words
        size = (layout.width / PIXELS_AN_INCH, layout.height / PIXELS_AN_INCH)
        figure = Figure(figsize=size, dpi=PIXELS_AN_INCH, layout="constrained", facecolor="white")
        _fill(figure, pictures)
        canvas: Any = (FigureCanvasSVG if layout.kind == "svg" else FigureCanvasAgg)(figure)
        file = io.BytesIO()
        if layout.kind == "svg":
            canvas.print_svg(file, metadata={"Date": None, "Creator": "Voxlift"})
        else:
            canvas.print_png(file, metadata={"Software": "Voxlift"})
    return file.getvalue()


def missing_characters(text: str) -> str:
    """Name the characters that no installed font draws; they are left out of the picture as boxes."""
    found = _fonts(text)
    return "".join(sorted({char for char in text if not char.isspace() and not _drawn_by(found, char)}))


def _fill(figure: Figure, pictures: Sequence[Picture]) -> None:
    scales = _Scales.of(pictures)
    engine: Any = figure.get_layout_engine()
    engine.set(w_pad=0.08, h_pad=0.08, wspace=0.02, hspace=0.02)
    grid = figure.add_gridspec(2, len(pictures) + 1, width_ratios=[1.0] * len(pictures) + [0.018], height_ratios=[1, 2])
    waveform: Any = None
    spectrogram: Any = None
    for column, picture in enumerate(pictures):
        top, bottom = figure.add_subplot(grid[0, column]), figure.add_subplot(grid[1, column])
        waveform, spectrogram = _waveform(top, picture, scales), _spectrogram(bottom, picture, scales)
        _title(top, picture)
        if column:  # common axes are labelled once
            top.tick_params(labelleft=False)
            bottom.tick_params(labelleft=False)
        else:
            top.set_ylabel("amplitude")
            bottom.set_ylabel("frequency, kHz")
    for row, (image, label) in enumerate(((waveform, "energy, dBFS"), (spectrogram, "level, dBFS"))):
        bar = figure.colorbar(image, cax=figure.add_subplot(grid[row, -1]))
        bar.set_label(label)
        bar.outline.set_visible(False)


@dataclass(frozen=True)
class _Scales:
    """What all panels share."""

    seconds: float
    top_hz: float
    amplitude: float
    loudest_db: float
    brightest_db: float

    @classmethod
    def of(cls, pictures: Sequence[Picture]) -> _Scales:
        # The very brightest cell is one vowel's: let the top of the scale be near, not at it.
        brightest_db = _up_to_five(max(float(np.quantile(picture.spectrum_db, 0.999)) for picture in pictures))
        peak = max(max(float(picture.highest.max()), -float(picture.lowest.min())) for picture in pictures)
        return cls(
            seconds=max(picture.seconds for picture in pictures),
            top_hz=max(_top_hz(picture, brightest_db - _SPECTRUM_RANGE_DB) for picture in pictures),
            amplitude=1.05 * peak or 1.0,
            loudest_db=_up_to_five(max(float(picture.level_db.max()) for picture in pictures)),
            brightest_db=brightest_db,
        )


def _top_hz(picture: Picture, darkest_db: float) -> float:
    """Find where the axis may end without hiding anything: the tick above what is not black, or half the rate."""
    rows = np.quantile(picture.spectrum_db, 0.99, axis=1) > darkest_db
    top_mel = (np.flatnonzero(rows)[-1] + 1 if rows.any() else len(rows)) / len(rows) * float(mel(picture.rate / 2))
    return min([hz for hz in _ENDS_HZ if float(mel(hz)) >= top_mel] + [picture.rate / 2])


def _waveform(axes: Axes, picture: Picture, scales: _Scales) -> Any:
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


def _spectrogram(axes: Axes, picture: Picture, scales: _Scales) -> Any:
    image = axes.imshow(
        picture.spectrum_db,
        extent=(0, picture.spectrum_db.shape[1] * picture.column_seconds, 0, float(mel(picture.rate / 2))),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=scales.brightest_db - _SPECTRUM_RANGE_DB,
        vmax=scales.brightest_db,
        interpolation="bilinear",
    )
    ticks = [hz for hz in _TICKS_HZ if hz <= scales.top_hz]
    axes.set_yticks(mel(np.array(ticks, np.float64)), [f"{hz / 1000:g}" for hz in ticks])
    axes.set_ylim(0, float(mel(scales.top_hz)))
    axes.set_xlabel("time, s" if scales.seconds < 120 else "time, min:s")
    _dress(axes, scales)
    return image


def _dress(axes: Axes, scales: _Scales) -> None:
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
    name = "".join(char if char.isprintable() else "\ufffd" for char in picture.title)
    axes.set_title(_shortened(name), loc="left", fontweight="bold", fontsize=11, parse_math=False)
    facts = f"{picture.rate / 1000:g} kHz, RMS {picture.rms_db:.1f} dBFS"
    axes.set_title(facts if picture.rms_db > -150 else "silence", loc="right", fontsize=9, color=_GREY)


def _shortened(name: str, most: int = 44) -> str:
    return name if len(name) <= most else f"{name[: most // 2 - 1]}…{name[-(most // 2) :]}"


def _lit_magma() -> Any:
    """Magma without its black end, which would vanish on the dark ground."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    return ListedColormap(mpl.colormaps["magma"](np.linspace(0.3, 0.97, 256)), name="lit magma")


def _up_to_five(level_db: float) -> float:
    return float(5 * np.ceil(max(level_db, -120.0) / 5))


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
