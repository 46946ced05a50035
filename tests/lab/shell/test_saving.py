"""Saving, loading and listening."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.lab.shell.conftest import Typist
from voxlift import Audio, read, write
from voxlift.errors import CancelledError
from voxlift.lab.shell import modelling
from voxlift.lab.shell.learning import probabilities
from voxlift.lab.shell.state import Console
from voxlift.metrics import si_sdr


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
