"""The mixture and the stems of one song, wherever its data set keeps them."""

from __future__ import annotations

from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora.musdb18 import STREAMS
from voxlift.lab.corpora.musdb18 import SUFFIX as STEM_SUFFIX
from voxlift.lab.corpora.sounds import sounds_in
from voxlift.lab.corpora.track import ACCOMPANIMENT, BAND, MIXTURE, Part
from voxlift.media.faults import shown

_DSD100 = ("Mixtures", "Sources")


def parts_of_song(place: Path) -> dict[str, Part]:
    """Find the mixture and the stems that should add up to it.

    Parameters
    ----------
    place
        A folder with `mixture.*` and stems, a song of DSD100 in either of its halves, or a `.stem.mp4`.

    Raises
    ------
    DataError
        When the mixture or all stems are missing.
    """
    if place.is_file() and place.name.endswith(STEM_SUFFIX):
        return {name: Part(place, stream) for name, stream in STREAMS.items()}
    if not place.is_dir():
        raise DataError(f"{shown(place)}: no such folder; give a song's folder with mixture.* and its stems")
    found = {path.stem: Part(path) for folder in _folders(place) for path in sounds_in(folder)}
    if MIXTURE not in found:
        names = f" (found: {', '.join(sorted(found))})" if found else ""
        raise DataError(
            f"{shown(place)}: holds no {MIXTURE}.wav, .flac or the like{names}; the sum needs it and its stems"
        )
    if any(stem in found for stem in BAND):
        found.pop(ACCOMPANIMENT, None)  # it is the band's sum: counted once
    if len(found) == 1:
        raise DataError(f"{shown(place)}: holds a mixture but no stem, such as vocals.wav; put the stems beside it")
    return {MIXTURE: found.pop(MIXTURE), **found}


def _folders(place: Path) -> list[Path]:
    """Find where the song lies: its folder, and in DSD100 the one of the same name in the other half."""
    parts = place.resolve().parts
    for here, there in (_DSD100, _DSD100[::-1]):
        if here in parts[-3:-1]:
            at = len(parts) - 1 - parts[::-1].index(here)
            return [place, Path(*parts[:at], there, *parts[at + 1 :])]
    return [place]
