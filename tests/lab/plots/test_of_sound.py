"""Pictures of sound: segments, energy, sums, masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.lab.plots.drawing import RATE, drawn, made, sound
from voxlift.audio import Audio
from voxlift.cli import run
from voxlift.errors import DataError
from voxlift.lab.studies.pieces import cut_to_pictures, spread
from voxlift.lab.studies.songs import parts_of_song
from voxlift.lab.studies.sums import check_sum
from voxlift.plots import gather

pytest.importorskip("matplotlib")


@pytest.mark.parametrize(
    ("seconds", "overlap", "starts", "rest"),
    [
        (2.0, 0.0, [0, 2, 4], 1.0),
        (2.0, 0.5, [0, 1, 2, 3, 4, 5], 0.0),
        (7.0, 0.0, [0], 0.0),
        (3.0, 0.25, [0, 2.25], 1.75),
    ],
)
def test_segments_lie_whole_in_the_recording_and_overlap_as_asked(folder, seconds, overlap, starts, rest):
    audio = sound(150, 7.0)
    voxlift.write("a.wav", audio)
    samples = voxlift.read("a.wav").samples
    pieces = cut_to_pictures(Path("a.wav"), 7 * RATE, seconds, overlap, most=16, columns=100)
    assert [segment.start_seconds for segment, _ in pieces.shown] == starts
    assert pieces.count == len(starts)
    assert pieces.rest_seconds == pytest.approx(rest)
    for segment, picture in pieces.shown:
        start = round(segment.start_seconds * RATE)
        by_hand = gather([samples[:, start : start + round(seconds * RATE)]], RATE, "", 100)
        np.testing.assert_array_equal(picture.highest, by_hand.highest)
        assert picture.seconds == seconds


def test_of_many_segments_some_are_shown_evenly(folder):
    assert spread(range(100), 5) == [0, 25, 50, 74, 99]
    assert spread(range(3), 5) == [0, 1, 2]
    voxlift.write("a.wav", sound(150, 10.0))
    pieces = cut_to_pictures(Path("a.wav"), 10 * RATE, 0.1, 0.0, most=4, columns=100)
    assert pieces.count == 100
    assert [segment.number for segment, _ in pieces.shown] == [1, 34, 67, 100]


@pytest.mark.parametrize("overlap", ["0", "0.5"])
def test_segments_are_drawn_below_their_source(folder, capsys, overlap):
    voxlift.write("a.wav", sound(200, 5.0))
    words = ["a.wav", "--seconds", "1", "--overlap", overlap, "--size", "1000x600"]
    assert run(["lab", "plot", "segments", *words]) == 0
    assert capsys.readouterr().out == "a.wav.segments.png\n"
    assert drawn("a.wav.segments.png", (600, 1000))


def test_energy_is_the_same_picture_as_that_of_voxlift_plot(folder):
    voxlift.write("a.wav", sound(200))
    assert run(["lab", "plot", "energy", "a.wav", "-o", "p.png"]) == 0
    assert run(["plot", "a.wav", "-o", "q.png"]) == 0
    assert Path("p.png").read_bytes() == Path("q.png").read_bytes()
    assert drawn("p.png")


# sum


def test_stems_that_add_up_leave_a_rounding(song, capsys):
    check = check_sum(parts_of_song(song))
    assert check.adds_up
    assert check.residual_db < -80
    assert set(check.stems) == {"bass", "drums", "vocals"}
    assert run(["lab", "plot", "sum", "Song", "-o", "p.png"]) == 0
    assert "residual -" in capsys.readouterr().out
    assert drawn("p.png", (480, 1600))


def test_a_stem_that_is_missing_is_heard_in_the_residual(song):
    lost = voxlift.read(song / "drums.wav").samples
    mixture = voxlift.read(song / "mixture.wav").samples
    (song / "drums.wav").unlink()
    check = check_sum(parts_of_song(song))
    expected = 10 * np.log10(np.square(lost).sum() / np.square(mixture).sum())
    assert not check.adds_up
    assert check.residual_db == pytest.approx(expected, abs=0.1)


def test_the_worst_second_is_found(song):
    audio = voxlift.read(song / "vocals.wav")
    broken = audio.samples.copy()
    broken[:, RATE : RATE + 500] = 0.9
    voxlift.write(song / "vocals.wav", Audio(broken, RATE), overwrite=True)
    assert check_sum(parts_of_song(song)).worst_seconds == 1.0


def test_an_accompaniment_beside_its_parts_counts_once(song):
    band = voxlift.read(song / "bass.wav").samples + voxlift.read(song / "drums.wav").samples
    voxlift.write(song / "accompaniment.wav", Audio(band, RATE))
    assert check_sum(parts_of_song(song)).adds_up


def test_a_song_of_dsd100_is_found_in_both_halves(song):
    for name in ("mixture", "bass", "drums", "vocals"):
        half = "Mixtures" if name == "mixture" else "Sources"
        (song / f"{name}.wav").rename(made(f"DSD100/{half}/Dev/001 - Song/{name}.wav"))
    for half in ("Mixtures", "Sources"):
        assert check_sum(parts_of_song(Path(f"DSD100/{half}/Dev/001 - Song"))).adds_up


def test_a_stem_file_of_musdb18_has_five_streams(folder):
    path = made("train/Artist - Song.stem.mp4")
    path.touch()
    parts = parts_of_song(path)
    assert {name: part.stream for name, part in parts.items()} == {
        "mixture": 0, "drums": 1, "bass": 2, "other": 3, "vocals": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stem", "message"),
    [
        (sound(90, 2.0, 2), r"drums.wav: drums ends at 2.000 s, where mixture goes on"),
        (sound(90, 3.0, 2), r"mixture.wav: mixture ends at 2.500 s, where drums goes on"),
        (sound(90, 2.5, 1), r"16000 Hz with 1 channels, but the mixture has 16000 Hz with 2"),
        (sound(90, 2.5, 2, 8_000), r"8000 Hz with 2 channels"),
    ],
)
def test_stems_of_another_shape_are_refused(song, stem, message):
    voxlift.write(song / "drums.wav", stem, overwrite=True)
    with pytest.raises(DataError, match=message):
        check_sum(parts_of_song(song))


# mask


def test_a_mask_is_drawn_for_any_stem(folder, capsys):
    voxlift.write("a.wav", sound(200, channels=2))
    assert run(["lab", "plot", "mask", "a.wav", "--model", "denoise"]) == 0
    assert run(["lab", "plot", "mask", "a.wav", "--model", "denoise", "--stem", "rest", "-o", "rest.png"]) == 0
    assert drawn("a.wav.mask.png", (560, 1700))
    assert Path("a.wav.mask.png").read_bytes() != Path("rest.png").read_bytes()
