"""The shell: every word, every wrong word, and the mission's session through a real terminal."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from voxlift import Audio, InputError, read, write
from voxlift.dsp.bits import from_digits, to_digits
from voxlift.errors import CancelledError, DataError
from voxlift.lab.shell import modelling
from voxlift.lab.shell.builder import auto_build
from voxlift.lab.shell.completion import complete
from voxlift.lab.shell.data import DIGITS, PIECE, make_sines
from voxlift.lab.shell.learning import learn, make_net, probabilities
from voxlift.lab.shell.recordings import Source, find_sources, load_pieces
from voxlift.lab.shell.session import Session
from voxlift.lab.shell.state import Console, Plan
from voxlift.metrics import si_sdr

ROOT = Path(__file__).resolve().parents[2]
QUIET = Console(lambda _line: None)


class Typist:
    """A session in this process, what it said, and a Ctrl-C that comes when a line says so."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stop_at = ""
        self.session = Session(Console(self.lines.append, self._stop))

    def __call__(self, line: str) -> str:
        self.lines.clear()
        self.session.run(line)
        return "\n".join(self.lines)

    def fails(self, line: str) -> str:
        with pytest.raises(InputError) as caught:
            self(line)
        return str(caught.value)

    def _stop(self) -> bool:
        return bool(self.stop_at) and any(self.stop_at in line for line in self.lines)


@pytest.fixture
def type_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(modelling, "ITERATIONS", 200)
    return Typist()


@pytest.fixture
def sound(type_in: Typist, rng: np.random.Generator) -> Typist:
    """A session with recordings of swelling tones in its folder, and a net that has learned from them."""
    for name, hz in (("low", 90.0), ("high", 140.0)):
        at = np.arange(60_000) / 8000
        tone = 0.4 * np.sin(2 * np.pi * hz * at) + 0.01 * rng.standard_normal(len(at))
        write(f"{name}.wav", Audio(tone.astype(np.float32), 8000))
    type_in("loadDataSet train 200 .")
    type_in("loadDataSet test 50 .")
    type_in("model train")
    return type_in


# Digits


@given(st.lists(st.floats(0, 1, width=32), min_size=1), st.integers(1, 24))
def test_digits_give_the_number_back_within_the_last_of_them(numbers: list[float], digits: int) -> None:
    x = np.array(numbers, np.float32)
    written = to_digits(x, digits)
    assert written.shape == (len(x), digits)
    assert set(np.unique(written)) <= {0.0, 1.0}
    back = from_digits(written)
    assert back.dtype == written.dtype == np.float32
    assert np.all((x - back >= 0) & (x - back <= 2.0**-digits))
    assert np.array_equal(to_digits(back, digits), written), "what has so many digits comes back exactly"
    assert np.array_equal(to_digits(x, 24)[:, :digits], written), "digits do not depend on the rest"


def test_digits_are_most_significant_first_and_clip() -> None:
    assert to_digits(0.6, 4).tolist() == [1, 0, 0, 1]
    assert to_digits([1.0, 7.0, np.inf, -1.0], 3).tolist() == [[1, 1, 1]] * 3 + [[0, 0, 0]]
    assert from_digits([0.5, 0.5]) == pytest.approx(0.375), "probabilities give the value expected"
    assert to_digits(np.zeros((2, 3, 0)), 5).shape == (2, 3, 0, 5)


def test_what_has_no_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        to_digits([0.1, np.nan], 4)
    for wrong in (0, 25):
        with pytest.raises(ValueError, match="1 to 24"):
            to_digits(0.5, wrong)
    with pytest.raises(ValueError, match="1 to 24"):
        from_digits(0.5)


# Data


def test_simple_data_are_sines_and_the_same_each_time() -> None:
    data, again, test = make_sines("train", 500), make_sines("train", 500), make_sines("test", 500)
    x, y = from_digits(data.x), from_digits(data.y)
    assert np.abs(np.sin(x) - y).max() < 2 * 2.0**-DIGITS
    assert x.min() < 0.02
    assert x.max() > 0.98
    assert np.array_equal(data.x, again.x)
    assert not np.array_equal(data.x, test.x)


def numbered(path: Path, length: int, first: int = 0) -> Path:
    """A recording in which no sample comes twice, so that a piece tells where it lay."""
    samples = (np.arange(first, first + length) - 2**22).astype(np.float32) / 2**22
    soundfile.write(path, samples, 8000, subtype="FLOAT")
    return path


def starts(data: np.ndarray) -> set[int]:
    return {round((2 * float(row[0]) - 1) * 2**22 + 2**22) for row in data}


