"""Ratios of wanted to unwanted energy, in dB."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples

CEILING_DB = 100.0
"""What a perfect estimate scores: float32 sound can hardly say more."""

SILENCE_POWER = 1e-10
"""-100 dB of full scale: a target no louder, on average, is silent."""


def si_sdr(estimate: Samples, target: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., "SDR - half-baked or well done?", 2019).

    Channels are averaged and means removed first. NaN for a silent target, or none; -100 for a silent estimate.
    """
    found, wanted = (_mono(x) for x in (estimate, target))
    if not len(wanted):
        return math.nan
    found, wanted = found - found.mean(), wanted - wanted.mean()
    energy = float(wanted @ wanted)
    if energy <= SILENCE_POWER * len(wanted):
        return math.nan
    projected = float(found @ wanted) / energy * wanted
    return ratio_db(float(projected @ projected), float(np.square(found - projected).sum()))


def si_sdr_i(estimate: Samples, target: Samples, mixture: Samples) -> float:
    """How far SI-SDR rose, in dB, over that of the mixture itself. NaN for a silent target, or none."""
    return si_sdr(estimate, target) - si_sdr(mixture, target)


def sdr(estimate: Samples, target: Samples) -> float:
    """Signal-to-distortion ratio of the whole recording in dB, scale counted: target energy over error energy.

    All channels and all time at once, as in the music demixing challenges ("new SDR", Mitsufuji et al. 2022). NaN for a
    silent target, or none; 0 for a silent estimate.
    """
    found, wanted = (np.asarray(x, np.float64).ravel() for x in (estimate, target))
    energy = float(np.square(wanted).sum())
    if energy <= SILENCE_POWER * max(1, len(wanted)):
        return math.nan
    return ratio_db(energy, float(np.square(found - wanted).sum()))


def ratio_db(wanted: float, unwanted: float) -> float:
    """Ratio of two energies in dB, held within -100..100."""
    if wanted <= 0:
        return -CEILING_DB
    if unwanted <= 0:
        return CEILING_DB
    return float(np.clip(10 * math.log10(wanted / unwanted), -CEILING_DB, CEILING_DB))


def _mono(x: Samples) -> NDArray[np.float64]:
    mono: NDArray[np.float64] = np.atleast_2d(np.asarray(x, np.float64)).mean(axis=0)
    return mono
