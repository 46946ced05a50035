"""MUSDB18 and MUSDB18-HQ: 150 songs with four stems each (SiSEC 2018).

    {train,test}/Artist - Title.stem.mp4                                MUSDB18: five AAC streams
    {train,test}/Artist - Title/{mixture,drums,bass,other,vocals}.wav   MUSDB18-HQ

The split dev is the fourteen songs of `train/` that the `musdb` package sets aside for validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import folders_in
from voxlift.lab.corpora.track import ACCOMPANIMENT, BAND, MIXTURE, VOCALS, Corpus, Part, Track

LICENCE = "academic use only (Mixing Secrets; MedleyDB CC BY-NC-SA 4.0; others)"
SUFFIX = ".stem.mp4"
STREAMS = {MIXTURE: 0, "drums": 1, "bass": 2, "other": 3, VOCALS: 4}
HALVES = ("train", "test")
VALIDATION = {
    "Actions - One Minute Smile",
    "Clara Berry And Wooldog - Waltz For My Victims",
    "Johnny Lokke - Promises & Lies",
    "Patrick Talbot - A Reason To Leave",
    "Triviul - Angelsaint",
    "Alexander Ross - Goodbye Bolero",
    "Fergessen - Nos Palpitants",
    "Leaf - Summerghost",
    "Skelpolu - Human Mistakes",
    "Young Griffo - Pennies",
    "ANiMAL - Rockshow",
    "James May - On The Line",
    "Meaxic - Take A Step",
    "Traffic Experiment - Sirens",
}
"""`validation_tracks` of sigsep-mus-db, musdb/configs/mus.yaml."""


def read(root: Path) -> Sequence[Track]:
    """List all songs of MUSDB18."""
    return [
        _track(path.name.removesuffix(SUFFIX), half, {name: Part(path, stream) for name, stream in STREAMS.items()})
        for half in HALVES
        for path in _stem_files(root / half)
    ]


def read_hq(root: Path) -> Sequence[Track]:
    """List all songs of MUSDB18-HQ."""
    return [
        _track(folder.name, half, {name: Part(folder / f"{name}.wav") for name in STREAMS}, "musdb18-hq")
        for half in HALVES
        for folder in folders_in(root / half)
    ]


def fits(root: Path) -> bool:
    """Whether there are files of stems in `train/` or `test/`."""
    return any(_stem_files(root / half) for half in HALVES)


def fits_hq(root: Path) -> bool:
    """Whether `train/` or `test/` hold folders of wavs with these very names, and nothing speaks for another layout."""
    songs = [folder for half in HALVES for folder in folders_in(root / half)]
    return not (root / "dev").is_dir() and any(_is_hq(song) for song in songs)


def _is_hq(song: Path) -> bool:
    band = [stem for stem in BAND if (song / f"{stem}.wav").is_file()]
    return len(band) > 1 and (song / "mixture.wav").is_file() and not any(song.glob(f"{ACCOMPANIMENT}.*"))


def _stem_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def _track(song: str, half: str, parts: Mapping[str, Part], corpus: str = "musdb18") -> Track:
    split = "dev" if half == "train" and song in VALIDATION else half
    return Track(song, parts, split, song, corpus, LICENCE)


CORPUS = Corpus(
    "musdb18",
    "{train,test}/SONG.stem.mp4",
    read,
    fits,
    "https://doi.org/10.5281/zenodo.1117372",
    LICENCE,
    "4.7 GB",
)
HQ = Corpus(
    "musdb18-hq",
    "{train,test}/SONG/{mixture,drums,bass,other,vocals}.wav",
    read_hq,
    fits_hq,
    "https://doi.org/10.5281/zenodo.3338373",
    LICENCE,
    "22.7 GB",
)
