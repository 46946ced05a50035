"""Short-time Fourier transform: whole, and block by block with the same result.

The frames lie on a fixed grid: frame `t` covers the samples from `t * hop - (window - hop)` to `(t + 1) * hop`,
with zeros before the start and after the end. So a frame can be had as soon as its newest hop has arrived, and the
whole transform is the streamed one run once.

The root of the periodic Hann window stands on both sides, hence their product, Hann, adds to a constant at any
overlap of a half or more, and `synthesise(analyse(x)) == x` holds to the last sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voxlift.audio import Samples

Spectrum: TypeAlias = NDArray[np.complex64]
"""Complex spectra, axes `(channels, frames, bins)`."""

TOLERANCE = 0.003
SMALL_PRIMES = (2, 3, 5, 7, 11)


@dataclass(frozen=True)
class STFT:
    """A grid of windows. `window` and `hop` are in samples; `window` is a multiple of `hop`, at least twice it."""

    window: int
    hop: int

    def __post_init__(self) -> None:
        if self.hop < 1 or self.window % self.hop or self.window < 2 * self.hop or self.window % 2:
            raise ValueError(f"an STFT of {self.window} / {self.hop}: the window must be even, two or more hops long")

    @property
    def bins(self) -> int:
        """Number of frequencies from 0 to half the rate, both included."""
        return self.window // 2 + 1

    @property
    def overlap(self) -> int:
        """Samples by which a frame reaches back before its own hop."""
        return self.window - self.hop

    @cached_property
    def taper(self) -> Samples:
        """Root of the periodic Hann window, scaled so that its square adds to one over the hops. `(window,)`."""
        phase = np.arange(self.window) / self.window
        scale = np.sqrt(2 * self.hop / self.window)
        taper: Samples = (scale * np.sin(np.pi * phase)).astype(np.float32)
        return taper

    def frames(self, length: int) -> int:
        """How many frames cover `length` samples."""
        return -(-(length + self.overlap) // self.hop) if length else 0

    def scaled(self, factor: float) -> STFT:
        """Return the grid of nearly the same seconds at a rate `factor` times as high; whole samples, even window.

        Within 0.3 % of the exact hop, one whose prime factors are small is taken: Fourier transforms of it are several
        times as fast (at 44.1 kHz 1408 samples in place of 1411.2, where 1412 = 4 * 353).
        """
        ratio, exact = self.window // self.hop, self.hop * factor
        step = 1 + ratio % 2  # an odd number of hops makes an even window only of an even hop
        nearest = max(step, step * round(exact / step))
        reach = int(TOLERANCE * exact) // step * step
        hops = sorted(range(nearest - reach, nearest + reach + 1, step), key=lambda hop: abs(hop - exact))
        hop = next((hop for hop in hops if abs(hop - exact) <= TOLERANCE * exact and _is_smooth(hop)), nearest)
        return STFT(ratio * hop, hop)

    @property
    def dtype(self) -> type[np.complexfloating]:
        """Of the frames."""
        return np.complex64

    def analyser(self, channels: int) -> Analyser:
        """Open a stream of samples to frames."""
        return Analyser(self, channels)

    def synthesiser(self, channels: int) -> Synthesiser:
        """Open a stream of frames to samples."""
        return Synthesiser(self, channels)

    def silent(self, spectrum: Spectrum) -> NDArray[np.bool_]:
        """Which frames are digital silence, `(channels, frames)`."""
        silent: NDArray[np.bool_] = np.asarray(~spectrum.any(axis=-1))
        return silent

    def analyse(self, samples: Samples) -> Spectrum:
        """Transform `(channels, length)` to `(channels, frames, bins)`."""
        analyser = Analyser(self, samples.shape[0])
        return np.concatenate([analyser.push(samples), analyser.flush()], axis=1)

    def synthesise(self, spectrum: Spectrum, length: int) -> Samples:
        """Transform `(channels, frames, bins)` back to `(channels, length)`."""
        samples = Synthesiser(self, spectrum.shape[0]).push(spectrum)
        return samples[:, :length]


def _is_smooth(number: int) -> bool:
    for prime in SMALL_PRIMES:
        while number % prime == 0:
            number //= prime
    return number == 1


class Analyser:
    """Turns blocks of samples into the frames that they complete."""

    def __init__(self, stft: STFT, channels: int) -> None:
        self._stft = stft
        self._tail: Samples = np.zeros((channels, stft.overlap), np.float32)
        self._length = 0
        self._frames = 0

    def push(self, block: Samples) -> Spectrum:
        """Take `(channels, any length)`, return `(channels, frames, bins)` of the frames now complete."""
        self._length += block.shape[1]
        return self._advance(block)

    def flush(self) -> Spectrum:
        """Return the frames that still reach into the sound, zeros following it."""
        missing = self._stft.frames(self._length) - self._frames
        needed = missing * self._stft.hop - (self._tail.shape[1] - self._stft.overlap)
        return self._advance(np.zeros((self._tail.shape[0], max(0, needed)), np.float32))

    def _advance(self, block: Samples) -> Spectrum:
        stft = self._stft
        samples = np.concatenate([self._tail, block], axis=1)
        count = max(0, (samples.shape[1] - stft.overlap) // stft.hop)
        self._tail = samples[:, count * stft.hop :].copy()
        self._frames += count
        if not count:
            return np.zeros((samples.shape[0], 0, stft.bins), np.complex64)
        frames = sliding_window_view(samples, stft.window, axis=1)[:, :: stft.hop][:, :count]
        return np.fft.rfft(frames * stft.taper, axis=-1).astype(np.complex64, copy=False)


class Synthesiser:
    """Turns frames back into the samples that they complete; the zeros before the start are dropped."""

    def __init__(self, stft: STFT, channels: int) -> None:
        self._stft = stft
        self._tail: Samples = np.zeros((channels, stft.overlap), np.float32)
        self._lead = stft.overlap

    def push(self, spectrum: Spectrum) -> Samples:
        """Take `(channels, frames, bins)`, return `(channels, length)` of the samples now complete."""
        stft = self._stft
        channels, count = spectrum.shape[:2]
        if not count:
            return np.zeros((channels, 0), np.float32)
        pieces = np.fft.irfft(spectrum, stft.window, axis=-1).astype(np.float32, copy=False) * stft.taper
        hops = stft.window // stft.hop
        pieces = pieces.reshape(channels, count, hops, stft.hop)
        total = np.zeros((channels, count + hops - 1, stft.hop), np.float32)
        for k in range(hops):  # hop k of every frame lands k hops later: one vector addition each
            total[:, k : k + count] += pieces[:, :, k]
        flat = total.reshape(channels, -1)
        flat[:, : self._tail.shape[1]] += self._tail
        done, self._tail = flat[:, : count * stft.hop], flat[:, count * stft.hop :].copy()
        dropped = min(self._lead, done.shape[1])
        self._lead -= dropped
        return done[:, dropped:]
