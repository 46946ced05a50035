"""Whether a song's stems add up to its mixture, with an excerpt to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.lab.corpora import Part
from voxlift.lab.corpora.track import MIXTURE
from voxlift.lab.datasets.verify import LOSSLESS_DB, LOSSY_DB, Residual
from voxlift.media import Reader, open_reader
from voxlift.media.faults import shown
from voxlift.plots.stems import Sum

BLOCK_SECONDS = 1.0
EXCERPT_SECONDS = 0.03


class _Watch:
    """Sums up blocks as they pass, and keeps the loudest."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.all = Residual(MIXTURE, names[1:])
        self.worst_seconds = self.best_seconds = self.seconds = 0.0
        self.best: list[Samples] = []
        self._loudest, self._worst = -1.0, -1.0
        self._energy = 0.0

    def take(self, blocks: list[Samples], rate: int) -> None:
        self.all.add(dict(zip(self.names, blocks, strict=True)))
        energy = float(np.square(blocks[0], dtype=np.float64).sum())
        error = float(np.square(blocks[0] - np.sum(blocks[1:], axis=0), dtype=np.float64).sum())
        self._energy += energy
        if energy > self._loudest:
            self._loudest, self.best, self.best_seconds = energy, blocks, self.seconds
        if error > self._worst:
            self._worst, self.worst_seconds = error, self.seconds
        self.seconds += blocks[0].shape[1] / rate

    @property
    def silent(self) -> bool:
        return self._energy == 0


def check_sum(parts: Mapping[str, Part]) -> Sum:
    """Read a mixture and its stems side by side, a second at a time, and add up what is between them.

    The excerpt that is kept lies in the loudest second: there the lines can be seen.

    Raises
    ------
    InputError
        When a file cannot be read, the mixture is silent, or rates, channels or lengths differ.
    """
    names = [MIXTURE, *(name for name in parts if name != MIXTURE)]
    ordered = [parts[name] for name in names]
    watch = _Watch(names)
    with ExitStack() as stack:
        readers = [stack.enter_context(open_reader(part.path, part.stream)) for part in ordered]
        _check_formats(readers, names, ordered)
        rate = readers[0].rate
        lossy = any(reader.info.format.lossy for reader in readers)
        for blocks in _side_by_side(readers, names, ordered):
            watch.take(blocks, rate)
    if watch.silent:
        raise DataError(f"{shown(ordered[0].path)}: is silent; there is nothing to compare its stems with")
    size = round(EXCERPT_SECONDS * rate)
    mono = [block.mean(axis=0) for block in watch.best]
    start = _loudest(mono[0], size)
    return Sum(
        rate=rate,
        residual_db=watch.all.db,
        limit_db=LOSSY_DB if lossy else LOSSLESS_DB,
        worst_seconds=watch.worst_seconds,
        start_seconds=watch.best_seconds + start / rate,
        mixture=mono[0][start : start + size],
        stems={name: block[start : start + size] for name, block in zip(names[1:], mono[1:], strict=True)},
    )


def _check_formats(readers: Sequence[Reader], names: Sequence[str], parts: Sequence[Part]) -> None:
    first = readers[0]
    for reader, name, part in zip(readers, names, parts, strict=True):
        if (reader.rate, reader.channels) != (first.rate, first.channels):
            raise DataError(
                f"{shown(part.path)}: {name} has {reader.rate} Hz with {reader.channels} channels, but the mixture has "
                f"{first.rate} Hz with {first.channels}; stems must have the mixture's format"
            )


def _side_by_side(readers: Sequence[Reader], names: Sequence[str], parts: Sequence[Part]) -> Iterator[list[Samples]]:
    streams = [reader.blocks(BLOCK_SECONDS) for reader in readers]
    done = 0
    while True:
        blocks = [next(stream, None) for stream in streams]
        lengths = [0 if block is None else block.shape[1] for block in blocks]
        if min(lengths) < max(lengths):
            short, long = lengths.index(min(lengths)), lengths.index(max(lengths))
            seconds = (done + lengths[short]) / readers[0].rate
            raise DataError(
                f"{shown(parts[short].path)}: {names[short]} ends at {seconds:.3f} s, "
                f"where {names[long]} goes on; stems and mixture must have one length"
            )
        present = [block for block in blocks if block is not None]
        if not present:
            return
        done += lengths[0]
        yield present


def _loudest(samples: Samples, length: int) -> int:
    sums = np.cumsum(np.concatenate([[0.0], np.square(samples, dtype=np.float64)]))
    length = min(length, len(samples))
    return int(np.argmax(sums[length:] - sums[:-length]))
