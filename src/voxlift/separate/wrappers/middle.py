"""A separator that names its stems as it likes, for sound of several channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.stft import STFT, Spectrum
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.hearing import middle
from voxlift.separate.wrappers.wrapper import Wrapper

HOP_SECONDS = 0.016
EPS = 1e-20


@dataclass(frozen=True)
class Middle(Wrapper):
    """Lets the inner separator hear all channels as one, and gives of each channel to each stem what its share is.

    Heard channel by channel, the first speaker's left could come on one track and his right on the other. The share of
    a stem is that of its energy in each bin, after Wiener; one share for all channels keeps the stereo image. Sound of
    one channel passes as it is.
    """

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return self.inner.stream(1, rate) if channels == 1 else _MiddleStream(self, channels, rate)


class _MiddleStream:
    def __init__(self, wrapper: Middle, channels: int, rate: int) -> None:
        hop = max(1, round(HOP_SECONDS * rate))
        stft = STFT(2 * hop, hop)
        self._inner = wrapper.inner.stream(1, rate)
        self._analyser, self._mono = stft.analyser(channels), stft.synthesiser(1)
        self._tracks = {stem: stft.analyser(1) for stem in wrapper.stems}
        self._synthesisers = {stem: stft.synthesiser(channels) for stem in wrapper.stems}
        self._pending: Spectrum = np.zeros((channels, 0, stft.bins), np.complex64)
        self._owed = self._unheard = 0

    def push(self, block: Samples) -> Stems:
        self._owed += block.shape[1]
        self._unheard += block.shape[1]
        stems = self._inner.push(self._middle(self._analyser.push(block)))
        return self._emit({stem: self._tracks[stem].push(sound) for stem, sound in stems.items()})

    def flush(self) -> Stems:
        first, last = self._inner.push(self._middle(self._analyser.flush())), self._inner.flush()
        spectra = {}
        for stem, analyser in self._tracks.items():
            parts = [analyser.push(first[stem]), analyser.push(last[stem]), analyser.flush()]
            spectra[stem] = np.concatenate(parts, axis=1)
        return self._emit(spectra)

    def _middle(self, frames: Spectrum) -> Samples:
        """All channels as one, `(1, length)`; no more of it than came in."""
        self._pending = np.concatenate([self._pending, frames], axis=1)
        mono = self._mono.push(middle(frames))[:, : self._unheard]
        self._unheard -= mono.shape[1]
        return mono

    def _emit(self, spectra: dict[str, Spectrum]) -> Stems:
        energies = {stem: np.square(np.abs(spectrum)) for stem, spectrum in spectra.items()}
        count = next(iter(energies.values())).shape[1]
        mixture, self._pending = self._pending[:, :count], self._pending[:, count:]
        # What the stems leave of the mixture has its share, too.
        whole = np.maximum(sum(energies.values()), np.square(np.abs(middle(mixture)))) + np.float32(EPS)
        out = {
            stem: self._synthesisers[stem].push((mixture * (energy / whole)).astype(np.complex64))[:, : self._owed]
            for stem, energy in energies.items()
        }
        self._owed -= next(iter(out.values())).shape[1]
        return out
