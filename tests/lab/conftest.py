"""A corpus small enough for a test, in the layout of real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voxlift import Audio, write

RATE = 16000


def voice(rng: np.random.Generator, seconds: float, hz: float) -> Audio:
    """A buzz in syllables: harmonics of a moving pitch, four bursts a second."""
    at = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * hz * at + 3 * np.sin(2 * np.pi * 0.7 * at)
    buzz = sum(np.sin(k * phase) / k for k in range(1, 15))
    swell = np.clip(np.sin(2 * np.pi * 2 * at), 0, 1) + 0.01 * rng.standard_normal(len(at))
    return Audio((0.1 * buzz * swell).astype(np.float32), RATE)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`clean/` of six speakers, two files each, and `noise/` of five recordings."""
    root, rng = tmp_path_factory.mktemp("corpus"), np.random.default_rng(1)
    for speaker in range(6):
        folder = root / "clean" / f"speaker-{speaker}"
        folder.mkdir(parents=True)
        for take in range(2):
            write(folder / f"{take}.wav", voice(rng, 1.5 + take, 90 + 30 * speaker))
    (root / "noise").mkdir()
    for number in range(5):
        length = RATE * (1 + number)
        hiss = np.convolve(rng.standard_normal(length), np.ones(1 + 3 * number) / 3, "same")
        write(root / "noise" / f"hiss {number}.flac", Audio((0.05 * hiss).astype(np.float32), RATE))
    return root


RECIPE = """
name = "tiny"
task = "denoise"
summary = "A net for tests"

[front]
rate = 16000
window = 512
hop = 256
view = "real_imag"
mask = "complex_ratio"
lookahead_frames = 1

[net]
kind = "band_gru"
width = 8
hidden = 16
layers = 1

[data]
corpus = "folders"
root = "{root}"
seconds = 1.0
rooms = 3
workers = 0

[schedule]
batch = 4
steps = 6
"""


@pytest.fixture
def recipe_file(corpus: Path, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(RECIPE.format(root=corpus.as_posix()), "utf-8")
    return path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")
