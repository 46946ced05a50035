"""What every task's examples look like, and who makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.augment import FLAT, BandLimit, Codec, Equaliser, gain, rms_db
from voxlift.lab.recipe import Mix
from voxlift.lab.segments import Pool

SILENCE_DB = -75.0
"""RMS under which a segment is a pause in its recording."""


@dataclass(frozen=True)
class Example:
    """One training pair: the mixture `(length,)`, and what is wanted out of it `(stems, length)`.

    `talkers` are the numbers of those who speak in it, one a stem, where the mixer knows them.
    """

    mixture: Samples
    targets: Samples
    talkers: tuple[int, ...] = ()


class Mixer(Protocol):
    """Makes examples as they are needed and never the same twice.

    Example number `i` of a seed is a function of both alone, so a resumed run goes on with the examples it had not
    seen, and several processes share one run without talking.
    """

    @property
    def pools(self) -> Sequence[Pool]:
        """All the sound it draws from."""

    def example(self, number: int) -> Example:
        """Make example `number`."""


def channel(rng: np.random.Generator, mix: Mix, rate: int, mixture: Samples, targets: Samples) -> Example:
    """Send a mixture and its targets through the channel that they share, and the mixture through its own damage."""
    if rng.random() < mix.bandlimit:
        limit = BandLimit.draw(rng)
        mixture = limit.apply(mixture, rate)
        targets = np.stack([limit.apply(target, rate) for target in targets])
    level = gain(float(rng.uniform(mix.level_low_db, mix.level_high_db)) - rms_db(mixture))
    level = min(level, np.float32(0.99) / (np.abs(mixture).max() + np.float32(1e-9)))
    mixture, targets = mixture * level, targets * level
    if rng.random() < mix.clipping:
        top = np.abs(mixture).max() * gain(-float(rng.uniform(1, 10)))
        mixture = np.clip(mixture, -top, top)
    if rng.random() < mix.codec:
        mixture = Codec.draw(rng, rate).apply(mixture, rate)
    return Example(mixture.astype(np.float32), targets.astype(np.float32))


def coloured(rng: np.random.Generator, mix: Mix, voice: Samples, rate: int) -> Samples:
    """Give a voice the colour of another place and of another way to speak."""
    place = Equaliser.draw(rng, 4.0) if rng.random() < mix.tilt else FLAT
    return (place + Equaliser.brighter(rng, mix.bright)).apply(voice, rate)


def active_db(voice: Samples) -> float:
    """Level of the parts that are no pause: mean over 20 ms frames within 35 dB of the loudest."""
    frames = voice[: len(voice) // 320 * 320].reshape(-1, 320)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12
    return float(10 * np.log10(power[power > power.max() * 10**-3.5].mean()))
