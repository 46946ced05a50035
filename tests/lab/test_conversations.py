"""Conversations made of utterances: what was asked for is what there is, and mistakes are counted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from voxlift import Audio
from voxlift.errors import DataError
from voxlift.lab.evaluation.conversations import Manner, Oracle, confusion, conversation

RATE = 1000


def people(rng: np.random.Generator) -> list[list[np.ndarray]]:
    return [[rng.standard_normal(n).astype(np.float32) for n in (2000, 2500, 1500)] for _ in range(2)]


@pytest.mark.parametrize("overlap", [0.0, 0.1, 0.5, 1.0])
def test_talkers_overlap_as_asked(rng: np.random.Generator, overlap: float) -> None:
    talk = conversation(people(rng), RATE, Manner(400, overlap), rng) != 0
    assert talk.shape == (2, 400 * RATE)
    assert talk.all(axis=0).sum() / talk.any(axis=0).sum() == pytest.approx(overlap, abs=0.12)
    assert talk.mean(axis=1) == pytest.approx(talk.mean(), rel=0.2), "both have their share"


def test_there_are_silences_where_wanted(rng: np.random.Generator) -> None:
    talk = conversation(people(rng), RATE, Manner(200, 0.1, silence_seconds=10, silence_every_seconds=30), rng)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (talk != 0).any(axis=0), [0]])))
    gaps = edges[2::2] - edges[1:-1:2]
    assert (gaps >= 9.9 * RATE).sum() == pytest.approx(200 / 40, abs=1)


def test_the_same_draw_gives_the_same_talk(rng: np.random.Generator) -> None:
    said = people(rng)
    first, again = (conversation(said, RATE, Manner(20, 0.3), np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_what_cannot_be_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(DataError, match=r"1\.5"):
        Manner(10, 1.5)
    with pytest.raises(DataError, match="one or more"):
        conversation([[], []], RATE, Manner(10), rng)


def test_confusion_counts_the_seconds_on_the_wrong_track(rng: np.random.Generator) -> None:
    a, b = rng.standard_normal((2, 10 * RATE))
    assert confusion([a, b], [a, b], RATE) == confusion([b, a], [a, b], RATE) == 0
    swapped = [np.concatenate([x[: 8 * RATE], y[8 * RATE :]]) for x, y in ((a, b), (b, a))]
    assert confusion(swapped, [a, b], RATE) == pytest.approx(0.2)
    assert math.isnan(confusion([a, b], [0 * a, 0 * b], RATE))


def test_an_oracle_gives_each_speaker_a_track_in_any_order(rng: np.random.Generator) -> None:
    audio = Audio(rng.standard_normal((2, 4 * RATE)).astype(np.float32) * 0.1, RATE)
    orders = set()
    for _ in range(20):
        stems = [stem.samples for stem in Oracle(rng, leak=0.1)(audio).values()]
        assert confusion(stems, audio.samples, RATE) == 0
        orders.add(int(np.square(stems[0]).sum(axis=1).argmax()))
    assert orders == {0, 1}
