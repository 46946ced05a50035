"""Ratios of wanted to unwanted energy, in dB."""

from __future__ import annotations

import math

import numpy as np

from voxlift.audio import Samples

CEILING_DB = 100.0
"""What a perfect estimate scores: float32 sound can hardly say more."""


def si_sdr(estimate: Samples, target: Samples, rate: int = 0) -> float:  # noqa: ARG001  (all metrics have one form)
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., "SDR - half-baked or well done?", 2019).

    Means are removed first. NaN for a silent target; -100 for a silent estimate.
    """
    found, wanted = (np.asarray(x, np.float64) for x in (estimate, target))
    found, wanted = found - found.mean(), wanted - wanted.mean()
    energy = float(wanted @ wanted)
    if energy <= _silence(len(wanted)):
        return math.nan
    projected = float(found @ wanted) / energy * wanted
    return _ratio_db(float(projected @ projected), float(np.square(found - projected).sum()))


def sdr(estimate: Samples, target: Samples, rate: int = 0) -> float:  # noqa: ARG001
    """Signal-to-distortion ratio of the whole recording in dB, scale counted: target energy over error energy.

    The measure of the music demixing challenges (Fabbro et al. 2024). NaN for a silent target.
    """
    found, wanted = (np.asarray(x, np.float64) for x in (estimate, target))
    energy = float(wanted @ wanted)
    if energy <= _silence(len(wanted)):
        return math.nan
    return _ratio_db(energy, float(np.square(found - wanted).sum()))


def _ratio_db(wanted: float, unwanted: float) -> float:
    if wanted <= 0:
        return -CEILING_DB
    if unwanted <= 0:
        return CEILING_DB
    return float(np.clip(10 * math.log10(wanted / unwanted), -CEILING_DB, CEILING_DB))


def _silence(length: int) -> float:
    return 1e-10 * max(1, length)  # -100 dB of full scale
