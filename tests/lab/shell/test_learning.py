"""Building a net, training it, and stopping either."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lab.shell.conftest import QUIET, Typist, accuracy_in
from voxlift import InputError
from voxlift.errors import CancelledError, DataError
from voxlift.lab.shell.builder import auto_build
from voxlift.lab.shell.data import make_sines
from voxlift.lab.shell.learning import learn, make_net
from voxlift.lab.shell.plan import Plan
from voxlift.lab.shell.state import Console


def test_auto_build_finds_the_same_twice_and_beats_the_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    data, lines = make_sines("train", 300), []
    found = [auto_build(data, range(4), Console(lines.append), work_ms=800) for _ in range(2)]
    assert found[0].plan == found[1].plan
    assert found[0].score == found[1].score > 0.7
    assert 0 <= found[0].plan.layers <= 3
    assert found[0].held_back == 60
    assert found[0].given_up > 0, "those that fall behind are given up"
    assert len(lines) == 2 * found[0].tries


def test_auto_build_keeps_to_its_range_and_needs_some_rows() -> None:
    data = make_sines("train", 100)
    assert auto_build(data, range(5, 6), QUIET, work_ms=200).plan.layers == 5
    assert auto_build(data, range(1), QUIET, work_ms=200).plan.layers == 0
    with pytest.raises(DataError, match="too small"):
        auto_build(make_sines("train", 9), range(2), QUIET)
    for wrong in (range(2, 1), range(34), range(-1, 3)):
        with pytest.raises(InputError, match="from 0 to 32"):
            auto_build(data, wrong, QUIET)


def test_auto_build_that_is_stopped_gives_the_best_so_far(type_in: Typist) -> None:
    type_in("createDataSet train 200")
    type_in.stop_at = "looking"
    with pytest.raises(CancelledError, match="nothing is built"):
        type_in("autoBuild")
    assert type_in.session.state.plan is None
    type_in.stop_at = "score"
    assert "the best so far" in type_in("autoBuild 0 1")
    assert type_in.session.state.plan is not None


def test_training_without_auto_build_takes_the_usual_net(type_in: Typist) -> None:
    type_in("createDataSet train 500")
    said = type_in("model train")
    assert "autoBuild was not typed: the usual net is taken, 3 hidden layers, learning rate 0.01" in said
    assert accuracy_in(said, "train") > 0.8
    assert "no test set yet; type createDataSet test 100" in type_in.fails("model test")
    type_in("createDataSet test 100")
    said = type_in("model test")
    assert accuracy_in(said, "test") > 0.75
    assert accuracy_in(said, "train") > accuracy_in(said, "test")


def test_model_train_goes_on_with_the_same_data_and_begins_anew_with_others(type_in: Typist) -> None:
    type_in("createDataSet train 200")
    type_in("model train")
    assert "going on from iteration 200" in type_in("model train")
    assert [point.iteration for point in type_in.session.state.model.points] == [100, 200, 300, 400]
    type_in("createDataSet train 300")
    assert "going on" not in type_in("model train")


def test_ctrl_c_keeps_what_was_learned(type_in: Typist) -> None:
    type_in("createDataSet train 300")
    type_in.stop_at = "iteration   100"
    said = type_in("model train")
    assert re.search(r"stopped after 10\d of 200 iterations; what was learned is kept", said)
    assert accuracy_in(said, "train") > 0.6
    type_in.stop_at = ""
    assert "going on from iteration 10" in type_in("model train")


def test_a_rate_too_high_is_told() -> None:
    data = make_sines("train", 100)
    net = make_net(data, Plan(2, 1e30))
    with pytest.raises(DataError, match=r"loss is (nan|inf) at iteration \d+: the learning rate 1e\+30 is too high"):
        list(learn(net, data, 1e30, 100))


def test_the_sets_must_fit_the_net(sound: Typist) -> None:
    sound("createDataSet test 10")
    assert "type loadDataSet test 100, or train another net: createDataSet train 1000" in sound.fails("model test")


def test_plot_writes_a_picture_and_never_over_another(type_in: Typist) -> None:
    type_in("createDataSet train 100")
    type_in("model train")
    assert type_in("plot") == "drawn: voxlift-shell.png"
    type_in("createDataSet test 100")
    assert type_in("plot") == "drawn: voxlift-shell-2.png"
    assert type_in("plot mine") == "drawn: mine.png"
    assert "exists already" in type_in.fails("plot mine.png")
    assert Path("mine.png").read_bytes()[:4] == b"\x89PNG"
    assert len(list(Path().iterdir())) == 3
