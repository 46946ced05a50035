"""The mel filterbank: triangles of equal height, evenly spaced on the scale of heard pitch.

The scale is O'Shaughnessy's, `2595 log10(1 + f / 700)`, as in the HTK book (S. Young et al., section 5.4) and as
torchaudio has it by default (`mel_scale="htk"`, `norm=None`). Slaney's, librosa's default, is linear below 1 kHz and
scales each triangle to equal area; what is lost is the same: many bins go into one number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voxlift.plots.gather import mel

Matrix = NDArray[np.float64]


def mel_filters(rate: int, bins: int, bands: int) -> Matrix:
    """Weights `(bands, bins)` that take the bins of an STFT, 0 to half the rate, to mel bands."""
    bins_hz = np.linspace(0, rate / 2, bins)
    corners = 700 * (10 ** (np.linspace(0, float(mel(rate / 2)), bands + 2) / 2595) - 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)
    return np.maximum(0, np.minimum(rising, falling))


def middles_hz(rate: int, bands: int) -> Matrix:
    """Frequencies at which the triangles have their peaks, `(bands,)`."""
    corners: Matrix = 700 * (10 ** (np.linspace(0, float(mel(rate / 2)), bands + 2) / 2595) - 1)
    return corners[1:-1]
