"""`voxlift info`."""

from __future__ import annotations

import json
from subprocess import run

import numpy as np
import pytest

import voxlift
from tests.cli.command_line import command
from voxlift.cli.info import clock


def write(path, samples, rate=48_000):
    voxlift.write(path, voxlift.Audio(np.asarray(samples, np.float32), rate))


@pytest.fixture
def tone():
    return 0.1 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)


def test_it_says_what_is_in_a_file(cli, folder, tone):
    write(folder / "한 tone.flac", np.stack([tone, tone]))
    ran = cli("info", "한 tone.flac")
    assert ran.status == 0
    assert "flac, PCM_24, 24 bits" in ran.out
    assert "2.00 s (96000 samples), 48000 Hz, stereo" in ran.out
    assert "RMS -23.0 dBFS" in ran.out
    assert "mono in fact" in ran.out


def test_json_has_a_line_for_each_file_and_the_batch_goes_on_past_a_bad_one(cli, folder, tone):
    write(folder / "a.wav", tone)
    (folder / "bad.wav").write_text("no sound")
    write(folder / "b.ogg", tone)
    ran = cli("info", "--json", "a.wav", "bad.wav", "b.ogg")
    first, bad, last = ran.records
    assert ran.status == 2
    assert (first["length"], first["bits"], first["container"], first["has_video"]) == (96_000, 24, "wav", False)
    assert first["rms_db"] == pytest.approx(-23.01, abs=0.05)
    assert "bad.wav" in bad["error"]
    assert ran.err.count("\n") == 1
    assert last["codec"] == "VORBIS"


@pytest.mark.parametrize(
    ("samples", "rate", "hint"),
    [
        (np.clip(2 * np.sin(np.arange(48_000) / 20), -1, 1), 48_000, "clipped in"),
        (np.zeros(48_000), 48_000, "digital silence"),
        (np.sin(np.arange(16_000) / 3) * 0.1, 8_000, "telephone band"),
        (np.sin(np.arange(48_000) / 3) * 0.1 + 0.02, 48_000, "offset of +2.0%"),
        (np.stack([np.sin(np.arange(48_000) / 3) * 0.1, np.zeros(48_000)]), 48_000, "the right channel is empty"),
    ],
)
def test_hints_are_in_words(cli, folder, samples, rate, hint):
    write(folder / "x.wav", samples, rate)
    assert hint in cli("info", "x.wav").out


def test_a_pipe_is_read_like_a_file(folder, tone):
    write(folder / "a.wav", tone)
    with (folder / "a.wav").open("rb") as stream:
        done = run(command("info", "--json", "-"), stdin=stream, capture_output=True, check=True)
    assert json.loads(done.stdout)["length"] == 96_000


def test_durations_read_well():
    assert [clock(seconds) for seconds in (1.5, 61.25, 3723.9)] == ["1.50 s", "1:01.2", "1:02:03"]


def test_a_tag_cannot_drive_the_terminal(cli, folder, tone):
    from voxlift.media import Format, open_writer

    with open_writer("x.flac", Format("flac", "PCM_16", 48_000, 1), {"title": "a\x1b[2Jb\nlevel  fine"}) as writer:
        writer.write(tone[None].astype(np.float32))
    told = cli("info", "x.flac").out
    assert "\x1b" not in told
    assert "b level fine" in told
