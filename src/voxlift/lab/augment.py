"""What happens to sound on its way into a file: rooms, equalisers, band limits, codecs, overload.

Each disturbance is drawn from a random generator first, then applied, so the same draw can be put on the noisy
recording and on its clean target where both must share it.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

from voxlift.atomic import atomic
from voxlift.audio import Samples
from voxlift.media.formats import OPUS_RATES

EPS = 1e-10


def rms_db(x: Samples) -> float:
    """Root mean square, in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64)) + EPS))


def gain(db: float) -> np.float32:
    """Turn dB into a factor."""
    return np.float32(10 ** (db / 20))


BRIGHT_HZ = 400.0
_POINTS = 7
_REACH = (math.log2(60), math.log2(8000))


@dataclass(frozen=True)
class Equaliser:
    """A smooth random curve over frequency: gains in dB at points spread evenly over octaves."""

    gains_db: tuple[float, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, spread_db: float = 5.0) -> Equaliser:
        """Draw a tilt and bumps."""
        tilt = rng.uniform(-1, 1) * spread_db
        bumps = rng.normal(0, spread_db / 2.5, _POINTS)
        return cls(tuple(np.linspace(-tilt, tilt, _POINTS) + bumps - bumps.mean()))

    @classmethod
    def brighter(cls, rng: np.random.Generator, most_db: float) -> Equaliser:
        """Draw by how many dB an octave, at most so many, all above 400 Hz rises; what is below stays.

        From there on a loud voice falls off less: what phoneticians call its spectral tilt. Nothing is drawn for 0, so
        the examples of a recipe that asks for none stay what they were.
        """
        slope_db = float(rng.uniform(0, most_db)) if most_db > 0 else 0.0
        octaves = np.linspace(*_REACH, _POINTS) - np.log2(BRIGHT_HZ)
        return cls(tuple(slope_db * np.maximum(octaves, 0.0)))

    def __add__(self, other: Equaliser) -> Equaliser:
        """Put one after the other."""
        return Equaliser(tuple(mine + yours for mine, yours in zip(self.gains_db, other.gains_db, strict=True)))

    def apply(self, x: Samples, rate: int) -> Samples:
        """Filter with no delay."""
        if not any(self.gains_db):
            return x
        count = len(x)
        spectrum = np.fft.rfft(x)
        hz = np.maximum(np.fft.rfftfreq(count, 1 / rate), 60.0)
        points = np.linspace(*_REACH, len(self.gains_db))
        curve = np.interp(np.log2(hz), points, self.gains_db)
        return np.fft.irfft(spectrum * 10 ** (curve / 20).astype(np.float32), count).astype(np.float32)


FLAT = Equaliser((0.0,) * _POINTS)


@dataclass(frozen=True)
class BandLimit:
    """A channel that passes only a band, such as a telephone's."""

    low_hz: float
    high_hz: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> BandLimit:
        """Draw a telephone, a wide-band call, or a low-rate recording."""
        kind = rng.integers(3)
        if kind == 0:
            return cls(float(rng.uniform(200, 350)), float(rng.uniform(3000, 3700)))
        return cls(float(rng.uniform(20, 120)), float(rng.uniform(2500, 7000)))

    def apply(self, x: Samples, rate: int) -> Samples:
        """Filter, order 6 at the top, order 2 at the bottom."""
        top = butter(6, min(self.high_hz, 0.49 * rate), "low", fs=rate, output="sos")
        bottom = butter(2, self.low_hz, "high", fs=rate, output="sos")
        return sosfilt(np.concatenate([top, bottom]), x).astype(np.float32)


CONTAINERS = {"OPUS": "OGG", "VORBIS": "OGG", "MPEG_LAYER_III": "MP3"}


@dataclass(frozen=True)
class Codec:
    """A lossy coder at a low rate. `kind` is a key of `CONTAINERS`, `level` libsndfile's 0 (best) to 1 (smallest)."""

    kind: str
    level: float

    @classmethod
    def draw(cls, rng: np.random.Generator, rate: int) -> Codec:
        """Draw a coder for sound of `rate`, and how hard it presses."""
        kinds = ("OPUS" if rate in OPUS_RATES else "MPEG_LAYER_III", "VORBIS")
        return cls(kinds[int(rng.integers(2))], float(rng.uniform(0.6, 0.98)))

    def apply(self, x: Samples, rate: int) -> Samples:
        """Code and decode; the length stays."""
        import soundfile  # noqa: PLC0415

        file = io.BytesIO()
        with soundfile.SoundFile(
            file, "w", rate, 1, self.kind, format=CONTAINERS[self.kind], compression_level=self.level
        ) as out:
            out.write(np.clip(x, -1, 1))
        file.seek(0)
        decoded = soundfile.read(file, dtype="float32")[0]
        decoded = decoded[: len(x)]
        return np.pad(decoded, (0, len(x) - len(decoded))).astype(np.float32)


def coloured_noise(rng: np.random.Generator, length: int, rate: int) -> Samples:
    """Noise whose power falls by 0 to 9 dB an octave, `(length,)`, RMS about 1."""
    exponent = rng.uniform(0, 1.5)
    return _shaped_noise(rng, length, rate, lambda hz: np.maximum(hz, 30.0) ** -exponent)


