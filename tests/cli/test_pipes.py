"""`-` is standard input and standard output: only sound on the one, one sentence at most on the way to a fault."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import voxlift
from tests.cli.command_line import command, names, save, sound, start


def piped(data: bytes, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command("denoise", *arguments), input=data, capture_output=True, check=False)


def from_bytes(data: bytes) -> np.ndarray:
    import soundfile

    samples, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    return samples.T


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a"])
def test_a_pipe_gives_what_the_file_gives(suffix: str) -> None:
    path = save(f"a{suffix}", sound(30_000, 2))
    ran = piped(path.read_bytes(), "-")
    assert ran.returncode == 0, ran.stderr
    expected = voxlift.load()(voxlift.read(path))["voice"].samples
    np.testing.assert_allclose(from_bytes(ran.stdout), expected, atol=2e-4)


def test_nothing_but_sound_is_on_standard_output_and_quiet_is_quiet() -> None:
    path = save("a.wav", sound(4_000))
    told, quiet = piped(path.read_bytes(), "-"), piped(path.read_bytes(), "-", "--quiet")
    assert told.stdout == quiet.stdout
    assert told.stdout.startswith(b"RIFF")
    assert told.stderr.count(b"\n") == 1
    assert quiet.stderr == b""


def test_each_end_may_be_a_file(folder: Path) -> None:
    path = save("a.wav", sound(4_000))
    assert piped(path.read_bytes(), "-", "-o", "out.flac", "--rest").returncode == 0
    assert piped(b"", "a.wav", "-o", "-", "--format", "flac").stdout.startswith(b"fLaC")
    assert names(folder) == ["a.wav", "out.flac", "out.rest.flac"]


@pytest.mark.parametrize(("data", "options", "words"), [
    (b"", ["-"], "0 bytes"), (b"Dear reader, this is no sound.\n" * 99, ["-"], "no sound could be found"),
    (b"", ["-", "a.wav"], "cannot be mixed"), (b"", ["-", "--output-dir", "d"], "no name"),
    (b"", ["-", "-o", "a.mp4", "--video"], "--video needs a file"), (b"", ["-", "--json"], "--json"),
])  # fmt: skip
def test_a_bad_pipe_ends_in_one_sentence(folder: Path, data: bytes, options: list[str], words: str) -> None:
    ran = piped(data, *options)
    assert (ran.returncode, ran.stdout, ran.stderr.count(b"\n")) == (2, b"", 1), ran.stderr
    assert words in ran.stderr.decode()
    assert names(folder) == []


def test_a_reader_that_leaves_is_no_crash() -> None:
    path = save("a.wav", sound(16_000 * 60))
    process = start("denoise", path, "-o", "-", stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(100)
    process.stdout.close()
    told = process.stderr.read()
    assert process.wait() in (1, 2)
    assert (told.count(b"\n"), b"Traceback" in told) == (1, False), told
    process.stderr.close()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
@pytest.mark.parametrize(("end", "words"), [("stdin", b"the keyboard"), ("stdout", b"is the terminal")])
def test_a_terminal_is_no_end_of_a_pipe(end: str, words: bytes) -> None:
    path = save("a.wav", sound(400))
    outer, inner = os.openpty()
    with path.open("rb") as source:
        ends = {"stdin": source, "stdout": subprocess.PIPE} | {end: inner}
        ran = subprocess.run(command("denoise", "-"), stderr=subprocess.PIPE, check=False, **ends)
    os.close(inner)
    os.close(outer)
    assert (ran.returncode, words in ran.stderr) == (2, True)
