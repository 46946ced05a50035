"""`bench/spectra.py` on sound whose spectrum is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from voxlift import Audio, write

BENCH = Path(__file__).resolve().parents[2] / "bench" / "spectra.py"


def test_bands_of_what_is_mixed_and_of_what_is_real(
    recipe_file: Path, tmp_path: Path, rng: np.random.Generator
) -> None:
    at = np.arange(16_000) / 16_000
    voice = 0.2 * np.sin(2 * np.pi * 400 * at)
    hiss = np.diff(rng.standard_normal(16_001)) * 0.01
    for side, sound in (("clean", voice), ("noisy", voice + hiss)):
        (tmp_path / side).mkdir()
        write(tmp_path / side / "one.wav", Audio(sound.astype(np.float32), 16_000))
    ran = subprocess.run(
        [sys.executable, str(BENCH), str(recipe_file), "mix.bright=6", "--on", str(tmp_path), "--examples", "5"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    rows = {row.split(" | ")[0].strip("| "): row.strip("| ").split(" | ")[1:] for row in ran.stdout.splitlines()}
    assert float(rows["voice, real"][3]) == pytest.approx(0, abs=0.1), "300 to 600 Hz"
    assert float(rows["rest, real"][-1]) > float(rows["rest, real"][2]), "a difference of white noise rises"
    assert {"voice, trained on", "rest, trained on"} <= rows.keys()
    assert max(float(cell) for name, row in rows.items() if "," in name and "real" in name for cell in row) <= 0.1
