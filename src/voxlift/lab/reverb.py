"""Reverberation and echo as studios put them on voices and instruments: long, dense, and drawn, not measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter, oaconvolve

from voxlift.audio import Samples
from voxlift.lab.augment import gain


@dataclass(frozen=True)
class Reverb:
    """A dense tail of noise that decays; `seed` says which noise."""

    decay_seconds: float
    """Until it has fallen by 60 dB."""
    delay_seconds: float
    """Before it begins."""
    damping: float
    """0 bright, 1 dark."""
    wet_db: float
    """Of the reverberation beside the dry sound."""
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, longest_seconds: float = 3.0) -> Reverb:
        """Draw anything from a small booth to a cathedral."""
        decay = float(np.exp(rng.uniform(np.log(0.2), np.log(longest_seconds))))
        wet = float(rng.uniform(-24, -7))
        return cls(decay, float(rng.uniform(0, 0.06)), float(rng.uniform(0.2, 0.9)), wet, int(rng.integers(2**31)))

    def apply(self, x: Samples, rate: int) -> Samples:
        """Add it: `(length,)` or `(channels, length)`, each channel with a tail of its own; the length stays."""
        responses = self._responses(rate, 1 if x.ndim == 1 else len(x))
        wet = oaconvolve(np.atleast_2d(x), responses, axes=-1)[:, : x.shape[-1]]
        return x + (wet.reshape(x.shape) * gain(self.wet_db)).astype(np.float32)

    def _responses(self, rate: int, channels: int) -> Samples:
        length = max(1, round(self.decay_seconds * rate))
        late = round(self.delay_seconds * rate)
        noise = np.random.default_rng(self.seed).standard_normal((channels, length), np.float32)
        noise = lfilter([1 - self.damping], [1, -self.damping], noise, axis=-1).astype(np.float32)
        tail = noise * np.exp(-6.9 * np.arange(length, dtype=np.float32) / length)
        tail /= np.sqrt(np.square(tail).sum(axis=-1, keepdims=True)) + np.float32(1e-9)
        return np.pad(tail, ((0, 0), (late, 0)))


@dataclass(frozen=True)
class Echo:
    """Repetitions at one distance, each quieter and duller."""

    delay_seconds: float
    feedback: float
    wet_db: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Echo:
        """Draw anything from a slap to a long echo."""
        return cls(float(rng.uniform(0.07, 0.5)), float(rng.uniform(0.1, 0.5)), float(rng.uniform(-22, -8)))

    def apply(self, x: Samples, rate: int) -> Samples:
        """Add it: `(length,)` or `(channels, length)`; the length stays."""
        late = max(1, round(self.delay_seconds * rate))
        out, wet = x.copy(), x * gain(self.wet_db)
        while late < x.shape[-1] and np.abs(wet).max() > 1e-4:
            wet = lfilter([0.6, 0.4], [1], wet, axis=-1).astype(np.float32)
            out[..., late:] += wet[..., : x.shape[-1] - late]
            wet, late = wet * np.float32(self.feedback), late + max(1, round(self.delay_seconds * rate))
        return out
