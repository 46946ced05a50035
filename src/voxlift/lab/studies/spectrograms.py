"""STFT against mel spectrogram: what comes back of each, and what cannot.

The STFT has 513 complex numbers a frame, and an exact inverse. The mel spectrogram keeps 128 magnitudes of them:
`m = M a`, where `M` (128 x 513) has a null space of at least 385 dimensions. Whatever part of `a` lies in it leaves no
trace in `m`, so that no inverse, however clever, finds it without knowing something else about sound. Two that know
nothing else are tried: the pseudo-inverse (the shortest `a` that fits), and the non-negative one, for magnitudes are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.stft import STFT, Spectrum
from voxlift.errors import DataError
from voxlift.lab.studies.mel import mel_filters
from voxlift.lab.studies.resampling import level_db, octave_edges_hz
from voxlift.metrics import si_sdr

GRID = STFT(1024, 256)
BANDS = 128
_STEPS = 100
_TINY = 1e-9

Magnitudes = NDArray[np.float32]
"""Axes `(channels, frames, bins)`, or bands in the place of bins."""


@dataclass(frozen=True)
class Inverse:
    """What came back on one way."""

    way: str
    si_sdr_db: float
    error_db: float
    """Level of the difference signal against the original's."""
    magnitude_db: float
    """Energy of the difference between magnitudes against the original's."""


@dataclass(frozen=True)
class BandError:
    """How wrong the magnitudes between two frequencies came back from the mel bands, against their own energy."""

    low_hz: float
    high_hz: float
    error_db: float


@dataclass(frozen=True)
class Spectra:
    """One recording as both spectrograms, and as what came back; magnitudes, axes `(channels, frames, bins)`."""

    stft: Magnitudes
    mel: Magnitudes
    back: Magnitudes


@dataclass(frozen=True)
class Result:
    """One recording."""

    title: str
    rate: int
    bins: int
    bands: int
    rank: int
    """Of the filterbank: how many of its numbers are independent."""
    null_db: float
    """Energy of the magnitudes that lies in the filterbank's null space, against all."""
    inverses: tuple[Inverse, ...]
    octaves: tuple[BandError, ...]
    """Of the non-negative inverse."""


def study(samples: Samples, rate: int, title: str) -> tuple[Result, Spectra]:
    """Invert both spectrograms of a sound `(channels, length)` and measure what is missing.

    Raises
    ------
    DataError
        When the sound is silent.
    """
    if not samples.any():
        raise DataError(f"{title}: is silent; there is nothing in it to lose")
    spectrum = GRID.analyse(samples)
    magnitudes, phases = np.abs(spectrum), _phases(spectrum)
    filters = mel_filters(rate, GRID.bins, BANDS)
    mel = (magnitudes @ filters.T.astype(np.float32)).astype(np.float32)
    positive = by_positive_least_squares(mel, filters)
    no_phases = np.ones_like(phases)
    inverses = (
        _inverse("STFT", magnitudes, phases, samples, magnitudes),
        _inverse("STFT, phase thrown away", magnitudes, no_phases, samples, magnitudes),
        _inverse("mel, pseudo-inverse", by_pseudo_inverse(mel, filters), phases, samples, magnitudes),
        _inverse("mel, non-negative", positive, phases, samples, magnitudes),
        _inverse("mel, non-negative, phase thrown away", positive, no_phases, samples, magnitudes),
    )
    result = Result(
        title=title,
        rate=rate,
        bins=GRID.bins,
        bands=BANDS,
        rank=int(np.linalg.matrix_rank(filters)),
        null_db=null_space_db(magnitudes, filters),
        inverses=inverses,
        octaves=_octaves(positive, magnitudes, rate),
    )
    return result, Spectra(magnitudes, mel, positive)


def _inverse(way: str, found: Magnitudes, phases: Spectrum, original: Samples, magnitudes: Magnitudes) -> Inverse:
    returned = GRID.synthesise(found * phases, original.shape[1])
    return Inverse(
        way=way,
        si_sdr_db=si_sdr(returned.ravel(), original.ravel()),
        error_db=level_db(returned - original, original),
        magnitude_db=level_db(found - magnitudes, magnitudes),
    )


def by_pseudo_inverse(mel: Magnitudes, filters: NDArray[np.float64]) -> Magnitudes:
    """Find the shortest magnitudes that have these bands; what comes out negative is set to zero."""
    found = mel @ np.linalg.pinv(filters).T.astype(np.float32)
    return np.maximum(found, 0).astype(np.float32)


def by_positive_least_squares(mel: Magnitudes, filters: NDArray[np.float64]) -> Magnitudes:
    """Find magnitudes, none negative, that have these bands, by multiplicative steps (Lee and Seung 2001).

    Many fit; the steps end at one near their start, where every band is spread evenly over its bins.
    """
    weights = filters.astype(np.float32)
    found = mel @ (weights / np.maximum(weights.sum(axis=1, keepdims=True), _TINY))
    wanted = mel @ weights
    for _ in range(_STEPS):
        found *= wanted / np.maximum((found @ weights.T) @ weights, _TINY)
    return np.asarray(found, np.float32)


def null_space_db(magnitudes: Magnitudes, filters: NDArray[np.float64]) -> float:
    """Energy of what the filterbank cannot see, against all of it, in dB."""
    seen = magnitudes @ (np.linalg.pinv(filters) @ filters).T.astype(np.float32)
    return level_db(magnitudes - seen, magnitudes)


def _octaves(found: Magnitudes, magnitudes: Magnitudes, rate: int) -> tuple[BandError, ...]:
    hz = np.linspace(0, rate / 2, magnitudes.shape[-1])
    edges = octave_edges_hz(rate / 2)
    errors = []
    for low, high in pairwise(edges):
        inside = (hz >= low) & (hz < high)
        wanted = magnitudes[..., inside]
        if wanted.any():
            errors.append(BandError(low, high, level_db(found[..., inside] - wanted, wanted)))
    return tuple(errors)


def _phases(spectrum: Spectrum) -> Spectrum:
    size = np.abs(spectrum)
    return np.where(size > 0, spectrum / np.maximum(size, np.finfo(np.float32).tiny), 1).astype(np.complex64)
