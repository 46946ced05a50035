"""Pictures of runs and corpora: learning curves, styles."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from tests.lab.plots.drawing import drawn, log, rows
from voxlift.cli import run
from voxlift.errors import DataError
from voxlift.lab.studies.logs import names_of, read_curve
from voxlift.lab.studies.tags import count_tags
from voxlift.plots.learning import Curve, draw_curves

pytest.importorskip("matplotlib")


def test_a_log_is_read_as_it_was_written(folder):
    curve = read_curve(log("runs/a", rows()), "a")
    assert len(curve.loss) == 40
    assert curve.hours[-1] == pytest.approx(40 / 60)
    assert not curve.measured.any()
    assert curve.smooth[-1] < curve.smooth[0]


def test_of_steps_that_stand_twice_the_later_count(folder):
    twice = [*rows()[:30], *((*row[:1], 9.0, *row[2:]) for row in rows()[20:35])]
    curve = read_curve(log("runs/a", twice), "a")
    assert len(curve.loss) == 35
    assert (curve.loss[20:] == 9).all()


def test_validation_is_drawn_where_it_was_measured(folder):
    header = "step,loss,validation,hours,seen_hours,share"
    with_validation = [
        (s, loss, 2.0 if n % 10 == 0 else "", h, seen, x) for n, (s, loss, h, seen, x) in enumerate(rows())
    ]
    curve = read_curve(log("runs/a", with_validation, header), "a")
    assert curve.measured.sum() == 4
    log("runs/b", rows(20, 3.0))
    assert run(["lab", "plot", "curves", "runs/a", "runs/b/log.csv", "-o", "p.png"]) == 0
    assert drawn("p.png", (560, 1400))


def test_a_run_of_one_row_is_drawn_too(folder):
    log("runs/a", rows(1))
    assert run(["lab", "plot", "curves", "runs/a"]) == 0
    assert drawn("runs/a.curves.png")


def test_losses_of_different_recipes_are_not_ranked(folder):
    from voxlift.cli.lab_plot import _finding

    column = np.ones(3)
    curves = [Curve(name, column, column, column, column, objective) for name, objective in (("a", "l1"), ("b", "l2"))]
    assert "different losses" in _finding(curves)
    assert "lowest of 2" in _finding([curves[0], Curve("c", column / 2, column, column, column, "l1")])


def test_the_objective_stands_in_the_recipe_beside_the_log(folder):
    place = log("runs/a", rows())
    (place / "recipe.toml").write_text("[losses]\nsnr = 1.0\n[objective]\nlevel = true\nother = 0.0\n", "utf-8")
    assert read_curve(place, "a").objective == "level True, snr 1.0"


def test_runs_of_one_name_are_told_apart(folder):
    assert names_of([Path("x/a"), Path("x/b/log.csv")]) == ["a", "b"]
    assert names_of([Path("x/a"), Path("y/a")]) == [str(Path("x/a")), str(Path("y/a"))]


def test_names_may_hold_anything(folder):
    from voxlift.plots import Layout

    column = np.linspace(3, 1, 9)
    curves = [Curve(name, column, column, column, column) for name in ("$x^2$ _", "한국어", "a\nb")]
    data = draw_curves(curves, "$\\frac$", Layout(800, 400))
    assert drawn(io.BytesIO(data))


# styles


def test_tags_are_counted_by_split(corpus):
    counts = count_tags(corpus, "language", "pack")
    assert json.loads(json.dumps(counts.by_split)) == {"train": {"fr": 3, "ko": 1}, "dev": {"fr": 1}}
    assert (counts.commonest, counts.values, counts.without) == ("fr", 2, 1)
    assert counts.share == pytest.approx(4 / 6)


def test_a_histogram_is_drawn(corpus, capsys):
    assert run(["lab", "plot", "styles", "corpus", "--tag", "language"]) == 0
    assert "2 values of 'language'; the commonest, fr, has 67% of the tracks" in capsys.readouterr().out
    assert drawn("corpus.language.png", (640, 1100))


def test_a_tag_that_no_track_has_is_told_with_those_there_are(corpus):
    with pytest.raises(DataError, match="did you mean 'language'"):
        count_tags(corpus, "langage", "pack")
