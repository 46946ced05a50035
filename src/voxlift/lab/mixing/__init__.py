"""Mixtures and what is wanted out of them, made as training needs them; one file for each kind of task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voxlift.lab.corpora import Track, list_tracks, only, read_corpus
from voxlift.lab.corpora.track import NOISE, SPEECH, VOCALS
from voxlift.lab.mixing.example import Example, Mixer
from voxlift.lab.mixing.noisy_speech import NoisySpeech
from voxlift.lab.mixing.recorded import Recorded, complete
from voxlift.lab.mixing.songs import Songs, accompaniments
from voxlift.lab.mixing.talkers import Talkers
from voxlift.lab.recipe import Recipe

__all__ = ["MIXERS", "Example", "Mixer", "make_mixer", "make_validation"]


@dataclass(frozen=True)
class Task:
    """How the examples of a task are made, where a corpus has the sounds for it apart."""

    mixer: Callable[[Recipe, Sequence[Track], Path], Mixer]
    possible: Callable[[Sequence[Track]], bool]


MIXERS: dict[str, Task] = {
    "denoise": Task(NoisySpeech, lambda tracks: bool(only(tracks, SPEECH) and only(tracks, NOISE))),
    "vocals": Task(Songs, lambda tracks: bool(accompaniments(tracks) and only(tracks, VOCALS))),
    "speakers": Task(Talkers, lambda tracks: len({track.group for track in only(tracks, SPEECH)} - {None}) > 1),
}
"""By the recipe's task. Sounds that lie apart are mixed anew, without end; ready mixtures are the second choice."""


def make_mixer(recipe: Recipe, cache: Path) -> Mixer:
    """Make what a recipe trains on.

    Raises
    ------
    DataError
        When the corpus cannot be read or lacks what the task needs.
    """
    data = recipe.data
    noise = None if data.noise is None else Path(data.noise)
    more = [Path(folder) for folder in data.more]
    tracks = read_corpus(data.corpus, Path(data.root), "train", noise, more)
    return _mixer(recipe, [track for track in tracks if track.corpus not in data.without], cache)


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
    # It holds other kinds of sound than the training's corpora: what there is is drawn by its amount.
    drawn = replace(recipe.mix.songs, voices={}, backs={})
    recipe = replace(recipe, mix=replace(recipe.mix, songs=drawn))
    if data.validation_root is not None:
        return _mixer(recipe, list_tracks("auto", Path(data.validation_root)), cache)
    noise = None if data.noise is None else Path(data.noise)
    tracks = list_tracks(data.corpus, Path(data.root), noise, [Path(folder) for folder in data.more])
    dev = [track for track in tracks if track.split == "dev"]
    return _mixer(recipe, dev, cache) if MIXERS[recipe.task].possible(dev) or complete(recipe, dev) else None


def _mixer(recipe: Recipe, tracks: Sequence[Track], cache: Path) -> Mixer:
    task = MIXERS[recipe.task]
    if not task.possible(tracks) and complete(recipe, tracks):
        return Recorded(recipe, tracks, cache)
    return task.mixer(recipe, tracks, cache)
