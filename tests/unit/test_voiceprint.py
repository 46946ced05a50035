"""What a voice is known by: statistics that add up, at every rate, and that tell real speakers apart."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.talking import RATE, speakers
from voxlift.audio import Samples
from voxlift.dsp.voiceprint import COEFFICIENTS, UNHEARD, Voiceprint, cepstra, distance, voiceprint


def heard(sound: Samples, rate: int = RATE) -> Voiceprint:
    frames, powers = cepstra(sound[None], rate)
    return voiceprint(frames[powers > powers.max(initial=0) * 10**-3.5])


def test_what_was_heard_at_two_times_adds_up(rng: np.random.Generator) -> None:
    frames = rng.standard_normal((100, COEFFICIENTS))
    whole, parts = voiceprint(frames), voiceprint(frames[:30]) + voiceprint(frames[30:30]) + voiceprint(frames[30:])
    assert whole.frames == parts.frames
    np.testing.assert_allclose(parts.mean, whole.mean)
    np.testing.assert_allclose(parts.scatter, whole.scatter)
    assert (UNHEARD + UNHEARD).frames == 0


def test_too_little_is_no_voice(rng: np.random.Generator) -> None:
    long, short = heard(rng.standard_normal(8000)), heard(rng.standard_normal(2000))
    assert long.known
    assert not short.known
    assert math.isnan(distance(long, short))
    for length in (0, 1, 200):
        assert heard(np.zeros(length, np.float32)).frames == 0


def test_a_voice_is_the_same_at_every_rate(shared_data: Path) -> None:
    sound = np.concatenate(speakers(shared_data, "cml-tts", 20, 6)[0][:4])
    for rate in (16_000, 44_100, 48_000):
        again = soxr.resample(sound, RATE, rate)
        assert distance(heard(sound), heard(again, rate)) < 0.1


@pytest.mark.parametrize("corpus", ["vctk", "cml-tts"])
def test_real_speakers_are_told_apart(shared_data: Path, corpus: str) -> None:
    """Six seconds of each of two; three more of one of them: nearer to his own, and on his side of the border."""
    people = [pieces for pieces in speakers(shared_data, corpus, 12, 20) if sum(map(len, pieces[:3])) > 8.5 * RATE]
    voices = [(heard(np.concatenate(pieces[:2])), heard(pieces[2])) for pieces in people]
    own = np.array([distance(known, new) for known, new in voices])
    others = np.array([[distance(voices[a][0], voices[b][1]) for a in range(len(voices)) if a != b]
                       for b in range(len(voices))])  # fmt: skip
    assert len(own) >= 8
    assert (others > own[:, None]).mean() > 0.93
    assert (own < 1).mean() > 0.75
    assert (others > 1).mean() > 0.75
