"""`voxlift lab data`: describe, verify, cut and listen, as a user runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import Cli, Ran
from tests.lab.layouts import LAYOUTS
from voxlift.cli import lab_data, run
from voxlift.lab.corpora import list_tracks
from voxlift.media import read

pytest.importorskip("openpyxl")


@pytest.fixture
def build(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        LAYOUTS[name].build(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(word) for word in ("lab", "data", *arguments)])
        return Ran(status, *capsys.readouterr())

    return call


def test_the_commands(build, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = build("dsd100")
    told = cli("describe", root, "--save", "d.xlsx")
    assert told.status == 0
    assert "dsd100" in told.out
    assert "style: Rock 1" in told.out
    good = cli("verify", root, "--all")
    assert good.status == 0
    assert "5 of 5 tracks are in order; mixture = sum of its parts within -" in good.out
    made = cli("cut", root, "-o", "out", "--seconds", 0.2, "--overlap", 0.5, "--rest", "pad", "--split", "train")
    assert made.status == 0
    assert "0 were there" in made.out
    assert {track.split for track in list_tracks("stems", tmp_path / "out")} == {"train"}
    victim = next(root.glob("Sources/*/*/bass.wav"))
    victim.unlink()
    bad = cli("verify", root)
    assert bad.status == 2
    assert f"lacks bass ({victim})" in bad.out
    assert bad.err == f"voxlift: {root}: 1 of 5 tracks are broken\n"


def test_a_corpus_is_packed(build, tmp_path: Path, cli: Cli) -> None:
    root, out = build("pack"), tmp_path / "small"
    made = cli("pack", root, "-o", out, "--only", "ours")
    assert made.status == 0, made.err
    assert "4 written now, 0 were there" in made.out
    assert "0 written now, 4 were there" in cli("pack", root, "-o", out).out
    assert cli("pack", root, "-o", out, "--only", "theirs").err == f"voxlift: --only theirs: {root} holds ours\n"


def test_the_commands_mix_and_refuse(build, tmp_path: Path, cli: Cli) -> None:
    root = build("folders")
    assert cli("cut", root, "-o", tmp_path / "out", "--seconds", 0.1, "--snr", -5, 10).status == 0
    assert len(list_tracks("paired", tmp_path / "out")) == 15
    for wrong, words in (
        (("cut", root, "-o", tmp_path / "o", "--rest", "keep"), "pad or drop"),
        (("cut", root, "-o", tmp_path / "o", "--layout", "bands"), "pairs, songs, speakers"),
        (("describe", root, "--split", "tset"), "no recording of the split 'tset'"),
        (("describe", tmp_path / "no"), "no such folder"),
        (("describe", root, "--corpus", "foldrs"), "did you mean 'folders'"),
        (("listen", root, "--track", "nobody"), "no track is called so"),
        (("listen", root, "--part", "vocals"), "--part vocals: there is noise, speech"),
        (("listen", root, "--start", 99), "begin earlier"),
    ):
        refused = cli(*wrong)
        assert refused.status == 2
        assert words in refused.err
        assert refused.err.count("\n") == 1


def test_listening_plays_or_writes(build, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = build("stems")
    saved = cli("listen", root, "--part", "vocals", "--start", 0.1, "--seconds", 0.2, "--save", "x.wav")
    assert saved.status == 0
    assert "vocals, 0.2 s from 0.1 s: written to x.wav" in saved.out
    assert read("x.wav").length == 1_600

    def headless(sound: object) -> str:
        return "no sound can be played here (no device); "

    monkeypatch.setattr(lab_data, "_played", headless)
    written = cli("listen", root)
    assert written.status == 0
    assert "no sound can be played here" in written.out
    assert len(list(tmp_path.glob("*-mixture.flac"))) == 1
    again = cli("listen", root)
    assert again.status == 2
    assert "exists already" in again.err
    monkeypatch.setattr(lab_data, "_played", lambda sound: None)
    assert "written" not in cli("listen", root).out
