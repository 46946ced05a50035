"""Reading any recording by blocks: the memory is a block's, however long the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

from voxlift.audio import Audio, Samples, check_format
from voxlift.errors import AudioError, InputError, MediaError
from voxlift.media.by_av import AvSource
from voxlift.media.by_sndfile import SndfileSource
from voxlift.media.faults import reading_fault, shown
from voxlift.media.formats import Info
from voxlift.media.sniffing import sndfile_knows
from voxlift.media.sources import Bytes, GuardedFile, open_bytes


class Source(Protocol):
    """What a decoder is: a description, and pieces of sound until the end or until it breaks."""

    info: Info
    warnings: list[str]
    broken: bool

    def pieces(self) -> Iterator[Samples]:
        """Yield float32 `(channels, length)`."""
        ...

    def close(self) -> None:
        """Let go of the library's handle."""
        ...


class Reader:
    """An open recording; use it in a `with` statement.

    Attributes
    ----------
    info
        What the file holds.
    warnings
        What turned out to be odd, a sentence each; complete once all blocks were taken.
    """

    def __init__(self, source: Bytes, stream: int = 0) -> None:
        self._bytes = source
        self._path = source.path
        self._source = _decoder(source, stream)
        self.info = self._source.info
        self.warnings: list[str] = []
        self._delivered = 0
        try:
            _check(self.info)
            self._pieces = self._checked_pieces()
            self._first: Samples | None = self._begin()
        except BaseException:
            self.close()
            raise

    @property
    def rate(self) -> int:
        """Samples a second, in Hz."""
        return self.info.format.rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.info.format.channels

    @property
    def length(self) -> int | None:
        """Samples over time as far as they are known beforehand."""
        return self.info.length

    def blocks(self, seconds: float = 1.0) -> Iterator[Samples]:
        """Yield the sound in blocks of the same length, the last one shorter.

        Parameters
        ----------
        seconds
            Length of a block; at least one sample.

        Yields
        ------
        Samples
            float32 `(channels, length)`, contiguous, finite.

        Raises
        ------
        MediaError
            On NaN or infinite samples, with their time, and when the disk fails.
        """
        size = max(1, round(seconds * self.rate))
        waiting: list[Samples] = []
        count = 0
        while (piece := self._next()) is not None:
            waiting.append(piece)
            count += piece.shape[1]
            if count < size:
                continue
            whole = np.concatenate(waiting, axis=1)
            for start in range(0, count - size + 1, size):
                yield np.ascontiguousarray(whole[:, start : start + size])
            rest = count % size
            waiting, count = ([whole[:, count - rest :].copy()], rest) if rest else ([], 0)
        if count:
            yield np.ascontiguousarray(np.concatenate(waiting, axis=1))

    def __iter__(self) -> Iterator[Samples]:
        return self.blocks()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._source.close()
        self._bytes.file.close()

    def _begin(self) -> Samples:
        """Decode the first piece: only then are an AAC stream's true rate and channels known."""
        if self.info.length == 0 and self._bytes.size is not None:
            raise InputError(f"{shown(self._path)}: the file holds no samples; record or export it again")
        first = next(self._pieces, None)
        if first is None:
            self._raise_fault()
            raise InputError(f"{shown(self._path)}: no samples could be decoded; the file is empty or damaged")
        return first

    def _next(self) -> Samples | None:
        if self._first is not None:
            piece, self._first = self._first, None
            return piece
        return next(self._pieces, None)

    def _checked_pieces(self) -> Iterator[Samples]:
        for piece in self._all_pieces():
            # One pass that finds NaN and infinity both: the largest magnitude is then not finite.
            if piece.size and not np.isfinite(np.abs(piece).max()):
                bad = int(np.flatnonzero(~np.isfinite(piece).all(axis=0))[0])
                seconds = (self._delivered + bad) / self.rate
                raise MediaError(
                    f"{shown(self._path)}: the sample at {seconds:.3f} s is not a number or infinite; "
                    "export the recording again"
                )
            self._delivered += piece.shape[1]
            if piece.shape[1]:
                yield piece

    def _all_pieces(self) -> Iterator[Samples]:
        yield from self._source.pieces()
        self._raise_fault()
        warnings = list(self._source.warnings)
        if self._source.broken and isinstance(self._source, SndfileSource):
            # libsndfile gives up at the first damage; FFmpeg steps over it.
            yield from self._rescued(warnings)
        elif self._source.broken:
            warnings.append(self._cut())
        self.warnings.extend(warnings)

    def _rescued(self, warnings: list[str]) -> Iterator[Samples]:
        skip, before = self._delivered, self._source
        damage = f"{shown(self._path)}: damaged after {self._delivered / self.rate:.2f} s"
        try:
            rescuer = AvSource(self._bytes)
        except MediaError:
            warnings.append(self._cut())
            return
        self._source = rescuer
        before.close()
        shape = (rescuer.info.format.rate, rescuer.info.format.channels)
        if shape == (self.rate, self.channels):
            for piece in rescuer.pieces():
                if piece.shape[1] > skip:
                    yield np.ascontiguousarray(piece[:, skip:])
                skip = max(0, skip - piece.shape[1])
        self._raise_fault()
        warnings.append(f"{damage}; what could be saved behind it was read")
        if self.length is not None and self._delivered < self.length:
            warnings.append(self._cut())

    def _cut(self) -> str:
        told = f" of {self.length / self.rate:.2f} s" if self.length is not None else ""
        return f"{shown(self._path)}: damaged or cut short; {self._delivered / self.rate:.2f} s{told} could be read"

    def _raise_fault(self) -> None:
        if self._bytes.file.error is not None:
            raise reading_fault(self._path, self._bytes.file.error)


def probe(path: Path) -> Info:
    """Describe a file without decoding it.

    Raises
    ------
    MediaError
        If it cannot be opened or holds no sound.
    """
    source = open_bytes(Path(path))
    try:
        decoder = _decoder(source)
        decoder.close()
    finally:
        source.file.close()
    _check(decoder.info)
    return decoder.info


def open_reader(path: Path | str, stream: int = 0) -> Reader:
    """Open a recording to read it by blocks; `-` is standard input.

    Parameters
    ----------
    path
        The file.
    stream
        Which of its sounds, where it holds several, as a `.stem.mp4` does.

    Raises
    ------
    InputError
        If it cannot be opened, holds no such stream, no sound or not a single sample, with what to do.
    """
    source = open_bytes(Path(path))
    try:
        return Reader(source, stream)
    except BaseException:
        source.file.close()
        raise


def read(path: Path | str, stream: int = 0) -> Audio:
    """Read a whole recording into memory.

    Parameters
    ----------
    path, stream
        As `open_reader`.

    Raises
    ------
    InputError
        As `open_reader`.
    """
    with open_reader(path, stream) as reader:
        blocks = list(reader.blocks(seconds=10.0))
    samples = np.concatenate(blocks, axis=1)
    samples.setflags(write=False)
    return Audio(samples, reader.rate)


def _decoder(source: Bytes, stream: int = 0) -> SndfileSource | AvSource:
    # libsndfile's kinds hold one sound; asked for another, FFmpeg says how many there are.
    if stream == 0 and isinstance(source.file, GuardedFile) and sndfile_knows(source.head):
        try:
            return SndfileSource(source)
        except MediaError:
            pass
    return AvSource(source, stream)


def _check(info: Info) -> None:
    try:
        check_format(info.format.channels, info.format.rate)
    except AudioError as error:
        raise MediaError(f"{shown(info.path)}: {error}") from None
