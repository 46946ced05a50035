"""A separator that knows one rate, for sound of any rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.resampler import Resampler
from voxlift.separate.contract import Separator, Stems, Stream, joined
from voxlift.separate.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Resampled(Wrapper):
    """Resamples to the inner separator's rate and back (soxr, which compensates its own delay)."""

    quality: str = "HQ"

    @property
    def rate(self) -> int | None:
        """Any."""
        return None

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        if self.inner.rate in (None, rate):
            return self.inner.stream(channels, rate)
        return _ResampledStream(self.inner, channels, rate, self.quality)


class _ResampledStream:
    def __init__(self, inner: Separator, channels: int, rate: int, quality: str) -> None:
        assert inner.rate is not None
        self._inner = inner.stream(channels, inner.rate)
        self._to = Resampler(rate, inner.rate, channels, quality)
        self._back = {stem: Resampler(inner.rate, rate, channels, quality) for stem in inner.stems}
        self._empty: Samples = np.zeros((channels, 0), np.float32)
        self._owed = 0

    def push(self, block: Samples) -> Stems:
        self._owed += block.shape[1]
        return self._emit(self._outwards(self._inner.push(self._to.push(block)), last=False))

    def flush(self) -> Stems:
        """The two roundings of the length may leave a sample too many or too few: cut, or add silence."""
        stems = joined([self._inner.push(self._to.push(self._empty, last=True)), self._inner.flush()])
        out = self._emit(self._outwards(stems, last=True))
        return {stem: np.pad(block, ((0, 0), (0, self._owed))) for stem, block in out.items()}

    def _outwards(self, stems: Stems, *, last: bool) -> Stems:
        return {stem: self._back[stem].push(block, last=last) for stem, block in stems.items()}

    def _emit(self, stems: Stems) -> Stems:
        out = {stem: block[:, : self._owed] for stem, block in stems.items()}
        self._owed -= next(iter(out.values())).shape[1]
        return out
