"""What cannot be drawn is refused in one sentence, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.lab.plots.drawing import RATE, log, made, sound
from voxlift.audio import Audio
from voxlift.cli import run

pytest.importorskip("matplotlib")


def _prepare(folder: Path) -> None:
    voxlift.write("a.wav", sound(200))
    voxlift.write("silent.wav", Audio(np.zeros((1, 4_000), np.float32), RATE))
    Path("text.wav").write_text("Dear reader.\n" * 99)
    Path("taken.png").touch()
    Path("empty").mkdir()
    voxlift.write(made("mixed/mixture.wav"), sound(100))
    voxlift.write(made("stems/vocals.wav"), sound(100))
    log("runs/bad", [(1, "x", 2, 3, 4)])
    log("runs/none", [])
    log("runs/other", [], "step,accuracy")
    made("runs/binary/log.csv").write_bytes(bytes(range(256)))


REFUSED = {
    "segments: missing": (["segments", "missing.wav"], "no such file"),
    "segments: no sound": (["segments", "text.wav"], "no sound"),
    "segments: too short": (["segments", "a.wav", "--seconds", "3"], "its 2.50 s are shorter than a segment of 3 s"),
    "segments: overlap": (["segments", "a.wav", "--overlap", "1"], "--overlap"),
    "segments: taken": (["segments", "a.wav", "-o", "taken.png"], "--overwrite"),
    "segments: suffix": (["segments", "a.wav", "-o", "p.gif"], ".png or .svg"),
    "segments: no folder": (["segments", "a.wav", "-o", "no/p.png"], "does not exist"),
    "segments: size": (["segments", "a.wav", "--size", "9x9"], "200"),
    "energy: no sound": (["energy", "text.wav"], "no sound"),
    "sum: missing": (["sum", "nowhere"], "no such folder"),
    "sum: empty": (["sum", "empty"], "holds no mixture"),
    "sum: no mixture": (["sum", "stems"], "(found: vocals)"),
    "sum: no stem": (["sum", "mixed"], "holds a mixture but no stem"),
    "mask: no model": (["mask", "a.wav", "--model", "nothing"], "nothing"),
    "mask: no stem": (["mask", "a.wav", "--stem", "drums"], "voice"),
    "mask: silent": (["mask", "silent.wav"], "silent"),
    "mask: no sound": (["mask", "text.wav"], "no sound"),
    "curves: missing": (["curves", "runs/nowhere"], "no such file"),
    "curves: no log": (["curves", "empty"], "log.csv: no such file"),
    "curves: bad row": (["curves", "runs/bad"], "line 2 is no row of numbers"),
    "curves: no row": (["curves", "runs/none"], "no row yet"),
    "curves: no column": (["curves", "runs/other"], "no column 'loss'"),
    "curves: binary": (["curves", "runs/binary"], "is no table"),
    "styles: missing": (["styles", "nowhere"], "no such folder"),
    "styles: empty": (["styles", "empty", "--corpus", "pack"], "MANIFEST.csv"),
    "styles: unknown": (["styles", "empty"], "looks like no corpus"),
    "styles: kind": (["styles", "empty", "--corpus", "pak"], "did you mean 'pack'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_one_sentence_and_leaves_nothing(folder, capsys, case):
    words, message = REFUSED[case]
    _prepare(folder)
    before = sorted(str(path) for path in folder.rglob("*"))
    assert run(["lab", "plot", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert sorted(str(path) for path in folder.rglob("*")) == before
