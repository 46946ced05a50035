"""The value Audio: what it keeps, what it refuses."""

import numpy as np
import pytest

from voxlift import Audio, AudioError


def test_it_cannot_be_changed_from_outside() -> None:
    mine = np.zeros((1, 4), np.float32)
    audio = Audio(mine, 8000)
    mine[0, 0] = 1
    assert audio.samples[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0, 0] = 1


def test_a_vector_is_one_channel() -> None:
    audio = Audio(np.zeros(5), 8000)
    assert (audio.channels, audio.length, audio.seconds) == (1, 5, 5 / 8000)


@pytest.mark.parametrize(
    ("samples", "rate", "words"),
    [
        (np.zeros((48000, 2)), 48000, "transposed"),
        (np.zeros((0, 9)), 48000, "0 channels"),
        (np.zeros((2, 2, 2)), 48000, "3 axes"),
        (np.zeros(9), 1, "1 Hz"),
        (np.zeros(9), 768_000, "768000 Hz"),
        (np.array([0.0, np.nan]), 8000, "NaN"),
        (np.array([0.0, np.inf]), 8000, "NaN or infinity"),
        (np.array([1, 2]), 8000, "full scale"),
        (np.array(["a"]), 8000, "type"),
        (np.array([1j]), 8000, "type complex"),
    ],
)
def test_what_is_no_sound_is_refused(samples: np.ndarray, rate: int, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        Audio(samples, rate)
