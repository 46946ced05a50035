"""What a studio does to a track of stereo sound, `(2, length)`: drive, chorus, width, balance, loudness."""

from __future__ import annotations

import numpy as np
import soxr
from scipy.signal import butter, sosfilt

from voxlift.audio import Samples
from voxlift.lab.augment import Equaliser, gain, rms_db
from voxlift.lab.dynamics import Compressor, limiting_gain


def drive(x: Samples, rate: int, drive_db: float, cabinet_hz: float | None = None) -> Samples:
    """Overload a valve: odd and some even harmonics; `cabinet_hz` is where a guitar's loudspeaker ends.

    Works at twice the rate, so that few harmonics fold back. The level stays.
    """
    level = rms_db(x)
    if level < -90:
        return x
    loud = soxr.resample((x * gain(drive_db - 12 - level)).T, rate, 2 * rate, "LQ").T
    bent = np.tanh(loud + 0.15) - np.tanh(0.15)
    if cabinet_hz is not None:
        bent = sosfilt(butter(4, [75.0, cabinet_hz], "bandpass", fs=2 * rate, output="sos"), bent)
    out = soxr.resample(bent.T, 2 * rate, rate, "LQ").T[:, : x.shape[1]].astype(np.float32)
    out = np.pad(out, ((0, 0), (0, x.shape[1] - out.shape[1])))
    return out * gain(level - rms_db(out))


def chorus(x: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Add a copy whose delay swings, the other way round on the other side."""
    length = x.shape[1]
    at = np.arange(length)
    hz, depth = rng.uniform(0.3, 1.2), rng.uniform(0.001, 0.003) * rate
    out = np.empty_like(x)
    for side, phase in enumerate((0.0, np.pi)):
        late = 0.012 * rate + depth * np.sin(2 * np.pi * hz * at / rate + phase)
        out[side] = x[side] + 0.7 * np.interp(at - late, at, x[side], left=0.0)
    return (0.75 * out).astype(np.float32)


def equalise(x: Samples, rate: int, rng: np.random.Generator, spread_db: float) -> Samples:
    """Put one gentle random curve on both sides."""
    curve = Equaliser.draw(rng, spread_db)
    return np.stack([curve.apply(side, rate) for side in x])


def widen(x: Samples, amount: float) -> Samples:
    """Scale what differs between the sides: 0 is mono, 1 as it is, 2 wide."""
    middle, sides = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2 * np.float32(amount)
    return np.stack([middle + sides, middle - sides])


def pan(x: Samples, place: float) -> Samples:
    """Put it at a place from -1 (left) to 1 (right), at constant power."""
    angle = (place + 1) * np.pi / 4
    return x * np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(np.sqrt(2))


def master(x: Samples, rate: int, rng: np.random.Generator, loudness_db: float, ceiling: float = 0.97) -> Samples:
    """Glue a mix together and bring it to a level as masters do: compressor, gentle drive, limiter.

    `loudness_db` is the RMS that is aimed at; the limiter may leave it a little below.
    """
    x = x * Compressor.draw(rng, 0.4).gain(x, rate)
    x = x * gain(loudness_db - rms_db(x))
    if rng.random() < 0.5:
        warmth = np.float32(rng.uniform(0.3, 1.2))
        x = np.tanh(warmth * x) / warmth
    return x * limiting_gain(x, ceiling, int(rng.integers(8, 60)))
