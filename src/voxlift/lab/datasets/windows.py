"""Sounds of one length cut side by side into windows, by blocks; and sounds that lie askew laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import DataError


@dataclass(frozen=True)
class Window:
    """A piece `(channels, length)` of a sound; `start` and `sounding` in samples, the latter without padding."""

    start: int
    sounding: int
    samples: Samples


def windows(blocks: Iterable[Samples], length: int, hop: int, pad: bool) -> Iterator[Window]:
    """Cut a sound that comes in blocks.

    Parameters
    ----------
    blocks
        `(channels, length)`, of any length.
    length, hop
        Of a window, and from one to the next, in samples.
    pad
        Whether a last, shorter piece is padded with zeros; else it is left out.
    """
    waiting: Samples | None = None
    start = 0
    for block in blocks:
        waiting = block if waiting is None else np.concatenate([waiting, block], axis=1)
        while waiting.shape[1] >= length:
            yield Window(start, length, waiting[:, :length])
            waiting = waiting[:, hop:]
            start += hop
    # What the window before has shown already is no rest of its own.
    fresh = 0 if waiting is None else waiting.shape[1] - (length - hop if start else 0)
    if pad and waiting is not None and fresh > 0:
        yield Window(start, waiting.shape[1], np.pad(waiting, ((0, 0), (0, length - waiting.shape[1]))))


def side_by_side(sounds: Sequence[Iterator[Window]]) -> Iterator[tuple[Window, ...]]:
    """Step through several sounds at once.

    Raises
    ------
    DataError
        When one ends before the others.
    """
    for pieces in zip_longest(*sounds):
        if len({0 if piece is None else piece.sounding for piece in pieces}) > 1:
            raise DataError("its parts are not of one length; look with voxlift lab data verify")
        yield pieces


def delay_of(late: Samples, early: Samples) -> int:
    """Find by how many samples a sound comes later in one recording than in another.

    Every frequency counts the same in the correlation (PHAT): a room colours what it delays, and the direct sound is
    then still a clear peak.

    Parameters
    ----------
    late, early
        `(length,)`, of one rate.
    """
    size = 1 << (len(late) + len(early) - 1).bit_length()
    cross = np.fft.rfft(late, size) * np.conj(np.fft.rfft(early, size))
    peaks = np.fft.irfft(cross / np.maximum(np.abs(cross), 1e-12 * np.abs(cross).max() + 1e-30), size)
    best = int(np.argmax(peaks))
    return best if best < len(late) else best - size


def aligned(late: Samples, early: Samples) -> tuple[Samples, Samples]:
    """Cut two sounds `(channels, length)` to where both sound, the delay of the first taken away."""
    delay = delay_of(late.mean(axis=0), early.mean(axis=0))
    late, early = late[:, max(0, delay) :], early[:, max(0, -delay) :]
    length = min(late.shape[1], early.shape[1])
    return late[:, :length], early[:, :length]
