"""Laws of all corpora: each finds its own layout and no other, keeps splits apart, and lets no fault pass."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.lab import layouts
from tests.lab.layouts import LAYOUTS, RATE, save, tone
from voxlift.errors import DataError
from voxlift.lab.corpora import (
    CORPORA,
    Part,
    Track,
    accompaniment_parts,
    find_corpus,
    list_tracks,
    only,
    read_corpus,
    sums,
)
from voxlift.lab.corpora.track import CLEAN, NOISE, NOISY, SPEECH
from voxlift.lab.datasets.describe import describe, totals
from voxlift.lab.datasets.verify import verify
from voxlift.media import read

pytest.importorskip("openpyxl")

ALL = sorted(LAYOUTS)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Each corpus, built once; only to be read."""
    places: dict[str, Path] = {}

    def build(name: str) -> Path:
        if name not in places:
            places[name] = tmp_path_factory.mktemp(name.replace("-", "_"))
            LAYOUTS[name].build(places[name])
        return places[name]

    return build


@pytest.fixture
def copied(built: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy that a test may break."""
    return lambda name: Path(shutil.copytree(built(name), tmp_path / name))


def test_every_reader_has_a_layout_here() -> None:
    assert sorted(CORPORA) == ALL


@pytest.mark.parametrize("name", ALL)
def test_one_reader_fits_and_no_other(name: str, built) -> None:
    assert [corpus.name for corpus in CORPORA.values() if corpus.fits(built(name))] == [name]
    assert find_corpus("auto", built(name)).name == name


@pytest.mark.parametrize("name", ALL)
def test_splits_share_no_group_and_all_paths_exist(name: str, built) -> None:
    tracks = list_tracks(name, built(name))
    assert {"train", "dev"} <= {track.split for track in tracks} <= {"train", "dev", "test"}
    assert len({track.name for track in tracks}) == len(tracks)
    assert all(track.licence and track.parts for track in tracks)
    seen: dict[str, str] = {}
    for split in {track.split for track in tracks}:
        chosen = read_corpus("auto", built(name), split)
        assert chosen
        assert all(part.path.is_file() for track in chosen for part in track.parts.values())
        assert all(seen.setdefault(group, split) == split for track in chosen for group in track.groups)


@pytest.mark.parametrize("name", ALL)
def test_describe_tells_of_every_part(name: str, built) -> None:
    tracks = list_tracks(name, built(name))
    frame = describe(tracks)
    assert list(frame["name"]) == [track.name for track in tracks]
    assert (frame["problem"] == "").all()
    for row, track in zip(frame.to_dict("records"), tracks, strict=True):
        for part in track.parts:
            sound = read(track.parts[part].path, track.parts[part].stream)
            assert (row[f"{part}.rate"], row[f"{part}.channels"]) == (sound.rate, sound.channels)
            assert row[f"{part}.seconds"] == pytest.approx(sound.seconds)
            level = 10 * np.log10(np.square(sound.samples, dtype=float).mean())
            assert row[f"{part}.rms_db"] == pytest.approx(level, abs=0.01)
    assert totals(frame)["tracks"].sum() == sum(len(track.parts) for track in tracks)


@pytest.mark.parametrize("name", ALL)
def test_verify_finds_nothing_in_a_good_corpus(name: str, built) -> None:
    report = verify(list_tracks(name, built(name)))
    assert report.verdicts
    assert not report.broken
    assert not report.problems
    if any(sums(track) for track in list_tracks(name, built(name))):
        limit = -15 if name == "musdb18" else -80
        assert max(verdict.residual_db for verdict in report.verdicts if verdict.residual_db is not None) < limit


def _victim(name: str, root: Path) -> Path:
    """A file that a multi-part track has beside others, or a lone sound."""
    tracks = sorted(list_tracks(name, root), key=lambda track: -len(track.parts))
    train = [track for track in tracks if track.split == "train"]
    return list(train[0].parts.values())[-1].path


def _shorten(path: Path) -> None:
    save(path, tone(1, 3_000, soundfile.info(path).channels), soundfile.info(path).samplerate)


def _resample(path: Path) -> None:
    info = soundfile.info(path)
    save(path, tone(1, info.frames, info.channels), info.samplerate + 3_025)


def _nan(path: Path) -> None:
    samples = np.zeros((4_000, 2), np.float32)
    samples[200, 1] = np.nan
    soundfile.write(path, samples, RATE, subtype="FLOAT", format="WAV")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "lacks"),
    "length": (_shorten, "length"),
    "rate": (_resample, "rate"),
    "garbage": (lambda path: path.write_bytes(b"no sound at all" * 100), "no sound could be found"),
    "empty": (lambda path: path.write_bytes(b""), "empty|no sound"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "cut|damaged|no sound"),
    "nan": (_nan, "not a number"),
    "sum": (lambda path: save(path, tone(77, soundfile.info(path).frames, 2)), "residual"),
}
LONE = {"folders", "librispeech"}
UNALIGNED = {"voices", "voices-subset"}


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("name", [name for name in ALL if name != "musdb18"])
def test_no_fault_passes(name: str, fault: str, copied) -> None:
    root = copied(name)
    path = _victim(name, root)
    harm, words = FAULTS[fault]
    if name in LONE and fault in ("missing", "length", "rate", "sum"):
        pytest.skip("a lone sound of any length and rate is as good as another")
    if fault == "length" and name in UNALIGNED:
        pytest.skip("a room makes sounds longer")
    if fault == "sum" and name not in ("dsd100", "musdb18-hq", "stems"):
        pytest.skip("no stereo stems")
    tracks = list_tracks(name, root)  # listed before: a subset without its source is one that never had it
    harm(path)
    report = verify(tracks)
    assert any(re.search(words, problem) for verdict in report.broken for problem in verdict.problems), report


@pytest.mark.parametrize("name", ["dsd100", "musdb18-hq", "voicebank-demand", "stems", "paired", "librimix", "voices"])
def test_training_refuses_what_lacks_a_part_and_names_it(name: str, copied) -> None:
    root = copied(name)
    path = _victim(name, root)
    path.unlink()
    with pytest.raises(DataError, match="lacks") as caught:
        read_corpus(name, root, "train")
    assert path.name in str(caught.value)


def test_a_stem_file_of_fewer_streams_is_named(copied) -> None:
    root = copied("musdb18")
    layouts.stem_file(root / "train/Music - Song.stem.mp4", [tone(k, 22_050, 2, 44_100) for k in range(3)])
    report = verify(list_tracks("musdb18", root))
    assert [verdict.name for verdict in report.broken] == ["Music - Song"]
    assert "no sound stream 4; the file holds 3" in " ".join(report.broken[0].problems)


@pytest.mark.parametrize("name", [name for name in ALL if LAYOUTS[name].overlap])
def test_splits_that_overlap_are_refused(name: str, copied) -> None:
    root = copied(name)
    overlap = LAYOUTS[name].overlap
    assert overlap is not None
    overlap(root)
    with pytest.raises(DataError, match=r"must not be scored with.*in the splits (train|dev|test) and") as caught:
        read_corpus(name, root, "train")
    assert "; keep it in one split" in str(caught.value)
    assert verify(list_tracks(name, root)).problems


@pytest.mark.parametrize("name", ALL)
def test_the_same_bytes_in_two_splits_are_found(name: str, copied) -> None:
    root = copied(name)
    tracks = list_tracks(name, root)
    train, dev = (
        next(iter(next(track for track in tracks if track.split == split).parts.values())).path
        for split in ("train", "dev")
    )
    shutil.copy(train, dev)
    assert any("same sound" in problem for problem in verify(list_tracks(name, root)).problems)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_split_says_what_there_is(name: str, built) -> None:
    with pytest.raises(DataError, match=r"no recording of the split 'tset' in it; it holds .*train"):
        read_corpus(name, built(name), "tset")


def test_errors_teach(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="did you mean 'dsd100'"):
        read_corpus("dsd10", tmp_path, "train")
    with pytest.raises(DataError, match=r"set data\.root"):
        read_corpus("dsd100", tmp_path / "no", "train")
    with pytest.raises(DataError, match=r"no corpus that is known here \(.*dsd100: Mixtures.*consent\.csv") as caught:
        find_corpus("auto", tmp_path)
    assert all(f"{corpus.name}: " in str(caught.value) for corpus in CORPORA.values())
    layouts.paired(tmp_path)
    layouts.consent(tmp_path)
    with pytest.raises(DataError, match="looks like paired and consent"):
        find_corpus("auto", tmp_path)
    with pytest.raises(DataError, match=r"data\.noise"):
        read_corpus("paired", tmp_path, "train", tmp_path / "no")


def test_noise_comes_from_a_second_folder(built, tmp_path: Path) -> None:
    for name in layouts.groups("{}"):
        save(tmp_path / "hashed" / "deep" / f"{name}.wav", tone(1))
    for split in ("train", "dev"):
        save(tmp_path / "own" / split / "rain.wav", tone(1))
        save(tmp_path / "own" / split / f"{split}.wav", tone(2))
    for split, count in (("train", 2), ("dev", 1)):
        tracks = read_corpus("librispeech", built("librispeech"), split, tmp_path / "hashed")
        assert (len(only(tracks, SPEECH)), len(only(tracks, NOISE))) == (2, count)
    with pytest.raises(DataError, match="'noise/rain' is in the splits train and dev"):
        read_corpus("librispeech", built("librispeech"), "train", tmp_path / "own")


def _tags(name: str, root: Path) -> dict[str, dict[str, str]]:
    return {track.name: dict(track.tags) for track in list_tracks(name, root)}


def test_tags_are_what_the_data_sets_tell(built, copied) -> None:
    styles = _tags("dsd100", built("dsd100"))
    assert styles["Patrick Talbot - Set Me Free"]["style"] == "Pop"
    assert styles["Young Griffo - Facade"]["style"] == "Electronic"
    without = copied("dsd100")
    (without / "dsd100.xlsx").unlink()
    assert not any(_tags("dsd100", without).values())
    assert _tags("voicebank-demand", built("voicebank-demand"))["p232_001"] == {"noise": "cafeteria", "snr_db": "7.5"}
    spoken = _tags("librispeech", built("librispeech"))["103-1240-0001"]
    assert spoken == {"subset": "train-clean-100", "gender": "F", "transcript": "CHAPTER ONE 1"}
    far = next(tags for name, tags in _tags("voices", built("voices")).items() if "rm1-babb-sp7000" in name)
    assert far == {"room": "rm1", "distractor": "babb", "microphone": "01-stu", "place": "clo", "angle": "080",
                   "transcript": "words of 7000", "gender": "F"}  # fmt: skip
    subset = _tags("voices-subset", built("voices-subset"))
    assert any(tags.get("transcript") == "so it is" for tags in subset.values())


def test_the_official_validation_songs_are_dev(built) -> None:
    for name in ("musdb18", "musdb18-hq"):
        assert [track.name for track in read_corpus(name, built(name), "dev")] == ["ANiMAL - Rockshow"]
    assert [t.name for t in read_corpus("voicebank-demand", built("voicebank-demand"), "dev")] == ["p226_001"]


def test_who_does_not_consent_is_not_listed(built, copied) -> None:
    assert "withdrawn" not in _tags("consent", built("consent"))
    root = copied("consent")
    table = root / "consent.csv"
    table.write_text(table.read_text("utf-8").replace("recordings/job-", "../recordings/job-"), "utf-8")
    with pytest.raises(DataError, match="does not lie in the export"):
        list_tracks("consent", root)
    table.write_text("id,file\n", "utf-8")
    with pytest.raises(DataError, match="no column verdict, task"):
        list_tracks("consent", root)


def test_what_sums_up_to_what() -> None:
    def track(*parts: str) -> Track:
        return Track("t", {name: Part(Path(name)) for name in parts}, "train", None, "c", "l")

    assert accompaniment_parts(track("mixture", "vocals", "drums", "guitar")) == ("drums", "guitar")
    assert accompaniment_parts(track("vocals", "accompaniment", "drums")) == ("accompaniment",)
    assert accompaniment_parts(track("mixture", "vocals")) == ()
    assert accompaniment_parts(track("mixture", "s1", "s2")) == ()
    assert sums(track("mixture", "vocals")) == {}
    assert sums(track("mixture", "s1", "s2", "noise")) == {"mixture": ("s1", "s2", "noise")}
    both = sums(track("mixture", "noisy", "s1", "s2", "noise"))
    assert both == {"mixture": ("s1", "s2"), "noisy": ("mixture", "noise")}
    assert sums(track(NOISY, CLEAN)) == {}
