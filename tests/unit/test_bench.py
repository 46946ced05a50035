"""Every bench runs, on as little sound as makes sense, and prints finite figures; how fast it went matters not here."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cards import splitter_card, tanh_card, vocals_card
from voxlift import Audio, write

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose mask is tanh(magnitude): no training, no state."""
    return tanh_card(tmp_path_factory.mktemp("card"))


@pytest.fixture
def pairs(tmp_path: Path, rng: np.random.Generator) -> Path:
    for number, snr_db in enumerate((-5, 0)):
        at = np.arange(32000) / 16000
        voice = 0.2 * np.sin(2 * np.pi * 200 * at) * np.clip(np.sin(2 * np.pi * 3 * at), 0, 1)
        noise = rng.standard_normal(32000) * voice.std() * 10 ** (-snr_db / 20)
        for kind, sound in (("clean", voice), ("noisy", voice + noise)):
            (tmp_path / kind).mkdir(exist_ok=True)
            write(tmp_path / kind / f"{number:03d}_snr{snr_db}.flac", Audio((0.3 * sound).astype(np.float32), 16000))
    return tmp_path


def test_memory(card: Path, tmp_path: Path) -> None:
    saved = tmp_path / "figures.json"
    arguments = ["--minutes", f"{2 / 60}", "--hours", f"{4 / 3600}", "--format", "flac", "--json", str(saved)]
    printed = _bench("memory.py", "--model", str(card), *arguments)
    assert len(_figures(printed)) == 2 * 3
    figures = json.loads(saved.read_text("utf-8"))
    assert figures["seconds"] == pytest.approx([2, 4])
    assert all(20e6 < peak < 1e9 for peak in figures["peak_bytes"])


def test_speed(card: Path) -> None:
    kinds = ["--kind", "wav 48000 1", "--kind", "mp3 44100 2"]
    printed = _bench("speed.py", "--model", str(card), "--seconds", "2", "--repeat", "1", "--threads", "1", *kinds)
    assert printed.count("\n\n| ") == 4, printed
    assert len(_figures(printed)) > 2 * 6 + 2 * 6 + 3 + 5
    shares = re.findall(r"([\d.]+) %", printed)
    assert sum(map(float, shares)) == pytest.approx(2 * 100, abs=1)


def test_quality(card: Path, pairs: Path) -> None:
    printed = _bench("quality.py", "--model", str(card), "--pairs", str(pairs), "--by-snr")
    for title in ("PESQ-WB", "PESQ-NB", "STOI %", "ESTOI %", "SI-SDR dB", "SI-SDRi", "RTF"):
        assert title in printed
    assert "-5 dB: (noisy)" in printed
    assert len(_figures(printed)) >= (2 + 2 + 4) * 6


def test_speakers(tmp_path: Path, rng: np.random.Generator) -> None:
    """A mix of bands and a short conversation at each overlap, split by their bands."""
    at = np.arange(32000) / 16000
    hz = np.fft.rfftfreq(len(at), 1 / 16000)
    spectra = [np.fft.rfft(rng.standard_normal(len(at)) * np.clip(np.sin(7 * at + k), 0, 1)) for k in range(2)]
    low, high = (np.fft.irfft(s * b) for s, b in zip(spectra, (hz < 1300, (hz > 1700) & (hz < 3500)), strict=True))
    for kind, sound in (("mix", low + high), ("s1", low), ("s2", high)):
        (tmp_path / "talk" / kind).mkdir(parents=True)
        write(tmp_path / "talk" / kind / "000_low_high.flac", Audio((0.1 * sound).astype(np.float32), 16000))
    (tmp_path / "noise").mkdir()
    write(tmp_path / "noise" / "hiss.wav", Audio((0.1 * rng.standard_normal(16000)).astype(np.float32), 16000))
    card = splitter_card(tmp_path / "card")
    arguments = ["--mixes", str(tmp_path / "talk"), "--noise", str(tmp_path / "noise"), "--seconds", "6"]
    printed = _bench("speakers.py", "--model", str(card), *arguments, "--conversations", "1")
    rows = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ") for line in printed.splitlines()}
    for kind in ("mixes", "10 % overlap", "30 % overlap", "60 % overlap", "100 % overlap"):
        assert float(rows[f"{kind}: {card}"][2]) > 6, "dB better than the mixture"
        assert float(rows[f"{kind}: (mixture)"][2]) == 0
        assert float(rows[f"{kind}: {card}"][6]) < 20, "% confused"


def test_vocals(tmp_path: Path, rng: np.random.Generator) -> None:
    for song in ("one", "two"):
        voice, band = 0.1 * rng.standard_normal((2, 1, 16_000)).astype(np.float32)
        (tmp_path / "songs" / song).mkdir(parents=True)
        for name, sound in (("mixture", voice + band), ("vocals", voice)):
            write(tmp_path / "songs" / song / f"{name}.flac", Audio(sound, 16_000))
    card, saved = vocals_card(tmp_path / "card"), tmp_path / "figures.json"
    printed = _bench("vocals.py", "--model", str(card), "--songs", str(tmp_path / "songs"), "--json", str(saved))
    for words in ("(mixture): voice", "(mixture): rest", f"{card}: voice", "BSS-SDR", "SI-SDRi", "2 songs"):
        assert words in printed
    assert len(_figures(printed)) >= 4 * 4
    assert len(json.loads(saved.read_text("utf-8"))["scores"][str(tmp_path / "songs")][str(card)]) == 2


def test_vocals_through_a_gate(tmp_path: Path, rng: np.random.Generator) -> None:
    """The gate opens for what is loud: the rest before the song is not."""
    voice, band = 0.2 * rng.standard_normal((2, 1, 16_000)).astype(np.float32)
    (tmp_path / "songs" / "one").mkdir(parents=True)
    for name, sound in (("mixture", voice + 0.01 * band), ("vocals", voice)):
        write(tmp_path / "songs" / "one" / f"{name}.flac", Audio(sound, 16_000))
    card = vocals_card(tmp_path / "card", gated=True)
    printed = _bench("vocals.py", "--model", str(card), "--songs", str(tmp_path / "songs"), "--gate", "--rests")
    heard = {
        cells[0].strip("* "): float(cells[5].strip("* ").split()[0])
        for line in printed.splitlines()
        if ": voice" in line and (cells := line.strip("|").split("|"))
    }
    assert heard["(mixture): voice"] == 0
    assert heard[f"{card} gated: voice"] < heard[f"{card} ungated: voice"] - 5 < -5


@pytest.mark.parametrize("name", ["memory.py", "quality.py", "speakers.py", "speed.py", "vocals.py"])
def test_help_says_how_to_run(name: str) -> None:
    assert f"python bench/{name}" in _bench(name, "--help")


def _bench(name: str, *arguments: str) -> str:
    command = [sys.executable, str(BENCH / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _figures(printed: str) -> list[float]:
    """All numbers in the cells of the tables, the first column left out; each must be finite."""
    rows = [line.strip("| ").split(" | ")[1:] for line in printed.splitlines() if line.startswith("| ")]
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if re.search(r"\b(nan|inf)\b", cell)], printed
    numbers = [float(found.group()) for cell in cells if (found := re.match(r"[+-]?\d+(\.\d+)?", cell))]
    assert all(map(math.isfinite, numbers))
    return numbers
