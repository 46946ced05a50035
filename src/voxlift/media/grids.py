"""Integer grids: what a file with 8, 16, 24 or 32 bits a sample holds of a float."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples


def rounded_to(block: Samples, depth: int | None) -> Samples:
    """Round to the nearest value on the grid of `depth` bits, clipped to it; the same block for None.

    Parameters
    ----------
    block
        `(channels, length)`.
    depth
        Bits a sample; a grid of 32 bits is finer than float32 below half of full scale.

    Returns
    -------
    Samples
        Exactly what comes back when the file is read.
    """
    if depth is None:
        return block
    return (steps(block, depth) / float(1 << (depth - 1))).astype(np.float32)


def steps(block: Samples, depth: int) -> NDArray[np.float64]:
    """Count samples in steps of the grid: whole numbers in `-2**(depth-1) .. 2**(depth-1) - 1`."""
    full = float(1 << (depth - 1))
    return np.clip(np.rint(block.astype(np.float64) * full), -full, full - 1)


def left_aligned(block: Samples, depth: int) -> NDArray[np.int16] | NDArray[np.int32]:
    """Integers for an encoder that takes the upper `depth` bits of 16 or 32; axes `(channels, length)`."""
    whole = steps(block, depth)
    if depth <= 16:
        return (whole * (1 << (16 - depth))).astype(np.int16)
    return (whole * (1 << (32 - depth))).astype(np.int32)
