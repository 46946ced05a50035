"""How loud, how clean, how wide a recording is: measured block by block, in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.loudness import QUIETEST_DB, LevelHistogram, LoudnessMeter, Powers, k_weights, power_db
from voxlift.dsp.stft import STFT, Analyser

FRAME_SECONDS = 0.02
SILENCE_DB = -60.0
CLIPPED_RUN = 3  # a sine may touch full scale with a sample or two; three in a row were cut off
ACTIVE_ABOVE_DB = 6.0
ACTIVE_SHARE = 0.02
BAND_BELOW_DB = 75.0
_PIECE_SECONDS = 0.25
_SMOOTHED_FRAMES, _FLOOR_FRAMES, _FEWEST_FRAMES = 5, 100, 15


@dataclass(frozen=True)
class Levels:
    """What was measured. Levels are in dB of full scale; `QUIETEST_DB` stands for digital silence.

    Parameters
    ----------
    length
        Samples over time in one channel.
    peak_db
        Largest magnitude.
    rms_db
        Root mean square over all samples; a sine at full scale has -3.01.
    channel_rms_db
        The same for each channel.
    loudness_lufs
        Integrated loudness after BS.1770; None where it is not defined (silence, under 400 ms).
    clipped_runs, clipped_samples
        Places where three or more samples in a row stand at full scale, and all samples in them.
    dc_offset
        Mean of the channel that is furthest from zero, signed; full scale is 1.
    noise_floor_db
        RMS of the quietest tenth of a second of every two seconds, in the middle of their ranking; None under 0.3 s.
    snr_db
        Of what stands 6 dB or more out of the noise floor, against all that does not; None where nothing stands out.
    silence_share
        Share of frames of 20 ms below -60 dB.
    bandwidth_hz
        Above it the spectrum is more than 75 dB below its own peak.
    identical_channels
        Whether there are several channels and all are the same.
    """

    length: int
    peak_db: float
    rms_db: float
    channel_rms_db: tuple[float, ...]
    loudness_lufs: float | None
    clipped_runs: int
    clipped_samples: int
    dc_offset: float
    noise_floor_db: float | None
    snr_db: float | None
    silence_share: float
    bandwidth_hz: float
    identical_channels: bool


class LevelMeter:
    """Measures a sound that comes in blocks of any size.

    Parameters
    ----------
    channels, rate
        Of the sound; rate in Hz.
    depth
        Bits a sample where the sound was on a grid of integers: what full scale is depends on it.
    """

    def __init__(self, channels: int, rate: int, depth: int | None = None) -> None:
        self._rate = rate
        self._length = 0
        self._peak = 0.0
        self._sums = np.zeros(channels)
        self._energies = np.zeros(channels)
        self._identical = channels > 1
        self._clipping = [_ClippedRuns(1 - 2.0 ** (1 - min(depth or 16, 16)) - 1e-7) for _ in range(channels)]
        self._spectra = _SpectralMeter(channels, rate)

    def push(self, block: Samples) -> None:
        """Take `(channels, any length)`."""
        size = max(1, round(_PIECE_SECONDS * self._rate))  # bounds the memory of the spectra
        for start in range(0, block.shape[1], size):
            self._push(block[:, start : start + size])

    def result(self) -> Levels:
        """Return the levels of all that was pushed; nothing may be pushed after it."""
        self._spectra.flush()
        length = max(1, self._length)
        means = self._sums / length
        floor, snr_db = self._spectra.floor_and_snr()
        clips = [runs.result() for runs in self._clipping]
        return Levels(
            length=self._length,
            peak_db=power_db(self._peak**2),
            rms_db=power_db(float(self._energies.mean()) / length),
            channel_rms_db=tuple(power_db(float(energy) / length) for energy in self._energies),
            loudness_lufs=self._spectra.loudness.lufs(),
            clipped_runs=sum(runs for runs, _ in clips),
            clipped_samples=sum(samples for _, samples in clips),
            dc_offset=float(means[np.abs(means).argmax()]),
            noise_floor_db=None if floor is None else power_db(floor),
            snr_db=snr_db,
            silence_share=self._spectra.silence_share(),
            bandwidth_hz=self._spectra.bandwidth_hz(),
            identical_channels=self._identical,
        )

    def _push(self, block: Samples) -> None:
        magnitudes = np.abs(block)
        self._length += block.shape[1]
        self._peak = max(self._peak, float(magnitudes.max()))
        self._sums += block.sum(axis=1, dtype=np.float64)
        self._energies += np.square(block, dtype=np.float64).sum(axis=1)
        self._identical = self._identical and bool((block == block[0]).all())
        for runs, channel in zip(self._clipping, magnitudes, strict=True):
            runs.push(channel)
        self._spectra.push(block)


class _ClippedRuns:
    """Counts runs of samples at full scale in one channel, also those that lie across blocks."""

    def __init__(self, full_scale: float) -> None:
        self._full_scale = full_scale
        self._open = 0
        self._runs = self._samples = 0

    def push(self, magnitudes: Samples) -> None:
        full = magnitudes >= self._full_scale
        if not full.any():
            self._close(0)
            return
        edges = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]])))
        for start, end in edges.reshape(-1, 2).tolist():
            if start > 0:
                self._close(0)
            self._open += end - start
            if end < len(full):
                self._close(0)

    def result(self) -> tuple[int, int]:
        self._close(0)
        return self._runs, self._samples

    def _close(self, length: int) -> None:
        if self._open >= CLIPPED_RUN:
            self._runs += 1
            self._samples += self._open
        self._open = length


class _SpectralMeter:
    """What the spectra of 40 ms, one every 20 ms, tell. Their energies add up to the sound's (Parseval)."""

    def __init__(self, channels: int, rate: int) -> None:
        hop = max(4, round(FRAME_SECONDS * rate))
        self._stft = STFT(2 * hop, hop)
        self._analyser = Analyser(self._stft, channels)
        self._bin_hz = rate / self._stft.window
        hz: Powers = np.arange(self._stft.bins, dtype=np.float64) * self._bin_hz
        # Bins but the first and last stand for two; the power is that of one hop, in which all energy is counted.
        self._to_power: Powers = np.full(self._stft.bins, 2.0 / (self._stft.window * hop))
        self._to_power[[0, -1]] /= 2
        self._heard = self._to_power * (np.arange(self._stft.bins) > 1)  # an offset is no sound
        self._k_weighted = self._to_power * k_weights(hz)
        self._density: NDArray[np.float64] = np.zeros(self._stft.bins)
        self._frames = LevelHistogram()
        self._minima = LevelHistogram()
        self._waiting: Powers = np.zeros(0)
        self._first = True
        self.loudness = LoudnessMeter()

    def push(self, block: Samples) -> None:
        spectra = self._analyser.push(block)
        # The first frame is half filled with the zeros before the sound.
        if self._first and spectra.shape[1]:
            self._first, spectra = False, spectra[:, 1:]
        if not spectra.shape[1]:
            return
        energies = np.square(spectra.real, dtype=np.float64) + np.square(spectra.imag, dtype=np.float64)
        mean = energies.mean(axis=0)
        # Three neighbours so weighed are a Hann window more: what leaks out of loud bands falls by 24 dB an octave.
        narrow = spectra[..., 1:-1] / 2 - (spectra[..., :-2] + spectra[..., 2:]) / 4
        self._density[1:-1] += np.square(np.abs(narrow), dtype=np.float64).mean(axis=0).sum(axis=0)
        powers = mean @ self._heard
        self._frames.add(powers)
        self.loudness.push(energies.sum(axis=0) @ self._k_weighted)
        self._waiting = np.concatenate([self._waiting, powers])
        while len(self._waiting) >= _FLOOR_FRAMES:
            self._note_minimum(self._waiting[:_FLOOR_FRAMES])
            self._waiting = self._waiting[_FLOOR_FRAMES:]

    def flush(self) -> None:
        long_enough = _FEWEST_FRAMES if self._minima.count == 0 else _FLOOR_FRAMES // 2
        if len(self._waiting) >= long_enough:
            self._note_minimum(self._waiting)
        self._waiting = self._waiting[:0]

    def floor_and_snr(self) -> tuple[float | None, float | None]:
        """Power of the noise floor, and by how many dB what stands out of it is above what does not."""
        if not self._minima.count:
            return None, None
        floor = self._minima.median()
        border_db = power_db(floor) + ACTIVE_ABOVE_DB
        active, loud = self._frames.above(border_db)
        rest, noise = self._frames.below(border_db)
        if active < ACTIVE_SHARE * self._frames.count or not active or not rest:
            return floor, None
        # While it speaks, the voice has the noise beneath it.
        return floor, power_db(loud - noise) - power_db(noise)

    def silence_share(self) -> float:
        loud, _ = self._frames.above(SILENCE_DB)
        return 1 - loud / self._frames.count if self._frames.count else 0.0

    def bandwidth_hz(self) -> float:
        """Find the highest band of about 100 Hz that is not far below the strongest."""
        bins = max(1, round(100 / self._bin_hz))
        bands = np.add.reduceat(self._density[2:], np.arange(0, len(self._density) - 2, bins))
        if not bands.size or bands.max() <= 10 ** (QUIETEST_DB / 10):
            return 0.0
        last = int(np.flatnonzero(bands > bands.max() * 10 ** (-BAND_BELOW_DB / 10))[-1])
        return min((2 + (last + 1) * bins - 0.5) * self._bin_hz, (len(self._density) - 1) * self._bin_hz)

    def _note_minimum(self, powers: Powers) -> None:
        smooth = np.convolve(powers, np.full(_SMOOTHED_FRAMES, 1 / _SMOOTHED_FRAMES), "valid")
        self._minima.add(smooth[[smooth.argmin()]])
