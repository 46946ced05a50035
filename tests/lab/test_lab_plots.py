"""`voxlift lab plot`: every picture is drawn, says what it found, and refuses what it cannot draw in one sentence."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import voxlift
from voxlift.audio import Audio
from voxlift.cli import run
from voxlift.errors import DataError
from voxlift.lab.studies.logs import names_of, read_curve
from voxlift.lab.studies.pieces import cut_to_pictures, spread
from voxlift.lab.studies.songs import parts_of_song
from voxlift.lab.studies.sums import check_sum
from voxlift.lab.studies.tags import count_tags
from voxlift.plots import gather
from voxlift.plots.learning import Curve, draw_curves

pytest.importorskip("matplotlib")

RATE = 16_000


def sound(hz: float, seconds: float = 2.5, channels: int = 1, rate: int = RATE) -> Audio:
    """A buzz in syllables and a little noise."""
    at = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * hz * k * at) / k for k in range(1, 10)) * (np.sin(2 * np.pi * 2 * at) > 0)
    noise = np.random.default_rng(int(hz)).standard_normal((channels, len(at)))
    return Audio((0.08 * buzz + 0.01 * noise).astype(np.float32), rate)


def drawn(path: str | Path, size: tuple[int, int] | None = None) -> bool:
    """Whether a picture has its size and is not blank: many of its pixels differ from the paper, in many colours."""
    from matplotlib.image import imread

    pixels = imread(path)[..., :3]
    inked = (np.abs(pixels - 1).max(axis=-1) > 0.1).mean()
    colours = len(np.unique((pixels[::3, ::3] * 15).astype(int).reshape(-1, 3), axis=0))
    fits = size is None or pixels.shape[:2] == size
    return fits and bool(inked > 0.01) and bool(pixels.std() > 0.04) and colours > 8


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOXLIFT_MODELS", str(tmp_path / "no-models"))
    return tmp_path


@pytest.fixture
def song(folder):
    """A folder with a mixture of three stems, 16-bit."""
    stems = {name: sound(hz, channels=2) for name, hz in (("vocals", 220), ("drums", 90), ("bass", 55))}
    for name, audio in stems.items():
        voxlift.write(_made(f"Song/{name}.wav"), audio)
    mixture = np.sum([voxlift.read(f"Song/{name}.wav").samples for name in stems], axis=0)
    voxlift.write("Song/mixture.wav", Audio(mixture, RATE))
    return folder / "Song"


def _made(path: str) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Path(path)


def log(run_folder: str, rows: list[tuple[object, ...]], header: str = "step,loss,hours,seen_hours,share") -> Path:
    path = _made(f"{run_folder}/log.csv")
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return path.parent


def rows(count: int = 40, scale: float = 5.0) -> list[tuple[object, ...]]:
    return [(10 * n, scale / n, n / 60, n / 4, n / count) for n in range(1, count + 1)]


# segments and energy


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
        (song / f"{name}.wav").rename(_made(f"DSD100/{half}/Dev/001 - Song/{name}.wav"))
    for half in ("Mixtures", "Sources"):
        assert check_sum(parts_of_song(Path(f"DSD100/{half}/Dev/001 - Song"))).adds_up


def test_a_stem_file_of_musdb18_has_five_streams(folder):
    path = _made("train/Artist - Song.stem.mp4")
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


# curves


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


@pytest.fixture
def corpus(folder):
    """A folder with a manifest whose tracks speak three languages."""
    lines = ["path,kind,split,corpus,speaker,language,seconds,licence,source"]
    for number, (language, split) in enumerate([("fr", "train")] * 3 + [("ko", "train"), ("fr", "dev"), ("", "train")]):
        lines.append(f"{number}.wav,speech,{split},c,s{number},{language},1,CC0,x")
    _made("corpus/MANIFEST.csv").write_text("\n".join(lines), "utf-8")
    return folder / "corpus"


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


# what cannot be drawn


def _prepare(folder: Path) -> None:
    voxlift.write("a.wav", sound(200))
    voxlift.write("silent.wav", Audio(np.zeros((1, 4_000), np.float32), RATE))
    Path("text.wav").write_text("Dear reader.\n" * 99)
    Path("taken.png").touch()
    Path("empty").mkdir()
    voxlift.write(_made("mixed/mixture.wav"), sound(100))
    voxlift.write(_made("stems/vocals.wav"), sound(100))
    log("runs/bad", [(1, "x", 2, 3, 4)])
    log("runs/none", [])
    log("runs/other", [], "step,accuracy")
    _made("runs/binary/log.csv").write_bytes(bytes(range(256)))


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
