"""Several channels through a net that names its stems as it likes: one name for all of them, and their image kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.talking import RATE
from voxlift import Audio
from voxlift.separate.contract import Stream
from voxlift.separate.wrappers import Chunked, Middle

LOW, HIGH = (100, 900), (1500, 3500)


@dataclass(frozen=True)
class Bands:
    """Splits at 1.2 kHz and names the two as a coin falls; refuses all but one channel."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    stems: tuple[str, ...] = ("a", "b")
    rate: int | None = None

    def stream(self, channels: int, rate: int) -> Stream:
        raise AssertionError("Chunked asks for whole chunks")

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        assert audio.channels == 1
        spectrum = np.fft.rfft(audio.samples)
        low = np.fft.irfft(spectrum * (np.fft.rfftfreq(audio.length, 1 / RATE) < 1200), audio.length)
        tracks = [low.astype(np.float32), (audio.samples - low).astype(np.float32)]
        order = [0, 1] if self.rng.random() < 0.5 else [1, 0]
        return {stem: Audio(tracks[k], audio.rate) for stem, k in zip(self.stems, order, strict=True)}


def band(rng: np.random.Generator, low_hz: float, high_hz: float) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(30 * RATE))
    hz = np.fft.rfftfreq(30 * RATE, 1 / RATE)
    return 0.1 * np.fft.irfft(spectrum * ((hz > low_hz) & (hz < high_hz)), 30 * RATE)


def test_each_talker_keeps_his_track_and_his_place(rng: np.random.Generator) -> None:
    low, high = band(rng, *LOW), band(rng, *HIGH)
    places = {"low": np.array([[1.0], [0.3]]), "high": np.array([[0.2], [-0.9]])}  # the second is inverted, too
    mixture = (places["low"] * low + places["high"] * high).astype(np.float32)
    separator = Middle(Chunked(Bands(rng), 4.0, 1.0, link=True))
    stems = [stem.samples for stem in separator(Audio(mixture, RATE)).values()]
    if abs(np.vdot(stems[0][0], high)) > abs(np.vdot(stems[0][0], low)):
        stems.reverse()
    for stem, sound, place in zip(stems, (low, high), places.values(), strict=True):
        wanted = place * sound
        assert np.square(stem - wanted).sum() < 0.03 * np.square(wanted).sum()


def test_one_channel_is_the_nets_own(rng: np.random.Generator) -> None:
    mixture = Audio(band(rng, *LOW)[None].astype(np.float32), RATE)
    expected = Chunked(Bands(np.random.default_rng(1)), 40.0, 1.0)(mixture)
    for stem, sound in Middle(Chunked(Bands(np.random.default_rng(1)), 40.0, 1.0))(mixture).items():
        np.testing.assert_array_equal(sound.samples, expected[stem].samples)
