"""From a recording of any length to as many columns as a picture has: block by block, in memory that does not grow.

How long a recording is may only be known at its end. So the columns start at 8 ms each; whenever there are twice as
many as wanted, neighbours are joined in pairs, and from then on a column stands for twice the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.stft import STFT, Analyser, Spectrum

HOP_SECONDS = 0.008
ROWS = 320
EMPTY_DB = -200.0
_HOPS_A_WINDOW = 5  # odd, so that a window's middle is a column's middle; 40 ms show the harmonics of a voice
_LEAD = _HOPS_A_WINDOW // 2
_PIECE_SECONDS = 0.5

Values = NDArray[np.float32]
"""One row for each step in time, axes `(length, values)`."""


@dataclass(frozen=True)
class Picture:
    """What there is to draw of one recording.

    Parameters
    ----------
    title
        Usually the file's name.
    seconds, rate
        Duration, and samples a second in Hz.
    column_seconds
        How much time a column stands for.
    lowest, highest
        Envelope of the waveform over all channels. `(columns,)`
    level_db
        RMS of each column, in dB of full scale. `(columns,)`
    spectrum_db
        Power in rows of equal height on the mel scale from 0 to half the rate; a sine at full scale has 0 dB.
        `(rows, columns)`
    """

    title: str
    seconds: float
    rate: int
    column_seconds: float
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]
    level_db: NDArray[np.float32]
    spectrum_db: NDArray[np.float32]

    @property
    def rms_db(self) -> float:
        """Level of the whole."""
        return float(10 * np.log10(np.mean(10 ** (self.level_db / 10))))


def gather(blocks: Iterable[Samples], rate: int, title: str, columns: int = 1000) -> Picture:
    """Take a recording block by block and keep what a picture of so many columns (up to twice as many) shows.

    Parameters
    ----------
    blocks
        `(channels, any length)`; at least one sample in all.
    rate
        In Hz.
    """
    gatherer: _Gatherer | None = None
    for block in blocks:
        gatherer = gatherer or _Gatherer(block.shape[0], rate, columns)
        gatherer.push(block)
    if gatherer is None or not gatherer.length:
        raise ValueError("no samples to draw")
    return gatherer.picture(title)


def mel(hz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Place of a frequency on the scale of heard pitch: even below 1 kHz, logarithmic above."""
    return np.asarray(2595.0 * np.log10(1 + np.asarray(hz) / 700.0), np.float64)


