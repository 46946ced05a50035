"""Whatever bytes come: sound or one of our errors, never a crash, a hang or a stray exception."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.media_signals import film, noise, save
from voxlift.audio import Audio
from voxlift.errors import VoxliftError
from voxlift.media import read

BEGINNINGS = [
    b"",
    b"RIFF\0\1\0\0WAVEfmt ",
    b"fLaC\0\0\0\x22",
    b"OggS\0\2",
    b"ID3\x04\0\0",
    b"\xff\xfb\x90\x64",
    b"\xff\xf1\x50",
]
BEGINNINGS += [b"FORM\0\0\1\0AIFFCOMM", b".snd\0\0\0\x18", b"caff\0\1\0\0desc", b"riff", b"RF64", b"\x1a\x45\xdf\xa3"]
BEGINNINGS += [b"\0\0\0\x20ftypM4A ", b"#EXTM3U\n", b"ffconcat version 1.0\n", b"FLV\1", b"\x30\x26\xb2\x75"]
FRUGAL = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def survives(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(data)
        file.flush()
        message = ""
        try:
            audio = read(Path(file.name))
        except VoxliftError as error:
            message = str(error)
        else:
            assert np.isfinite(audio.samples).all()
    assert "\n" not in message


@functools.cache
def valid(kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sound{kind}"
        if kind in (".mp4", ".webm"):
            film(path, "aac" if kind == ".mp4" else "libopus", noise(2, 24_000))
        else:
            save(path, Audio(noise(2, 6_000), 16_000), tags={"title": "Ünï"})
        return path.read_bytes()


@FRUGAL
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=600))
def test_arbitrary_bytes(beginning: bytes, rest: bytes) -> None:
    survives(beginning + rest)


@pytest.mark.parametrize(
    "kind", [".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".aiff", ".caf", ".mp4", ".webm"]
)
def test_mutated_and_truncated_files(kind: str) -> None:
    data = valid(kind)
    # Headers are where the harm is done, so half of the hits go there.
    place = st.one_of(st.integers(0, min(400, len(data) - 1)), st.integers(0, len(data) - 1))

    @FRUGAL
    @given(st.lists(st.tuples(place, st.integers(0, 255)), max_size=8), st.integers(0, len(data)), st.booleans())
    def mutated(changes: list[tuple[int, int]], end: int, whole: bool) -> None:
        copy = bytearray(data)
        for where, value in changes:
            copy[where] = value
        survives(bytes(copy if whole else copy[:end]))

    mutated()
