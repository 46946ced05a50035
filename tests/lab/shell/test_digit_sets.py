"""Binary digits, and the sets of data that are made of them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.shell.conftest import QUIET, Typist
from voxlift.dsp.bits import from_digits, to_digits
from voxlift.errors import DataError
from voxlift.lab.shell.data import DIGITS, PIECE, make_sines
from voxlift.lab.shell.recordings import Source, find_sources, load_pieces


@given(st.lists(st.floats(0, 1, width=32, allow_subnormal=False), min_size=1), st.integers(1, 24))
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