def rumble(rng: np.random.Generator, length: int, rate: int) -> Samples:
    """Noise below 20 to 90 Hz, as stands and footsteps leave it under a voice, `(length,)`, RMS about 1."""
    return _shaped_noise(rng, length, rate, lambda hz: 1 / (1 + (hz / rng.uniform(20, 90)) ** 8))


def _shaped_noise(
    rng: np.random.Generator,
    length: int,
    rate: int,
    gains: Callable[[NDArray[np.floating[Any]]], NDArray[np.floating[Any]]],
) -> Samples:
    """Make noise whose magnitudes are random times `gains` of the frequencies in Hz."""
    hz = np.fft.rfftfreq(length, 1 / rate)
    spectrum = rng.standard_normal(len(hz)) + 1j * rng.standard_normal(len(hz))
    x = np.fft.irfft(spectrum * gains(hz), length)
    return (x / (x.std() + EPS)).astype(np.float32)


class Rooms:
    """A bank of simulated room responses (image-source method, pyroomacoustics), made once and kept on disk.

    Each room has one response for the talker and one for a noise elsewhere; both start at their direct sound, so
    sound through them stays aligned with sound before them.
    """

    def __init__(self, count: int, rate: int, seed: int, cache: Path) -> None:
        self.rate = rate
        key = hashlib.sha256(json.dumps(["rooms", 1, count, rate, seed]).encode()).hexdigest()[:16]
        path = cache / f"rooms-{key}.npz"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            bank = _simulate(count, rate, seed)
            with atomic(path, shared=True) as part, part.open("wb") as file:
                np.savez(file, *bank)
        with np.load(path) as archive:
            self._bank: list[NDArray[np.float32]] = [archive[name] for name in archive.files]

    def __len__(self) -> int:
        return len(self._bank) // 2

    def place(self, rng: np.random.Generator, voice: Samples, noise: Samples) -> tuple[Samples, Samples, Samples]:
        """Put voice and noise into one room; return the voice in it, its target, and the noise in it.

        The target keeps the reflections of the first 50 ms: they carry the voice's place and do not hurt the ear.
        """
        number = 2 * int(rng.integers(len(self)))
        heard, target = self._seat(rng, voice, self._bank[number])
        return heard, target, _through(noise, self._bank[number + 1])

    def seat(self, rng: np.random.Generator, voices: Sequence[Samples]) -> tuple[list[Samples], list[Samples]]:
        """Put people into one room, in its two places by turns; return their voices in it, and their targets."""
        number = 2 * int(rng.integers(len(self)))
        seated = [self._seat(rng, voice, self._bank[number + k % 2]) for k, voice in enumerate(voices)]
        return [heard for heard, _ in seated], [target for _, target in seated]

    def _seat(self, rng: np.random.Generator, voice: Samples, response: Samples) -> tuple[Samples, Samples]:
        direct = response[:40]
        if rng.random() < 0.5:  # a near microphone: the direct sound stands out
            response = response * gain(-float(rng.uniform(3, 15)))
            response[:40] = direct
        early = response.copy()
        knee = int(0.05 * self.rate)
        fade = np.exp(-np.arange(max(0, len(early) - knee)) / (0.01 * self.rate))
        early[knee:] *= fade[: len(early) - knee].astype(np.float32)
        return _through(voice, response), _through(voice, early)


def _through(x: Samples, response: Samples) -> Samples:
    return oaconvolve(x, response)[: len(x)].astype(np.float32)


def _simulate(count: int, rate: int, seed: int) -> list[NDArray[np.float32]]:
    import pyroomacoustics as pra  # noqa: PLC0415

    rng = np.random.default_rng([seed, 77])
    bank: list[NDArray[np.float32]] = []
    while len(bank) < 2 * count:
        size = rng.uniform([2.5, 2.5, 2.2], [9.0, 7.0, 3.6])
        decay_seconds = float(rng.uniform(0.12, 0.8))
        try:
            absorption, order = pra.inverse_sabine(decay_seconds, size)
        except ValueError:  # so short a decay needs walls that absorb more than all
            continue
        room = pra.ShoeBox(size, fs=rate, materials=pra.Material(absorption), max_order=min(order, 14))
        for place in rng.uniform([0.5, 0.5, 0.8], size - [0.5, 0.5, 0.3], (2, 3)):
            room.add_source(place)
        room.add_microphone(rng.uniform([0.5, 0.5, 0.8], size - [0.5, 0.5, 0.3]))
        room.compute_rir()
        bank += [_from_direct_sound(np.asarray(response), rate) for response in room.rir[0]]
    return bank


def _from_direct_sound(response: NDArray[np.float64], rate: int) -> NDArray[np.float32]:
    loudest = np.abs(response).max()
    first = int(np.argmax(np.abs(response) > 0.3 * loudest))
    response = response[first : first + rate]
    return (response / (np.abs(response[:40]).max() + EPS)).astype(np.float32)
