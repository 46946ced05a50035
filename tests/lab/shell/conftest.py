"""Types lines into a session in a folder of its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from voxlift import Audio, InputError, write
from voxlift.lab.shell import modelling
from voxlift.lab.shell.session import Session
from voxlift.lab.shell.state import Console

ROOT = Path(__file__).resolve().parents[3]
QUIET = Console(lambda _line: None)


class Typist:
    """A session in this process, what it said, and a Ctrl-C that comes when a line says so."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stop_at = ""
        self.session = Session(Console(self.lines.append, self._stop))

    def __call__(self, line: str) -> str:
        self.lines.clear()
        self.session.run(line)
        return "\n".join(self.lines)

    def fails(self, line: str) -> str:
        with pytest.raises(InputError) as caught:
            self(line)
        return str(caught.value)

    def _stop(self) -> bool:
        return bool(self.stop_at) and any(self.stop_at in line for line in self.lines)


@pytest.fixture
def type_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(modelling, "ITERATIONS", 200)
    return Typist()


@pytest.fixture
def sound(type_in: Typist, rng: np.random.Generator) -> Typist:
    """A session with recordings of swelling tones in its folder, and a net that has learned from them."""
    for name, hz in (("low", 90.0), ("high", 140.0)):
        at = np.arange(60_000) / 8000
        tone = 0.4 * np.sin(2 * np.pi * hz * at) + 0.01 * rng.standard_normal(len(at))
        write(f"{name}.wav", Audio(tone.astype(np.float32), 8000))
    type_in("loadDataSet train 200 .")
    type_in("loadDataSet test 50 .")
    type_in("model train")
    return type_in


def accuracy_in(said: str, part: str) -> float:
    return float(re.search(rf"{part} accuracy ([\d.]+)", said)[1])
