"""VoiceBank-DEMAND (Valentini-Botinhao 2017): speech of VCTK, and the same with noises of DEMAND added.

    {clean,noisy}_trainset_28spk_wav/p226_001.wav
    {clean,noisy}_trainset_56spk_wav/p234_001.wav
    {clean,noisy}_testset_wav/p232_001.wav
    log_trainset_28spk.txt, log_trainset_56spk.txt, log_testset.txt    at the top or in logfiles/

Whichever of the three sets is there is read. The speakers p226 and p287, whom most papers set aside, are the split dev.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from voxlift.lab.corpora.sounds import matched
from voxlift.lab.corpora.track import CLEAN, NOISY, Corpus, Part, Track

LICENCE = "CC BY 4.0"
SETS = {"trainset_28spk": "train", "trainset_56spk": "train", "testset": "test"}
DEV_SPEAKERS = {"p226", "p287"}


def read(root: Path) -> Sequence[Track]:
    """List the pairs of all sets; the noise and its level are tags where the logs are there."""
    tracks = []
    for name, split in SETS.items():
        log = _log(root, name)
        for utterance, clean, noisy in matched(root / f"clean_{name}_wav", root / f"noisy_{name}_wav"):
            speaker = utterance.split("_")[0]
            own = "dev" if split == "train" and speaker in DEV_SPEAKERS else split
            parts = {NOISY: Part(noisy), CLEAN: Part(clean)}
            tags = log.get(utterance, {})
            tracks.append(Track(utterance, parts, own, f"vctk/{speaker}", "voicebank-demand", LICENCE, tags=tags))
    return tracks


def fits(root: Path) -> bool:
    """Whether one of the sets is there, clean and noisy."""
    return any((root / f"clean_{name}_wav").is_dir() and (root / f"noisy_{name}_wav").is_dir() for name in SETS)


def _log(root: Path, name: str) -> dict[str, Mapping[str, str]]:
    places = [root / f"log_{name}.txt", root / "logfiles" / f"log_{name}.txt"]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        return {}
    rows = [line.split() for line in path.read_text("utf-8").splitlines()]
    return {row[0]: {"noise": row[1], "snr_db": row[2]} for row in rows if len(row) == 3}


CORPUS = Corpus(
    "voicebank-demand",
    "{clean,noisy}_{trainset_28spk,trainset_56spk,testset}_wav/*.wav",
    read,
    fits,
    "https://doi.org/10.7488/ds/2117",
    LICENCE,
    "5.3 GB with 28 speakers and the test set, 9.7 GB more with 56, packed",
)
