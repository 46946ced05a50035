"""What is scored on must not have been trained on: paths, contents and titles are looked at before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from voxlift.cluster.places import checksum
from voxlift.errors import DataError, RecipeError
from voxlift.lab.comparison.entrants import Entrant
from voxlift.lab.corpora import Track, read_corpus
from voxlift.lab.corpora.track import VOCALS
from voxlift.lab.evaluation import EvaluationSet, Item, find_set

TASKS = {"speech": "denoise", "songs": "vocals", "speakers": "speakers"}
"""By the kind of a held-out set, the task whose nets are scored on it."""
SHOWN = 3


def find_sets(folders: Sequence[Path]) -> list[EvaluationSet]:
    """Read the held-out sets.

    Raises
    ------
    DataError
        When one cannot be read, or two have one name.
    """
    sets = [find_set(folder) for folder in folders]
    labels = [found.label for found in sets]
    for label in labels:
        if labels.count(label) > 1:
            raise DataError(f"two held-out sets are called {label}: give each once, and each a name of its own")
    return sets


def scored_on(entrant: Entrant, sets: Sequence[EvaluationSet]) -> list[EvaluationSet]:
    """Choose the sets that a recipe is scored on: those of its task where there are several, else the one there is.

    Raises
    ------
    RecipeError
        When no set is of its task.
    """
    if len(sets) == 1:
        return list(sets)
    fitting = [found for found in sets if TASKS[found.kind] == entrant.recipe.task]
    if not fitting:
        kind = next(kind for kind, task in TASKS.items() if task == entrant.recipe.task)
        raise RecipeError(
            f"{entrant.file}: no --on folder is a set of {kind}, so nothing could score its task "
            f"{entrant.recipe.task!r}; add one, or leave the recipe out"
        )
    return fitting


def check_apart(entrants: Iterable[Entrant], sets: Sequence[EvaluationSet]) -> None:
    """Refuse a held-out set of which something is in what a recipe trains on, or by which a recipe chooses its best.

    Raises
    ------
    DataError
        Naming what is in both, or when training data cannot be read.
    RecipeError
        When a recipe stops early by the set.
    """
    corpora: dict[tuple[str, str, str | None, tuple[str, ...]], Entrant] = {}
    for entrant in entrants:
        data = entrant.recipe.data
        corpora.setdefault((data.corpus, data.root, data.noise, data.more), entrant)
        watched = None if data.validation_root is None else Path(data.validation_root).resolve()
        if entrant.recipe.schedule.patience and watched in [found.folder.resolve() for found in sets]:
            raise RecipeError(
                f"{entrant.file}: stops early by {data.validation_root}, on which it would be scored, too; "
                "set data.validation_root to another folder, or leave out schedule.patience"
            )
    for (corpus, root, noise, more_roots), entrant in corpora.items():
        further = [Path(folder) for folder in more_roots]
        tracks = read_corpus(corpus, Path(root), "train", None if noise is None else Path(noise), further)
        for found in sets:
            shared = list(islice(_shared(tracks, found), SHOWN + 1))
            if shared:
                more = " and more" if len(shared) > SHOWN else ""
                raise DataError(
                    f"{found.folder}: is no held-out set, for {entrant.file} trains on the same: "
                    f"{'; '.join(shared[:SHOWN])}{more}; keep it out of {root}, or score on another folder"
                )


def _shared(tracks: Sequence[Track], found: EvaluationSet) -> Iterator[str]:
    trained = {part.path.resolve() for track in tracks for part in track.parts.values()}
    by_size: dict[int, list[Path]] = {}
    for path in trained:
        if path.is_file():
            by_size.setdefault(path.stat().st_size, []).append(path)
    songs = {_title(track.name): track for track in tracks if VOCALS in track.parts} if found.kind == "songs" else {}
    for item in found.items:
        if fault := _fault(item, trained, by_size, songs):
            yield fault


def _fault(
    item: Item, trained: set[Path], by_size: Mapping[int, Sequence[Path]], songs: Mapping[str, Track]
) -> str | None:
    for path in (item.mixture, *item.targets):
        if path.resolve() in trained:
            return f"{path}"
        # Few files have equal sizes, so hardly any must be read.
        candidates = by_size.get(path.stat().st_size, ())
        sum_ = checksum(path) if candidates else ""
        for other in candidates:
            if checksum(other) == sum_:
                return f"{path} has the contents of {other}"
    song = songs.get(_title(item.name))
    return f"{item.mixture.parent} is the song {song.name!r}" if song else None


def _title(name: str) -> str:
    return Path(name).name.removesuffix(".stem").casefold()
