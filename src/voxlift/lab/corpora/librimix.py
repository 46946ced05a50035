"""LibriMix: two or three LibriSpeech speakers at once, perhaps with noise of WHAM! (Cosentino et al. 2020).

    Libri2Mix/wav16k/min/{train-100,train-360,dev,test}/{mix_clean,mix_both,s1,s2,noise}/ID.wav

and so Libri3Mix with `s3`, `wav8k`, `max`. The root may be any of these folders; where it holds several variants, the
higher rate is taken, then `min`. `mixture` is the clean one and `noisy` the one with noise; where only `mix_both` was
made, that is the mixture, and the noise is one of its parts. Each voice is a track of `speech`, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import folders_in, sounds_in
from voxlift.lab.corpora.splits import SPLITS
from voxlift.lab.corpora.track import MIXTURE, NOISE, NOISY, SPEAKERS, SPEECH, Corpus, Part, Track

LICENCE = "CC BY 4.0 (LibriSpeech), the noise CC BY-NC 4.0 (WHAM!)"
MIXES = ("mix_clean", "mix_both")
VARIANTS = ("wav16k/min", "wav16k/max", "wav8k/min", "wav8k/max")
UTTERANCE = re.compile(r"(\d+)-\d+-\d+")


def read(root: Path) -> Sequence[Track]:
    """List all mixtures, and the voices in them one by one."""
    tracks: list[Track] = []
    for place in _subsets(root):
        for name in _names(place):
            tracks.extend(_tracks(place, name))
    return tracks


def fits(root: Path) -> bool:
    """Whether somewhere below there are mixtures beside their speakers."""
    return any(True for _ in _subsets(root))


def _subsets(root: Path) -> Iterator[Path]:
    for top in (root, *sorted(root.glob("Libri[23]Mix"))):
        for variant in (top, *(top / name for name in VARIANTS)):
            places = [folder for folder in folders_in(variant) if _is_subset(folder)]
            yield from places
            if places:
                break


def _is_subset(folder: Path) -> bool:
    known = folder.name.split("-")[0] in SPLITS
    return known and (folder / "s1").is_dir() and any((folder / mix).is_dir() for mix in MIXES)


def _names(place: Path) -> list[str]:
    """Everything that any of the folders holds: what one of them lacks will then be missed."""
    return sorted({path.name for folder in (*MIXES, *SPEAKERS) for path in sounds_in(place / folder)})


def _tracks(place: Path, name: str) -> Iterator[Track]:
    split = place.name.split("-")[0]
    ident = f"{place.name}/{Path(name).stem}"
    speakers = [speaker for speaker in SPEAKERS if (place / speaker).is_dir()]
    groups = [f"librispeech/{found[1]}" for found in UTTERANCE.finditer(name)]
    if len(groups) != len(speakers):  # not named by its utterances
        groups = []
    first = groups[0] if groups else None
    yield Track(ident, _parts(place, name), split, first, "librimix", LICENCE, more_groups=tuple(groups[1:]))
    for number, speaker in enumerate(speakers):
        voice = {SPEECH: Part(place / speaker / name)}
        yield Track(f"{ident}/{speaker}", voice, split, groups[number] if groups else None, "librimix", LICENCE)


def _parts(place: Path, name: str) -> Mapping[str, Part]:
    folders = {speaker: speaker for speaker in SPEAKERS}
    both = (place / "mix_both").is_dir()
    folders |= {MIXTURE: "mix_clean", NOISY: "mix_both"} if (place / "mix_clean").is_dir() else {MIXTURE: "mix_both"}
    folders |= {NOISE: "noise"} if both else {}
    return {part: Part(place / folder / name) for part, folder in folders.items() if (place / folder).is_dir()}


CORPUS = Corpus(
    "librimix",
    "Libri{2,3}Mix/wav{8k,16k}/{min,max}/{train-100,train-360,dev,test}/{mix_clean,mix_both,s1,s2,s3,noise}/*.wav",
    read,
    fits,
    "https://github.com/JorisCos/LibriMix",
    LICENCE,
    "Libri2Mix 430 GB and Libri3Mix 332 GB with all variants; Libri3Mix wav8k/min 39 GB",
)
