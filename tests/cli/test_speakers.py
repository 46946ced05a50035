"""`voxlift speakers`, on a small model that splits two talkers by their bands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.cards import splitter_card
from tests.cli.command_line import Cli, integers, names, save, steps
from voxlift import Audio
from voxlift.media import probe

RATE = 48_000


@pytest.fixture
def model(folder: Path) -> Path:
    return splitter_card(folder / "cards" / "mine")


def talker(rng: np.random.Generator, low_hz: float, high_hz: float, seconds: float, rate: int) -> np.ndarray:
    """Noise in a band of a colour of its own, four syllables a second."""
    length = round(seconds * rate)
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hz = np.fft.rfftfreq(length, 1 / rate)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    at = np.arange(length) / rate
    return np.fft.irfft(spectrum, length) * np.clip(np.sin(8 * np.pi * at), 0.003, 1)


def talk(channels: int = 2, rate: int = RATE, *, second: bool = True, seconds: float = 12) -> Audio:
    """The first from 0 to 6 s and from 8 s on, the second from 4 to 8 s."""
    rng = np.random.default_rng(5)
    first, other = talker(rng, 100, 1200, seconds, rate), talker(rng, 1900, 3700, seconds, rate)
    at = np.arange(len(first)) / rate
    sound = np.where((at < 6) | (at >= 8), first, 0)
    if second:
        sound = sound + np.where((at >= 4) & (at < 8), other, 0)
    sides = np.array([[1.0], [0.4]])[:channels]
    return Audio((0.3 / np.abs(sound).max() * sound * sides).astype(np.float32), rate)


@pytest.mark.parametrize("form", [("a.wav", 2, 44_100), ("a.flac", 2, 48_000), ("a.wav", 1, 16_000)])
def test_each_speaker_has_a_file_and_all_are_the_recording(cli: Cli, model: Path, form: tuple[str, int, int]) -> None:
    name, channels, rate = form
    source = save(name, talk(channels, rate))
    ran = cli("speakers", name, "--model", model, "--rest")
    assert ran.status == 0
    assert "2 speakers (" in ran.err
    outputs = [source.with_stem(f"a.{stem}") for stem in ("speaker-1", "speaker-2", "rest")]
    for path in outputs:
        assert (probe(path).format.rate, probe(path).format.channels) == (rate, channels)
    assert np.array_equal(sum(steps(path) for path in outputs), steps(source))
    one, two = (np.square(voxlift.read(path).samples[0]) for path in outputs[:2])
    begins = slice(0, 3 * rate)
    assert not two[begins].sum() > 1e-4 * one[begins].sum(), "who is heard first is speaker 1"


def test_the_second_track_of_one_speaker_is_silent(cli: Cli, model: Path) -> None:
    save("a.wav", talk(second=False))
    ran = cli("speakers", "a.wav", "--model", model, "--json")
    (record,) = ran.records
    assert record["speakers"] == 1
    assert 0.6 < record["confidence"] <= 1
    assert not integers(Path("a.speaker-2.wav")).any()
    assert integers(Path("a.speaker-1.wav")).any()
    assert "one speaker (" in cli("speakers", "a.wav", "--model", model, "--overwrite").err


def test_a_number_that_is_given_is_taken(cli: Cli, folder: Path, model: Path) -> None:
    save("a.wav", talk())
    ran = cli("speakers", "a.wav", "--model", model, "--count", 1, "-o", "all.wav", "--json")
    assert "confidence" not in ran.records[0]
    np.testing.assert_allclose(voxlift.read("all.wav").samples, voxlift.read("a.wav").samples, atol=1e-4)
    assert cli("speakers", "a.wav", "--model", model, "--count", 2).status == 0
    assert {"a.speaker-1.wav", "a.speaker-2.wav"} <= set(names(folder))


def test_the_timeline_says_who_speaks_when(cli: Cli, model: Path) -> None:
    pytest.importorskip("matplotlib")
    save("in/a talk.wav", talk())
    ran = cli("speakers", "in", "--model", model, "--output-dir", "out", "--timeline", "--json")
    assert ran.records[0]["outputs"]["timeline.json"] == "out/a talk.timeline.json"
    told = json.loads(Path("out/a talk.timeline.json").read_text("utf-8"))
    assert (told["speakers"], told["file"], told["seconds"]) == (2, "a talk.wav", 12.0)
    (first, second, third) = told["turns"]
    assert [turn["speaker"] for turn in (first, second, third)] == ["speaker-1", "speaker-2", "speaker-1"]
    times = [turn[key] for turn in (first, second, third) for key in ("start", "end")]
    assert times == pytest.approx([0, 6, 4, 8, 8, 12], abs=0.2)
    marks = Path("out/a talk.timeline.rttm").read_text("utf-8").splitlines()
    assert marks[1].split()[:3] + marks[1].split()[5:] == (
        ["SPEAKER", "a_talk", "1", "<NA>", "<NA>", "speaker-2", "<NA>", "<NA>"]
    )
    assert Path("out/a talk.timeline.png").read_bytes().startswith(b"\x89PNG")


def test_a_timeline_is_not_written_over(cli: Cli, folder: Path, model: Path) -> None:
    save("a.wav", talk(1, 16_000))
    Path("a.timeline.rttm").write_text("precious")
    refused = cli("speakers", "a.wav", "--model", model, "--timeline")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "--overwrite" in refused.err
    assert not Path("a.speaker-1.wav").exists(), "told before the work"
    assert cli("speakers", "a.wav", "--model", model, "--timeline", "--overwrite").status == 0
    assert Path("a.timeline.rttm").read_text("utf-8").startswith("SPEAKER a 1 ")
    again = cli("speakers", "a.wav", "--model", model, "--timeline", "--skip-existing", "--json")
    assert again.records[0]["status"] == "skipped"
    assert not [name for name in names(folder) if "part" in name]


def test_without_matplotlib_the_picture_is_left_out_and_said(
    cli: Cli, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voxlift.cli.speakers.find_spec", lambda name: None)
    save("a.wav", talk(1, 16_000))
    ran = cli("speakers", "a.wav", "--model", model, "--timeline", "--json", "--quiet")
    assert "timeline.png" not in ran.records[0]["outputs"]
    assert ran.err == "voxlift: the timeline comes without its picture; to have it: pip install 'voxlift[plot]'\n"


def test_inputs_that_differ_in_kind_alone_have_timelines_of_their_own(cli: Cli, model: Path) -> None:
    save("in/a.wav", talk(1, 16_000, seconds=9))
    save("in/a.flac", talk(1, 16_000, seconds=10))
    ran = cli("speakers", "in/a.wav", "in/a.flac", "--model", model, "--timeline", "--json", "--jobs", 2)
    paths = {record["outputs"]["timeline.json"] for record in ran.records}
    assert sorted(json.loads(Path(path).read_text("utf-8"))["seconds"] for path in paths) == [9, 10]


def test_noise_can_be_taken_away_first(cli: Cli, folder: Path, model: Path) -> None:
    save("a.wav", talk(2, 16_000))
    assert cli("speakers", "a.wav", "--model", model, "--denoise", "--rest").status == 0
    paths = [Path(f"a.{stem}.wav") for stem in ("speaker-1", "speaker-2", "rest")]
    assert np.array_equal(sum(integers(path) for path in paths), integers(Path("a.wav")))
    assert integers(paths[2]).any(), "what the denoiser took is in the rest"


def test_results_are_no_inputs(cli: Cli, model: Path) -> None:
    save("in/a.wav", talk(1, 16_000, seconds=9))
    assert cli("speakers", "in", "--model", model, "--rest").status == 0
    again = cli("speakers", "in", "--model", model, "--skip-existing", "--rest", "--json")
    assert [record["input"] for record in again.records] == ["in/a.wav"]


@pytest.mark.parametrize(("options", "words"), [
    (["--count", "3"], "splits 1 to 2"), (["--count", "0"], "splits 1 to 2"), (["--count", "two"], "or auto"),
    (["--model", "denoise"], "one track"), (["-o", "-"], "takes only one"), (["--gate"], "--gate"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(cli: Cli, folder: Path, model: Path, options: list[str], words: str) -> None:
    save("a.wav", talk(1, 16_000, seconds=1))
    before = names(folder)
    ran = cli("speakers", "a.wav", "--model", model, *options)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err
    assert names(folder) == before


def test_the_library_counts_as_well(model: Path) -> None:
    audio = talk(1, 16_000, second=False)
    stems = voxlift.load(str(model), speakers="auto", threads=1)(audio)
    assert tuple(stems) == ("speaker-1", "speaker-2", "rest")
    assert not stems["speaker-2"].samples.any()
