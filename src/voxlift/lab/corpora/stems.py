"""Songs as folders of stems: `vocals.*`, and `accompaniment.*` or instruments apart; perhaps `mixture.*`.

    My song/{vocals,drums,bass,other}.flac
    My other song/{vocals,accompaniment,mixture}.wav

They lie at the top, where a tenth of the songs, chosen by their names, are the split dev; or in folders named train,
dev and test, which are then the splits. Any stem that more than half of the songs have is expected of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora import musdb18
from voxlift.lab.corpora.sounds import folders_in, sounds_in
from voxlift.lab.corpora.splits import SPLITS, hashed_split
from voxlift.lab.corpora.track import ACCOMPANIMENT, MIXTURE, VOCALS, Corpus, Part, Track


def read(root: Path) -> Sequence[Track]:
    """List all songs; a stem that one of them lacks is listed where it ought to be."""
    songs = {song: _stems(song) for song in _songs(root)}
    usual = _expected([set(stems) for stems in songs.values()])
    tracks = []
    for song, stems in songs.items():
        own = song.parent.name if song.parent != root else ""
        parts = {name: Part(path) for name, path in stems.items()}
        suffix = next((path.suffix for path in stems.values()), ".wav")
        for name in sorted(_demanded(set(stems), usual) - stems.keys()):
            parts[name] = Part(song / f"{name}{suffix}")
        split, name = own or hashed_split(song.name), f"{own}/{song.name}".lstrip("/")
        tracks.append(Track(name, parts, split, song.name, root.name, "not stated"))
    return tracks


def fits(root: Path) -> bool:
    """Whether a folder in it holds vocals, and it is not MUSDB18-HQ, which does as well."""
    return not musdb18.fits_hq(root) and any(VOCALS in _stems(song) for song in _songs(root))


def _songs(root: Path) -> list[Path]:
    places = [root / split for split in SPLITS if (root / split).is_dir()] or [root]
    return [folder for place in places for folder in folders_in(place) if sounds_in(folder)]


def _stems(song: Path) -> Mapping[str, Path]:
    return {path.stem.lower(): path for path in sounds_in(song)}


def _expected(songs: Sequence[set[str]]) -> set[str]:
    counts = Counter(stem for stems in songs for stem in stems)
    return {stem for stem, count in counts.items() if 2 * count > len(songs)} | {VOCALS}


def _demanded(stems: set[str], usual: set[str]) -> set[str]:
    """What a song must have: not the instruments apart, if it has the accompaniment as a whole."""
    if ACCOMPANIMENT in stems:
        return usual & {VOCALS, MIXTURE}
    instruments = stems - {VOCALS, MIXTURE}
    return usual - ({ACCOMPANIMENT} if instruments else set())


CORPUS = Corpus(
    "stems",
    "a folder a song with vocals.* and accompaniment.*, or drums.*, bass.*, other.*",
    read,
    fits,
    licence="your own recordings",
)