class _Columns:
    """Joins what comes step by step into at most `2 * wanted` columns; see the module's text.

    Parameters
    ----------
    join
        `np.minimum`, `np.maximum` or `np.add`: how two steps become one.
    weights
        `(values, rows)`: what a finished column is multiplied by, so that it is done once a column and not once a step.
    """

    def __init__(self, wanted: int, join: np.ufunc, weights: Values | None = None) -> None:
        self._capacity = 2 * wanted
        self._join, self._weights = join, weights
        self._done: list[Values] = []
        self._count = 0
        self._begun: Values | None = None
        self._begun_steps = 0
        self.steps = 1

    def push(self, values: Values) -> None:
        """Take `(length, values)`, the next steps."""
        while len(values):
            if self._begun is None and len(values) >= self.steps:
                count = min(len(values) // self.steps, self._capacity - self._count)
                taken, values = values[: count * self.steps], values[count * self.steps :]
                self._append(self._joined(taken, self.steps))
            else:
                taken = values[: self.steps - self._begun_steps]
                values = values[len(taken) :]
                self._begun_steps += len(taken)
                whole = taken if self._begun is None else np.concatenate([self._begun, taken])
                self._begun = self._joined(whole, len(whole))
                if self._begun_steps == self.steps:
                    self._append(self._begun)
                    self._begun, self._begun_steps = None, 0

    def result(self) -> tuple[Values, Values]:
        """Return `(columns, rows)`, and of how many steps each column is made, `(columns, 1)`."""
        steps = np.full((self._count + (self._begun is not None), 1), float(self.steps), np.float32)
        if self._begun is not None:
            steps[-1] = self._begun_steps
            self._done.append(self._weighted(self._begun))
            self._begun = None
        return np.concatenate(self._done), steps

    def _append(self, columns: Values) -> None:
        self._done.append(self._weighted(columns))
        self._count += len(columns)
        if self._count == self._capacity:
            self._done = [self._joined(np.concatenate(self._done), 2)]
            self._count //= 2
            self.steps *= 2

    def _weighted(self, columns: Values) -> Values:
        return columns if self._weights is None else columns @ self._weights

    def _joined(self, values: Values, steps: int) -> Values:
        joined: Values = self._join.reduce(values.reshape(-1, steps, values.shape[1]), axis=1)
        return joined


class _Gatherer:
    def __init__(self, channels: int, rate: int, columns: int) -> None:
        self._rate = rate
        self._hop = max(2, 2 * round(HOP_SECONDS * rate / 2))
        stft = STFT(_HOPS_A_WINDOW * self._hop, self._hop)
        self._analyser = Analyser(stft, channels)
        self._lead = _LEAD
        self._frames = 0
        self._rest: Samples = np.zeros((channels, 0), np.float32)
        self._lowest = _Columns(columns, np.minimum)
        self._highest = _Columns(columns, np.maximum)
        self._power = _Columns(columns, np.add)
        self._spectrum = _Columns(columns, np.add, _mel_rows(stft, rate))
        self.length = 0

    def push(self, block: Samples) -> None:
        size = max(1, round(_PIECE_SECONDS * self._rate))  # bounds the memory of the spectra
        for start in range(0, block.shape[1], size):
            piece = block[:, start : start + size]
            self.length += piece.shape[1]
            waiting = np.concatenate([self._rest, piece], axis=1)
            whole = waiting.shape[1] // self._hop * self._hop
            self._push_waveform(waiting[:, :whole], self._hop)
            self._rest = waiting[:, whole:]
            self._push_frames(self._analyser.push(piece))

    def picture(self, title: str) -> Picture:
        if self._rest.shape[1]:
            self._push_waveform(self._rest, self._rest.shape[1])
        self._push_frames(self._analyser.flush())
        power, spectrum = (sums / steps for sums, steps in (self._power.result(), self._spectrum.result()))
        return Picture(
            title=title,
            seconds=self.length / self._rate,
            rate=self._rate,
            column_seconds=self._power.steps * self._hop / self._rate,
            lowest=self._lowest.result()[0][:, 0],
            highest=self._highest.result()[0][:, 0],
            level_db=_db(power[:, 0]),
            spectrum_db=_db(spectrum.T),
        )

    def _push_waveform(self, samples: Samples, hop: int) -> None:
        if not samples.shape[1]:
            return
        steps = samples.reshape(samples.shape[0], -1, hop)
        self._lowest.push(steps.min(axis=(0, 2))[:, None])
        self._highest.push(steps.max(axis=(0, 2))[:, None])
        self._power.push(np.square(steps).mean(axis=(0, 2))[:, None])

    def _push_frames(self, spectra: Spectrum) -> None:
        """Take frames; those whose middle lies before the sound or behind it are left out."""
        skipped = min(self._lead, spectra.shape[1])
        self._lead -= skipped
        wanted = -(-self.length // self._hop) - self._frames
        spectra = spectra[:, skipped : skipped + wanted]
        if spectra.shape[1]:
            self._frames += spectra.shape[1]
            self._spectrum.push((np.square(spectra.real) + np.square(spectra.imag)).mean(axis=0))


def _mel_rows(stft: STFT, rate: int) -> Values:
    """Weights `(bins, rows)` that take spectra to rows: triangles as wide as a row, and at least as two bins."""
    bins_hz = np.arange(stft.bins) * rate / stft.window
    edges = 700 * (10 ** (np.linspace(0, float(mel(rate / 2)), ROWS + 1) / 2595) - 1)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.maximum(np.diff(edges), rate / stft.window)
    weights = np.maximum(0, 1 - np.abs(bins_hz[:, None] - middles) / widths)
    full_scale = float(stft.taper.sum()) / 2
    rows: Values = (weights / weights.sum(axis=0) / full_scale**2).astype(np.float32)
    return rows


def _db(power: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (EMPTY_DB / 10))), np.float32)
