"""Which voice it is, from how it sounds on average: running statistics of cepstra, no net and nothing learned.

The shape of a speaker's throat and mouth colours all that he says; the mean of the cepstrum over a few seconds averages
the words away and leaves the colour. Two means are compared as in Hotelling's two-sample test ("The generalization of
Student's ratio", 1931), by their Mahalanobis distance under the covariance that both share, which weighs each
coefficient by how much it moves anyway. It is used so to cut recordings at changes of speaker (Zhou and Hansen,
"Efficient audio stream segmentation via the combined T2 statistic and Bayesian information criterion", IEEE Trans.
Speech and Audio Processing 13, 2005); statistics of first and second order tell speakers apart whatever they say
(Bimbot, Magrin-Chagnolleau and Mathan, "Second-order statistical measures for text-independent speaker identification",
Speech Communication 17, 1995). Covariances alone, likelihood ratios of whole Gaussians, and pitch beside the means were
tried on real speakers and tell no more over the few seconds that there are.

Statistics add up, so a voice may be known from an hour of frames in the memory of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.dsp.stft import STFT

FRAME_SECONDS = 0.032
HOP_SECONDS = 0.016
LOW_HZ, HIGH_HZ = 100.0, 3800.0
"""The band of the telephone, which every model and every rate from 8 kHz on has."""

BANDS, COEFFICIENTS = 24, 19
FLOOR_DB = -80.0
"""Added to the bands, under the loudest of the piece: what digital silence leaves is no colour."""

FEWEST_FRAMES = 30
"""Half a second: below, a mean is that of a word."""

SHRINK = 0.1
"""Share of the covariance taken from its diagonal, so that few frames give one that can be inverted."""

MOOD, WORDS = 1.2, 220.0
"""Where the errors of taking one for two and two for one are equal, as found on speakers of VCTK, LibriSpeech and
CML-TTS heard for 1.5 to 20 s: `MOOD` is left after any time, `WORDS` falls with the frames of either piece."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Voiceprint:
    """How many frames were heard, the mean of their cepstra `(coefficients,)` and their scatter about it, squared."""

    frames: int
    mean: Matrix
    scatter: Matrix

    def __add__(self, other: Voiceprint) -> Voiceprint:
        """Join what was heard of one voice at two times."""
        frames = self.frames + other.frames
        if not frames:
            return self
        apart = other.mean - self.mean
        between = np.outer(apart, apart) * (self.frames * other.frames / frames)
        mean = self.mean + apart * (other.frames / frames)
        return Voiceprint(frames, mean, self.scatter + other.scatter + between)

    @property
    def seconds(self) -> float:
        """How long the voice was heard."""
        return self.frames * HOP_SECONDS

    @property
    def known(self) -> bool:
        """Whether enough was heard to compare it."""
        return self.frames >= FEWEST_FRAMES


def unheard(numbers: int) -> Voiceprint:
    """Give the voice of nobody, of frames of so many numbers."""
    return Voiceprint(0, np.zeros(numbers), np.zeros((numbers, numbers)))


UNHEARD = unheard(COEFFICIENTS)


def distance(one: Voiceprint, other: Voiceprint) -> float:
    """How unlike two voices are: below 1 rather one speaker, above 1 rather two; NaN where too little was heard.

    The squared Mahalanobis distance of the means, over what it is where the same speaker and another are told apart
    worst: two pieces of one voice differ by its mood, and the shorter they are, by their words.
    """
    if not (one.known and other.known):
        return math.nan
    covariance = shared_covariance([one, other])
    apart = one.mean - other.mean
    border = MOOD + WORDS * (1 / one.frames + 1 / other.frames)
    return float(apart @ np.linalg.solve(covariance, apart)) / border


def shared_covariance(voices: Sequence[Voiceprint]) -> Matrix:
    """How frames of any of these voices scatter about its mean, shrunk so that it can be inverted."""
    covariance = np.sum([voice.scatter for voice in voices], axis=0) / sum(voice.frames for voice in voices)
    shrunk: Matrix = (1 - SHRINK) * covariance + SHRINK * np.diag(np.diag(covariance) + 1e-6)
    return shrunk


def hop_of(rate: int) -> int:
    """Samples from one frame to the next, and to the centre of the first."""
    return max(1, round(HOP_SECONDS * rate))


def cepstra(sound: Samples, rate: int) -> tuple[Matrix, Matrix]:
    """Analyse a voice `(channels, length)`, its channels averaged, in the frames that lie wholly in it.

    Returns
    -------
    tuple
        Cepstra `(frames, coefficients)`, the first, which is loudness, left out; and the frames' mean powers.
    """
    hop = hop_of(rate)
    stft = STFT(2 * hop, hop)
    mono = sound.mean(axis=0, keepdims=True, dtype=np.float32)
    whole = slice(1, mono.shape[1] // hop)
    power = np.square(np.abs(stft.analyse(mono)[0, whole]), dtype=np.float64)
    bands = power @ _filters(rate, stft.bins).T
    floor = max(float(bands.max(initial=0)) * 10 ** (FLOOR_DB / 10), 1e-12)
    return np.log(bands + floor) @ _cosines(), power.mean(axis=1) / hop


def voiceprint(cepstra: Matrix) -> Voiceprint:
    """Sum up frames of one voice `(frames, coefficients)`."""
    if not len(cepstra):
        return unheard(cepstra.shape[1])
    mean: Matrix = cepstra.mean(axis=0)
    return Voiceprint(len(cepstra), mean, (cepstra - mean).T @ (cepstra - mean))


@lru_cache(maxsize=8)
def _filters(rate: int, bins: int) -> Matrix:
    """Triangles evenly spaced on O'Shaughnessy's scale of heard pitch: `(bands, bins)`."""
    top_hz = min(HIGH_HZ, 0.475 * rate)
    corners = np.linspace(math.log10(1 + LOW_HZ / 700), math.log10(1 + top_hz / 700), BANDS + 2)
    corners_hz = 700 * (10**corners - 1)
    bins_hz = np.linspace(0, rate / 2, bins)
    low, middle, high = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    return np.maximum(0, np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)))


@lru_cache(maxsize=1)
def _cosines() -> Matrix:
    """The discrete cosine transform from bands to all coefficients but the first: `(bands, coefficients)`."""
    orders = np.arange(1, COEFFICIENTS + 1)
    cosines: Matrix = math.sqrt(2 / BANDS) * np.cos(np.pi / BANDS * (np.arange(BANDS)[:, None] + 0.5) * orders)
    return cosines
