"""Folders with something to draw."""

from __future__ import annotations

import numpy as np
import pytest

import voxlift
from tests.lab.plots.drawing import RATE, made, sound
from voxlift.audio import Audio


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOXLIFT_MODELS", str(tmp_path / "no-models"))
    return tmp_path


@pytest.fixture
def song(folder):
    """A folder with a mixture of three stems, 16-bit."""
    stems = {name: sound(hz, channels=2) for name, hz in (("vocals", 220), ("drums", 90), ("bass", 55))}
    for name, audio in stems.items():
        voxlift.write(made(f"Song/{name}.wav"), audio)
    mixture = np.sum([voxlift.read(f"Song/{name}.wav").samples for name in stems], axis=0)
    voxlift.write("Song/mixture.wav", Audio(mixture, RATE))
    return folder / "Song"


@pytest.fixture
def corpus(folder):
    """A folder with a manifest whose tracks speak three languages."""
    lines = ["path,kind,split,corpus,speaker,language,seconds,licence,source"]
    for number, (language, split) in enumerate([("fr", "train")] * 3 + [("ko", "train"), ("fr", "dev"), ("", "train")]):
        lines.append(f"{number}.wav,speech,{split},c,s{number},{language},1,CC0,x")
    made("corpus/MANIFEST.csv").write_text("\n".join(lines), "utf-8")
    return folder / "corpus"
