"""LibriSpeech: a thousand hours of read English (Panayotov et al. 2015), and any folder of noise.

    SPEAKERS.TXT
    {train,dev,test}-*/103/1240/103-1240-0000.flac
    {train,dev,test}-*/103/1240/103-1240.trans.txt

at the top or in `LibriSpeech/`. The subsets' own names tell the splits. LibriSpeech has no noise: `data.noise` names a
folder that has, split by its own `train/` and `dev/` or by the names of its files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import folders_in
from voxlift.lab.corpora.splits import SPLITS
from voxlift.lab.corpora.track import SPEECH, Corpus, Part, Track

LICENCE = "CC BY 4.0"


def read(root: Path) -> Sequence[Track]:
    """List all utterances, with what is said in them."""
    top = _top(root)
    genders = _genders(top / "SPEAKERS.TXT")
    tracks = []
    for subset in _subsets(top):
        split = subset.name.split("-")[0]
        for chapter in sorted(subset.glob("*/*/")):
            words = _words(chapter)
            for path in sorted(chapter.glob("*.flac")):
                speaker = path.stem.split("-")[0]
                tags = {"subset": subset.name}
                tags |= {"gender": genders[speaker]} if speaker in genders else {}
                tags |= {"transcript": words[path.stem]} if path.stem in words else {}
                group = f"librispeech/{speaker}"
                tracks.append(Track(path.stem, {SPEECH: Part(path)}, split, group, "librispeech", LICENCE, tags=tags))
    return tracks


def fits(root: Path) -> bool:
    """Whether there are subsets by these names with chapters in them."""
    return any(next(subset.glob("*/*/*.trans.txt"), None) for subset in _subsets(_top(root)))


def _top(root: Path) -> Path:
    return root / "LibriSpeech" if (root / "LibriSpeech").is_dir() else root


def _subsets(top: Path) -> Iterator[Path]:
    return (folder for folder in folders_in(top) if folder.name.split("-")[0] in SPLITS and "-" in folder.name)


def _words(chapter: Path) -> dict[str, str]:
    words = {}
    for path in chapter.glob("*.trans.txt"):
        for line in path.read_text("utf-8").splitlines():
            name, _, text = line.partition(" ")
            words[name] = text
    return words


def _genders(table: Path) -> Mapping[str, str]:
    if not table.is_file():
        return {}
    rows = [line.split("|") for line in table.read_text("utf-8").splitlines() if not line.startswith(";")]
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}


CORPUS = Corpus(
    "librispeech",
    "{train,dev,test}-*/SPEAKER/CHAPTER/*.flac with *.trans.txt, and noise elsewhere",
    read,
    fits,
    "https://www.openslr.org/12",
    LICENCE,
    "train-clean-100 6.3 GB, train-clean-360 23 GB, train-other-500 30 GB, each dev and test 0.3 GB, packed",
)
