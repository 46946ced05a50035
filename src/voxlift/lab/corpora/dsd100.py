"""DSD100: a hundred songs of the Mixing Secrets library with four stems each (SiSEC 2016).

    Mixtures/{Dev,Test}/055 - Artist - Title/mixture.wav
    Sources/{Dev,Test}/055 - Artist - Title/{bass,drums,other,vocals}.wav
    dsd100.xlsx                                 (Name, Style, ...)

`Test` is the split test. A tenth of `Dev`, chosen by name, is dev; the rest is train. Without the table, or without the
libraries that read it, the songs have no style.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.errors import DataError, MissingExtraError
from voxlift.lab.corpora.sounds import folders_in
from voxlift.lab.corpora.splits import hashed_split
from voxlift.lab.corpora.track import BAND, MIXTURE, VOCALS, Corpus, Part, Track

TABLE = "dsd100.xlsx"
LICENCE = "research only (Mixing Secrets, of each song's owner)"
HALVES = ("Dev", "Test")
MISSPELT = {"Patrick Talbot - Set Free Me": "Patrick Talbot - Set Me Free"}
"""Names in the table that differ from the folder's."""


def read(root: Path) -> Sequence[Track]:
    """List all songs; a stem that lies in neither folder is listed where it ought to be.

    Raises
    ------
    DataError
        When the table of styles cannot be understood.
    """
    styles = _styles(root / TABLE)
    tracks = []
    for half in HALVES:
        mixtures, sources = root / "Mixtures" / half, root / "Sources" / half
        for folder in sorted({path.name for place in (mixtures, sources) for path in folders_in(place)}):
            song = re.sub(r"^\d+ - ", "", folder)
            parts = {MIXTURE: Part(mixtures / folder / "mixture.wav")}
            parts |= {stem: Part(sources / folder / f"{stem}.wav") for stem in (*BAND, VOCALS)}
            split = "test" if half == "Test" else hashed_split(song)
            tags = {"style": styles[song]} if song in styles else {}
            tracks.append(Track(song, parts, split, song, "dsd100", LICENCE, tags=tags))
    return tracks


def fits(root: Path) -> bool:
    """Whether mixtures and sources lie in folders named Dev and Test."""
    return all(any((root / folder / half).is_dir() for half in HALVES) for folder in ("Mixtures", "Sources"))


def _styles(table: Path) -> Mapping[str, str]:
    if not table.is_file():
        return {}
    try:
        import pandas as pd  # noqa: PLC0415  (half a second that only this corpus needs)

        frame = pd.read_excel(table)
    except ImportError:
        raise MissingExtraError(f"The table of styles {table}", "lab") from None
    except Exception as problem:  # openpyxl raises whatever the damaged archive inside reminds it of
        raise DataError(f"{table}: cannot be read ({problem}); get it again, or take it away") from None
    columns = {str(column).strip().lower(): column for column in frame.columns}
    if not {"name", "style"} <= columns.keys():
        raise DataError(f"{table}: has no columns Name and Style; get it again, or take it away")
    names, styles = (frame[columns[key]].astype(str).str.strip() for key in ("name", "style"))
    return {MISSPELT.get(name, name): style for name, style in zip(names, styles, strict=True)}


CORPUS = Corpus(
    "dsd100",
    "Mixtures/{Dev,Test}/SONG/mixture.wav and Sources/{Dev,Test}/SONG/{bass,drums,other,vocals}.wav",
    read,
    fits,
    "https://sigsep.github.io/datasets/dsd100.html",
    LICENCE,
    "14 GB",
)
