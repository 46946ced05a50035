"""Tracks of speakers are put right where their voices say so, and stay as they are where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.laws.separators import KNOWS_VOICES, Colour
from voxlift import Audio
from voxlift.lab.evaluation.conversations import Manner, Oracle, confusion, conversation
from voxlift.separate.attribution import Attributor, loud_leads
from voxlift.separate.voices import Voices
from voxlift.separate.wrappers import Attributed, Chunked

SIZE, RATE = 6, 8000


def talk(rng: np.random.Generator, apart: float, turns: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two voices by turns of a second, each on the track that chance gives it: frames, who leads, and whose turn is
    on which track."""
    voices = apart * np.eye(SIZE)[:2] + 1 - apart
    frames, leads, orders = np.zeros((2, 62 * turns, SIZE)), np.zeros((2, 62 * turns), bool), []
    for turn in range(turns):
        who, track, span = turn % 2, int(rng.integers(2)), slice(62 * turn, 62 * turn + 62)
        frames[track, span] = voices[who] + 0.3 * rng.standard_normal((62, SIZE))
        leads[track, span] = True
        orders.append(int(track != who))
    return frames, leads, np.repeat(orders, 62)


def right(path: np.ndarray, orders: np.ndarray) -> float:
    """Share of the frames whose order is right, whichever voice is called the first."""
    share = float((path == orders).mean())
    return max(share, 1 - share)


@pytest.mark.parametrize("seed", range(5))
def test_voices_are_followed_from_track_to_track(seed: int) -> None:
    frames, leads, orders = talk(np.random.default_rng(seed), apart=1.0)
    assert right(Attributor(2).follow(frames, frames, leads), orders) > 0.99


def test_a_voice_is_known_in_the_next_stretch(rng: np.random.Generator) -> None:
    attributor, frames, leads, orders = Attributor(2), *talk(rng, apart=1.0)
    first = attributor.follow(frames, frames, leads)
    frames, leads, more = talk(rng, apart=1.0, turns=3)
    second = attributor.follow(frames, frames, leads)
    assert right(np.concatenate([first, second]), np.concatenate([orders, more])) > 0.99


def test_one_voice_stays_where_it_is(rng: np.random.Generator) -> None:
    frames, leads, _ = talk(rng, apart=0.0)
    assert not Attributor(2).follow(frames, frames, leads).any()


def test_voices_much_alike_are_told_apart_only_where_it_is_known_that_there_are_two(rng: np.random.Generator) -> None:
    frames, leads, orders = talk(rng, apart=0.4)
    assert not Attributor(2).follow(frames, frames, leads).any()
    assert right(Attributor(2, certain=True).follow(frames, frames, leads), orders) > 0.95


@pytest.mark.parametrize("frames", [0, 10])
def test_too_little_to_know_a_voice_changes_nothing(frames: int) -> None:
    nothing = np.zeros((2, frames, SIZE))
    assert not Attributor(2).follow(nothing, nothing, np.ones((2, frames), bool)).any()


def test_three_voices_are_followed(rng: np.random.Generator) -> None:
    frames, leads = np.zeros((3, 62 * 36, SIZE)), np.zeros((3, 62 * 36), bool)
    attributor, tracks = Attributor(3), []
    for turn in range(36):
        track, span = int(rng.integers(3)), slice(62 * turn, 62 * turn + 62)
        frames[track, span] = np.eye(SIZE)[turn % 3] + 0.3 * rng.standard_normal((62, SIZE))
        leads[track, span] = True
        tracks += [track] * 62
    orders = attributor.orders[attributor.follow(frames, frames, leads)]
    carried = (
        (orders == np.array(tracks)[:, None]).argmax(axis=1).reshape(36, 62)
    )  # which voice is on the leading track
    for voice in range(3):
        names, counts = np.unique(carried[voice::3], return_counts=True)
        assert counts.max() / counts.sum() > 0.97, names


def test_who_leads_is_loud_and_far_ahead() -> None:
    powers = np.array([[1.0, 1.0, 0.001, 0.0], [0.1, 0.5, 0.0, 0.0]])
    np.testing.assert_array_equal(loud_leads(powers, 1.0), [[True, False, False, False], [False] * 4])


def utterances(hz: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Two seconds of hiss around a frequency, in syllables: a talker with a colour of his own."""
    at = np.arange(2 * RATE) / RATE
    taps = np.hanning(65) * np.cos(2 * np.pi * hz * np.arange(65) / RATE)
    said = []
    for _ in range(4):
        hiss = np.convolve(rng.standard_normal(len(at)), taps, "same") + 0.3 * rng.standard_normal(len(at))
        said.append((0.02 * hiss * (1.2 + np.sin(2 * np.pi * 4 * at))).astype(np.float32))
    return said


def test_a_net_that_changes_its_mind_is_put_right() -> None:
    """Tracks are exchanged in the midst of half of the chunks: in the end nobody is on another's track."""
    rng = np.random.default_rng(4)
    said = conversation([utterances(700, rng), utterances(1900, rng)], RATE, Manner(60, 0.1), rng)
    wrong = []
    for put_right in (False, True):
        chunked = Chunked(Oracle(np.random.default_rng(1), changes_its_mind=0.5), 10.0, 2.5, link=True)
        separator = (
            Attributed(chunked, Voices(KNOWS_VOICES, Colour()), seconds=12.0, first_pieces=2) if put_right else chunked
        )
        tracks = separator(Audio(said, RATE))
        wrong.append(confusion([track.samples for track in tracks.values()], said, RATE))
        whole = sum(track.samples for track in tracks.values())
        np.testing.assert_allclose(whole, 1.1 * said, atol=1e-5)
    assert wrong[0] > 0.15
    assert wrong[1] < 0.02


@pytest.mark.parametrize("left", [1, 100, 300])
def test_a_last_piece_may_be_shorter_than_a_frame(left: int, rng: np.random.Generator) -> None:
    oracle = Chunked(Oracle(rng), 2.0, 0.5)
    separator = Attributed(oracle, Voices(KNOWS_VOICES, Colour()), seconds=1.0, first_pieces=2)
    said = rng.standard_normal((2, 3 * RATE + left)).astype(np.float32)
    assert {track.samples.shape[1] for track in separator(Audio(said, RATE)).values()} == {said.shape[1]}


def test_what_was_waited_for_is_given_piece_by_piece() -> None:
    """Else all that comes after had to hold a minute and a half at once."""
    rng = np.random.default_rng(4)
    said = conversation([utterances(700, rng), utterances(1900, rng)], RATE, Manner(30, 0.1), rng).astype(np.float32)
    oracle = Chunked(Oracle(rng), 2.0, 0.5)
    stream = Attributed(oracle, Voices(KNOWS_VOICES, Colour()), seconds=4.0, first_pieces=3).stream(2, RATE)
    given = [stream.push(said[:, start : start + RATE])["speaker1"].shape[1] for start in range(0, 24 * RATE, RATE)]
    assert max(given) == 4 * RATE
    assert sum(given) >= 16 * RATE
