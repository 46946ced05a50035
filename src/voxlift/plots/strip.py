"""Spectrograms without axes, one column of pixels for each column gathered, to lay under a player."""

from __future__ import annotations

import io
from collections.abc import Sequence

from voxlift.errors import MissingExtraError
from voxlift.plots.draw import SPECTRUM_RANGE_DB, Scales
from voxlift.plots.gather import Picture, mel


def draw_strips(pictures: Sequence[Picture]) -> list[bytes]:
    """Draw each recording as a PNG from 0 Hz, below, to the same top; all on one scale of colour.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    try:
        from matplotlib.image import imsave  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("drawing", "plot") from None
    scales = Scales.of(pictures)
    strips = []
    for picture in pictures:
        shown = mel(scales.top_hz) / mel(picture.rate / 2)
        rows = picture.spectrum_db[: max(1, round(float(shown) * len(picture.spectrum_db)))]
        file = io.BytesIO()
        imsave(
            file, rows, format="png", origin="lower", cmap="magma",
            vmin=scales.brightest_db - SPECTRUM_RANGE_DB, vmax=scales.brightest_db, metadata={"Software": "Voxlift"},
        )  # fmt: skip
        strips.append(file.getvalue())
    return strips
