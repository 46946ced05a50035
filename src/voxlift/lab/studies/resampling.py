"""What a lower rate costs, by plain decimation and by a proper filter.

Sampling at a rate `r` cannot tell a tone at `f` from one at `|f - k r|`. Whoever keeps every n-th sample and throws the
others away therefore does not lose what lies above the new half rate: it stays, folded down onto wrong places. A filter
takes it away first. Both are brought back to the old rate here, so that they can be held against the original:

    original - filtered  =  what lay above the new half rate                    (lost)
    original - plain     =  the same, and what came down in its place           (lost and aliased)
    plain - filtered     =  what came down: the aliases alone

Where the rates do not divide, as 44.1 and 8 kHz, the nearest sample is up to half a step off: a jitter that counts with
the aliases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.metrics import si_sdr

QUALITY = "VHQ"
TELEPHONE_RATE = 8000
_OCTAVES_HZ = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0, 32_000.0, 64_000.0, 128_000.0)
_SILENT_DB = -200.0


@dataclass(frozen=True)
class Band:
    """Levels between two frequencies, in dB of the whole original."""

    low_hz: float
    high_hz: float
    signal_db: float
    """The filtered sound: what belongs there."""
    aliased_db: float
    """The aliases: what plain decimation put there."""


@dataclass(frozen=True)
class Loss:
    """How far a sound that came back is from the original."""

    error_db: float
    """Level of the difference signal against the original's."""
    si_sdr_db: float


@dataclass(frozen=True)
class Result:
    """One recording at one lower rate; levels are in dB of the original."""

    title: str
    rate: int
    new_rate: float
    plain: Loss
    filtered: Loss
    aliased_db: float
    """Level of what plain decimation folded down."""
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Returned:
    """A sound that was at a lower rate and came back, both ways; axes `(channels, length)` of the original."""

    plain: Samples
    filtered: Samples


def lower_rates(rate: int) -> list[float]:
    """Name the rates of the study, the highest first: a half, a quarter, and the telephone's.

    Raises
    ------
    DataError
        When the rate is already the telephone's or lower.
    """
    if rate <= TELEPHONE_RATE:
        raise DataError(f"a rate of {rate} Hz: the study goes down to {TELEPHONE_RATE} Hz; give a recording above it")
    return sorted({rate / 2, rate / 4, float(TELEPHONE_RATE)}, reverse=True)


def decimate(samples: Samples, rate: int, new_rate: float) -> Samples:
    """Keep the nearest sample to each new one, and nothing else: every n-th, where the rates divide."""
    count = max(1, math.floor(samples.shape[1] * new_rate / rate))
    nearest = np.rint(np.arange(count) * (rate / new_rate)).astype(np.int64)
    return np.ascontiguousarray(samples[:, np.minimum(nearest, samples.shape[1] - 1)])


def resample(samples: Samples, rate: float, new_rate: float) -> Samples:
    """Resample `(channels, length)` behind a steep filter, in phase."""
    import soxr  # noqa: PLC0415 - a native library

    done = soxr.resample(np.ascontiguousarray(samples.T), rate, new_rate, quality=QUALITY)
    return np.ascontiguousarray(done.reshape(-1, samples.shape[0]).T)


def there_and_back(samples: Samples, rate: int, new_rate: float) -> Returned:
    """Take a sound to a lower rate both ways, and back by the same proper filter."""

    def back(low: Samples) -> Samples:
        high = resample(low, new_rate, rate)[:, : samples.shape[1]]
        return np.pad(high, ((0, 0), (0, samples.shape[1] - high.shape[1])))

    return Returned(back(decimate(samples, rate, new_rate)), back(resample(samples, rate, new_rate)))


def study(samples: Samples, rate: int, title: str, new_rates: Sequence[float] = ()) -> list[Result]:
    """Measure what each lower rate costs a sound `(channels, length)`.

    Raises
    ------
    DataError
        When the sound is silent, or its rate is too low.
    """
    if not samples.any():
        raise DataError(f"{title}: is silent; there is nothing in it to lose")
    results = []
    for new_rate in new_rates or lower_rates(rate):
        returned = there_and_back(samples, rate, new_rate)
        aliases = returned.plain - returned.filtered
        results.append(
            Result(
                title=title,
                rate=rate,
                new_rate=new_rate,
                plain=_loss(returned.plain, samples),
                filtered=_loss(returned.filtered, samples),
                aliased_db=level_db(aliases, samples),
                bands=_bands(returned.filtered, aliases, samples, rate, new_rate / 2),
            )
        )
    return results


def level_db(part: Samples, whole: Samples) -> float:
    """Energy of one sound against another's, in dB; -200 for silence."""
    energies = [float(np.square(x, dtype=np.float64).sum()) for x in (part, whole)]
    return max(_SILENT_DB, 10 * math.log10(energies[0] / energies[1])) if energies[0] > 0 else _SILENT_DB


def octave_edges_hz(top_hz: float) -> list[float]:
    """Cut 0 to a top frequency into octaves; the last one ends where the top is."""
    return [*(edge for edge in _OCTAVES_HZ if edge < 0.9 * top_hz), top_hz]


def _loss(returned: Samples, original: Samples) -> Loss:
    return Loss(level_db(returned - original, original), si_sdr(returned.ravel(), original.ravel()))


def _bands(filtered: Samples, aliases: Samples, original: Samples, rate: int, top_hz: float) -> tuple[Band, ...]:
    # One transform of the whole: the energies of the bands then add up to that of the sound (Parseval).
    powers = [np.square(np.abs(np.fft.rfft(x, axis=1))).sum(axis=0) for x in (filtered, aliases, original)]
    hz = np.fft.rfftfreq(original.shape[1], 1 / rate)
    edges = octave_edges_hz(top_hz)
    bands = []
    for low, high in pairwise(edges):
        inside = (hz >= low) & (hz < high)
        levels = [_db(float(power[inside].sum()) / float(powers[2].sum())) for power in powers[:2]]
        bands.append(Band(low, high, *levels))
    return tuple(bands)


def _db(share: float) -> float:
    return max(_SILENT_DB, 10 * math.log10(share)) if share > 0 else _SILENT_DB
