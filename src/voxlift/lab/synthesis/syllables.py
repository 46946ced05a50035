"""Where the syllables of speech are: the vowels that can be held, and the consonants that lead to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from voxlift.lab.synthesis.voice import PERIOD_SECONDS, Frames, Heard

VOWEL_HZ = (250.0, 3400.0)
NEIGHBOUR_SECONDS = 0.09
"""Vowels do not follow each other faster."""
DIP_DB = 2.5
"""Between two vowels the level falls by at least so much."""
FALL_DB = 7.0
"""A vowel ends where the level has fallen so far below its peak."""
LEAST_SECONDS = 0.04
LEAD_SECONDS = 0.14
"""Consonants longer than this are shortened: singers sing vowels."""


@dataclass(frozen=True)
class Syllable:
    """Frames of one syllable: consonants from `lead`, the vowel from `start` to `end`."""

    lead: int
    start: int
    end: int
    level_db: float


def syllables(heard: Heard) -> list[Syllable]:
    """Find them, in order; none in silence and whispering."""
    level = _level_db(heard)
    peaks, _ = find_peaks(
        level, distance=max(1, round(NEIGHBOUR_SECONDS / PERIOD_SECONDS)), prominence=DIP_DB, height=level.max() - 30
    )
    voiced = heard.pitch_hz > 0
    found: list[Syllable] = []
    for peak in peaks:
        if not voiced[peak]:
            continue
        start, end = _extent(level, voiced, int(peak))
        before = found[-1].end if found else 0
        start = max(start, before)
        if (end - start) * PERIOD_SECONDS >= LEAST_SECONDS:
            lead = max(before, start - round(LEAD_SECONDS / PERIOD_SECONDS))
            found.append(Syllable(lead, start, end, float(level[peak])))
    return found


def _extent(level: Frames, voiced: np.ndarray, peak: int) -> tuple[int, int]:
    """Go from the peak to both sides while it is voiced, loud and not rising towards another vowel."""
    sides = []
    for step in (-1, 1):
        frame = lowest = peak
        while 0 <= frame + step < len(level) and voiced[frame + step] and level[frame + step] > level[peak] - FALL_DB:
            frame += step
            if level[frame] < level[lowest]:
                lowest = frame
            elif level[frame] > level[lowest] + DIP_DB:
                frame = lowest
                break
        sides.append(frame)
    return sides[0], sides[1] + 1


def _level_db(heard: Heard) -> Frames:
    hz = np.linspace(0, heard.rate / 2, heard.envelope.shape[1])
    power = heard.envelope[:, (hz > VOWEL_HZ[0]) & (hz < VOWEL_HZ[1])].sum(axis=1)
    return gaussian_filter1d(10 * np.log10(power + 1e-14), 0.015 / PERIOD_SECONDS)
