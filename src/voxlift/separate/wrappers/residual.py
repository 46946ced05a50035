"""What the stems leave of the mixture: given out as a stem of its own, or mixed back in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.fifo import Fifo
from voxlift.errors import InputError
from voxlift.separate.contract import Stems, Stream
from voxlift.separate.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Residual(Wrapper):
    """Adds the stem `rest`: the mixture minus all stems, so that together they give the mixture back."""

    name: str = "rest"

    @property
    def stems(self) -> tuple[str, ...]:
        """The inner stems, then the rest."""
        return (*self.inner.stems, self.name)

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _BesideMixture(self.inner.stream(channels, rate), channels, self._add_rest)

    def _add_rest(self, mixture: Samples, stems: Stems) -> Stems:
        return {**stems, self.name: mixture - sum(stems.values(), np.zeros_like(mixture))}


@dataclass(frozen=True)
class Strength(Wrapper):
    """Limits by how many dB the rest is lowered: some of the mixture, aligned, is mixed back into each stem."""

    limit_db: float

    def __post_init__(self) -> None:
        if not self.limit_db >= 0:
            raise InputError(f"a strength of {self.limit_db} dB: give 0 (nothing is lowered) or more, such as 12")

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _BesideMixture(self.inner.stream(channels, rate), channels, self._mix_back)

    def _mix_back(self, mixture: Samples, stems: Stems) -> Stems:
        back = np.float32(10 ** (-self.limit_db / 20))
        return {stem: block + back * (mixture - block) for stem, block in stems.items()}


class _BesideMixture:
    """Runs a stream and hands each of its answers, with the mixture of the same moment, to a function."""

    def __init__(self, inner: Stream, channels: int, combine: Callable[[Samples, Stems], Stems]) -> None:
        self._inner, self._combine = inner, combine
        self._mixture = Fifo(channels)

    def push(self, block: Samples) -> Stems:
        self._mixture.push(block)
        return self._beside(self._inner.push(block))

    def flush(self) -> Stems:
        return self._beside(self._inner.flush())

    def _beside(self, stems: Stems) -> Stems:
        length = next(iter(stems.values())).shape[1]
        return self._combine(self._mixture.take(length), stems)
