"""What the shell answers to each word, right or wrong, and how it completes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.shell.conftest import Typist
from voxlift.lab.shell.completion import complete

WRONG = {
    "creatDataSet train 10": r"no such word \(did you mean createDataSet\?\); you can type: createDataSet, loadDataSet",
    "시작": r"시작: no such word; you can type: createDataSet",
    "createDataSet": "train or test must follow; type createDataSet train 1000 or createDataSet test 100",
    "createDataSet tran 10": r"did you mean train\?\); type createDataSet train 1000",
    "createDataSet train": "how many must follow",
    "createDataSet train -5": "-5 is not a count, a whole number from 1 on; type createDataSet train 1000",
    "createDataSet train 0": "0 is not a count",
    "createDataSet train 10.5": "10.5 is not a count",
    "createDataSet train ten": "ten is not a count",
    "createDataSet train nan": "nan is not a count",
    "createDataSet train inf": "inf is not a count",
    "createDataSet train 10 20": r"20 is too much \(it is written createDataSet train\|test COUNT\)",
    "createDataSet train 1e12": r"about 240 TB of memory, and the shell takes up to 2 GB: give at most \d+",
    "createDataSet train 1e300": "EB of memory",
    "loadDataSet": "train or test must follow; type loadDataSet train 1000",
    "loadDataSet test many": "many is not a count",
    "loadDataSet train 1e9": "13.2 TB of memory",
    "loadDataSet train 10 nowhere": "nowhere: no such folder or recording",
    "loadDataSet train 10 a b c": "a pair NOISY CLEAN",
    "loadDataSet train 10 . .": "this is a folder",
    "loadDataSet train 10 .": "no recordings in this folder",
    'loadDataSet train 10 "my file': "quote is not closed",
    "autoBuild": "no train set yet; type createDataSet train 1000 or loadDataSet train 1000",
    "autoBuild 5 2": "autoBuild 5 2: the first .* above the last; type autoBuild 2 5",
    "autoBuild -1": "-1 is not a number of hidden layers, a whole number from 0 on",
    "autoBuild 1 2 3": "3 is too much",
    "autoBuild some": "some is not a number",
    "model": "train or test must follow; type model train or model test",
    "model trian": r"did you mean train\?",
    "model train now": "now is too much",
    "model train": "no train set yet; type createDataSet train 1000",
    "model test": "no trained net yet; type createDataSet train 1000, then model train",
    "plot": "no trained net yet",
    "save": "no trained net yet",
    "save a over": r"only `overwrite` can follow the name \(did you mean overwrite\?\)",
    "load nothing": "nothing.safetensors: there is no such saved net; `save` makes them",
    "listen": "the name of a recording must follow",
    "listen a.wav": "no trained net yet",
    "help modl": r"did you mean model\?",
    "quit now": "now is too much",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_is_answered_with_what_can_be_typed(type_in: Typist, line: str) -> None:
    assert re.search(WRONG[line], type_in.fails(line))
    assert not type_in.session.state.sets
    assert list(Path().iterdir()) == []


def test_words_may_be_cased_otherwise_and_lines_empty(type_in: Typist) -> None:
    assert "train set: 1000 numbers" in type_in("  CREATEdataset   TRAIN 1e3 ")
    assert type_in("") == type_in("   ") == type_in("# a remark") == ""
    assert not type_in.session.finished
    type_in("Exit")
    assert type_in.session.finished


def test_help_tells_all_words_and_each_at_length(type_in: Typist) -> None:
    said = type_in("help")
    for word in ("createDataSet", "loadDataSet", "autoBuild", "model", "plot", "save", "load", "listen", "quit"):
        assert f"  {word}" in said
        assert "for example" in type_in(f"help {word}")
    assert "0.5" in said


def test_no_word_loads_torch_before_it_must() -> None:
    code = (
        "import sys; from voxlift.lab.shell.session import Session; from voxlift.lab.shell.state import Console\n"
        "s = Session(Console(print)); s.run('help'); s.run('createDataSet train 100')\n"
        "for line in ('model test', 'autoBuild 3 1', 'load x'):\n"
        "    try: s.run(line)\n"
        "    except Exception as problem: print(problem)\n"
        "assert not {'torch', 'optuna', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_completion_of_words_and_their_parts() -> None:
    assert complete("") == sorted(complete(""))
    assert len(complete("")) == 11
    assert complete("cr") == complete("CREATE") == ["createDataSet "]
    assert complete("lo") == ["load ", "loadDataSet "]
    assert complete("model t") == ["model test ", "model train "]
    assert complete("model tr") == ["model train "]
    assert complete("help au") == ["help autoBuild "]
    assert complete("save x o") == ["save x overwrite "]
    assert complete("createDataSet train ") == complete("nothing at ") == complete('load "a" ') == []


def test_completion_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my songs").mkdir()
    for name in ("a.wav", "a.txt", "net.safetensors", ".hidden.wav", "my songs/노래 1.flac"):
        Path(name).touch()
    assert complete("listen ") == ["listen a.wav ", 'listen "my songs/']
    assert complete('listen "my songs/') == ['listen "my songs/노래 1.flac" ']
    assert complete("listen ./a") == ["listen ./a.wav "]
    assert complete("load n") == ["load net.safetensors "]
    assert complete("loadDataSet train 10 a") == ["loadDataSet train 10 a.wav "]
    assert complete("loadDataSet train 10 a.wav m") == ['loadDataSet train 10 a.wav "my songs/']
    assert complete("listen nowhere/") == []
