"""A separator that hears only the lower band, for sound with more above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.fifo import Fifo
from voxlift.dsp.highs import TopOctave
from voxlift.dsp.stft import STFT, Analyser, Spectrum, Synthesiser
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.wrappers.wrapper import Wrapper

HOP_SECONDS = 0.016
BAND_SHARE = 0.92
"""How much of the band below half its rate a resampled separator hears fully: the resampler rolls off above."""


@dataclass(frozen=True)
class FullBand(Wrapper):
    """Adds the frequencies above the inner separator's band to its stems, weighed as its top octave was.

    `band_rate` is the rate in Hz whose half the inner separator hears up to; sound of no higher rate passes as it is.
    """

    band_rate: int

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        if rate <= self.band_rate:
            return self.inner.stream(channels, rate)
        return _FullBandStream(self, channels, rate)


class _FullBandStream:
    def __init__(self, full: FullBand, channels: int, rate: int) -> None:
        hop = round(HOP_SECONDS * rate)
        stft = STFT(2 * hop, hop)
        self._band = int(BAND_SHARE * full.band_rate / rate * stft.bins)
        self._inner = full.inner.stream(channels, rate)
        self._waiting = Fifo(channels)
        self._mixture = Analyser(stft, channels)
        self._analysers = {stem: Analyser(stft, channels) for stem in full.stems}
        self._tops = {stem: TopOctave(channels, self._band) for stem in full.stems}
        self._synthesisers = {stem: Synthesiser(stft, channels) for stem in full.stems}
        self._owed = 0

    def push(self, block: Samples) -> Stems:
        self._owed += block.shape[1]
        self._waiting.push(block)
        return self._emit(self._transformed(self._inner.push(block)))

    def flush(self) -> Stems:
        lows = self._transformed(self._inner.flush())
        mixture = self._mixture.flush()
        ends = {stem: (mixture, analyser.flush()) for stem, analyser in self._analysers.items()}
        pairs = {stem: [lows[stem], ends[stem]] for stem in lows}
        return self._emit(
            {stem: tuple(np.concatenate(x, axis=1) for x in zip(*pairs[stem], strict=True)) for stem in lows}
        )

    def _transformed(self, stems: Stems) -> dict[str, tuple[Spectrum, ...]]:
        length = next(iter(stems.values())).shape[1]
        mixture = self._mixture.push(self._waiting.take(length))
        return {stem: (mixture, self._analysers[stem].push(block)) for stem, block in stems.items()}

    def _emit(self, spectra: dict[str, tuple[Spectrum, ...]]) -> Stems:
        out: Stems = {}
        for stem, (mixture, sound) in spectra.items():
            top = self._tops[stem].gain(mixture, sound)
            full = np.concatenate([sound[..., : self._band], mixture[..., self._band :] * top[..., None]], axis=-1)
            out[stem] = self._synthesisers[stem].push(full)[:, : self._owed]
        self._owed -= next(iter(out.values())).shape[1]
        return out
