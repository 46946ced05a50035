"""Speech-like sound of any length, made and written by blocks; used by the other scripts here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Block = NDArray[np.float32]

POOL_SECONDS = 20
FORMATS = {"wav": ("WAV", "PCM_16"), "flac": ("FLAC", "PCM_16"), "mp3": ("MP3", "MPEG_LAYER_III")}


def write_sound(path: Path, seconds: float, rate: int, channels: int, seed: int = 0) -> None:
    """Write speech-like sound in noise; the suffix names the format, one of `FORMATS`.

    Raises
    ------
    OSError
        When the disk has no room for it and for as large an output.
    """
    format_, subtype = FORMATS[path.suffix.lstrip(".")]
    needed_bytes = round(2.2 * 2 * channels * rate * seconds)  # in and out, 16 bits, and some air
    free_bytes = shutil.disk_usage(path.parent).free
    if free_bytes < needed_bytes:
        raise OSError(f"{path.parent}: {free_bytes / 1e6:.0f} MB free, {needed_bytes / 1e6:.0f} MB needed; set TMPDIR")
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=format_) as file:
        for block in blocks(seconds, rate, channels, np.random.default_rng(seed)):
            file.write(block.T)


def blocks(seconds: float, rate: int, channels: int, random: np.random.Generator) -> Iterator[Block]:
    """Yield `(channels, length)`: voice and noise from two pools, shifted and levelled anew for every block.

    So hours are made in seconds, and no two blocks are the same.
    """
    voice, noise = _voice(rate, random), _noise(rate, random)
    left = round(seconds * rate)
    while left > 0:
        size = min(left, len(voice))
        block = np.empty((channels, size), np.float32)
        level = random.uniform(0.3, 1.0)
        spoken = np.roll(voice, int(random.integers(len(voice))))[:size] * np.float32(level)
        for channel in block:
            channel[:] = spoken + np.roll(noise, int(random.integers(len(noise))))[:size]
        yield block
        left -= size


def _voice(rate: int, random: np.random.Generator) -> Block:
    """Four syllables a second: harmonics of a wandering pitch, louder and softer, with pauses. `(length,)`."""
    time = np.arange(POOL_SECONDS * rate) / rate
    pitch_hz = 140 + 40 * np.sin(2 * np.pi * 0.3 * time) + 15 * np.sin(2 * np.pi * 1.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate
    harmonics = [np.sin(k * phase) / k for k in range(1, min(24, int(rate / 2 / 200)))]
    syllables = np.clip(np.sin(2 * np.pi * 4 * time) + 0.3, 0, None)
    spoken = np.repeat(random.random(POOL_SECONDS) < 0.8, rate)  # now and then a second of silence
    return np.asarray(0.1 * np.sum(harmonics, axis=0) * syllables * spoken, np.float32)


def _noise(rate: int, random: np.random.Generator) -> Block:
    """Noise that falls by 3 dB an octave, as most do. `(length,)`."""
    length = POOL_SECONDS * rate
    spectrum = np.fft.rfft(random.standard_normal(length))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(0.02 * noise / noise.std(), np.float32)
