"""What studios do to voices and accompaniments, on mono sound and cheaply: drawn, then applied."""

from __future__ import annotations

import numpy as np
import soxr

from voxlift.audio import Samples
from voxlift.lab.augment import gain, rms_db
from voxlift.lab.dynamics import Compressor, limiting_gain

SILENT_DB = -80.0


def respeeded(sound: Samples, factor: float, length: int) -> Samples:
    """Play it faster by a factor, pitch and all; `(length,)` of what comes out, silence where it has ended."""
    # The ratio of whole numbers lets the resampler choose its quick way; the error is under a cent.
    out = soxr.resample(sound, round(factor * 1000), 1000, "MQ")[:length]
    return np.pad(out, (0, length - len(out))).astype(np.float32)


def doubled(rng: np.random.Generator, voice: Samples, rate: int) -> Samples:
    """Add the voice again, 8 to 35 ms late and wavering in pitch, as if it were sung twice."""
    at = np.arange(len(voice), dtype=np.float32)
    hz, depth = float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.0005, 0.003)) * rate
    late = float(rng.uniform(0.008, 0.035)) * rate + depth * np.sin(
        2 * np.pi * hz / rate * at + np.float32(rng.uniform(0, 6))
    )
    again = np.interp(at - late, at, voice, left=0.0).astype(np.float32)
    return voice + again * gain(float(rng.uniform(-12, -2)))


def driven(rng: np.random.Generator, sound: Samples, most_db: float) -> Samples:
    """Overload it: peaks are bent, the level stays."""
    level = rms_db(sound)
    if level < SILENT_DB:
        return sound
    bias = np.float32(rng.uniform(0, 0.2))
    bent = np.tanh(sound * gain(float(rng.uniform(0, most_db)) - 12 - level) + bias) - np.tanh(bias)
    return (bent * gain(level - rms_db(bent))).astype(np.float32)


def glue_gain(rng: np.random.Generator, mixture: Samples, rate: int) -> Samples:
    """Draw a compressor and a limiter for the sum; the factor for each sample, `(length,)`."""
    glued = Compressor.draw(rng, 0.7).gain(mixture, rate)
    peak = float(np.abs(mixture * glued).max())
    if rng.random() < 0.7 and peak > 0:
        glued = glued * limiting_gain(mixture * glued, peak * float(gain(-float(rng.uniform(1, 9)))), 24)
    return glued
