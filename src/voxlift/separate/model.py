"""A net behind an STFT, as a separator: analyse, view, net, mask, synthesise; block by block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.dsp.highs import TopOctave
from voxlift.dsp.stft import Analyser, Spectrum, Synthesiser
from voxlift.errors import CardError
from voxlift.separate.contract import Stems, Stream, separate
from voxlift.separate.front import Front
from voxlift.separate.masks import MASKS, Gain
from voxlift.separate.nets import Net
from voxlift.separate.views import VIEWS


@dataclass(frozen=True)
class Model:
    """Front and net -> separator for any rate.

    The STFT is laid over the sound at its own rate, its windows as long in seconds as those the net was trained on:
    the same frequencies then fall into the same bins and no resampling is needed, which would cost delay, time and
    exactness. Bins above the net's band follow its top octave; bins that a low rate lacks are silent to the net.
    """

    front: Front
    net: Net
    stems: tuple[str, ...] = ("voice",)
    rate: int | None = None

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _MaskStream(self, channels, rate)

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Separate a whole sound."""
        return separate(self, audio)


class _MaskStream:
    def __init__(self, model: Model, channels: int, rate: int) -> None:
        front = model.front
        stft = front.stft_at(rate)
        self._front, self._net, self._stems = front, model.net, model.stems
        self._bins = front.stft.bins  # what the net sees
        self._scale = np.float32(front.window / stft.window)  # a longer window adds up more samples
        self._analyser = Analyser(stft, channels)
        self._synthesisers = {stem: Synthesiser(stft, channels) for stem in model.stems}
        self._shared = front.channels == "shared"
        batch = 1 if self._shared else channels
        self._state = model.net.initial_state(batch)
        self._tops = {stem: TopOctave(batch, self._bins) for stem in model.stems}
        self._pending: Spectrum = np.zeros((channels, 0, stft.bins), np.complex64)
        self._early = front.lookahead_frames  # the net's first answers are for frames before the first
        self._owed = 0

    def push(self, block: Samples) -> Stems:
        self._owed += block.shape[1]
        return self._emit(self._advance(self._analyser.push(block), ahead=0))

    def flush(self) -> Stems:
        return self._emit(self._advance(self._analyser.flush(), ahead=self._front.lookahead_frames))

    def _emit(self, stems: Stems) -> Stems:
        """Hold the output to the length of the input: the last frame may reach beyond it."""
        out = {stem: block[:, : self._owed] for stem, block in stems.items()}
        self._owed -= out[self._stems[0]].shape[1]
        return out

    def _advance(self, spectrum: Spectrum, ahead: int) -> Stems:
        """Take new frames, and `ahead` frames of silence after them; return the sound of the frames now decided."""
        self._pending = np.concatenate([self._pending, spectrum], axis=1)
        heard = self._heard(spectrum)
        silence = np.zeros((heard.shape[0], ahead if self._pending.shape[1] else 0, self._bins), np.complex64)
        heard = np.concatenate([heard, silence], axis=1)
        if not heard.shape[1]:
            return {stem: self._synthesisers[stem].push(spectrum) for stem in self._stems}
        output, self._state = self._net(VIEWS[self._front.view](heard), self._state)
        gains = MASKS[self._front.mask](output)
        if gains.shape != (heard.shape[0], len(self._stems), heard.shape[1], self._bins):
            raise CardError(f"the net's output {output.shape} does not fit the mask {self._front.mask!r} of its card")
        early = min(self._early, gains.shape[2])
        self._early -= early
        decided = gains.shape[2] - early
        mixture, self._pending = self._pending[:, :decided], self._pending[:, decided:]
        return self._sound(mixture, (gains[:, k, early:] for k in range(len(self._stems))))

    def _heard(self, spectrum: Spectrum) -> Spectrum:
        """Give the net its bins at its own scale: `(batch, frames, bins)`."""
        inner = spectrum[..., : self._bins] * self._scale
        missing = self._bins - inner.shape[-1]
        if missing > 0:
            inner = np.pad(inner, ((0, 0), (0, 0), (0, missing)))
        return _middle(inner) if self._shared else inner

    def _sound(self, mixture: Spectrum, gains: Iterable[Gain]) -> Stems:
        stems: Stems = {}
        band = min(self._bins, mixture.shape[-1])
        for stem, gain in zip(self._stems, gains, strict=True):
            spectrum = np.empty_like(mixture)
            np.multiply(mixture[..., :band], gain[..., :band], out=spectrum[..., :band])
            if band < mixture.shape[-1]:
                lows = slice(0, self._bins)
                if self._shared:
                    top = self._tops[stem].gain(_merged(mixture[..., lows]), _merged(spectrum[..., lows]))
                else:
                    top = self._tops[stem].gain(mixture[..., lows], spectrum[..., lows])
                spectrum[..., band:] = mixture[..., band:] * top[..., None]
            stems[stem] = self._synthesisers[stem].push(spectrum)
        return stems


def _middle(spectrum: Spectrum) -> Spectrum:
    """Mean of the channels; where they cancel (one is inverted, a common wiring fault), the loudest instead."""
    if spectrum.shape[0] == 1:
        return spectrum
    middle = spectrum.mean(axis=0, keepdims=True)
    energy = np.square(np.abs(spectrum)).sum(axis=-1)  # (channels, frames)
    cancelled = np.square(np.abs(middle[0])).sum(axis=-1) < 0.1 * energy.mean(axis=0)
    if cancelled.any():
        loudest = energy.argmax(axis=0)[cancelled]
        middle[0, cancelled] = spectrum[loudest, np.flatnonzero(cancelled)]
    return middle


def _merged(spectrum: Spectrum) -> Spectrum:
    """Channels side by side as one: `(channels, frames, bins)` -> `(1, frames, bins)` of root mean square size."""
    return np.sqrt(np.square(np.abs(spectrum)).mean(axis=0, keepdims=True)).astype(np.complex64)
