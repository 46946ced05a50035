"""However the work is broken off, nothing half-written bears a final name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command_line import Cli, command, names, save, sound, start
from voxlift.audio import Audio

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

PATIENCE_SECONDS = 60.0


@pytest.fixture
def long_file(folder: Path) -> Path:
    """Long enough that it cannot be done before the signal comes: a quarter of an hour."""
    return save("long.wav", Audio(np.tile(sound(16_000 * 10).samples, (1, 90)), 16_000))


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part-*"))


def broken_off(folder: Path, number: int, *arguments: object) -> tuple[int, str, float]:
    """Send a signal to a command that has begun to write; tell its status, its words, and how long it took to end."""
    process = start("denoise", *arguments)
    wait_for(lambda: bool(parts(folder)))
    sent = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, told.decode(), time.monotonic() - sent


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_leaves_nothing(folder: Path, long_file: Path, number: int, status: int) -> None:
    ended, told, seconds = broken_off(folder, number, long_file, "--rest")
    assert (ended, told) == (status, "voxlift: stopped; nothing was left half-written\n")
    assert names(folder) == ["long.wav"]
    assert seconds < 10


def test_a_stop_ends_all_jobs_and_keeps_what_is_done(folder: Path, long_file: Path) -> None:
    save("short.wav", sound(400))
    save("long2.wav").write_bytes(long_file.read_bytes())
    process = start("denoise", "short.wav", "long.wav", "long2.wav", "--jobs", 2)
    wait_for(lambda: Path("short.voice.wav").exists() and len(parts(folder)) == 2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "1 of 3 files are done" in told.decode()
    assert names(folder) == ["long.wav", "long2.wav", "short.voice.wav", "short.wav"]


def test_a_kill_leaves_nothing_under_the_final_name_and_the_next_run_does_not_mind(
    cli: Cli, folder: Path, long_file: Path
) -> None:
    # What is left has a hidden name, so neither people nor the next search of the folder take it for a result.
    Path("in").mkdir()
    long_file.rename("in/a.wav")
    process = start("denoise", "in")
    wait_for(lambda: bool(parts(folder / "in")))
    process.kill()
    process.communicate()
    assert [name for name in names(folder / "in") if not name.startswith(".")] == ["a.wav"]
    save("in/a.wav", sound(400))
    assert [(record["input"], record["status"]) for record in cli("denoise", "in", "--json").records] == [
        ("in/a.wav", "done"),
    ]  # fmt: skip


def test_a_pipe_that_never_ends_can_be_stopped(folder: Path, long_file: Path) -> None:
    process = start("denoise", "-", "-o", "out.wav", stdin=subprocess.PIPE)
    assert process.stdin is not None
    with long_file.open("rb") as source:
        while not parts(folder):  # FFmpeg looks at much before it begins
            process.stdin.write(source.read(1 << 18))
            process.stdin.flush()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.read() == b"voxlift: stopped; nothing was left half-written\n"
    assert process.wait(PATIENCE_SECONDS) == 130
    assert names(folder) == ["long.wav"]
    process.stdin.close()
    process.stderr.close()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_a_bar_is_drawn_on_a_terminal_for_long_work_only(folder: Path, long_file: Path) -> None:
    save("short.wav", sound(4_000))
    assert b"%" not in seen_on_a_terminal("short.wav", 0)
    assert b"%" in seen_on_a_terminal("long.wav", 130)


def seen_on_a_terminal(name: str, status: int) -> bytes:
    """Run with a terminal as standard error, and stop once a bar tells the time left."""
    outer, inner = os.openpty()
    process = subprocess.Popen(command("denoise", name), stderr=inner, env={**os.environ, "TERM": "xterm"})
    os.close(inner)
    seen, stopped = b"", False
    while piece := _read(outer):
        seen += piece
        if b"left" in seen and not stopped:
            process.send_signal(signal.SIGINT)
            stopped = True
    os.close(outer)
    assert process.wait(PATIENCE_SECONDS) == status
    return seen


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # what Linux says when the other end is closed
        return b""
