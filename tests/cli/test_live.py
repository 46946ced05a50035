"""`voxlift live`: a block out for a block in, late by exactly as much as it says, and the same sound as the file's."""

from __future__ import annotations

import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import voxlift
from tests.cli.command_line import Cli, command, names, sound, start
from voxlift.audio import Samples
from voxlift.cli.pcm import DTYPES, decoded, encoded

LAG = re.compile(r"lags by (\d+) samples")


def live(data: bytes, *arguments: object) -> tuple[bytes, str]:
    ran = subprocess.run(command("live", *arguments), input=data, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, ran.stderr.decode()


@pytest.mark.parametrize(("rate", "channels", "length", "options"), [
    (48_000, 1, 100_001, []), (44_100, 2, 50_000, []), (8_000, 1, 16_001, ["--block", "7"]), (16_000, 1, 3, []),
    (16_000, 2, 32_000, ["--strength", "6"]),
])  # fmt: skip
def test_the_output_is_the_files_after_the_delay_that_is_told(
    rate: int, channels: int, length: int, options: list[str]
) -> None:
    samples = sound(length, channels, rate).samples
    data, told = live(
        encoded(samples, "f32le"), "--rate", rate, "--channels", channels, "--sample-format", "f32le", *options
    )
    found = LAG.search(told)
    assert found
    lag = int(found[1])
    out = decoded(data, "f32le", channels)
    assert out.shape == (channels, lag + length)
    strength = float(options[1]) if "--strength" in options else np.inf
    expected = voxlift.load("denoise", strength_db=strength)(voxlift.Audio(samples, rate))["voice"].samples
    np.testing.assert_allclose(out[:, lag:], expected, atol=1e-4)
    assert not out[:, :lag].any()


def test_sixteen_bits_are_the_default_and_the_delay_is_told_in_ms() -> None:
    samples = sound(24_000, 1, 48_000).samples
    data, told = live(encoded(samples, "s16le"))
    out = decoded(data, "s16le", 1)
    found = re.search(r"delay ([\d.]+) ms.*lags by (\d+).*block of (\d+)", told)
    assert found
    delay_ms, lag, block = float(found[1]), int(found[2]), int(found[3])
    assert delay_ms == pytest.approx((lag + block) / 48, abs=0.06)
    assert delay_ms < 100
    expected = voxlift.load("denoise")(voxlift.Audio(samples, 48_000))["voice"].samples
    np.testing.assert_allclose(out[:, lag:], expected, atol=1e-4)


def test_every_block_is_answered_before_the_next_comes() -> None:
    """Else the delay would not be bounded: no buffer on the way may wait to be filled."""
    process = start("live", "--sample-format", "f32le", "--block", "20", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    block = np.zeros(960, "<f4").tobytes()
    for _ in range(20):
        process.stdin.write(block)
        process.stdin.flush()
        assert len(process.stdout.read(len(block))) == len(block)
    out, _ = process.communicate()
    assert len(out) > 0


@pytest.mark.parametrize("sample_format", DTYPES)
def test_samples_pass_through_bytes_unchanged(sample_format: str) -> None:
    samples = np.array([[0, 0.5, -1, 0.25], [1 / 32_768, -0.5, 0, 0.125]], np.float32)
    data = encoded(samples, sample_format)
    assert len(data) == 8 * DTYPES[sample_format].itemsize
    np.testing.assert_array_equal(decoded(data + b"x", sample_format, 2), samples)


def test_what_is_too_loud_is_held_and_does_not_wrap() -> None:
    np.testing.assert_array_equal(np.frombuffer(encoded(np.array([[3.0, -3.0]], np.float32), "s16le"), "<i2"),
                                  [32_767, -32_768])  # fmt: skip


def test_rubbish_from_a_driver_is_silence_and_the_sound_goes_on() -> None:
    samples = sound(16_000).samples.copy()
    samples[0, 5_000:5_003] = [np.nan, np.inf, -np.inf]
    data, told = live(encoded(samples, "f32le"), "--rate", 16_000, "--sample-format", "f32le")
    assert np.isfinite(decoded(data, "f32le", 1)).all()
    assert "3 samples were no numbers" in told


@pytest.mark.parametrize(("options", "words"), [
    (["--rate", "10"], "1000 to 384000 Hz"), (["--channels", "33"], "1 to 32"), (["--sample-format", "s24le"], "s16le"),
    (["--block", "0"], "--block"), (["--block", "nan"], "--block"), (["--model", "denois"], "denoise"),
    (["--strength", "-1"], "strength"), (["--device", "tpu"], "auto, cpu, cuda"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_sentence(
    cli: Cli, folder: Path, options: list[str], words: str
) -> None:
    ran = cli("live", *options)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err
    assert names(folder) == []


def test_a_reader_that_leaves_is_no_crash() -> None:
    process = start("live", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, told = process.communicate(bytes(96_000))
    assert process.returncode in (1, 2)
    assert b"Traceback" not in told
    assert told.count(b"\n") == 2  # the delay, and what happened


class Library(types.ModuleType):
    """A sound library whose microphone hears what it is given and whose loudspeaker keeps what it is told."""

    class PortAudioError(Exception):
        pass

    def __init__(self, heard: Samples) -> None:
        super().__init__("sounddevice")
        self.heard, self.played, self.options = heard, [], []
        library = self

        class Stream:
            def __init__(self, **options: Any) -> None:
                if options["device"] == "none":
                    raise ValueError("No input device matching 'none'")
                library.options.append(options)

            def start(self) -> None: ...
            def stop(self) -> None: ...
            def close(self) -> None: ...

            def read(self, length: int) -> tuple[Samples, bool]:
                piece, library.heard = library.heard[:, :length], library.heard[:, length:]
                return piece.T, False

            def write(self, data: Samples) -> None:
                library.played.append(data.T)

        self.InputStream = self.OutputStream = Stream

    def query_devices(self) -> str:
        return "0 a microphone"


def test_sound_devices_take_the_place_of_the_pipes(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = sound(48_100, 2, 48_000)
    library = Library(audio.samples)
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    ran = cli("live", "--channels", 2, "--input-device", "Mic", "--output-device", "3")
    assert ran.status == 0
    assert [options["device"] for options in library.options] == ["Mic", 3]
    found = LAG.search(ran.err)
    assert found
    played = np.concatenate(library.played, axis=1)[:, int(found[1]) :]
    np.testing.assert_allclose(played, voxlift.load("denoise")(audio)["voice"].samples, atol=1e-4)
    assert cli("live", "--list-devices").out == "0 a microphone\n"
    refused = cli("live", "--input-device", "none", "--output-device", "3")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "--list-devices" in refused.err


def test_without_the_extra_the_command_that_installs_it_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    ran = cli("live", "--list-devices")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "pip install 'voxlift[live]'" in ran.err
