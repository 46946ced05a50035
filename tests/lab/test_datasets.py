"""Training sets cut from corpora, and tables of what is in them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.lab.layouts import LAYOUTS, pair, recording, save, tone
from voxlift.audio import Samples
from voxlift.errors import DataError, InputError, MediaError
from voxlift.lab.corpora import list_tracks, only, read_corpus
from voxlift.lab.corpora.track import CLEAN, MIXTURE, NOISE, NOISY, SPEECH
from voxlift.lab.datasets import cut as cutting
from voxlift.lab.datasets.cut import INDEX, cut
from voxlift.lab.datasets.describe import describe, kinds, save_table
from voxlift.lab.datasets.parallel import each
from voxlift.lab.datasets.plan import Options, plan
from voxlift.lab.datasets.verify import verify
from voxlift.lab.datasets.windows import delay_of, side_by_side, windows
from voxlift.media import read

pytest.importorskip("openpyxl")

OPTIONS = Options(seconds=0.1)


@pytest.fixture
def build(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        LAYOUTS[name].build(tmp_path / name)
        return tmp_path / name

    return make


def files(place: Path) -> dict[str, int]:
    """Every finished file, and when it was written."""
    found = (path for path in place.rglob("*.flac"))
    return {path.relative_to(place).as_posix(): path.stat().st_mtime_ns for path in found}


def cut_all(name: str, root: Path, out: Path, options: Options = OPTIONS, layout: str | None = None):
    return cut(plan(list_tracks(name, root), out, options, layout))


def test_windows_tile_a_sound_whatever_its_blocks(rng: np.random.Generator) -> None:
    sound = rng.standard_normal((2, 1_000)).astype(np.float32)
    for sizes in ([1_000], [1] * 1_000, [333, 333, 334]):
        blocks = np.split(sound, np.cumsum(sizes)[:-1], axis=1)
        dropped = list(windows(blocks, 300, 300, pad=False))
        assert [window.start for window in dropped] == [0, 300, 600]
        padded = list(windows(blocks, 300, 300, pad=True))
        assert padded[-1].sounding == 100
        np.testing.assert_array_equal(np.concatenate([w.samples for w in padded], axis=1)[:, :1_000], sound)
        halves = list(windows(blocks, 300, 150, pad=True))
        assert [window.start for window in halves] == [0, 150, 300, 450, 600, 750]
        np.testing.assert_array_equal(halves[-1].samples[:, :250], sound[:, 750:])
    assert [w.sounding for w in windows([sound[:, :300]], 300, 150, pad=True)] == [300], "the rest was heard before"
    assert list(windows([], 300, 300, pad=True)) == []


def test_sounds_of_different_lengths_are_not_cut_side_by_side(rng: np.random.Generator) -> None:
    def pieces(length: int) -> Iterator[object]:
        return windows([np.zeros((1, length), np.float32)], 100, 100, pad=True)

    assert len(list(side_by_side([pieces(250), pieces(250)]))) == 3
    for lengths in ((250, 200), (200, 250), (250, 260)):
        with pytest.raises(DataError, match="not of one length"):
            list(side_by_side([pieces(length) for length in lengths]))


def test_a_delay_is_found_through_a_room() -> None:
    source = tone(3, 16_000)
    assert delay_of(recording(source, 1)[0], source[0]) == 137
    assert delay_of(source[0], np.pad(source[0], (50, 0))) == -50


def test_pairs_become_pairs_and_splits_stay(build, tmp_path: Path) -> None:
    root, out = build("paired"), tmp_path / "out"
    done = cut_all("paired", root, out)
    tracks = list_tracks("auto", out)
    assert all(track.parts.keys() == {NOISY, CLEAN} for track in tracks)
    assert sum(len(result.rows) for result in done) == len(tracks) == 15
    index = pd.read_csv(out / INDEX)
    assert list(index.columns[:4]) == ["id", "split", "track", "group"]
    for split in ("train", "dev"):
        sources = {track.name: track for track in read_corpus("paired", root, split)}
        for row in index[index["split"] == split].itertuples():
            for part in (NOISY, CLEAN):
                whole = read(sources[row.track].parts[part].path)
                start = round(row.start_seconds * whole.rate)
                piece = read(out / split / part / f"{row.id}.flac")
                np.testing.assert_array_equal(piece.samples, whole.samples[:, start : start + piece.length])
    assert not verify(tracks).broken


@pytest.mark.parametrize("name", ["dsd100", "musdb18", "musdb18-hq", "stems", "librimix", "pack"])
def test_what_summed_up_before_sums_up_after(name: str, build, tmp_path: Path) -> None:
    cut_all(name, build(name), tmp_path / "out")
    tracks = list_tracks("librimix" if name == "librimix" else "stems", tmp_path / "out")
    report = verify(tracks, tolerance_db=-12 if name == "musdb18" else -80)
    assert not report.broken
    assert len(report.verdicts) > 5
    if name != "pack":
        assert all(verdict.residual_db is not None for verdict in report.verdicts if MIXTURE in tracks[0].parts)


def test_what_a_room_delayed_is_laid_over_its_source(build, tmp_path: Path) -> None:
    cut_all("voices", build("voices"), tmp_path / "out", Options(seconds=0.3), "pairs")
    for track in list_tracks("paired", tmp_path / "out"):
        noisy, clean = (read(track.parts[part].path).samples[0] for part in (NOISY, CLEAN))
        assert abs(np.corrcoef(noisy, clean)[0, 1]) > 0.5
        assert delay_of(noisy, clean) == 0


@pytest.mark.parametrize("name", ["folders", "pack", "voices"])
def test_speech_and_noise_are_mixed_at_a_drawn_ratio(name: str, build, tmp_path: Path) -> None:
    root, out = build(name), tmp_path / "out"
    tracks = [track for track in list_tracks(name, root) if track.split != "test"]
    options = Options(seconds=0.1, snr_db=(-5, 15), seed=3)
    cut(plan(tracks, out, options))
    index = pd.read_csv(out / INDEX)
    assert len(index) == len({*index["id"]}) > 5
    assert index["snr_db"].between(-5, 15).all()
    assert index["snr_db"].std() > 2
    noises = {track.name: track.split for track in only(tracks, NOISE)}
    for row in index.itertuples():
        noisy, clean = (read(out / row.split / part / f"{row.id}.flac").samples for part in (NOISY, CLEAN))
        energies = [np.square(sound, dtype=float).sum() for sound in (clean, noisy - clean)]
        assert 10 * np.log10(energies[0] / energies[1]) == pytest.approx(row.snr_db, abs=0.1)
        assert noises[row.noise] == row.split, "a noise of the same split"
    assert {track.name for track in only(tracks, SPEECH)} == {*index["track"]}
    cut(plan(tracks, tmp_path / "again", options))
    assert files(tmp_path / "again").keys() == files(out).keys()
    assert index.equals(pd.read_csv(tmp_path / "again" / INDEX))
    cut(plan(tracks, tmp_path / "other", Options(seconds=0.1, snr_db=(-5, 15), seed=4)))
    assert not files(tmp_path / "other").keys() & files(out).keys()


def test_what_exists_is_left_alone_and_what_changed_is_replaced(build, tmp_path: Path) -> None:
    root, out = build("paired"), tmp_path / "out"
    cut_all("paired", root, out)
    before = files(out)
    again = cut_all("paired", root, out)
    assert files(out) == before
    assert sum(result.written for result in again) == 0
    changed = read_corpus("paired", root, "train")[0]
    pair(changed.parts[NOISY].path, changed.parts[CLEAN].path, seed=99)
    third = cut_all("paired", root, out)
    after = files(out)
    assert len(after) == len(before)
    assert [result.written for result in third].count(5) == 1
    assert len(after.keys() - before.keys()) == 10, "five segments have new names, the old ones are gone"
    assert all(after[name] == before[name] for name in after.keys() & before.keys())
    assert {*pd.read_csv(out / INDEX)["id"]} == {Path(name).stem for name in after}


def test_a_cut_that_was_stopped_goes_on(build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = build("paired"), tmp_path / "out"
    whole = tmp_path / "whole"
    cut_all("paired", root, whole)
    calls = []
    open_writer = cutting.open_writer

    def stopped(*arguments: object, **options: object) -> object:
        calls.append(arguments)
        if len(calls) > 13:
            raise KeyboardInterrupt
        return open_writer(*arguments, **options)

    monkeypatch.setattr(cutting, "open_writer", stopped)
    with pytest.raises(KeyboardInterrupt):
        cut_all("paired", root, out)
    monkeypatch.undo()
    half = files(out)
    assert len(half) == 13
    (out / "train/noisy" / ".0000.flac.part-1234").write_bytes(b"what SIGKILL left")
    result = cut_all("paired", root, out)
    after = files(out)
    assert after.keys() == files(whole).keys()
    assert all(after[name] == time for name, time in half.items())
    assert sum(done.written for done in result) == 15 - 6
    assert len(list_tracks("paired", out)) == 15, "half-written files are no sounds"
    assert (out / INDEX).read_text("utf-8") == (whole / INDEX).read_text("utf-8")


def test_silence_is_left_out_and_rests_are_padded(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    voice: Samples = tone(1)
    voice[:, 800:1_600] = 0
    save(root / "clean/a/1.wav", voice[:, :3_900])
    save(root / "noisy/a/1.wav", voice[:, :3_900] + 0.1 * tone(2)[:, :3_900])
    done = cut_all("paired", root, tmp_path / "out", Options(seconds=0.1, pad=True))[0]
    assert done.silent == 1
    assert [row.start_seconds for row in done.rows] == [0, 0.2, 0.3, 0.4]
    assert done.rows[-1].padding_seconds == pytest.approx(100 / 8_000)
    last = next((tmp_path / "out").rglob(f"clean/{done.rows[-1].id}.flac"))
    assert not read(last).samples[:, 700:].any()


@pytest.mark.parametrize(
    ("name", "how", "words"),
    [
        ("folders", (Options(),), "--snr LOW HIGH"),
        ("librispeech", (Options(snr_db=(0, 5)),), "no noise to mix in"),
        ("stems", (Options(snr_db=(0, 5)),), "no speech apart"),
        ("stems", (Options(), "speakers"), "no track here can be cut into speakers"),
        ("folders", (Options(snr_db=(0, 5)), "songs"), "makes pairs, not songs"),
        ("consent", (Options(),), "nothing here belongs together"),
    ],
)
def test_plans_that_cannot_be_say_why(name: str, how, words: str, build, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=words):
        plan(list_tracks(name, build(name)), tmp_path / "out", *how)


def test_options_out_of_range_say_so(build, tmp_path: Path) -> None:
    for wrong, words in (({"seconds": 0}, "0.01"), ({"overlap": 1}, "0.95"), ({"snr_db": (5, 0)}, "upside down")):
        with pytest.raises(DataError, match=words):
            Options(**wrong)
    root = build("paired")
    cut_all("paired", root, tmp_path / "out")
    with pytest.raises(DataError, match=r"cut otherwise \(seconds 0\.1\); choose another folder"):
        cut_all("paired", root, tmp_path / "out", Options(seconds=0.2))


def test_tables_in_three_formats(build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = describe(list_tracks("dsd100", build("dsd100")))
    assert kinds(frame) == {"style": dict.fromkeys(("Rock", "Country", "Rap", "Pop", "Electronic"), 1)}
    save_table(frame, tmp_path / "t.csv")
    save_table(frame, tmp_path / "t.xlsx")
    for again in (pd.read_csv(tmp_path / "t.csv"), pd.read_excel(tmp_path / "t.xlsx")):
        assert list(again.columns) == list(frame.columns)
        np.testing.assert_allclose(again["vocals.rms_db"], frame["vocals.rms_db"])
    with pytest.raises(InputError, match=r"\.csv, \.parquet or \.xlsx"):
        save_table(frame, tmp_path / "t.json")
    with pytest.raises(InputError, match="cannot be written"):
        save_table(frame, tmp_path / "no" / "t.csv")
    real = builtins.__import__

    def lacking(name: str, *rest: object) -> object:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(InputError, match="pip install pyarrow"):
        save_table(frame, tmp_path / "t.parquet")


def test_processes_give_what_one_gives() -> None:
    told: list[int] = []
    assert each(abs, [-3, 2, -1], 2, told.append) == [3, 2, 1]
    assert told == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        each((1).__truediv__, [1, 0], 2)


def test_a_stream_of_several_is_read_by_its_number(build) -> None:
    path = next(build("musdb18").rglob("*.stem.mp4"))
    mixture, *stems = (read(path, stream=number).samples for number in range(5))
    assert len({stem.shape for stem in stems}) == 1
    difference = mixture - np.sum(stems, axis=0)
    assert 10 * np.log10(np.square(difference).mean() / np.square(mixture).mean()) < -15
    with pytest.raises(MediaError, match="no sound stream 5; the file holds 5, counted from 0"):
        read(path, stream=5)
    with pytest.raises(MediaError, match="no sound stream 1; the file holds 1"):
        read(next(build("stems").rglob("*.wav")), stream=1)
