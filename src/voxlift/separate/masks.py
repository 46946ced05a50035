"""What a net's output means: numbers -> complex gain for each bin, `(batch, stems, frames, bins)`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples

Gain = NDArray[np.float32] | NDArray[np.complex64]


def ratio(output: Samples) -> Gain:
    """Share of each bin that belongs to the stem, 0..1: the output itself, `(batch, stems, frames, bins)`."""
    return output


def binary(output: Samples) -> Gain:
    """All or nothing: 1 where the output exceeds one half, `(batch, stems, frames, bins)`."""
    return (output > 0.5).astype(np.float32)


def complex_ratio(output: Samples) -> Gain:
    """Gain and turn of phase: `(batch, stems, frames, bins, 2)`, real and imaginary part last."""
    return np.ascontiguousarray(output).view(np.complex64)[..., 0]


MASKS: dict[str, Callable[[Samples], Gain]] = {"ratio": ratio, "binary": binary, "complex_ratio": complex_ratio}
