"""Numbers in 0..1 as binary digits, most significant first, and back.

The digits are the number's own, cut off after the last: 0.6 = 0.1001 1001... gives 1, 0, 0, 1. So the first digits do
not depend on how many are taken, sound of 16 bits comes back exactly from 16 digits, and silence from any number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_DIGITS = 24
"""What a float32 holds: with more, the way back would round."""


def to_digits(values: ArrayLike, digits: int) -> NDArray[np.float32]:
    """Write numbers as binary digits.

    Parameters
    ----------
    values
        Any axes, 0..1. What lies outside is clipped; 1.0 itself has no such digits and becomes the largest number
        that has, `1 - 2 ** -digits`.
    digits
        1 to 24.

    Returns
    -------
    NDArray
        float32 of zeros and ones, axes `(..., digits)`.

    Raises
    ------
    ValueError
        On NaN, and on a number of digits out of range.
    """
    _check(digits)
    array = np.asarray(values)
    scaled = array.astype(np.result_type(array.dtype, np.float32)) * 2.0**digits  # exact: only the exponent changes
    if np.isnan(scaled).any():
        raise ValueError("NaN has no binary digits; repair the values first")
    whole = np.clip(scaled, 0, 2**digits - 1)[..., None].astype(np.uint32) << np.uint32(32 - digits)
    octets: NDArray[Any] = whole.astype(">u4").view(np.uint8)  # the most significant first, as unpackbits goes
    return np.unpackbits(octets, axis=-1, count=digits).astype(np.float32)


def from_digits(digits: ArrayLike) -> NDArray[np.float32]:
    """Read numbers from their binary digits, or the numbers expected from the probabilities of ones.

    `from_digits(to_digits(x, n))` lies within `2 ** -n` of `x`, never above it.

    Parameters
    ----------
    digits
        `(..., digits)`: zeros and ones, or probabilities in 0..1 (the expected value is a sum, whether digits depend
        on each other or not).

    Returns
    -------
    NDArray
        float32 in 0..1, one axis fewer.

    Raises
    ------
    ValueError
        On a number of digits out of range.
    """
    array = np.asarray(digits, np.float32)
    count = array.shape[-1] if array.ndim else 0
    _check(count)
    return np.asarray(array @ np.exp2(-np.arange(1, count + 1, dtype=np.float32)), np.float32)


def _check(digits: int) -> None:
    if not 1 <= digits <= MAX_DIGITS:
        raise ValueError(f"{digits} binary digits: give 1 to {MAX_DIGITS}")
