"""What a vocoder hears in a voice: pitch, spectral envelope, breath; and a voice made of them again.

WORLD (Morise et al. 2016) takes speech apart so cleanly that each can be changed without the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.errors import MissingExtraError

PERIOD_SECONDS = 0.005
FLOOR_HZ, CEILING_HZ = 71.0, 700.0
TRUSTED_SHARE = 0.9
"""Of the band up to half the rate: coders and resamplers spoil what lies above."""
Frames = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """A voice taken apart, a frame every 5 ms."""

    pitch_hz: Frames
    """`(frames,)`, 0 where there is none."""
    envelope: Frames
    """Power over frequency, `(frames, bins)` from 0 Hz to half the rate."""
    breath: Frames
    """Share of noise in it, `(frames, bins)`, 0 to 1."""
    rate: int

    def at(self, places: Frames) -> Heard:
        """Read it at other moments, in frames and their fractions; envelopes between frames are blended in dB."""
        places = np.clip(places, 0, len(self.pitch_hz) - 1.001)
        low = places.astype(int)
        share = (places - low)[:, None]
        logs = np.log(self.envelope)
        envelope = np.exp(logs[low] * (1 - share) + logs[low + 1] * share)
        breath = self.breath[low] * (1 - share) + self.breath[low + 1] * share
        return Heard(self.pitch_hz[np.rint(places).astype(int)], envelope, breath, self.rate)

    def stretched(self, factor: float) -> Heard:
        """Move all formants up by a factor: a shorter throat."""
        bins = np.arange(self.envelope.shape[1])
        places = np.clip(bins / factor, 0, len(bins) - 1.001)
        low, share = places.astype(int), places % 1
        logs = np.log(self.envelope)
        envelope = np.exp(logs[:, low] * (1 - share) + logs[:, low + 1] * share)
        return replace(self, envelope=envelope)

    def widened(self) -> Heard:
        """Give it twice the rate: above what was recorded the envelope goes on as its mirror, falling, all breath."""
        bins = self.envelope.shape[1]
        knee = round(TRUSTED_SHARE * (bins - 1))
        wide = np.arange(2 * bins - 1)
        period = 2 * (knee - knee // 2)
        folded = np.abs((wide - knee) % period - period // 2) + knee // 2
        source = np.where(wide <= knee, wide, folded)
        octaves = np.maximum(0, np.log2(np.maximum(wide, 1) / knee))
        slope_db = np.where(self.pitch_hz[:, None] > 0, 18.0, 8.0)
        envelope = self.envelope[:, source] * 10 ** (-slope_db * octaves / 10)
        breath = np.where(wide <= knee, self.breath[:, np.minimum(wide, knee)], 1 - 0.3 * (self.pitch_hz[:, None] > 0))
        return Heard(self.pitch_hz, envelope, breath, 2 * self.rate)


def hear(samples: Samples, rate: int) -> Heard:
    """Take a voice apart.

    Parameters
    ----------
    samples
        `(length,)`.
    rate
        In Hz.

    Raises
    ------
    MissingExtraError
        When the vocoder is not installed.
    """
    world = _world()
    sound = np.ascontiguousarray(samples, np.float64)
    rough, times = world.dio(sound, rate, f0_floor=FLOOR_HZ, f0_ceil=CEILING_HZ, frame_period=1e3 * PERIOD_SECONDS)
    pitch = world.stonemask(sound, rough, times, rate)
    envelope = world.cheaptrick(sound, pitch, times, rate)
    breath = world.d4c(sound, pitch, times, rate)
    return Heard(pitch, np.maximum(envelope, 1e-14), np.clip(breath, 1e-3, 1 - 1e-9), rate)


def speak(heard: Heard) -> Samples:
    """Make sound of a voice that was taken apart, `(length,)`."""
    pitch, envelope, breath = (
        np.ascontiguousarray(part) for part in (heard.pitch_hz, heard.envelope, np.clip(heard.breath, 0, 1))
    )
    return _world().synthesize(pitch, envelope, breath, heard.rate, 1e3 * PERIOD_SECONDS).astype(np.float32)


def estimate_pitch(samples: Samples, rate: int) -> Frames:
    """Follow the pitch by another method than `hear` does, to judge what was made: `(frames,)` in Hz, 0 for none."""
    sound = np.ascontiguousarray(samples, np.float64)
    pitch, _ = _world().harvest(sound, rate, f0_floor=60.0, f0_ceil=1200.0, frame_period=1e3 * PERIOD_SECONDS)
    return np.asarray(pitch)


def median_pitch(samples: Samples, rate: int) -> float:
    """Tell how deep a voice is, roughly and quickly: the median of its pitch in Hz, 0 where none is heard."""
    sound = np.ascontiguousarray(samples, np.float64)
    pitch, _ = _world().dio(sound, rate, f0_floor=60.0, f0_ceil=400.0, frame_period=20.0, speed=4)
    voiced = pitch[pitch > 0]
    return float(np.median(voiced)) if len(voiced) else 0.0


def _world() -> ModuleType:
    try:
        import pyworld  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("Following the pitch of voices", "lab") from None
    return pyworld
