"""How a net sees spectra: complex `(batch, frames, bins)` -> float32 `(batch, frames, bins[, parts])`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.stft import Spectrum

View = Callable[[Any], Samples]


def real_imag(spectrum: Spectrum) -> Samples:
    """Real and imaginary part: `(batch, frames, bins, 2)`."""
    return np.stack([spectrum.real, spectrum.imag], axis=-1)


def magnitude(spectrum: Spectrum) -> Samples:
    """Absolute value: `(batch, frames, bins)`."""
    return np.abs(spectrum)


def log_magnitude(spectrum: Spectrum) -> Samples:
    """Natural logarithm of the absolute value, floored at -100 dB: `(batch, frames, bins)`."""
    return np.log(np.maximum(np.abs(spectrum), np.float32(1e-5)))


def identity(frames: Samples) -> Samples:
    """Blocks of samples or digits as they are."""
    return frames


VIEWS: dict[str, View] = {
    "real_imag": real_imag,
    "magnitude": magnitude,
    "log_magnitude": log_magnitude,
    "identity": identity,
}
