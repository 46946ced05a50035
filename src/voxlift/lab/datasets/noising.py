"""Noise laid over speech at drawn ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.resampler import Resampler
from voxlift.errors import DataError
from voxlift.lab.corpora import Part
from voxlift.lab.corpora.track import CLEAN, NOISY
from voxlift.media import open_reader

LONGEST_SECONDS = 300.0
"""So much of a noise is kept in memory at most."""
QUIETEST = 1e-5
"""A noise below -100 dB is a pause: raised to any ratio it would be nothing but rounding."""


@dataclass(frozen=True)
class Mixed:
    """A segment: its sounds `(channels, length)` by part; the ratio at which noise was added, if it was."""

    parts: Mapping[str, Samples]
    snr_db: float | None = None


class Noiser:
    """One noise under one track of speech, from a drawn place of it on; it begins again when it ends.

    Parameters
    ----------
    part
        The noise.
    rate
        Of the speech, in Hz; the noise follows.
    rng
        Where the place and the ratios come from.
    """

    def __init__(self, part: Part, rate: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._noise = _loaded(part, rate)
        self._offset = int(rng.integers(len(self._noise)))

    def over(self, speech: Samples, start: int, range_db: tuple[float, float]) -> Mixed:
        """Mix a segment.

        Parameters
        ----------
        speech
            `(channels, length)`.
        start
            Where the segment lies in its track, in samples: the noise goes on from segment to segment.
        range_db
            From which the ratio of mean squares over the segment is drawn.

        Returns
        -------
        Mixed
            `noisy` and `clean`, lowered together where they would clip.
        """
        at = (self._offset + start + np.arange(speech.shape[1])) % len(self._noise)
        noise = self._noise[at]
        snr_db = float(self._rng.uniform(*range_db))
        levels = [float(np.sqrt(np.square(sound, dtype=np.float64).mean())) for sound in (speech, noise)]
        gain = levels[0] / levels[1] * 10 ** (-snr_db / 20) if levels[1] > QUIETEST else 0.0
        noisy = speech + np.float32(gain) * noise
        lower = np.float32(min(1.0, 0.99 / max(float(np.abs(noisy).max()), 1e-9)))
        return Mixed({NOISY: noisy * lower, CLEAN: speech * lower}, snr_db)


def _loaded(part: Part, rate: int) -> Samples:
    """Read a noise or the beginning of it: mono, `(length,)`."""
    with open_reader(part.path, part.stream) as reader:
        blocks, seconds = [], 0.0
        for block in reader.blocks(10.0):
            blocks.append(block.mean(axis=0, keepdims=True))
            seconds += block.shape[1] / reader.rate
            if seconds >= LONGEST_SECONDS:
                break
        mono = np.concatenate(blocks, axis=1)
        if reader.rate != rate:
            mono = Resampler(reader.rate, rate, 1).push(mono, last=True)
    if not mono.shape[1]:
        raise DataError(f"{part.path}: the noise is too short to be heard at {rate} Hz; take it away")
    return np.ascontiguousarray(mono[0])
