"""A net behind a transform, as a separator: analyse, hear, mask, synthesise; block by block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.dsp.highs import TopOctave
from voxlift.dsp.stft import Spectrum
from voxlift.dsp.transform import Frames
from voxlift.errors import CardError
from voxlift.separate.contract import Stems, Stream, separate
from voxlift.separate.front import Front
from voxlift.separate.hearing import Hearing
from voxlift.separate.masks import MASKS, Gain
from voxlift.separate.nets import Net


@dataclass(frozen=True)
class Model:
    """Front and net -> separator: behind an STFT for any rate, behind blocks of samples for the net's own.

    The STFT is laid over the sound at its own rate, its windows as long in seconds as those the net was trained on:
    the same frequencies then fall into the same bins and no resampling is needed, which would cost delay, time and
    exactness. Bins above the net's band follow its top octave; bins that a low rate lacks are silent to the net.
    """

    front: Front
    net: Net
    stems: tuple[str, ...] = ("voice",)
    causal: bool = True
    """Whether the net answers as frames come; else it hears the whole sound first (see `Chunked`)."""

    @property
    def rate(self) -> int | None:
        """The only rate it takes; None if it takes any."""
        return None if self.front.any_rate else self.front.rate

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _MaskStream(self, channels, rate)

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Separate a whole sound."""
        return separate(self, audio)


class _MaskStream:
    def __init__(self, model: Model, channels: int, rate: int) -> None:
        front = model.front
        self._grid = grid = front.grid_at(rate)
        self._stems, self._mask, self._bins = model.stems, MASKS[front.mask], front.bins
        self._shared = front.channels == "shared"
        self._batch = batch = 1 if self._shared else channels
        self._hearing = Hearing(front, model.net, rate, batch, causal=model.causal)
        self._analyser = grid.analyser(channels)
        self._synthesisers = {stem: grid.synthesiser(channels) for stem in model.stems}
        self._tops = {stem: TopOctave(batch, self._bins) for stem in model.stems}
        self._pending: Frames = np.zeros((channels, 0, grid.bins), grid.dtype)
        self._owed = 0

    def push(self, block: Samples) -> Stems:
        self._owed += block.shape[1]
        return self._emit(self._advance(self._analyser.push(block), last=False))

    def flush(self) -> Stems:
        return self._emit(self._advance(self._analyser.flush(), last=True))

    def _emit(self, stems: Stems) -> Stems:
        """Hold the output to the length of the input: the last frame may reach beyond it."""
        out = {stem: block[:, : self._owed] for stem, block in stems.items()}
        self._owed -= out[self._stems[0]].shape[1]
        return out

    def _advance(self, frames: Frames, *, last: bool) -> Stems:
        """Take new frames; return the sound of the frames now decided."""
        self._pending = np.concatenate([self._pending, frames], axis=1)
        output = self._hearing.hear(frames, last=last)
        if output is None:
            return {stem: self._synthesisers[stem].push(self._pending[:, :0]) for stem in self._stems}
        gains = self._mask.read(output)
        decided = output.shape[2]
        if gains.shape != (self._batch, len(self._stems), decided, self._bins):
            raise CardError(f"the net's output {output.shape} does not fit the mask of its card")
        mixture, self._pending = self._pending[:, :decided], self._pending[:, decided:]
        return self._sound(mixture, (gains[:, k] for k in range(len(self._stems))))

    def _sound(self, mixture: Frames, gains: Iterable[Gain]) -> Stems:
        stems: Stems = {}
        band = min(self._bins, mixture.shape[-1])
        for stem, gain in zip(self._stems, gains, strict=True):
            sound = np.empty_like(mixture)
            if self._mask.direct:  # where the mixture is digital silence, so is the stem: such frames are handed on
                silent = self._grid.silent(mixture)[..., None]
                sound[..., :band] = np.where(silent, mixture[..., :band], gain[..., :band])
            else:
                np.multiply(mixture[..., :band], gain[..., :band], out=sound[..., :band])
            if band < mixture.shape[-1]:
                lows = slice(0, self._bins)
                if self._shared:
                    top = self._tops[stem].gain(_merged(mixture[..., lows]), _merged(sound[..., lows]))
                else:
                    top = self._tops[stem].gain(mixture[..., lows], sound[..., lows])
                sound[..., band:] = mixture[..., band:] * top[..., None]
            stems[stem] = self._synthesisers[stem].push(sound)
        return stems


def _merged(spectrum: Frames) -> Spectrum:
    """Channels side by side as one: `(channels, frames, bins)` -> `(1, frames, bins)` of root mean square size."""
    return np.sqrt(np.square(np.abs(spectrum)).mean(axis=0, keepdims=True)).astype(np.complex64)
