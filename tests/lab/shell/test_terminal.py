"""The shell as a script and in a real terminal: the mission's session word for word."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.shell.conftest import ROOT, accuracy_in


def shell(script: str, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    command = command or (sys.executable, str(ROOT / "main.py"))
    return subprocess.run(
        command,
        check=False,
        input=script,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "dumb", "PYTHONUTF8": "1"}


def test_a_script_goes_on_after_an_error_and_ends_with_status_2(tmp_path: Path) -> None:
    ran = shell("createDataSet train 10\n\ncreateDataSet tst 10\ncreateDataSet test 5", tmp_path)
    assert ran.returncode == 2
    assert "train set: 10" in ran.stdout
    assert "test set: 5" in ran.stdout
    assert ran.stderr.startswith("voxlift: line 3: createDataSet tst: train or test must follow")
    assert ran.stderr.count("\n") == 1
    good = shell("createDataSet train 10\nquit\nnonsense\n", tmp_path, sys.executable, "-m", "voxlift", "lab", "shell")
    assert (good.returncode, good.stderr) == (0, "")
    assert not (tmp_path / "state").exists()


class Terminal:
    """The shell in a real pseudo-terminal, typed into as a person does."""

    def __init__(self, folder: Path) -> None:
        self.outer, inner = os.openpty()
        # The child makes the terminal its own, so that Ctrl-C is a signal to it.
        start = (
            "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
        )
        command = [sys.executable, "-c", start, sys.executable, str(ROOT / "main.py")]
        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
        )
        os.close(inner)
        self.seen = ""

    def expect(self, text: str, seconds: float = 60) -> str:
        """Wait for a text; return all that came up to it and forget that."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, f"waited {seconds} s for {text!r}, and saw {self.seen!r}"
            if select.select([self.outer], [], [], 0.2)[0]:
                self.seen += os.read(self.outer, 65536).decode(errors="replace").replace("\r\n", "\n")
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def type(self, keys: str) -> None:
        os.write(self.outer, keys.encode())

    def line(self, line: str, seconds: float = 60) -> str:
        self.type(line + "\n")
        return self.expect("voxlift> ", seconds)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        os.close(self.outer)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if not hasattr(os, "openpty"):
        pytest.skip("needs a terminal")
    opened = Terminal(tmp_path)
    opened.expect("voxlift> ")
    yield opened
    opened.close()


def test_the_mission_word_for_word(terminal: Terminal, tmp_path: Path) -> None:
    assert "train set: 1000 numbers" in terminal.line("createDataSet train 1000")
    assert "test set: 100 numbers" in terminal.line("createDataSet test 100")
    built = terminal.line("autoBuild", 90)
    assert re.search(r"built: \d hidden layers?, learning rate 0\.\d+", built)
    assert float(re.search(r"score ([\d.]+) of digits right", built)[1]) > 0.8
    assert float(re.search(r"; time ([\d.]+) s", built)[1]) < 60
    assert accuracy_in(terminal.line("model train"), "train") > 0.85
    tested = terminal.line("model test")
    assert accuracy_in(tested, "train") > 0.85
    assert accuracy_in(tested, "test") > 0.8
    assert "drawn: voxlift-shell.png" in terminal.line("plot")
    assert "train set: 1000 pieces of recordings" in terminal.line("loadDataSet train 1000")
    assert "test set: 100 pieces of recordings" in terminal.line("loadDataSet test 100")
    assert accuracy_in(terminal.line("model train", 120), "train") > 0.7
    tested = terminal.line("model test")
    assert accuracy_in(tested, "train") > 0.7
    assert accuracy_in(tested, "test") > 0.6
    terminal.type("model train\n")
    terminal.expect("iteration  1100")
    terminal.type("\x03")
    assert "what was learned is kept" in terminal.expect("voxlift> ")
    assert accuracy_in(terminal.line("model test"), "test") > 0.6
    terminal.type("quit\n")
    assert terminal.process.wait(20) == 0
    assert (tmp_path / "voxlift-shell.png").stat().st_size > 10_000


def test_the_keys_of_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "my talk.wav").touch()
    terminal.type("cre\ttr\t50\n")
    assert "train set: 50" in terminal.expect("voxlift> ")
    terminal.type("\x1b[A\n")
    assert "createDataSet train 50" in terminal.expect("train set: 50"), "arrow up brings the line back"
    terminal.expect("voxlift> ")
    terminal.type("model t\t\t")
    terminal.expect("test  train")
    terminal.expect("voxlift> model t")
    terminal.type("est\n")
    terminal.expect("voxlift> ")
    terminal.type("listen my\t\n")
    assert '"my talk.wav" ' in terminal.expect("no trained net yet")
    terminal.expect("voxlift> ")
    assert "no such word (did you mean autoBuild?)" in terminal.line("autoBild")
    terminal.type("\x04")
    assert terminal.process.wait(20) == 0
    history = (tmp_path / "state" / "voxlift" / "shell-history").read_text()
    assert "createDataSet train 50" in history
    again = Terminal(tmp_path)
    again.expect("voxlift> ")
    again.type("\x1b[A\x1b[A\n")
    assert 'listen "my talk.wav"' in again.expect("no trained net yet"), "from the session before"
    again.type("exit\n")
    assert again.process.wait(20) == 0
    again.close()
