"""How good speech sounds and how well it is understood, by the libraries `pesq` and `pystoi` (extra `lab`).

A silent estimate of a target that is heard scores the lowest of the scale, so that no model gains by saying nothing.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.errors import MissingExtraError

RATE = 16_000
FLOORS = {"wb": 1.043, "nb": 1.017}
"""What P.862.2 and P.862.1 map the worst raw score, -0.5, to."""


def pesq_wb(estimate: Samples, target: Samples, rate: int) -> float:
    """Wide-band PESQ, ITU-T P.862.2, 1.04 to 4.64, at 16 kHz. NaN for a silent target, under 0.25 s, no utterance."""
    return _pesq(estimate, target, rate, "wb")


def pesq_nb(estimate: Samples, target: Samples, rate: int) -> float:
    """Narrow-band PESQ, ITU-T P.862.1, 1.02 to 4.55, at 16 kHz. NaN for a silent target, under 0.25 s, no utterance."""
    return _pesq(estimate, target, rate, "nb")


def stoi(estimate: Samples, target: Samples, rate: int) -> float:
    """Short-time objective intelligibility, 0..1 (Taal et al. 2011). NaN under 0.4 s of active speech."""
    return _stoi(estimate, target, rate, extended=False)


def estoi(estimate: Samples, target: Samples, rate: int) -> float:
    """Extended STOI, 0..1 (Jensen and Taal 2016). NaN under 0.4 s of active speech."""
    return _stoi(estimate, target, rate, extended=True)


def _pesq(estimate: Samples, target: Samples, rate: int, mode: str) -> float:
    try:
        import pesq  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("PESQ", "lab") from None
    estimate, target = (_at_16k(_mono(x), rate) for x in (estimate, target))
    if not target.any():
        return math.nan
    if not estimate.any():
        estimate, floor = target, FLOORS[mode]  # the target with itself tells whether there is anything to score
    else:
        floor = math.inf
    score = float(pesq.pesq(RATE, target, estimate, mode, on_error=pesq.PesqError.RETURN_VALUES))
    return min(score, floor) if score > 0 else math.nan


def _stoi(estimate: Samples, target: Samples, rate: int, *, extended: bool) -> float:
    try:
        import pystoi  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("STOI", "lab") from None
    found, wanted = (_mono(x).astype(np.float64) for x in (estimate, target))
    if not wanted.any():
        return math.nan
    silent = not found.any()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            score = float(pystoi.stoi(wanted, wanted if silent else found, rate, extended=extended))
        except (RuntimeWarning, ValueError, IndexError):  # how pystoi says that too few frames are active
            return math.nan
    return 0.0 if silent else score


def _mono(x: Samples) -> Samples:
    mono: NDArray[np.float32] = np.atleast_2d(np.asarray(x)).mean(axis=0, dtype=np.float32)
    return mono


def _at_16k(x: Samples, rate: int) -> Samples:
    if rate != RATE and len(x):
        import soxr  # noqa: PLC0415

        x = soxr.resample(np.asarray(x, np.float32), rate, RATE)
    return np.asarray(x, np.float32)
