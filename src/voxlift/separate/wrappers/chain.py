"""One separator after another."""

from __future__ import annotations

from dataclasses import dataclass

from voxlift.audio import Audio, Samples
from voxlift.dsp.fifo import Fifo
from voxlift.errors import InputError
from voxlift.separate.contract import Separator, Stems, Stream, joined, separate


@dataclass(frozen=True)
class Chain:
    """Gives one stem of the first separator to the second; the first's other stems pass beside it.

    A stem that both name is the second's, the first's added to it: so `rest` is all that both took away.
    """

    first: Separator
    second: Separator
    stem: str = "voice"

    def __post_init__(self) -> None:
        if self.stem not in self.first.stems:
            raise InputError(f"no stem {self.stem!r} to go on from; there are {', '.join(self.first.stems)}")
        rates = {rate for rate in (self.first.rate, self.second.rate) if rate is not None}
        if len(rates) > 1:
            raise InputError(f"separators of {' and '.join(map(str, sorted(rates)))} Hz: wrap them in Resampled first")

    @property
    def stems(self) -> tuple[str, ...]:
        """The second's stems, then those of the first that it lacks."""
        others = (stem for stem in self.first.stems if stem != self.stem and stem not in self.second.stems)
        return (*self.second.stems, *others)

    @property
    def rate(self) -> int | None:
        """The rate that one of them insists on, if any."""
        return self.first.rate or self.second.rate

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _ChainStream(self, channels, rate)

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Separate a whole sound."""
        return separate(self, audio)


class _ChainStream:
    def __init__(self, chain: Chain, channels: int, rate: int) -> None:
        self._first = chain.first.stream(channels, rate)
        self._second = chain.second.stream(channels, rate)
        self._stem, self._stems = chain.stem, chain.stems
        self._waiting = {stem: Fifo(channels) for stem in chain.first.stems if stem != chain.stem}

    def push(self, block: Samples) -> Stems:
        first = self._first.push(block)
        self._wait(first)
        return self._together(self._second.push(first[self._stem]))

    def flush(self) -> Stems:
        first = self._first.flush()
        self._wait(first)
        return self._together(joined([self._second.push(first[self._stem]), self._second.flush()]))

    def _wait(self, stems: Stems) -> None:
        for stem, fifo in self._waiting.items():
            fifo.push(stems[stem])

    def _together(self, stems: Stems) -> Stems:
        length = next(iter(stems.values())).shape[1]
        others = {stem: fifo.take(length) for stem, fifo in self._waiting.items()}
        both = {stem: stems[stem] + others[stem] for stem in stems.keys() & others.keys()}
        merged = {**others, **stems, **both}
        return {stem: merged[stem] for stem in self._stems}
