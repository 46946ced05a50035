"""A made singer over a made song, in its key, its tempo and its harmony: what remixed stems never are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr

from voxlift.audio import Samples
from voxlift.lab.augment import gain, rms_db
from voxlift.lab.dynamics import Compressor, limiting_gain
from voxlift.lab.mixing.example import active_db
from voxlift.lab.synthesis import singers
from voxlift.lab.synthesis.arranging import Song
from voxlift.lab.synthesis.rendering import RATE, render


def duet(rng: np.random.Generator, song: Song, soundfont: Path, clips: Sequence[Path]) -> tuple[Samples, Samples]:
    """Let somebody sing over a song.

    Returns
    -------
    tuple
        Voice and accompaniment, `(2, length)` each at 44.1 kHz; their sum is the mastered mixture.
    """
    rest = render(rng, song, soundfont)
    performance = singers.perform(rng, clips, song.seconds, song)
    wet = singers.produce(rng, performance.sound)
    voice = soxr.resample(wet.T, singers.RATE, RATE).T.astype(np.float32)[:, : rest.shape[1]]
    voice = np.pad(voice, ((0, 0), (0, rest.shape[1] - voice.shape[1])))
    voice = voice * gain(rms_db(rest) - active_db(voice.mean(axis=0)) + float(rng.uniform(-7, 6)))
    # One gain over time for the sum, and so for both: they add up to what was mastered.
    glue = Compressor.draw(rng, 0.3).gain(voice + rest, RATE)
    voice, rest = voice * glue, rest * glue
    held = limiting_gain(voice + rest, 0.97)
    return voice * held, rest * held
