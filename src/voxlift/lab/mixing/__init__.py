"""Mixtures and what is wanted out of them, made as training needs them; one file for each kind of task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from voxlift.lab.corpora import Track, list_tracks, only, read_corpus
from voxlift.lab.corpora.track import NOISE, NOISY, SPEECH, VOCALS
from voxlift.lab.mixing.example import Example, Mixer
from voxlift.lab.mixing.noisy_speech import NoisySpeech
from voxlift.lab.mixing.pairs import Pairs
from voxlift.lab.mixing.songs import Songs
from voxlift.lab.mixing.talkers import Talkers
from voxlift.lab.recipe import Recipe

__all__ = ["MIXERS", "Example", "Mixer", "make_mixer", "make_validation"]

MIXERS: dict[str, tuple[Callable[[Recipe, Sequence[Track], Path], Mixer], tuple[str, ...]]] = {
    "denoise": (NoisySpeech, (SPEECH, NOISE)),
    "vocals": (Songs, (VOCALS,)),
    "speakers": (Talkers, (SPEECH,)),
}
"""By the recipe's task, and the parts that each cannot do without; a corpus of pairs gives its pairs."""


def make_mixer(recipe: Recipe, cache: Path) -> Mixer:
    """Make what a recipe trains on.

    Raises
    ------
    DataError
        When the corpus cannot be read or lacks what the task needs.
    """
    data = recipe.data
    noise = None if data.noise is None else Path(data.noise)
    return _mixer(recipe, read_corpus(data.corpus, Path(data.root), "train", noise), cache)


def make_validation(recipe: Recipe, cache: Path) -> Mixer | None:
    """Make what a recipe is watched on: a folder of its own, or the corpus's `dev` split; None where that is too thin.

    Raises
    ------
    DataError
        When the folder that the recipe names cannot be read.
    """
    data = recipe.data
    if not data.validation:
        return None
    if data.validation_root is not None:
        return _mixer(recipe, list_tracks("auto", Path(data.validation_root)), cache)
    tracks = list_tracks(data.corpus, Path(data.root), None if data.noise is None else Path(data.noise))
    dev = [track for track in tracks if track.split == "dev"]
    needed = MIXERS[recipe.task][1]
    return _mixer(recipe, dev, cache) if only(dev, NOISY) or all(only(dev, part) for part in needed) else None


def _mixer(recipe: Recipe, tracks: Sequence[Track], cache: Path) -> Mixer:
    kind = Pairs if recipe.task == "denoise" and only(tracks, NOISY) else MIXERS[recipe.task][0]
    return kind(recipe, tracks, cache)