def test_train_and_test_pieces_come_from_different_places(tmp_path: Path) -> None:
    for number in range(3):
        numbered(tmp_path / f"{number}.wav", 700_050, number * 1_000_000)
    sources = find_sources([tmp_path])
    with pytest.raises(DataError, match="loadDataSet test ") as caught:
        load_pieces("test", 10**5, sources, QUIET)
    most = int(re.findall(r"loadDataSet test (\d+)", str(caught.value))[0])
    train, test = (load_pieces(part, count, sources, QUIET) for part, count in (("train", 16_000), ("test", most)))
    learnt, asked = starts(train.x), starts(test.x)
    assert (len(learnt), len(asked)) == (16_000, most), "no piece twice"
    assert most == pytest.approx(0.2 * 21_000, rel=0.02)
    assert not learnt & asked
    assert {start // 1_000_000 for start in asked} == {0, 1, 2}, "from every recording"
    assert all(start % 1_000_000 % PIECE == 0 for start in learnt | asked)
    few = load_pieces("train", 300, sources, QUIET)
    assert {start // 1_000_000 for start in starts(few.x)} == {0, 1, 2}
    assert np.array_equal(few.x, load_pieces("train", 300, sources, QUIET).x)


def test_rows_of_sound_are_samples_and_their_digits(tmp_path: Path) -> None:
    data = load_pieces("train", 50, [Source(*[numbered(tmp_path / "a.wav", 100_000)] * 2)], QUIET)
    assert data.shape == (100, 1000)
    assert np.abs(from_digits(data.y.reshape(50, PIECE, DIGITS)) - data.x).max() < 2.0**-DIGITS


def test_a_pair_maps_noisy_samples_to_clean_digits(tmp_path: Path) -> None:
    noisy, clean = tmp_path / "noisy" / "a.wav", tmp_path / "clean" / "a.wav"
    for number, path in enumerate((noisy, clean)):
        path.parent.mkdir()
        numbered(path, 100_000, number * 4_000_000)
    assert find_sources([noisy, clean]) == find_sources([tmp_path])
    data = load_pieces("train", 50, find_sources([tmp_path]), QUIET)
    assert starts(data.x) < set(range(100_000))
    assert from_digits(data.y.reshape(50, PIECE, DIGITS)).mean() == pytest.approx(0.5 * 4_050_000 / 2**22, abs=0.01)
    clean.unlink()
    with pytest.raises(DataError, match="of the same name in clean"):
        find_sources([tmp_path])


def test_a_pair_that_is_none_is_refused(tmp_path: Path) -> None:
    noisy = numbered(tmp_path / "noisy.wav", 50_000)
    with pytest.raises(DataError, match="differ in length"):
        load_pieces("train", 5, [Source(noisy, numbered(tmp_path / "short.wav", 49_000))], QUIET)
    soundfile.write(tmp_path / "fast.wav", np.zeros(50_000, np.float32), 16_000)
    with pytest.raises(DataError, match=r"8000 Hz.*16000 Hz"):
        load_pieces("train", 5, [Source(noisy, tmp_path / "fast.wav")], QUIET)


def test_a_broken_recording_among_others_is_left_out(type_in: Typist) -> None:
    numbered(Path("good.wav"), 100_000)
    numbered(Path("a.net-2.wav"), 100_000)
    Path("bad.wav").write_bytes(b"RIFF????WAVE nothing")
    said = type_in("loadDataSet train 100 .")
    assert "left out: bad.wav" in said
    assert "train set: 100 pieces" in said
    assert find_sources([Path()])[-1].heard.name == "good.wav", "what listen wrote is nothing to learn from"
    assert "bad.wav" in type_in.fails("loadDataSet train 100 bad.wav")


def test_the_examples_are_the_default() -> None:
    assert {source.heard.suffix for source in find_sources([])} >= {".flac", ".wav", ".mp3", ".ogg"}


# Words


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


# Building and training


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


# Saving and listening


def test_a_saved_net_comes_back_bit_for_bit(sound: Typist) -> None:
    before = sound("model test")
    assert sound("save") == "saved: net.safetensors"
    assert sound("save") == "saved: net-2.safetensors", "no name was asked for, so none is overwritten"
    assert "save mine.safetensors overwrite" in (sound("save mine"), sound.fails("save mine"))[1]
    assert sound("save mine overwrite") == "saved: mine.safetensors"
    again = Typist()
    assert "3 hidden layers, learning rate 0.01, 200 iterations, made for recordings" in again("load mine")
    again("loadDataSet train 200 .")
    again("loadDataSet test 50 .")
    assert again("model test") == before
    x = again.session.state.sets["test"].x
    assert np.array_equal(*(probabilities(one.session.state.model.net, x) for one in (sound, again)))
    assert "going on from iteration 200" in again("model train")
    assert "there are: mine, net, net-2" in again.fails("load other")


def _header(data: bytes, change: Callable[[dict], None]) -> bytes:
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    facts = json.loads(header["__metadata__"]["voxlift-shell"])
    change(facts)
    header["__metadata__"]["voxlift-shell"] = json.dumps(facts)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "damaged"),
    "cut": (lambda data: data[:-10], "damaged"),
    "noise": (lambda _: bytes(range(256)) * 20, "damaged"),
    "other": (lambda data: data.replace(b"voxlift-shell", b"voxlift-sheol"), "no net of the shell"),
    "nan": (lambda data: data[:-4] + b"\xff\xff\xff\xff", "some weights are no numbers"),
    "deeper": (lambda data: _header(data, lambda facts: facts["plan"].update(layers=2)), "do not fit"),
    "absurd": (lambda data: _header(data, lambda facts: facts.update(width=10**9)), "makes no sense"),
    "kind": (lambda data: _header(data, lambda facts: facts.update(kind="songs")), "kind 'songs'"),
    "key": (lambda data: _header(data, lambda facts: facts.update(colour="red")), "unknown key 'colour'"),
    "text": (lambda data: data.replace(b'{\\"kind', b'?\\"kind'), "no JSON"),
}


