"""`voxlift plot`, and the pictures themselves."""

from __future__ import annotations

import builtins
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import voxlift
from voxlift.cli.plot import plot
from voxlift.errors import InputError, MediaError, MissingExtraError
from voxlift.plots import Layout, gather
from voxlift.plots.gather import ROWS, mel

pytest.importorskip("matplotlib")

RATE = 16_000


@pytest.fixture
def sound():
    times = np.arange(3 * RATE) / RATE
    chirp = 0.3 * np.sin(2 * np.pi * (200 + 900 * times) * times)
    return voxlift.Audio(chirp.astype(np.float32), RATE)


def drawn(names, output=None, size="", overwrite=False):
    plot([Path(name) for name in names], None if output is None else Path(output), size, overwrite)


def test_a_png_has_the_size_that_was_asked_for(folder, sound):
    voxlift.write("a.wav", sound)
    drawn(["a.wav", "a.wav"], "p.png", "900x420")
    data = (folder / "p.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (900, 420)


def test_an_svg_parses_and_is_the_same_twice(folder, sound):
    voxlift.write("a.wav", sound)
    drawn(["a.wav"], "p.svg", "600x400")
    drawn(["a.wav"], "q.svg", "600x400")
    root = ET.fromstring((folder / "p.svg").read_text("utf-8"))
    assert root.tag.endswith("svg")
    assert (folder / "p.svg").read_bytes() == (folder / "q.svg").read_bytes()


@pytest.mark.parametrize("name", ["한국어 녹음.wav", "Grüße 'ű'.wav", "$x^2$ & <b>.wav", "-dash.wav", "العربية.wav"])
def test_any_name_can_be_a_title(folder, sound, name):
    voxlift.write(f"./{name}", sound)
    drawn([f"./{name}"])
    assert (folder / f"{name}.png").stat().st_size > 5_000


def test_without_an_output_it_lies_beside_the_first_and_nothing_is_replaced_unasked(folder, sound):
    voxlift.write("a.wav", sound)
    drawn(["a.wav"])
    with pytest.raises(InputError, match="--overwrite"):
        drawn(["a.wav"])
    drawn(["a.wav"], overwrite=True)
    assert sorted(path.name for path in folder.iterdir()) == ["a.wav", "a.wav.png"]


@pytest.mark.parametrize(
    ("output", "size", "word"), [("p.gif", "", ".png or .svg"), ("p.png", "big", "1600x800"), ("p.png", "10x10", "200")]
)
def test_errors_teach(sound, output, size, word):
    voxlift.write("a.wav", sound)
    with pytest.raises(InputError, match=word):
        drawn(["a.wav"], output, size)


def test_a_bad_file_leaves_no_picture(folder, sound):
    voxlift.write("a.wav", sound)
    with pytest.raises(MediaError):
        drawn(["a.wav", "missing.wav"], "p.png")
    assert not (folder / "p.png").exists()


def test_without_matplotlib_the_extra_is_named(monkeypatch, sound):
    real = builtins.__import__

    def no_matplotlib(name, *rest):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    voxlift.write("a.wav", sound)
    monkeypatch.setattr(builtins, "__import__", no_matplotlib)
    with pytest.raises(MissingExtraError, match=r"voxlift\[plot\]"):
        drawn(["a.wav"], "p.png")


@pytest.mark.parametrize("samples", [np.zeros((1, RATE)), np.full((2, 1), 0.5), np.full((1, 130), -1.0)])
def test_silence_and_the_shortest_sounds_are_drawn(folder, samples):
    voxlift.write("a.wav", voxlift.Audio(samples.astype(np.float32), RATE))
    drawn(["a.wav"], "p.png", "400x300")
    assert (folder / "p.png").exists()


@pytest.mark.parametrize("seconds", [0.5, 7.0, 90.0])
def test_a_picture_keeps_the_envelope_and_the_energy_in_bounded_columns(seconds):
    draw = np.random.default_rng(0)
    samples = draw.normal(0, 0.1, (2, round(seconds * 8_000))).astype(np.float32)
    samples[1, len(samples[1]) // 3] = 0.9
    picture = gather([samples], 8_000, "x", columns=100)
    assert len(picture.level_db) <= 200
    assert picture.spectrum_db.shape == (ROWS, len(picture.level_db))
    assert picture.highest.max() == np.float32(0.9)
    assert picture.lowest.min() == samples.min()
    assert picture.rms_db == pytest.approx(-20.0, abs=0.3)
    assert len(picture.level_db) * picture.column_seconds == pytest.approx(seconds, abs=picture.column_seconds)


def test_the_size_of_blocks_does_not_matter():
    samples = np.random.default_rng(0).normal(0, 0.1, (1, 100_000)).astype(np.float32)
    whole = gather([samples], 8_000, "x", columns=100)
    cut = gather([samples[:, start : start + 777] for start in range(0, 100_000, 777)], 8_000, "x", columns=100)
    np.testing.assert_allclose(whole.spectrum_db, cut.spectrum_db, atol=0.01)
    np.testing.assert_array_equal(whole.highest, cut.highest)


def test_a_tone_and_a_click_are_where_they_were():
    times = np.arange(4 * RATE) / RATE
    tone = (np.sin(2 * np.pi * 1000 * times) * (times < 1)).astype(np.float32)
    tone[3 * RATE] = 1.0
    picture = gather([tone[None]], RATE, "x", columns=1000)
    row = int(picture.spectrum_db[:, 60].argmax())
    assert (row + 0.5) / ROWS * mel(RATE / 2) == pytest.approx(mel(1000), rel=0.02)
    assert picture.spectrum_db[row, 60] == pytest.approx(0.0, abs=1.5)
    late = picture.spectrum_db[:, round(2 / picture.column_seconds) :].mean(axis=0)
    assert (late.argmax() + 0.5) * picture.column_seconds + 2 == pytest.approx(3.0, abs=2 * picture.column_seconds)


def test_a_layout_refuses_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="pixels"):
        Layout(10, 10)
    with pytest.raises(ValueError, match="kind"):
        Layout(kind="gif")
