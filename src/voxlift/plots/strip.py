"""Spectrograms without axes, one column of pixels for each column gathered, to lay under a player."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from voxlift.errors import MissingExtraError
from voxlift.plots.draw import SPECTRUM_RANGE_DB, Scales
from voxlift.plots.gather import Picture, mel

LEVELS = 256
"""Shades: a byte of the file each, a quarter of what true colours take."""


def draw_strips(pictures: Sequence[Picture]) -> list[bytes]:
    """Draw each recording as a PNG from 0 Hz, below, to the same top; all on one scale of colour.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    try:
        # An extra; its figures would take as long to load as the drawing of some minutes.
        from matplotlib import colormaps  # noqa: PLC0415
        from PIL import Image  # noqa: PLC0415 - matplotlib's own
        from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("drawing", "plot") from None
    palette = (255 * colormaps["magma"](np.linspace(0, 1, LEVELS))[:, :3]).round().astype(np.uint8).tobytes()
    notes = PngInfo()
    notes.add_text("Software", "Voxlift")
    scales = Scales.of(pictures)
    strips = []
    for picture in pictures:
        shown = mel(scales.top_hz) / mel(picture.rate / 2)
        rows = picture.spectrum_db[: max(1, round(float(shown) * len(picture.spectrum_db)))]
        brightness = 1 + (rows - scales.brightest_db) / SPECTRUM_RANGE_DB
        image = Image.fromarray((brightness.clip(0, 1) * (LEVELS - 1)).round().astype(np.uint8)[::-1])
        image.putpalette(palette)
        file = io.BytesIO()
        image.save(file, "png", pnginfo=notes)
        strips.append(file.getvalue())
    return strips
