"""A separator that needs the whole sound, for sound of any length in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.errors import InputError
from voxlift.separate.contract import Stems, Stream, joined
from voxlift.separate.linking import Linker
from voxlift.separate.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Chunked(Wrapper):
    """Separates chunks that overlap and cross-fades them, with weights that add to one: no click, no dip.

    With `link`, stems that the net names freely (speakers) keep their names: see `linking.py`.
    """

    seconds: float
    overlap_seconds: float
    link: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.overlap_seconds <= self.seconds / 2:
            raise InputError(
                f"chunks of {self.seconds} s that overlap by {self.overlap_seconds} s: "
                "the overlap must be more than 0 and at most half a chunk"
            )

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream."""
        return _ChunkedStream(self, channels, rate)


class _ChunkedStream:
    def __init__(self, chunked: Chunked, channels: int, rate: int) -> None:
        self._inner, self._rate = chunked.inner, rate
        self._linker = Linker(chunked.stems, rate) if chunked.link else None
        self._overlap = max(1, round(chunked.overlap_seconds * rate))
        self._chunk = max(2 * self._overlap, round(chunked.seconds * rate))
        self._buffer: Samples = np.zeros((channels, 0), np.float32)
        self._tail: Stems | None = None  # the end of the chunk before, still to be cross-faded
        rise = (np.arange(self._overlap, dtype=np.float32) + np.float32(0.5)) / np.float32(self._overlap)
        self._rise: Samples = rise

    def push(self, block: Samples) -> Stems:
        self._buffer = np.concatenate([self._buffer, block], axis=1)
        done = [self._nothing()]
        while self._buffer.shape[1] >= self._chunk:
            stems = self._joined(self._separated(self._buffer[:, : self._chunk]))
            keep = self._chunk - self._overlap
            self._tail = {stem: sound[:, keep:] for stem, sound in stems.items()}
            self._buffer = self._buffer[:, keep:].copy()
            done.append({stem: sound[:, :keep] for stem, sound in stems.items()})
        return joined(done)

    def flush(self) -> Stems:
        if not self._buffer.shape[1]:
            return self._nothing()
        return self._joined(self._separated(self._buffer))

    def _nothing(self) -> Stems:
        return dict.fromkeys(self._inner.stems, self._buffer[:, :0])

    def _separated(self, chunk: Samples) -> Stems:
        return {stem: np.array(audio.samples) for stem, audio in self._inner(Audio(chunk, self._rate)).items()}

    def _joined(self, stems: Stems) -> Stems:
        """Name the tracks of a chunk, and cross-fade it with the tail of the one before, if there is one."""
        if self._linker is not None:
            stems = self._linker.link(self._tail, stems, self._chunk - self._overlap)
        if self._tail is None:
            return stems
        for stem, sound in stems.items():
            head = sound[:, : self._overlap]
            head[:] = self._tail[stem] + self._rise * (head - self._tail[stem])
        return stems
