"""The pitch that a singer makes of a melody: glides, scoops, vibrato, drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Sung:
    """A note in time: start and end in seconds, MIDI key, loudness 0 to 1; `opens` where a phrase begins."""

    start: float
    end: float
    key: float
    loudness: float = 0.8
    opens: bool = False


@dataclass(frozen=True)
class Intonation:
    """A singer's ways with pitch."""

    glide_seconds: float
    """How long it takes from note to note."""
    scoop_cents: float
    """How far below the note a phrase is begun."""
    vibrato_hz: float
    vibrato_cents: float
    """Deviation to either side on long notes."""
    drift_cents: float
    """Slow wandering, standard deviation."""
    jitter_cents: float
    """Trembling from frame to frame, standard deviation."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Intonation:
        """Draw a singer: straight, trained, tuned by machine, or rough."""
        kind = rng.random()
        vibrato = float(rng.uniform(5, 30) if kind < 0.35 else rng.uniform(30, 90))
        drift, jitter, glide = rng.uniform(5, 22), rng.uniform(2, 6), rng.uniform(0.05, 0.14)
        if kind > 0.8:  # a tuned voice: no drift, steps
            vibrato, drift, glide = vibrato / 3, 2.0, rng.uniform(0.015, 0.04)
        elif kind > 0.72:
            jitter = rng.uniform(10, 25)
        scoop = float(rng.uniform(0, 250))
        return cls(float(glide), scoop, float(rng.uniform(4.6, 6.8)), vibrato, float(drift), float(jitter))

    def curve(self, rng: np.random.Generator, notes: Sequence[Sung], frames: int, period_seconds: float) -> Curve:
        """Make the pitch curve.

        Returns
        -------
        ndarray
            MIDI keys with fractions, `(frames,)`; in rests the pitch goes on from the last note.
        """
        at: Curve = np.arange(frames, dtype=np.float64) * period_seconds
        starts = np.array([note.start for note in notes])
        keys = np.array([note.key for note in notes], float)
        which = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, len(notes) - 1)
        curve: Curve = keys[which]
        for note in notes:
            if note.opens:
                since = at - note.start
                curve -= np.where(since >= 0, self.scoop_cents / 100 * np.exp(-np.maximum(since, 0) / 0.05), 0) * (
                    at < note.end
                )
        # Twice a moving mean is a smooth step; the notes' starts lie in its middle, as singers sing them.
        glide = max(1, round(self.glide_seconds / 2 / period_seconds))
        smooth: Curve = uniform_filter1d(uniform_filter1d(curve, glide, mode="nearest"), glide, mode="nearest")
        return smooth + self._vibrato(rng, notes, at) + self._wandering(rng, frames, period_seconds)

    def _vibrato(self, rng: np.random.Generator, notes: Sequence[Sung], at: Curve) -> Curve:
        out = np.zeros(len(at))
        for note in notes:
            if note.end - note.start < 0.3:
                continue
            delay = float(rng.uniform(0.1, 0.35))
            since = at - note.start
            depth = np.clip((since - delay) / 0.25, 0, 1) * np.clip((note.end - at) / 0.06, 0, 1)
            hz = self.vibrato_hz * float(rng.uniform(0.94, 1.06))
            phase = 2 * np.pi * hz * since + float(rng.uniform(0, 2 * np.pi))
            out += depth * np.sin(phase) * self.vibrato_cents / 100 * float(rng.uniform(0.7, 1.2))
        return out

    def _wandering(self, rng: np.random.Generator, frames: int, period_seconds: float) -> Curve:
        slow = gaussian_filter1d(rng.standard_normal(frames), 0.15 / period_seconds)
        fast = gaussian_filter1d(rng.standard_normal(frames), max(0.6, 0.004 / period_seconds))
        out: Curve = (
            slow / (slow.std() + 1e-9) * self.drift_cents + fast / (fast.std() + 1e-9) * self.jitter_cents
        ) / 100
        return out


def hertz(keys: Curve) -> Curve:
    """Turn MIDI keys into Hz."""
    return 440.0 * 2 ** ((keys - 69) / 12)


def midi(hz: Curve) -> Curve:
    """Turn Hz into MIDI keys."""
    return 69 + 12 * np.log2(np.maximum(hz, 1e-3) / 440.0)
