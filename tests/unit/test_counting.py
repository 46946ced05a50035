"""As many tracks as people: ghosts are silent, nothing said is lost, and the count is told with how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.talking import RATE, speakers
from voxlift import InputError
from voxlift.audio import Samples
from voxlift.lab.evaluation.conversations import Manner, conversation
from voxlift.separate.contract import Stems
from voxlift.separate.counting import Count
from voxlift.separate.wrappers import Counted, Through
from voxlift.separate.wrappers.counted import HELD_STEPS, STEP_SECONDS


@dataclass(frozen=True)
class Split:
    """Gives each channel as a track: what a net made is the test's to choose."""

    stems: tuple[str, ...] = ("a", "b")
    rate: int | None = None

    def stream(self, channels: int, rate: int) -> Split:
        return self

    def push(self, block: Samples) -> Stems:
        return {stem: block[k : k + 1] for k, stem in enumerate(self.stems)}

    def flush(self) -> Stems:
        return {stem: np.zeros((1, 0), np.float32) for stem in self.stems}

    def __call__(self, audio: object) -> None:
        raise AssertionError("not asked for")


def counted(tracks: Samples, count: int | None = None) -> tuple[Count, list[Samples]]:
    """Run tracks through, block by block; the inner stream takes as many channels as there are tracks."""
    told: list[Count] = []
    names = tuple("abc"[: len(tracks)])
    stream = Counted(Split(names), count, told.append).stream(1, RATE)
    parts = [stream.push(tracks[:, start : start + 30_000]) for start in range(0, tracks.shape[1], 30_000)]
    parts.append(stream.flush())
    assert len(told) == 1
    return told[0], [np.concatenate([part[stem] for part in parts], axis=1)[0] for stem in parts[0]]


def person(data: Path, number: int, corpus: str = "cml-tts") -> tuple[Samples, ...]:
    return speakers(data, corpus, 20, 6)[number]


def alone(data: Path, rng: np.random.Generator, number: int = 0, seconds: float = 40) -> Samples:
    return conversation([person(data, number)], RATE, Manner(seconds), rng)[0]


@pytest.mark.parametrize("ghost", ["copy", "leak", "noise", "wandering"])
def test_one_speaker_is_one_track_and_silence(shared_data: Path, rng: np.random.Generator, ghost: str) -> None:
    voice = alone(shared_data, rng)
    second = {
        "copy": voice,
        "leak": 0.15 * voice,
        "noise": 0.1 * voice + 0.003 * rng.standard_normal(len(voice)).astype(np.float32),
        "wandering": np.where(np.arange(len(voice)) // (4 * RATE) % 2, voice, 0),
    }[ghost]
    first = voice - second if ghost == "wandering" else voice
    count, tracks = counted(np.stack([first, second]).astype(np.float32))
    assert count.speakers == 1
    assert count.confidence > 0.6
    assert not tracks[1].any(), "digital silence, not a ghost"
    np.testing.assert_allclose(tracks[0], first + second, atol=1e-6)


@pytest.mark.parametrize("overlap", [0.0, 0.3, 1.0])
def test_two_speakers_are_two_tracks(shared_data: Path, rng: np.random.Generator, overlap: float) -> None:
    talk = conversation([person(shared_data, 0), person(shared_data, 1)], RATE, Manner(40, overlap), rng)
    talk += 0.2 * talk[::-1]
    count, tracks = counted(talk)
    assert count.speakers == 2
    assert count.confidence > 0.6
    np.testing.assert_allclose(np.sum(tracks, axis=0), talk.sum(axis=0), atol=1e-6)
    first = 0 if np.abs(talk[0, :RATE]).sum() > np.abs(talk[1, :RATE]).sum() else 1
    same = [np.abs(a - b).max() for a, b in zip(tracks, (talk[first], talk[1 - first]), strict=True)]
    assert overlap == 1.0 or max(same) == 0, "whoever is heard first is speaker 1, from his first word on"


def test_a_second_speaker_who_comes_late_is_whole(shared_data: Path, rng: np.random.Generator) -> None:
    """His track begins with his first word, though he was known only after some; until then it is silent."""
    voice, late = alone(shared_data, rng, 0), alone(shared_data, rng, 2)
    start = 25 * RATE
    talk = np.stack(
        [
            np.where(np.arange(len(voice)) < start, voice, 0),
            np.concatenate([0 * voice, late])[-len(voice) - start :][: len(voice)],
        ]
    )
    talk[1, :start] = 0
    count, tracks = counted(talk)
    assert count.speakers == 2
    np.testing.assert_array_equal(tracks[0], talk[0])
    np.testing.assert_array_equal(tracks[1], talk[1])


def test_silence_is_nobody() -> None:
    count, tracks = counted(np.zeros((2, 30 * RATE), np.float32))
    assert count == Count(0, 1.0)
    assert not np.any(tracks)


def test_a_number_that_is_given_is_taken(shared_data: Path, rng: np.random.Generator) -> None:
    voice = alone(shared_data, rng, seconds=20)
    both = np.stack([voice, 0.1 * voice])
    assert counted(both, 1)[0] == Count(1, 1.0)
    np.testing.assert_allclose(counted(both, 1)[1], both.sum(axis=0, keepdims=True), atol=1e-6)
    np.testing.assert_array_equal(counted(both, 2)[1], both)
    three = np.stack([voice, 0.1 * voice, 0.2 * voice])
    count, tracks = counted(three, 2)
    assert count.speakers == 1
    np.testing.assert_allclose(tracks[0], three.sum(axis=0), atol=1e-6)
    assert not tracks[1].any()


def test_no_more_is_held_back_than_said(rng: np.random.Generator) -> None:
    stream, held = Counted(Split()).stream(1, RATE), 0
    for _ in range(60):
        held += (
            RATE // 2
            - stream.push((0.1 * rng.standard_normal((2, RATE // 2))).astype(np.float32))["speaker-1"].shape[1]
        )
        assert held <= (HELD_STEPS + 1) * STEP_SECONDS * RATE


@pytest.mark.parametrize(("stems", "count", "words"), [
    (("voice",), None, "one track"), (("a", "b"), 3, "splits 1 to 2"), (("a", "b"), 0, "splits 1 to 2"),
])  # fmt: skip
def test_what_cannot_be_is_refused(stems: tuple[str, ...], count: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Counted(Through(stems), count)
