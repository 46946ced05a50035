"""How good speech sounds and how well it is understood, by the libraries `pesq` and `pystoi` (extra `lab`)."""

from __future__ import annotations

import math
import warnings

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import MissingExtraError

RATE = 16_000


def pesq_wb(estimate: Samples, target: Samples, rate: int) -> float:
    """Wide-band PESQ, ITU-T P.862.2, 1.04 to 4.64, at 16 kHz. NaN where it finds no utterance."""
    return _pesq(estimate, target, rate, "wb")


def pesq_nb(estimate: Samples, target: Samples, rate: int) -> float:
    """Narrow-band PESQ, ITU-T P.862.1, 1.02 to 4.55, at 16 kHz. NaN where it finds no utterance."""
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
    estimate, target = _at_16k(estimate, rate), _at_16k(target, rate)
    if not target.any():
        return math.nan
    score = pesq.pesq(RATE, target, estimate, mode, on_error=pesq.PesqError.RETURN_VALUES)
    return float(score) if score > 0 else math.nan


def _stoi(estimate: Samples, target: Samples, rate: int, *, extended: bool) -> float:
    try:
        import pystoi  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("STOI", "lab") from None
    if not np.any(target):
        return math.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(pystoi.stoi(np.asarray(target, float), np.asarray(estimate, float), rate, extended=extended))
        except (RuntimeWarning, ValueError, IndexError):  # how pystoi says that too few frames are active
            return math.nan


def _at_16k(x: Samples, rate: int) -> Samples:
    if rate != RATE:
        import soxr  # noqa: PLC0415

        x = soxr.resample(np.asarray(x, np.float32), rate, RATE)
    return np.asarray(x, np.float32)