def test_a_damaged_net_is_refused_and_the_one_at_hand_stays(type_in: Typist) -> None:
    type_in("createDataSet train 100")
    type_in("model train")
    type_in("save good")
    good = Path("good.safetensors").read_bytes()
    model = type_in.session.state.model
    for name, (change, message) in DAMAGE.items():
        Path(f"{name}.safetensors").write_bytes(change(good))
        said = type_in.fails(f"load {name}")
        assert said.startswith(f"{name}.safetensors: "), said
        assert message in said, name
    assert type_in.session.state.model is model


def test_listen_writes_beside_and_tells_the_truth(sound: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[Path] = []
    monkeypatch.setattr(modelling, "play", lambda path, _stop: played.append(path) or "")
    original = Path("low.wav").read_bytes()
    said = sound("listen low.wav")
    assert Path("low.wav").read_bytes() == original
    heard, wanted = read("low.net.wav"), read("low.wav")
    assert (heard.length, heard.rate, heard.channels) == (wanted.length, wanted.rate, wanted.channels)
    ratio = float(re.search(r"SI-SDR (-?[\d.]+) dB", said)[1])
    assert ratio == pytest.approx(si_sdr(heard.samples[0], wanted.samples[0]), abs=0.06)
    assert ratio > 3
    assert float(re.search(r"accuracy ([\d.]+)", said)[1]) > 0.6
    assert "low.net-2.wav" in sound("listen low.wav")
    assert played == [Path("low.net.wav"), Path("low.net-2.wav")]


def test_listen_takes_stereo_short_and_silent_sound(sound: Typist) -> None:
    write("my stereo.flac", Audio(np.tile(read("low.wav").samples[:, :12_345], (2, 1)), 8000))
    sound('listen "my stereo.flac"')
    heard = read("my stereo.net.wav").samples
    assert heard.shape == (2, 12_345)
    assert np.array_equal(heard[0], heard[1])
    write("short.wav", Audio(np.zeros(1, np.float32), 8000))
    assert "it is silent" in sound("listen short.wav")
    assert read("short.net.wav").length == 1


def test_listen_needs_a_net_that_knows_recordings(type_in: Typist) -> None:
    type_in("createDataSet train 100")
    type_in("model train")
    write("a.wav", Audio(np.zeros(1000, np.float32), 8000))
    assert "type loadDataSet train 1000, then model train" in type_in.fails("listen a.wav")


def test_listen_that_is_stopped_leaves_nothing(sound: Typist) -> None:
    sound.session.console.say("now")
    sound.session.console = Console(sound.lines.append, lambda: True)
    before = sorted(Path().iterdir())
    with pytest.raises(CancelledError, match="nothing was written"):
        sound("listen low.wav")
    assert sorted(Path().iterdir()) == before
    assert "no such file" in sound.fails("listen none.wav")


# Completion


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


# The loop


def shell(script: str, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    command = command or (sys.executable, str(ROOT / "main.py"))
    return subprocess.run(
        command,
        check=False,
        input=script,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "dumb", "PYTHONUTF8": "1"}


def test_a_script_goes_on_after_an_error_and_ends_with_status_2(tmp_path: Path) -> None:
    ran = shell("createDataSet train 10\n\ncreateDataSet tst 10\ncreateDataSet test 5", tmp_path)
    assert ran.returncode == 2
    assert "train set: 10" in ran.stdout
    assert "test set: 5" in ran.stdout
    assert ran.stderr.startswith("voxlift: line 3: createDataSet tst: train or test must follow")
    assert ran.stderr.count("\n") == 1
    good = shell("createDataSet train 10\nquit\nnonsense\n", tmp_path, sys.executable, "-m", "voxlift", "lab", "shell")
    assert (good.returncode, good.stderr) == (0, "")
    assert not (tmp_path / "state").exists()


class Terminal:
    """The shell in a real pseudo-terminal, typed into as a person does."""

    def __init__(self, folder: Path) -> None:
        self.outer, inner = os.openpty()
        # The child makes the terminal its own, so that Ctrl-C is a signal to it.
        start = (
            "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
        )
        command = [sys.executable, "-c", start, sys.executable, str(ROOT / "main.py")]
        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
        )
        os.close(inner)
        self.seen = ""

    def expect(self, text: str, seconds: float = 60) -> str:
        """Wait for a text; return all that came up to it and forget that."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, f"waited {seconds} s for {text!r}, and saw {self.seen!r}"
            if select.select([self.outer], [], [], 0.2)[0]:
                self.seen += os.read(self.outer, 65536).decode(errors="replace").replace("\r\n", "\n")
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def type(self, keys: str) -> None:
        os.write(self.outer, keys.encode())

    def line(self, line: str, seconds: float = 60) -> str:
        self.type(line + "\n")
        return self.expect("voxlift> ", seconds)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        os.close(self.outer)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if not hasattr(os, "openpty"):
        pytest.skip("needs a terminal")
    opened = Terminal(tmp_path)
    opened.expect("voxlift> ")
    yield opened
    opened.close()


def accuracy_in(said: str, part: str) -> float:
    return float(re.search(rf"{part} accuracy ([\d.]+)", said)[1])


def test_the_mission_word_for_word(terminal: Terminal, tmp_path: Path) -> None:
    assert "train set: 1000 numbers" in terminal.line("createDataSet train 1000")
    assert "test set: 100 numbers" in terminal.line("createDataSet test 100")
    built = terminal.line("autoBuild", 90)
    assert re.search(r"built: \d hidden layers?, learning rate 0\.\d+", built)
    assert float(re.search(r"score ([\d.]+) of digits right", built)[1]) > 0.8
    assert float(re.search(r"; time ([\d.]+) s", built)[1]) < 60
    assert accuracy_in(terminal.line("model train"), "train") > 0.85
    tested = terminal.line("model test")
    assert accuracy_in(tested, "train") > 0.85
    assert accuracy_in(tested, "test") > 0.8
    assert "drawn: voxlift-shell.png" in terminal.line("plot")
    assert "train set: 1000 pieces of recordings" in terminal.line("loadDataSet train 1000")
    assert "test set: 100 pieces of recordings" in terminal.line("loadDataSet test 100")
    assert accuracy_in(terminal.line("model train", 120), "train") > 0.7
    tested = terminal.line("model test")
    assert accuracy_in(tested, "train") > 0.7
    assert accuracy_in(tested, "test") > 0.6
    terminal.type("model train\n")
    terminal.expect("iteration  1100")
    terminal.type("\x03")
    assert "what was learned is kept" in terminal.expect("voxlift> ")
    assert accuracy_in(terminal.line("model test"), "test") > 0.6
    terminal.type("quit\n")
    assert terminal.process.wait(20) == 0
    assert (tmp_path / "voxlift-shell.png").stat().st_size > 10_000


def test_the_keys_of_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "my talk.wav").touch()
    terminal.type("cre\ttr\t50\n")
    assert "train set: 50" in terminal.expect("voxlift> ")
    terminal.type("\x1b[A\n")
    assert "createDataSet train 50" in terminal.expect("train set: 50"), "arrow up brings the line back"
    terminal.expect("voxlift> ")
    terminal.type("model t\t\t")
    terminal.expect("test  train")
    terminal.type("\x03")
    terminal.expect("voxlift> ")
    terminal.type("nonsense\x03")
    terminal.expect("voxlift> ")
    terminal.type("listen my\t\n")
    assert '"my talk.wav" ' in terminal.expect("no trained net yet")
    terminal.expect("voxlift> ")
    assert "no such word (did you mean autoBuild?)" in terminal.line("autoBild")
    terminal.type("\x04")
    assert terminal.process.wait(20) == 0
    history = (tmp_path / "state" / "voxlift" / "shell-history").read_text()
    assert "createDataSet train 50" in history
    again = Terminal(tmp_path)
    again.expect("voxlift> ")
    again.type("\x1b[A\x1b[A\n")
    assert 'listen "my talk.wav"' in again.expect("no trained net yet"), "from the session before"
    again.type("exit\n")
    assert again.process.wait(20) == 0
    again.close()
