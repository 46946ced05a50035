"""Who speaks when, from tracks whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from voxlift.audio import Samples
from voxlift.separate.timeline import Timeline, TimelineMeter, Turn

RATE = 16_000
TALK = {"speaker-1": [(1.0, 4.0), (9.0, 12.0)], "speaker-2": [(3.0, 7.5)]}


def tracks(rng: np.random.Generator, seconds: float = 14, noise: float = 0.0, leak: float = 0.0) -> dict[str, Samples]:
    """Voices as noise at their times, a little of each in the other, two channels."""
    clean = {name: np.zeros((2, round(seconds * RATE)), np.float32) for name in TALK}
    for name, times in TALK.items():
        for start, end in times:
            span = slice(round(start * RATE), round(end * RATE))
            clean[name][:, span] = 0.1 * rng.standard_normal(clean[name][:, span].shape)
    total = sum(clean.values())
    return {
        k: (v + leak * (total - v) + noise * rng.standard_normal(v.shape)).astype(np.float32) for k, v in clean.items()
    }


def measured(stems: dict[str, Samples], block: int = 10**9) -> Timeline:
    meter = TimelineMeter(tuple(stems), RATE)
    length = next(iter(stems.values())).shape[1]
    for start in range(0, length, block):
        meter.push({name: sound[:, start : start + block] for name, sound in stems.items()})
    return meter.result()


@pytest.mark.parametrize(("noise", "leak"), [(0, 0), (0.003, 0), (0, 0.05), (0.003, 0.05)])
def test_turns_are_where_they_were_said(rng: np.random.Generator, noise: float, leak: float) -> None:
    timeline = measured(tracks(rng, noise=noise, leak=leak))
    found = {name: [(t.start, t.end) for t in timeline.turns if t.speaker == name] for name in TALK}
    for name, times in TALK.items():
        assert np.array(found[name]) == pytest.approx(np.array(times), abs=0.08)
    assert timeline.talking_seconds() == pytest.approx({"speaker-1": 6.0, "speaker-2": 4.5}, abs=0.2)
    assert timeline.seconds == 14


def test_blocks_of_any_size_give_what_the_whole_gives(rng: np.random.Generator) -> None:
    stems = tracks(rng, noise=0.001)
    assert measured(stems, 777) == measured(stems)


def test_silence_and_nothing_have_no_turns() -> None:
    for length in (0, 1, 5 * RATE):
        assert measured({name: np.zeros((1, length), np.float32) for name in TALK}).turns == ()


def test_gaps_are_filled_and_clicks_left_out(rng: np.random.Generator) -> None:
    sound = np.zeros((1, 10 * RATE), np.float32)
    for start, end in ((1.0, 2.0), (2.3, 3.0), (6.0, 6.05)):
        span = slice(round(start * RATE), round(end * RATE))
        sound[:, span] = 0.1 * rng.standard_normal(sound[:, span].shape)
    (turn,) = measured({"speaker-1": sound}).turns
    assert (turn.start, turn.end) == pytest.approx((1.0, 3.0), abs=0.08)


def test_the_marks_are_rttm() -> None:
    timeline = Timeline(10.0, ("speaker-1", "speaker-2"), (Turn("speaker-2", 0.5, 2.0), Turn("speaker-1", 1.0, 3.25)))
    assert timeline.rttm("my talk\t1") == (
        "SPEAKER my_talk_1 1 0.500 1.500 <NA> <NA> speaker-2 <NA> <NA>\n"
        "SPEAKER my_talk_1 1 1.000 2.250 <NA> <NA> speaker-1 <NA> <NA>\n"
    )
    assert all(len(line.split()) == 10 for line in timeline.rttm("x").splitlines())
    assert timeline.record() == {
        "seconds": 10.0,
        "talking_seconds": {"speaker-1": 2.25, "speaker-2": 1.5},
        "turns": [
            {"speaker": "speaker-2", "start": 0.5, "end": 2.0}, {"speaker": "speaker-1", "start": 1.0, "end": 3.25},
        ],
    }  # fmt: skip
