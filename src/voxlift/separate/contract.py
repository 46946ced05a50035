"""What everything that separates has in common; `tests/laws` holds every implementation to it.

A separator opens streams; a stream takes blocks of any size and gives back, for each stem, what it can already say.
Calling a separator on a whole `Audio` is the same stream run once, so files, pipes and live sound share one path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np

from voxlift.audio import Audio, Samples

Stems: TypeAlias = dict[str, Samples]
"""Blocks by stem, all of one shape `(channels, length)`."""

BLOCK_SECONDS = 4.0


class Stream(Protocol):
    """A separation under way. Over its life it gives as many samples of each stem as it took; none comes late."""

    def push(self, block: Samples) -> Stems:
        """Take `(channels, any length)`; return the next samples of each stem, perhaps none."""

    def flush(self) -> Stems:
        """Take the end of the sound; return all that is still owed. Nothing may be pushed after it."""


class Separator(Protocol):
    """One sound in, named stems out: same length, channels and rate; deterministic; silence stays silence."""

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of the stems, in order."""

    @property
    def rate(self) -> int | None:
        """The only rate it takes, in Hz; None if it takes any."""

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream for sound of this format."""

    def __call__(self, audio: Audio) -> Mapping[str, Audio]:
        """Separate a whole sound."""


def separate(separator: Separator, audio: Audio) -> dict[str, Audio]:
    """Run a separator's stream over a whole sound: what its `__call__` does."""
    stream = separator.stream(audio.channels, audio.rate)
    parts = [stream.push(block) for block in blocks_of(audio)]
    parts.append(stream.flush())
    whole = joined(parts)
    return {stem: Audio(whole[stem], audio.rate) for stem in separator.stems}


def joined(parts: Sequence[Stems]) -> Stems:
    """Put what a stream said one time after another, at least one, into one."""
    return {stem: np.concatenate([part[stem] for part in parts], axis=1) for stem in parts[0]}


def blocks_of(audio: Audio, seconds: float = BLOCK_SECONDS) -> Iterator[Samples]:
    """Cut a sound into blocks `(channels, length)`."""
    size = max(1, round(seconds * audio.rate))
    for start in range(0, audio.length, size):
        yield audio.samples[:, start : start + size]


def latency_samples(separator: Separator, channels: int, rate: int, block: int) -> int:
    """Measure how late a stream's output follows its input when fed blocks of `block` samples, in samples.

    It is the most that a stream ever withholds, found by feeding it two seconds of silence; the time that the block
    itself takes to arrive is counted in.
    """
    stream = separator.stream(channels, rate)
    stem = separator.stems[0]
    owed = worst = 0
    for _ in range(max(1, 2 * rate // block)):
        worst = max(worst, owed + block)
        owed += block - stream.push(np.zeros((channels, block), np.float32))[stem].shape[1]
    return worst
