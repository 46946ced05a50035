"""Corpora packed for the way to another machine are read there as what they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.lab import layouts
from voxlift.errors import DataError, InputError
from voxlift.lab.corpora import list_tracks
from voxlift.lab.corpora.track import ROOM
from voxlift.lab.datasets.packing import pack, plan
from voxlift.media import read


def test_a_pack_is_what_was_packed(tmp_path: Path) -> None:
    layouts.pack(tmp_path / "in")
    tracks = list(list_tracks("pack", tmp_path / "in"))
    packed = pack(plan(tracks, tmp_path / "out", 16_000, 28))
    again = list(list_tracks("pack", tmp_path / "out"))
    assert {(track.split, track.corpus, *sorted(track.parts)) for track in again} == {
        (track.split, track.corpus, *sorted(track.parts)) for track in tracks if ROOM not in track.parts
    }
    speakers = [{track.group for track in some if "speech" in track.parts} for some in (tracks, again)]
    assert speakers[0] == speakers[1]
    assert {track.licence for track in again} <= {track.licence for track in tracks}
    assert all(sound.written and sound.bytes for sound in packed)
    before, after = (sum(read(p.path).seconds for t in some for p in t.parts.values() if ROOM not in t.parts)
                     for some in (tracks, again))  # fmt: skip
    assert after == pytest.approx(before, rel=0.02)


def test_what_is_there_stays(tmp_path: Path) -> None:
    layouts.pack(tmp_path / "in")
    planned = plan(list_tracks("pack", tmp_path / "in"), tmp_path / "out", 24_000, 36)
    first = pack(planned)
    (tmp_path / "out" / first[0].row["path"]).unlink()
    second = pack(planned)
    assert [sound.written for sound in second] == [True] + [False] * (len(first) - 1)
    assert [sound.row for sound in first] == [sound.row for sound in second]


@pytest.mark.parametrize("layout", ["dsd100", "librispeech", "stems"])
def test_other_corpora_become_packs(layout: str, tmp_path: Path) -> None:
    build: Callable[[Path], None] = getattr(layouts, layout)
    build(tmp_path / "in")
    tracks = list_tracks("auto", tmp_path / "in")
    pack(plan(tracks, tmp_path / "out", 48_000, 64))
    again = list_tracks("pack", tmp_path / "out")
    assert {track.split for track in again} == {track.split for track in tracks}
    assert all(np.isfinite(read(part.path).samples).all() for track in again for part in track.parts.values())


def test_what_cannot_be_packed_is_told(tmp_path: Path) -> None:
    layouts.pack(tmp_path)
    tracks = list_tracks("pack", tmp_path)
    with pytest.raises(InputError, match="44100 Hz: Opus has 8000"):
        plan(tracks, tmp_path / "out", 44_100, 28)
    with pytest.raises(InputError, match="give 6 to 256"):
        plan(tracks, tmp_path / "out", 16_000, 2)
    with pytest.raises(DataError, match="nothing to pack"):
        plan([track for track in tracks if ROOM in track.parts], tmp_path / "out", 16_000, 28)
