"""Real speakers for tests."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from voxlift import Audio, read
from voxlift.audio import Samples

RATE = 8000
SENTENCE_SECONDS = 3.0


@cache
def speakers(data: Path, corpus: str, least_seconds: float, most: int) -> tuple[tuple[Samples, ...], ...]:
    """Of each speaker of a corpus who talks long enough, pieces of three seconds `(length,)` at 8 kHz."""
    files: dict[str, list[Path]] = {}
    with (data / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest):
            if row["corpus"] == corpus and row["kind"] == "speech":
                files.setdefault(row["speaker"], []).append(data / row["path"])
    found = []
    for paths in files.values():
        pieces = [piece for path in paths[:12] for piece in _pieces(read(path))]
        if sum(map(len, pieces)) >= least_seconds * RATE:
            found.append(tuple(pieces))
        if len(found) == most:
            break
    return tuple(found)


def _pieces(audio: Audio) -> Iterator[Samples]:
    sound = soxr.resample(audio.samples.mean(axis=0), audio.rate, RATE).astype(np.float32)
    size = round(SENTENCE_SECONDS * RATE)
    for start in range(0, max(1, len(sound) - size // 2), size):
        yield sound[start : start + size]
