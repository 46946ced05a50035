"""What a net's output means: numbers -> a gain for each bin, or the stem itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples

Gain = NDArray[np.float32] | NDArray[np.complex64]


@dataclass(frozen=True)
class Mask:
    """How to read an output. `read` gives `(batch, stems, frames, bins)`."""

    read: Callable[[Samples], Gain]
    direct: bool = False
    """Whether what is read is the stem in the transform's domain, and no gain on the mixture."""


def ratio(output: Samples) -> Gain:
    """Share of each bin that belongs to the stem, 0..1: the output itself, `(batch, stems, frames, bins)`."""
    return output


def binary(output: Samples) -> Gain:
    """All or nothing: 1 where the output exceeds one half, `(batch, stems, frames, bins)`."""
    return (output > 0.5).astype(np.float32)


def complex_ratio(output: Samples) -> Gain:
    """Gain and turn of phase: `(batch, stems, frames, bins, 2)`, real and imaginary part last."""
    return np.ascontiguousarray(output).view(np.complex64)[..., 0]


MASKS: dict[str, Mask] = {
    "ratio": Mask(ratio),
    "binary": Mask(binary),
    "complex_ratio": Mask(complex_ratio),
    "direct": Mask(ratio, direct=True),
}

ACTIVITY = "activity"
"""The output of a detector: how surely somebody is heard in each frame, `(batch, 1, frames)`, 0..1."""

VOICE = "voice"
"""The output of a net that knows voices: each frame's place among them, `(batch, 1, frames, size)`."""
