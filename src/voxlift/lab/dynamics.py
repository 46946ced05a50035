"""Compressors and limiters, as gains over time: what is done to a sum can be done to each of its parts.

Multiplied by the same gain, voice and accompaniment still add up to the mixture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from voxlift.audio import Samples

HOP_SECONDS = 0.002
LIMITER_HOP = 32  # samples
LOOKAHEAD_BLOCKS = 4


@dataclass(frozen=True)
class Compressor:
    """Takes back what is louder than a threshold, given as dB over the sound's own level."""

    threshold_db: float
    ratio: float
    attack_seconds: float
    release_seconds: float

    @classmethod
    def draw(cls, rng: np.random.Generator, strength: float = 1.0) -> Compressor:
        """Draw a gentle one at strength 0, anything up to pumping at 1."""
        ratio = 1.5 + float(rng.uniform(0, 6.5)) * strength
        attack, release = np.exp(rng.uniform(np.log([0.002, 0.05]), np.log([0.04, 0.5])))
        return cls(float(rng.uniform(-8, 4)), ratio, float(attack), float(release))

    def gain(self, x: Samples, rate: int) -> Samples:
        """The factor for each sample, `(length,)`; `x` is `(length,)` or `(channels, length)`."""
        hop = max(1, round(HOP_SECONDS * rate))
        level_db = _block_power_db(np.atleast_2d(x), hop)
        audible = level_db[level_db > level_db.max() - 40]
        over = level_db - (10 * np.log10(np.mean(10 ** (audible / 10))) + self.threshold_db)
        wanted_db = np.minimum(0, -over * (1 - 1 / self.ratio))
        smoothed = _followed(wanted_db, hop / rate / self.attack_seconds, hop / rate / self.release_seconds)
        return _spread(10 ** (smoothed / 20), hop, x.shape[-1])


def limiting_gain(x: Samples, ceiling: float, release_blocks: int = 40) -> Samples:
    """The factor for each sample that keeps all channels within the ceiling, `(length,)`.

    Parameters
    ----------
    x
        `(length,)` or `(channels, length)`.
    ceiling
        Largest absolute sample afterwards.
    release_blocks
        Over how many blocks of 32 samples the gain is smoothed; fewer is louder and rougher.
    """
    peaks = _blocks(np.abs(np.atleast_2d(x)).max(axis=0), LIMITER_HOP).max(axis=1)
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # The least over a window, then the mean over a shorter one: no block, nor what is drawn between two, is above need.
    width = 2 * (release_blocks // 2) + 1
    least = minimum_filter1d(needed, width + 2 * LOOKAHEAD_BLOCKS, mode="nearest")
    return _spread(uniform_filter1d(least, width, mode="nearest"), LIMITER_HOP, x.shape[-1])


def _followed(wanted: NDArray[np.float64], attack: float, release: float) -> NDArray[np.float64]:
    down, up = 1 - np.exp(-attack), 1 - np.exp(-release)
    state, out = 0.0, []
    for value in wanted.tolist():
        state += (down if value < state else up) * (value - state)
        out.append(state)
    return np.array(out)


def _block_power_db(x: Samples, hop: int) -> NDArray[np.float64]:
    power = np.mean(np.square(x), axis=0)
    return 10 * np.log10(_blocks(power, hop).mean(axis=1, dtype=np.float64) + 1e-10)


def _blocks(x: Samples, hop: int) -> Samples:
    return np.pad(x, (0, -len(x) % hop)).reshape(-1, hop)


def _spread(gains: NDArray[np.float64], hop: int, length: int) -> Samples:
    centres = (np.arange(len(gains)) + 0.5) * hop
    return np.interp(np.arange(length), centres, gains).astype(np.float32)
