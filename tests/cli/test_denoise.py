"""`voxlift denoise` does what its help says; the sound itself is the laws' affair."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.cli.command_line import Cli, film, integers, names, pictures, save, sound
from voxlift.media import probe

KINDS = [("a.wav", "PCM_16"), ("a.wav", "PCM_24"), ("a.wav", "FLOAT"), ("a.flac", ""), ("a.ogg", ""), ("a.opus", ""),
         ("a.mp3", ""), ("a.m4a", "")]  # fmt: skip


@pytest.mark.parametrize(("name", "subtype"), KINDS)
def test_the_voice_lies_beside_in_the_same_format(cli: Cli, folder: Path, name: str, subtype: str) -> None:
    source = save(name, sound(20_001, channels=2, rate=48_000), subtype)
    ran = cli("denoise", name)
    voice = source.with_stem("a.voice")
    assert (ran.status, ran.out, names(folder)) == (0, "", sorted([name, voice.name]))
    before, after = probe(source).format, probe(voice).format
    assert (after.container, after.subtype, after.rate, after.channels) == (
        before.container, before.subtype, before.rate, before.channels,
    )  # fmt: skip
    assert voxlift.read(voice).length == voxlift.read(source).length
    assert voice.name in ran.err
    assert "x real time" in ran.err


def test_the_command_gives_what_the_library_gives(cli: Cli) -> None:
    save("a.wav", sound(), "FLOAT")
    assert cli("denoise", "a.wav").status == 0
    expected = voxlift.load()(voxlift.read("a.wav"))["voice"]
    np.testing.assert_allclose(voxlift.read("a.voice.wav").samples, expected.samples, atol=1e-6)


def test_noise_is_taken_away_and_said_to_be(cli: Cli) -> None:
    noise = np.random.default_rng(1).standard_normal((1, 64_000)).astype(np.float32) * 0.1
    save("noise.wav", voxlift.Audio(noise, 16_000))
    levels = cli("denoise", "noise.wav", "--json").records[0]["levels_db"]
    assert levels["voice"] < levels["mixture"] - 6
    assert levels["rest"] > levels["voice"]


@pytest.mark.parametrize("channels", [1, 2])
def test_voice_and_rest_add_up_to_the_input_exactly(cli: Cli, channels: int) -> None:
    save("a.wav", sound(30_000, channels))
    assert cli("denoise", "a.wav", "--rest").status == 0
    assert np.array_equal(integers("a.voice.wav") + integers("a.rest.wav"), integers("a.wav"))


def test_strength_bounds_how_far_the_noise_is_lowered(cli: Cli) -> None:
    save("a.wav", sound(), "FLOAT")
    for name, *options in (("full",), ("six", "--strength", 6), ("none", "--strength", 0)):
        assert cli("denoise", "a.wav", "-o", f"{name}.wav", *options).status == 0
    mixture, full, six, none = (voxlift.read(f"{name}.wav").samples for name in ("a", "full", "six", "none"))
    np.testing.assert_allclose(none, mixture, atol=1e-6)
    np.testing.assert_allclose(six, full + 10 ** (-6 / 20) * (mixture - full), atol=1e-5)


def test_a_folder_is_searched_in_depth_and_results_are_no_inputs(cli: Cli, folder: Path) -> None:
    for name in ("in/a.wav", "in/sub/b.flac", "in/.hidden/c.wav", "in/.d.wav", "in/e.voice.wav", "in/e.rest.wav"):
        save(name, sound(4_000))
    Path("in/notes.txt").write_text("no sound")
    assert [record["input"] for record in cli("denoise", "in", "--json").records] == ["in/a.wav", "in/sub/b.flac"]
    again = cli("denoise", "in", "--json", "--skip-existing")
    assert [(record["input"], record["status"]) for record in again.records] == [
        ("in/a.wav", "skipped"), ("in/sub/b.flac", "skipped"),
    ]  # fmt: skip


def test_an_output_folder_keeps_the_sub_folders(cli: Cli, folder: Path) -> None:
    for name in ("in/a.wav", "in/sub/a.wav", "in/sub/deep/a.wav"):
        save(name, sound(4_000))
    assert cli("denoise", "in", "--output-dir", "out/new").status == 0
    assert {name for name in names(folder / "out/new") if name.endswith(".wav")} == {
        "a.voice.wav", "sub/a.voice.wav", "sub/deep/a.voice.wav",
    }  # fmt: skip


@pytest.mark.parametrize("pattern", ["in/*/a?.wav", "in/**/a?.wav"])
def test_patterns_that_no_shell_expanded_are_expanded(cli: Cli, folder: Path, pattern: str) -> None:
    for name in ("in/x/a1.wav", "in/y/a1.wav", "in/y/b1.wav", "in/y/a1.voice.wav"):
        save(name, sound(4_000))
    assert cli("denoise", pattern, "--output-dir", "out").status == 0
    assert [name for name in names(folder / "out") if name.endswith(".wav")] == ["x/a1.voice.wav", "y/a1.voice.wav"]


def test_a_name_that_looks_like_a_pattern_is_a_name(cli: Cli, folder: Path) -> None:
    save("take [1]*.wav", sound(4_000))
    assert cli("denoise", "take [1]*.wav").status == 0
    assert Path("take [1]*.voice.wav").is_file()


def test_results_that_a_shell_pattern_caught_are_passed_over(cli: Cli, folder: Path) -> None:
    for name in ("a.wav", "a.voice.wav", "a.rest.wav", "lone.voice.wav"):
        save(name, sound(4_000))
    ran = cli("denoise", "a.rest.wav", "a.voice.wav", "a.wav", "lone.voice.wav", "--overwrite", "--json")
    assert [record["input"] for record in ran.records] == ["a.wav", "lone.voice.wav"]
    assert "2 inputs passed over" in ran.err


def test_two_inputs_never_meet_in_one_output(cli: Cli, folder: Path) -> None:
    """Each output is its own input's, whichever names and folders the inputs come from."""
    inputs = ["x/a.wav", "x/a.flac", "y/a.wav", "y/b.2024-01-01", "y/b.2024-01-02"]
    for seed, name in enumerate(inputs):
        save(Path(name).with_suffix(".wav" if "b." in name else Path(name).suffix), sound(3_000 + seed)).rename(name)
    ran = cli("denoise", *inputs, "--output-dir", "out", "--format", "wav", "--json")
    assert ran.status == 0
    outputs = {record["input"]: record["outputs"]["voice"] for record in ran.records}
    assert len({str(Path(path).resolve()) for path in outputs.values()}) == len(inputs)
    assert [voxlift.read(outputs[name]).length for name in inputs] == [3_000 + seed for seed in range(len(inputs))]


