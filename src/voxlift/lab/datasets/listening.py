"""A few seconds of a track, to listen to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxlift.audio import Audio
from voxlift.errors import DataError
from voxlift.lab.corpora import Part, Track
from voxlift.lab.corpora.track import MIXTURE, NOISY
from voxlift.media import open_reader
from voxlift.schema import nearest

BLOCK_SECONDS = 0.5


@dataclass(frozen=True)
class Choice:
    """A track and one of its parts."""

    track: Track
    name: str

    @property
    def part(self) -> Part:
        """The sound."""
        return self.track.parts[self.name]


def choose(tracks: Sequence[Track], track: str | None = None, part: str | None = None) -> Choice:
    """Find a track by its name or a piece of it, and a part of it: the mixture or the first, if none is named.

    Raises
    ------
    DataError
        When there is no such track or part, with what there is.
    """
    named = [found for found in tracks if track is None or track.lower() in found.name.lower()]
    exact = [found for found in named if found.name == track]
    candidates = exact or named
    if not candidates:
        raise DataError(
            f"--track {track}: no track is called so{nearest(track or '', [t.name for t in tracks][:1000])}"
        )
    with_part = [found for found in candidates if part is None or part in found.parts]
    if not with_part:
        there = sorted({name for found in candidates for name in found.parts})
        raise DataError(f"--part {part}: there is {', '.join(there)}")
    chosen = with_part[0]
    if part is None:
        part = next((name for name in (MIXTURE, NOISY) if name in chosen.parts), next(iter(chosen.parts)))
    return Choice(chosen, part)


def excerpt(part: Part, start_seconds: float, seconds: float) -> Audio:
    """Read a piece of a sound, by blocks: what comes after is not decoded.

    Raises
    ------
    DataError
        When the sound ends before the piece begins.
    InputError
        When it cannot be read.
    """
    with open_reader(part.path, part.stream) as reader:
        begin, end = round(start_seconds * reader.rate), round((start_seconds + seconds) * reader.rate)
        pieces, position = [], 0
        for block in reader.blocks(BLOCK_SECONDS):
            pieces.append(block[:, max(0, begin - position) : max(0, end - position)])
            position += block.shape[1]
            if position >= end:
                break
        samples = np.concatenate(pieces, axis=1)
        if not samples.shape[1]:
            raise DataError(f"{part.path}: ends after {position / reader.rate:.1f} s; begin earlier")
        return Audio(samples, reader.rate)
