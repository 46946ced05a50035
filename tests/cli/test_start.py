"""The way in and the way out: help that loads nothing heavy, the version, usage, and the last net under all faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import voxlift
from tests.cli.command_line import Cli, command
from voxlift import cli as command_line

HEAVY = ("numpy", "onnxruntime", "rich", "soundfile", "av", "soxr", "torch", "lightning", "matplotlib", "platformdirs")


def test_help_loads_nothing_heavy() -> None:
    script = (
        f"from voxlift.cli import run; import sys; run(['--help']); print([m for m in {HEAVY} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
    assert "denoise" in ran.stdout


def test_the_version_is_told(cli: Cli) -> None:
    assert cli("--version").out == f"voxlift {voxlift.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["denoise", "--help"], ["live", "-h"]])
def test_help_is_no_fault(cli: Cli, arguments: list[str]) -> None:
    ran = cli(*arguments)
    assert (ran.status, ran.err) == (0, "")
    assert "Usage: voxlift" in ran.out


@pytest.mark.parametrize(("arguments", "words"), [
    (["denose"], "denose"), (["--verson"], "--verson"), (["denoise", "--rset", "x"], "voxlift denoise --help"),
    (["denoise", "x", "--jobs", "many"], "--jobs"), (["live", "--rate"], "--rate"),
])  # fmt: skip
def test_a_slip_is_one_sentence(cli: Cli, arguments: list[str], words: str) -> None:
    ran = cli(*arguments)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("voxlift: ")
    assert words in ran.err


@pytest.mark.parametrize(("fault", "status", "words"), [
    (voxlift.InputError("give another"), 2, "voxlift: give another\n"), (voxlift.NetError("NaN"), 1, "voxlift: NaN\n"),
    (voxlift.CancelledError("enough"), 130, "enough"), (KeyboardInterrupt(), 130, "stopped"),
    (ZeroDivisionError("two\nlines"), 1, "VOXLIFT_DEBUG=1"), (MemoryError(), 1, "MemoryError"),
    (voxlift.MissingExtraError("The lab", "lab"), 2, "pip install 'voxlift[lab]'"),
])  # fmt: skip
def test_every_fault_is_one_sentence_and_a_status(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, fault: BaseException, status: int, words: str
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr("voxlift.cli.batch.lift_many", broken)
    ran = cli("denoise", "x.wav")
    assert (ran.status, ran.out, ran.err.count("\n")) == (status, "", 1)
    assert words in ran.err


def test_python_m_voxlift_is_the_command(folder: Path) -> None:
    ran = subprocess.run(command("--version"), capture_output=True, text=True, check=True)
    assert ran.stdout == f"voxlift {voxlift.__version__}\n"


def test_every_command_is_described() -> None:
    for registered in command_line.app.registered_commands:
        assert registered.callback is not None
        assert registered.callback.__doc__


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_an_output_that_is_full_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(command("models"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "standard output cannot be written" in ran.stderr
