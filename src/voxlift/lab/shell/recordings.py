"""Cuts recordings into pieces for the shell: some places of each are for training, the others for the test."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.errors import CancelledError, DataError, InputError
from voxlift.lab.shell.data import DIGITS, PARTS, PIECE, DigitSet, check_memory, samples_to_rows
from voxlift.lab.shell.state import Console
from voxlift.media import open_reader

SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".mp4", ".mkv", ".webm"}
CYCLE, FOR_TRAINING = 200, 160
"""Of every 200 pieces in a row, the last 40 are for the test: places seconds apart, in every recording."""
BLOCK = PIECE * 5_000
_SEED = 20_191
_OURS = re.compile(r"\.net(-\d+)?\.wav$")
"""Names that `listen` gives: what a net said is nothing to learn from."""


@dataclass(frozen=True)
class Source:
    """One recording to learn from: what the net hears, and what it shall say (the same file, or its clean twin)."""

    heard: Path
    wanted: Path


def load_pieces(part: str, count: int, sources: Sequence[Source], console: Console) -> DigitSet:
    """Draw pieces of recordings, evenly from all places that are for this part; the same call draws the same.

    Raises
    ------
    InputError
        When there are fewer pieces, or they would not fit into memory.
    CancelledError
        When the user stops it.
    """
    check_memory(count, PIECE * (1 + DIGITS))
    draw = _Draw(count)
    broken: list[str] = []
    for source in sources:
        try:
            for heard, wanted in _pieces(part, source):
                draw.offer(heard, wanted)
                if console.stop():
                    raise CancelledError("stopped; nothing was loaded")
        except InputError as problem:
            if len(sources) == 1:
                raise
            broken.append(str(problem))
            console.say(f"  left out: {problem}")
    if draw.offered < count:
        raise DataError(
            f"{count} pieces for {part} are not there: the recordings hold {draw.offered} of {PIECE} samples "
            f"({len(sources) - len(broken)} recordings read; 4 in 5 places are for train, 1 in 5 for test); "
            + (f"type loadDataSet {part} {draw.offered}, or name a folder with more" if draw.offered else "name others")
        )
    return draw.rows()


def find_sources(paths: Sequence[Path]) -> list[Source]:
    """Find recordings: in the examples if no path is given, in a folder, one file, or a pair noisy and clean.

    Raises
    ------
    InputError
        When there are none, or too many paths.
    """
    if len(paths) > 2:
        raise InputError(
            f"{len(paths)} names: give one folder, one recording, or a pair NOISY CLEAN "
            '(a name with spaces goes in quotes: "my file.wav")'
        )
    if len(paths) == 2:
        for path in paths:
            if path.is_dir():
                raise InputError(f"{path}: this is a folder; a pair is two recordings, NOISY and CLEAN")
        return [Source(*paths)]
    folder = paths[0] if paths else _examples()
    if folder.is_file():
        return [Source(folder, folder)]
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder or recording; check the spelling, or give the full path")
    noisy, clean = folder / "noisy", folder / "clean"
    if noisy.is_dir() and clean.is_dir():
        return _pairs(noisy, clean)
    found = _recordings(folder)
    if not found:
        raise DataError(f"{folder}: there are no recordings in this folder ({', '.join(sorted(SUFFIXES))} are read)")
    return [Source(path, path) for path in found]


def _pairs(noisy: Path, clean: Path) -> list[Source]:
    sources = [Source(path, clean / path.relative_to(noisy)) for path in _recordings(noisy)]
    if not sources:
        raise DataError(f"{noisy}: there are no recordings in this folder ({', '.join(sorted(SUFFIXES))} are read)")
    lacking = [source.wanted for source in sources if not source.wanted.is_file()]
    if lacking:
        raise DataError(f"{lacking[0]}: missing; each recording in noisy/ needs one of the same name in clean/")
    return sources


def _recordings(folder: Path) -> list[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file())
    return [path for path in files if not _OURS.search(path.name) and not path.name.startswith(".")]


def _examples() -> Path:
    # Beside the sources in a clone; whoever installed a wheel may stand in one all the same.
    for folder in (Path(__file__).resolve().parents[4] / "examples", Path("examples")):
        if folder.is_dir():
            return folder
    raise InputError(
        "the project's examples are not here: name a folder of recordings, as in loadDataSet train 1000 FOLDER"
    )


def _pieces(part: str, source: Source) -> Iterator[tuple[Samples, Samples]]:
    """Yield what is heard and wanted in the places for a part, both `(pieces, PIECE)`."""
    # The cycle begins elsewhere in every recording, so that of many short ones some are for the test too.
    place = zlib.crc32(source.heard.name.encode("utf-8", "surrogateescape")) % CYCLE
    for heard, wanted in _blocks(source):
        pieces = len(heard) // PIECE
        train = (place + np.arange(pieces)) % CYCLE < FOR_TRAINING
        chosen = train if part == PARTS[0] else ~train
        yield (_cut(heard, pieces)[chosen], _cut(wanted, pieces)[chosen])
        place += pieces


def _cut(samples: NDArray[np.float32], pieces: int) -> Samples:
    return samples[: pieces * PIECE].reshape(pieces, PIECE)


def _blocks(source: Source) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield both recordings as one channel each, in steps of `BLOCK` samples."""
    with ExitStack() as stack:
        heard = stack.enter_context(open_reader(source.heard))
        if source.wanted == source.heard:
            for block in heard.blocks(BLOCK / heard.rate):
                mono = block.mean(axis=0)
                yield mono, mono
            return
        wanted = stack.enter_context(open_reader(source.wanted))
        if heard.rate != wanted.rate:
            raise DataError(
                f"{source.heard} has {heard.rate} Hz, {source.wanted} has {wanted.rate} Hz: a pair is one recording "
                "with and without noise, at one rate; export them again alike"
            )
        for first, second in zip_longest(heard.blocks(BLOCK / heard.rate), wanted.blocks(BLOCK / wanted.rate)):
            if first is None or second is None or first.shape[1] != second.shape[1]:
                raise DataError(
                    f"{source.heard} and {source.wanted} differ in length: a pair is one recording with and without "
                    "noise; cut them alike"
                )
            yield first.mean(axis=0), second.mean(axis=0)


class _Draw:
    """Draws rows evenly from a stream of unknown length: every row gets a random key, the lowest keys stay."""

    def __init__(self, count: int) -> None:
        self.count, self.offered = count, 0
        self._random = np.random.default_rng(_SEED)
        self._held: list[tuple[NDArray[np.float64], Samples, Samples]] = []

    def offer(self, heard: Samples, wanted: Samples) -> None:
        self.offered += len(heard)
        self._held.append((self._random.random(len(heard)), heard, wanted))
        if sum(len(keys) for keys, *_ in self._held) > 2 * self.count + BLOCK // PIECE:
            self._held = [self._lowest()]

    def rows(self) -> DigitSet:
        _, heard, wanted = self._lowest()
        return samples_to_rows(heard, wanted)

    def _lowest(self) -> tuple[NDArray[np.float64], Samples, Samples]:
        keys, heard, wanted = (np.concatenate(parts) for parts in zip(*self._held, strict=True))
        kept = np.argsort(keys, kind="stable")[: self.count]
        return keys[kept], heard[kept], wanted[kept]