def test_an_input_given_twice_is_lifted_once(cli: Cli, folder: Path) -> None:
    save("in/a.wav", sound(4_000))
    assert len(cli("denoise", "in", "in/a.wav", "./in/../in/a.wav", "--json").records) == 1


def test_existing_outputs_stay_unless_told_otherwise(cli: Cli) -> None:
    save("a.wav", sound(4_000))
    Path("a.voice.wav").write_bytes(b"precious")
    refused = cli("denoise", "a.wav")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "--overwrite" in refused.err
    assert cli("denoise", "a.wav", "--skip-existing").status == 0
    assert Path("a.voice.wav").read_bytes() == b"precious"
    assert cli("denoise", "a.wav", "--overwrite").status == 0
    assert voxlift.read("a.voice.wav").length == 4_000


def test_skipping_needs_all_outputs_to_exist(cli: Cli) -> None:
    save("a.wav", sound(4_000))
    assert cli("denoise", "a.wav").status == 0
    assert cli("denoise", "a.wav", "--skip-existing").status == 0
    assert cli("denoise", "a.wav", "--skip-existing", "--rest").status == 2
    assert not Path("a.rest.wav").exists()


def test_a_batch_goes_on_past_bad_files_and_lists_them(cli: Cli, folder: Path) -> None:
    save("good1.wav", sound(4_000))
    Path("bad.wav").write_text("no sound")
    Path("empty.wav").touch()
    save("good2.wav", sound(4_000))
    ran = cli("denoise", "missing.wav", "good1.wav", "bad.wav", "empty.wav", "good2.wav", "--json")
    assert ran.status == 2
    assert sorted(folder.glob("*.voice.wav")) == [folder / "good1.voice.wav", folder / "good2.voice.wav"]
    table = ran.err[ran.err.index("3 of 5 inputs failed") :].splitlines()[1:]
    assert [line.split()[0] for line in table] == ["missing.wav", "bad.wav", "empty.wav"]
    for words, line in zip(["no such file", "no sound", "0 bytes"], table, strict=True):
        assert words in line
    records = {record["input"]: record for record in ran.records}
    assert {name for name, record in records.items() if record["status"] == "failed"} == {
        "missing.wav", "bad.wav", "empty.wav",
    }  # fmt: skip
    assert all(record["fault"] == "input" and record["error"] for name, record in records.items() if "good" not in name)


