"""Random segments of recordings of any length, without holding the recordings in memory.

Compressed files decode too slowly to be cut from at random, so a pool writes each recording once, at the net's rate,
as 16-bit numbers into one file on disk that is mapped, not read: memory stays flat while the corpus grows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.lab.corpora import Clip

VERSION = 1  # of the cache's format: a new one makes old caches be built again


@dataclass(frozen=True)
class Span:
    """Where one clip lies in the pool, in samples."""

    clip: Clip
    start: int
    length: int


class Pool:
    """Clips of one kind, mono, at one rate, on disk."""

    def __init__(self, clips: Sequence[Clip], rate: int, cache: Path) -> None:
        if not clips:
            raise DataError("a pool of no clips: the corpus holds none of this kind")
        self.rate = rate
        self.path = cache / f"pool-{_fingerprint(clips, rate)}.s16"
        index = self.path.with_suffix(".json")
        if not index.exists():
            _fill(clips, rate, self.path, index)
        lengths = json.loads(index.read_text("utf-8"))
        starts = np.concatenate([[0], np.cumsum(lengths)])
        self.spans = [
            Span(clip, int(start), length) for clip, start, length in zip(clips, starts, lengths, strict=False)
        ]
        self.by_group: dict[str, list[int]] = {}
        for number, span in enumerate(self.spans):
            if span.clip.group is not None:
                self.by_group.setdefault(span.clip.group, []).append(number)
        self._shares = _normalised([span.length * span.clip.weight for span in self.spans])
        self._map: NDArray[np.int16] | None = None

    @property
    def seconds(self) -> float:
        """Sound in the pool."""
        return sum(span.length for span in self.spans) / self.rate

    def draw(self, rng: np.random.Generator) -> int:
        """Choose a clip, by its length and weight."""
        return int(np.searchsorted(self._shares, rng.random(), side="right"))

    def cut(self, number: int, start: int, length: int) -> Samples:
        """Cut `(length,)` samples out of a clip, fewer where it ends."""
        if self._map is None:  # opened late: a mapping does not travel between processes
            self._map = np.memmap(self.path, np.int16, "r")
        span = self.spans[number]
        begin = span.start + start
        return self._map[begin : min(begin + length, span.start + span.length)].astype(np.float32) / np.float32(32768)

    def segment(self, rng: np.random.Generator, length: int, number: int | None = None) -> Samples:
        """Cut `(length,)` at a random place of a random clip; a short clip is repeated, its joints cross-faded."""
        number = self.draw(rng) if number is None else number
        span = self.spans[number]
        if span.length >= length:
            return self.cut(number, int(rng.integers(span.length - length + 1)), length)
        return _looped(self.cut(number, 0, span.length), length, int(rng.integers(max(1, span.length))))

    def utterances(self, rng: np.random.Generator, length: int) -> Samples:
        """Cut `(length,)` of one speaker: a random place, then more clips of the same speaker after short pauses."""
        number = self.draw(rng)
        group = self.spans[number].clip.group
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


def pool_hours(clips: Sequence[Clip], rate: int, cache: Path) -> dict[str, float]:
    """Hours of sound by corpus, over the kinds that pools are made of."""
    hours: dict[str, float] = {}
    for kind in ("speech", "noise", "music"):
        chosen = [clip for clip in clips if clip.kind == kind]
        for span in Pool(chosen, rate, cache).spans if chosen else []:
            hours[span.clip.corpus] = hours.get(span.clip.corpus, 0.0) + span.length / rate / 3600
    return hours


def _fingerprint(clips: Sequence[Clip], rate: int) -> str:
    facts = [VERSION, rate, *((str(clip.path), clip.path.stat().st_size) for clip in clips)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _fill(clips: Sequence[Clip], rate: int, path: Path, index: Path) -> None:
    import soxr  # noqa: PLC0415  (decoders load when a pool is built)

    from voxlift.media import read  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    lengths = []
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for clip in clips:
            audio = read(clip.path)
            mono = audio.samples.mean(axis=0)
            if audio.rate != rate:
                mono = soxr.resample(mono, audio.rate, rate)
            np.clip(np.round(mono * 32768), -32768, 32767).astype("<i2").tofile(file)
            lengths.append(len(mono))
    part.replace(path)
    index.write_text(json.dumps(lengths), "utf-8")


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
