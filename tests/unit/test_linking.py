"""Speaker 1 stays speaker 1: over chunk borders, over silences, and after a net's own mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.talking import RATE, speakers
from voxlift import Audio
from voxlift.lab.evaluation.conversations import Manner, Oracle, confusion, conversation
from voxlift.separate.wrappers import Chunked

CHUNK_SECONDS, OVERLAP_SECONDS = 10.0, 2.5


def linked(tracks: np.ndarray, oracle: Oracle) -> float:
    """Link an oracle's chunks, and tell for what share of the time the speakers are confused."""
    stems = Chunked(oracle, CHUNK_SECONDS, OVERLAP_SECONDS, link=True)(Audio(tracks, RATE))
    return confusion([stem.samples for stem in stems.values()], tracks, RATE)


@pytest.mark.parametrize("overlap", [0.1, 1.0])
def test_ten_minutes_with_silences_come_out_right(shared_data: Path, rng: np.random.Generator, overlap: float) -> None:
    people = speakers(shared_data, "cml-tts", 20, 6)[:2]
    manner = Manner(600, overlap, silence_seconds=10, silence_every_seconds=45)
    assert linked(conversation(people, RATE, manner, rng), Oracle(rng)) == 0


def test_after_a_silence_voices_are_known_again(shared_data: Path) -> None:
    """Twelve seconds of talk, ten of silence over a border, then sentences not heard before: a coin would lose half."""
    people = speakers(shared_data, "vctk", 12, 20)
    right = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        pair = [people[k] for k in rng.choice(len(people), 2, replace=False)]
        talk = conversation(pair, RATE, Manner(40, 0.1, silence_seconds=10, silence_every_seconds=12), rng)
        right += linked(talk, Oracle(rng)) == 0
    assert right >= 18


def test_a_net_that_changes_its_mind_is_set_right(shared_data: Path, rng: np.random.Generator) -> None:
    """Without memory every change would swap the speakers until the next: half of the time."""
    people = speakers(shared_data, "cml-tts", 20, 6)[2:4]
    talk = conversation(people, RATE, Manner(300, 0.3), rng)
    assert linked(talk, Oracle(rng, changes_its_mind=0.1)) < 0.15


def test_without_silence_the_overlap_alone_decides(rng: np.random.Generator) -> None:
    """No voice at all, only noise: still each track goes on."""
    swell = np.abs(np.sin(np.arange(60 * RATE) / RATE))
    noise = (0.1 * swell * rng.standard_normal((2, 60 * RATE))).astype(np.float32)
    assert linked(noise, Oracle(rng, leak=0.3)) == 0


def test_three_tracks_are_linked_as_well(rng: np.random.Generator) -> None:
    sounds = (0.1 * rng.standard_normal((3, 30 * RATE))).astype(np.float32)

    class Three(Oracle):
        def __call__(self, audio: Audio) -> dict[str, Audio]:
            order = self.rng.permutation(3)
            tracks = [audio.samples * (np.arange(3) == k)[:, None] for k in order]
            return {s: Audio(t.astype(np.float32), RATE) for s, t in zip(self.stems, tracks, strict=True)}

    stems = Chunked(Three(rng, stems=("a", "b", "c")), 4.0, 1.0, link=True)(Audio(sounds, RATE))
    for stem in stems.values():
        loud = np.square(stem.samples).sum(axis=1)
        assert loud.max() == pytest.approx(loud.sum())
