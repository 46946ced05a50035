"""What recordings suffer, each as a function of clean speech and noise; used by robustness.py.

A disturbance takes `(voice, noise, rate, random)` of one length and returns the recording and what is wanted of it,
both `(channels, length)` at one rate, which need not be the one that came in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from voxlift.lab.augment import Codec

Sound = NDArray[np.float32]
Recording = tuple[Sound, Sound, int]
"""Mixture and wanted `(channels, length)`, and the rate in Hz."""
Disturbance = Callable[[Sound, Sound, int, np.random.Generator], Recording]


def level_db(x: Sound) -> float:
    """Root mean square in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64)) + 1e-12))


def at_level(x: Sound, db: float) -> Sound:
    """Bring to a level."""
    return (x * 10 ** ((db - level_db(x)) / 20)).astype(np.float32)


def noisy(snr_db: float, voice: Sound, noise: Sound, rate: int, _random: np.random.Generator) -> Recording:
    """Add noise."""
    return (voice + at_level(noise, level_db(voice) - snr_db))[None], voice[None], rate


def resampled(to: int, voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Record noisy speech at another rate."""
    mixture, wanted, _ = noisy(5, voice, noise, rate, random)
    x, y = (soxr.resample(sound[0], rate, to, "VHQ").astype(np.float32)[None] for sound in (mixture, wanted))
    return x, y, to


def telephone(voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Pass 300 to 3400 Hz only, voice and noise."""
    band = butter(4, (300, 3400), "band", fs=rate, output="sos")
    voice, noise = (sosfilt(band, x).astype(np.float32) for x in (voice, noise))
    return noisy(5, voice, noise, rate, random)


def clipped(voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Overload by 10 dB."""
    mixture, wanted, _ = noisy(10, voice, noise, rate, random)
    top = np.abs(mixture).max() * 10 ** (-10 / 20)
    return np.clip(mixture, -top, top), wanted, rate


def coded(kind: str, voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Code at a low rate and decode."""
    mixture, wanted, _ = noisy(5, voice, noise, rate, random)
    return Codec(kind, 0.95).apply(mixture[0], rate)[None], wanted, rate


def levelled(db: float, voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Record very quietly, or as loud as full scale lets."""
    mixture, wanted, _ = noisy(5, voice, noise, rate, random)
    gain = min(10 ** ((db - level_db(mixture)) / 20), 0.99 / np.abs(mixture).max())
    return (mixture * gain).astype(np.float32), (wanted * gain).astype(np.float32), rate


def in_a_room(response: Sound, voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Speak in a room, wanted with the first 50 ms of its reflections."""
    first = int(np.argmax(np.abs(response)))
    early = response.copy()
    early[first + round(0.05 * rate) :] = 0
    wet, near = (fftconvolve(voice, r)[first : first + len(voice)].astype(np.float32) for r in (response, early))
    mixture, _, _ = noisy(10, wet, noise, rate, random)
    return mixture, near[None], rate


def over_music(
    music: Sound, snr_db: float, voice: Sound, _noise: Sound, rate: int, random: np.random.Generator
) -> Recording:
    """Speak over music."""
    start = int(random.integers(max(1, len(music) - len(voice))))
    return noisy(snr_db, voice, np.resize(music[start:], len(voice)), rate, random)


def hissing(voice: Sound, _noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Speak over white noise."""
    return noisy(5, voice, random.standard_normal(len(voice)).astype(np.float32), rate, random)


def in_stereo(voice: Sound, noise: Sound, rate: int, _random: np.random.Generator) -> Recording:
    """Speak a little to the left of noise that differs between the channels."""
    wanted = np.stack([voice, 0.6 * voice])
    noises = np.stack([noise, np.roll(noise, len(noise) // 2)])
    return wanted + at_level(noises, level_db(wanted) - 5), wanted.astype(np.float32), rate


def between_silences(voice: Sound, noise: Sound, rate: int, random: np.random.Generator) -> Recording:
    """Speak after 20 s of digital silence, and before 20 s more."""
    mixture, wanted, _ = noisy(5, voice, noise, rate, random)
    pad = ((0, 0), (20 * rate, 20 * rate))
    return np.pad(mixture, pad), np.pad(wanted, pad), rate


DISTURBANCES: dict[str, Disturbance] = {
    "clean": lambda voice, _noise, rate, _random: (voice[None], voice[None], rate),
    **{f"noise, {snr} dB": partial(noisy, snr) for snr in (-10, -5, 0, 5, 10, 20)},
    "white noise, 5 dB": hissing,
    "telephone band, 5 dB": telephone,
    **{f"{hz / 1000:g} kHz, 5 dB": partial(resampled, hz) for hz in (8000, 11025, 22050, 44100, 48000, 96000)},
    "clipped by 10 dB, 10 dB": clipped,
    "Opus at its lowest, 5 dB": partial(coded, "OPUS"),
    "MP3 at its lowest, 5 dB": partial(coded, "MPEG_LAYER_III"),
    **{f"level {db} dB, 5 dB": partial(levelled, db) for db in (-70, -50, -10)},
    "stereo, 5 dB": in_stereo,
    "between silences, 5 dB": between_silences,
}
"""By name, with the signal-to-noise ratio; rooms and music are added where their recordings are."""
