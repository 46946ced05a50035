"""Frequencies above what a separator hears: they follow its judgement of the octave just below."""

from __future__ import annotations

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.stft import Spectrum

EPS = 1e-20
SMOOTHING = 0.5  # share of the former frame's gain: the top octave has few voiced bins, and alone it would flutter


class TopOctave:
    """Gain for the bins above a band, from how much of the band's top octave a stem kept, smoothed along time."""

    def __init__(self, channels: int, bins: int) -> None:
        self._octave = slice(bins // 2, bins)
        self._last = np.zeros(channels, np.float32)

    def gain(self, mixture: Spectrum, stem: Spectrum) -> Samples:
        """Compare the two in the top octave, both `(channels, frames, bins)`; return `(channels, frames)` in 0..1."""
        whole, kept = (np.square(np.abs(x[..., self._octave])).sum(-1) for x in (mixture, stem))
        now = np.sqrt(np.minimum(1, kept / (whole + EPS))).astype(np.float32)
        smooth = np.empty_like(now)
        for frame in range(now.shape[1]):
            self._last = SMOOTHING * self._last + (1 - SMOOTHING) * now[:, frame]
            smooth[:, frame] = self._last
        return smooth