def test_a_fault_of_ours_is_told_as_such(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("voxlift.separate.stream.lift_file", broken)
    save("a.wav", sound(400))
    save("b.wav", sound(400))
    Path("bad.wav").touch()
    alone = cli("denoise", "a.wav")
    assert (alone.status, alone.err.count("\n")) == (1, 1)
    for words in ("ZeroDivisionError", "by nought", "report", "VOXLIFT_DEBUG=1"):
        assert words in alone.err
    assert cli("denoise", "a.wav", "b.wav", "bad.wav").status == 1
    monkeypatch.setenv("VOXLIFT_DEBUG", "1")
    assert "Traceback" in cli("denoise", "a.wav").err


def test_jobs_change_nothing_but_the_time(cli: Cli, folder: Path) -> None:
    for seed in range(4):
        save(f"{seed}.wav", sound(40_000, seed=seed))
    sources = [f"{seed}.wav" for seed in range(4)]
    assert cli("denoise", *sources, "--output-dir", "one", "--threads", 1).status == 0
    assert cli("denoise", *sources, "--output-dir", "three", "--jobs", 3).status == 0
    for name in names(folder / "one"):
        assert (folder / "one" / name).read_bytes() == (folder / "three" / name).read_bytes()


def test_json_tells_all_and_nothing_else_is_on_standard_output(cli: Cli) -> None:
    save("a.wav", sound(24_000, 2))
    ran = cli("denoise", "a.wav", "--rest", "--json", "--quiet")
    (record,) = ran.records
    assert (record["input"], record["status"], record["rate"], record["channels"], record["length"]) == (
        "a.wav", "done", 16_000, 2, 24_000,
    )  # fmt: skip
    assert record["outputs"] == {"voice": "a.voice.wav", "rest": "a.rest.wav"}
    assert record["seconds"] == 1.5
    assert record["times_real_time"] > 0
    assert ran.err == ""


def test_the_format_is_a_choice(cli: Cli, folder: Path) -> None:
    save("a.wav")
    assert cli("denoise", "a.wav", "--format", "FLAC").status == 0
    assert probe(folder / "a.voice.flac").format.container == "flac"
    assert cli("denoise", "a.wav", "-o", "b.ogg", "--rest").status == 0
    assert probe(folder / "b.rest.ogg").format.container == "ogg"
    assert cli("denoise", "a.wav", "-o", "no-suffix", "--format", "mp3").status == 0
    assert probe(folder / "no-suffix").format.container == "mp3"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_a_film_gives_sound_or_with_video_the_film(cli: Cli, folder: Path, suffix: str) -> None:
    film(folder / f"a{suffix}")
    sound_only, with_video = cli("denoise", f"a{suffix}", "--json"), cli("denoise", f"a{suffix}", "--video", "--json")
    alone, whole = (folder / ran.records[0]["outputs"]["voice"] for ran in (sound_only, with_video))
    assert (probe(alone).has_video, probe(whole).has_video, whole.name) == (False, True, f"a.voice{suffix}")
    assert pictures(whole) == pictures(folder / f"a{suffix}")
    before, after = (voxlift.read(path).samples for path in (folder / f"a{suffix}", whole))
    assert abs(before.shape[1] - after.shape[1]) < 0.1 * 48_000
    assert np.square(after).mean() < np.square(before).mean()


@pytest.mark.parametrize(("options", "words"), [
    (["-o", "x.wav", "--output-dir", "d"], "exclude each other"), (["--skip-existing", "--overwrite"], "exclude"),
    (["-o", "x.wav", "--format", "flac"], "contradict"), (["-o", "folder"], "--output-dir"),
    (["--output-dir", "a.wav"], "is no folder"), (["-o", "x.xyz"], "cannot write .xyz"), (["-o", "x"], "no suffix"),
    (["--format", "xyz"], "cannot write .xyz"), (["--rest", "-o", "-"], "exclude"), (["--json", "-o", "-"], "exclude"),
    (["--strength", "-3"], "-3"), (["--strength", "nan"], "nan"), (["--device", "tpu"], "auto, cpu, cuda"),
    (["--jobs", "0"], "--jobs"), (["--threads", "-1"], "--threads"), (["--model", "denois"], "denoise"),
    (["--modell", "x"], "--modell"), (["b.wav", "-o", "x.wav"], "--output-dir"), (["--video"], "no pictures"),
    (["-"], "standard input"), (["-o", "a.wav", "--overwrite"], "input itself"),
    (["-o", "no/such/x.wav"], "make it first"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_sentence(
    cli: Cli, folder: Path, options: list[str], words: str
) -> None:
    save("a.wav", sound(400))
    save("b.wav", sound(400))
    Path("folder").mkdir()
    before = names(folder)
    ran = cli("denoise", "a.wav", *options)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("voxlift: ")
    assert words in ran.err
    assert names(folder) == before


def test_nothing_to_do_is_said(cli: Cli) -> None:
    Path("none").mkdir()
    for words, *given in (("no recordings", "none"), ("no file has a name", "*.mp3"), ("Missing argument",)):
        ran = cli("denoise", *given)
        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert words in ran.err
