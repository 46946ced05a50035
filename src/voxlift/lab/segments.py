"""Random segments of recordings of any length, without holding the recordings in memory.

Compressed files decode too slowly to be cut from at random, so a pool writes each recording once, at the net's rate,
as 16-bit numbers into one file on disk, of which only the segments asked for are read: memory stays flat while the
corpus grows.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from voxlift.atomic import atomic
from voxlift.audio import Samples
from voxlift.dsp.resampler import Resampler
from voxlift.errors import DataError
from voxlift.lab.corpora import Part, Track, only

if TYPE_CHECKING:
    from voxlift.media.reading import Reader

BLOCK_SECONDS = 10.0
AHEAD = 32
"""Recordings that are decoded before the one that is written."""
LARGEST_IN_MEMORY = 2**22
"""Bytes of one decoded recording; what is longer goes through a file of its own."""
VERSION = 2  # of the cache's format: a new one makes old caches be built again


@dataclass(frozen=True)
class Span:
    """Where the sound of one track lies in the pool, in samples."""

    track: Track
    start: int
    length: int


class Pool:
    """One part of many tracks, mono, at one rate, on disk. Pools of the same tracks are aligned, sample for sample."""

    def __init__(self, tracks: Sequence[Track], part: str, rate: int, cache: Path) -> None:
        tracks = only(tracks, part)
        if not tracks:
            raise DataError(f"the corpus holds no recording of {part}")
        self.rate = rate
        sounds = [track.parts[part] for track in tracks]
        self.path = cache / f"pool-{_fingerprint(sounds, rate)}.s16"
        index = self.path.with_suffix(".json")
        if not index.exists():
            _fill(sounds, rate, self.path, index)
        lengths = json.loads(index.read_text("utf-8"))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        self.spans = [
            Span(track, int(start), length) for track, start, length in zip(tracks, starts, lengths, strict=False)
        ]
        self.by_group: dict[str, list[int]] = {}
        for number, span in enumerate(self.spans):
            if span.track.group is not None:
                self.by_group.setdefault(span.track.group, []).append(number)
        self.numbers = {span.track.name: number for number, span in enumerate(self.spans)}
        self._shares = _normalised([span.length * span.track.weight for span in self.spans])

    @property
    def seconds(self) -> float:
        """Sound in the pool."""
        return sum(span.length for span in self.spans) / self.rate

    def draw(self, rng: np.random.Generator) -> int:
        """Choose a track, by its length and weight."""
        return int(np.searchsorted(self._shares, rng.random(), side="right"))

    def place(self, rng: np.random.Generator, number: int, length: int) -> int:
        """Choose where in a track to cut `length` samples; 0 where it is shorter."""
        return int(rng.integers(max(1, self.spans[number].length - length + 1)))

    def cut(self, number: int, start: int, length: int) -> Samples:
        """Cut `(length,)` samples out of a track, fewer where it ends."""
        span = self.spans[number]
        count = max(0, min(length, span.length - start))
        # Read, not mapped: pages that a mapping touched would count as memory of ours for as long as we run.
        piece = np.fromfile(self.path, "<i2", count, offset=2 * (span.start + start))
        return piece.astype(np.float32) / np.float32(32768)

    def filled(self, number: int, start: int, length: int) -> Samples:
        """Cut `(length,)` samples out of a track, silence where it has ended."""
        piece = self.cut(number, start, length)
        return np.pad(piece, (0, length - len(piece)))

    def segment(self, rng: np.random.Generator, length: int) -> Samples:
        """Cut `(length,)` at a random place of a random track; a short one is repeated, its joints cross-faded."""
        number = self.draw(rng)
        span = self.spans[number]
        if span.length >= length:
            return self.cut(number, self.place(rng, number, length), length)
        return _looped(self.cut(number, 0, span.length), length, int(rng.integers(max(1, span.length))))

    def strangers(self, rng: np.random.Generator, count: int) -> list[int]:
        """Choose `count` tracks of different groups.

        Raises
        ------
        DataError
            When there are not so many groups.
        """
        if len(self.by_group) < count:
            raise DataError(f"{count} speakers are wanted at once, the corpus has {len(self.by_group)} with a name")
        chosen: dict[str | None, int] = {}
        while len(chosen) < count:
            number = self.draw(rng)
            chosen.setdefault(self.spans[number].track.group, number)
        return list(chosen.values())

    def utterances(self, rng: np.random.Generator, length: int, number: int | None = None) -> Samples:
        """Cut `(length,)` of one speaker: a random place, then more clips of the same speaker after short pauses."""
        number = self.draw(rng) if number is None else number
        group = self.spans[number].track.group
        siblings = self.by_group[group] if group is not None else [number]
        out = np.zeros(length, np.float32)
        place = int(rng.integers(0, length // 4)) if rng.random() < 0.3 else 0
        while place < length:
            span = self.spans[number]
            start = int(rng.integers(max(1, span.length - (length - place) + 1)))
            piece = self.cut(number, start, length - place)
            out[place : place + len(piece)] = piece
            place += len(piece) + int(rng.uniform(0.1, 0.8) * self.rate)
            number = siblings[int(rng.integers(len(siblings)))]
        return out


def _fingerprint(sounds: Sequence[Part], rate: int) -> str:
    facts = [VERSION, rate, *((str(sound.path), sound.stream, sound.path.stat().st_size) for sound in sounds)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _fill(sounds: Sequence[Part], rate: int, path: Path, index: Path) -> None:
    """Decode, mix down and resample by blocks, so that a recording may be of any length; several at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lengths = []
    with atomic(path, shared=True) as part, part.open("wb") as file:
        for decoded in _each_decoded(sounds, rate, path.parent):
            with decoded:
                lengths.append(decoded.tell() // 2)
                decoded.seek(0)
                shutil.copyfileobj(decoded, file, LARGEST_IN_MEMORY)
    with atomic(index, shared=True) as part:
        part.write_text(json.dumps(lengths), "utf-8")


def _each_decoded(sounds: Sequence[Part], rate: int, folder: Path) -> Iterator[IO[bytes]]:
    """Decode in threads, since decoders and resamplers let others run, and only as far ahead as is soon written."""
    under_way: deque[Future[IO[bytes]]] = deque()
    with ThreadPoolExecutor() as crew:
        for sound in sounds:
            under_way.append(crew.submit(_decoded, sound, rate, folder))
            if len(under_way) > AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _decoded(sound: Part, rate: int, folder: Path) -> IO[bytes]:
    """Write one recording into a nameless file, in memory while it is small, and leave it at its end."""
    from voxlift.media import open_reader  # noqa: PLC0415  (decoders load when a pool is built)

    file: IO[bytes] = SpooledTemporaryFile(LARGEST_IN_MEMORY, dir=str(folder))  # noqa: SIM115  (the reader closes it)
    with open_reader(sound.path, stream=sound.stream) as reader:
        for block in mono_blocks(reader, rate):
            file.write(np.clip(np.round(block[0] * 32768), -32768, 32767).astype("<i2").tobytes())
    return file


def mono_blocks(reader: Reader, rate: int) -> Iterator[Samples]:
    """Mix a recording down and resample it: blocks `(1, length)`."""
    mono = (block.mean(axis=0, keepdims=True) for block in reader.blocks(BLOCK_SECONDS))
    if reader.rate == rate:
        yield from mono
        return
    resampler = Resampler(reader.rate, rate, 1)
    for block in mono:
        yield resampler.push(block)
    yield resampler.push(np.zeros((1, 0), np.float32), last=True)


def _normalised(weights: list[float]) -> NDArray[np.float64]:
    total = np.cumsum(np.asarray(weights, float))
    return total / total[-1]


def _looped(piece: Samples, length: int, start: int) -> Samples:
    fade = min(len(piece) // 4, 800)
    if fade:
        ramp = np.linspace(0, 1, fade, dtype=np.float32)
        piece = piece.copy()
        piece[:fade] = piece[:fade] * ramp + piece[-fade:] * (1 - ramp)
        piece = piece[:-fade]
    repeats = -(-(start + length) // len(piece))
    return np.tile(piece, repeats)[start : start + length]
