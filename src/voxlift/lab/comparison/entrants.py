"""Who is compared: recipes by their files, in the order of the story that they tell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voxlift.errors import RecipeError
from voxlift.lab.recipe import Recipe, read_recipe
from voxlift.schema import nearest
from voxlift.separate.masks import ACTIVITY


@dataclass(frozen=True)
class Entrant:
    """A recipe that takes part."""

    file: Path
    overrides: tuple[str, ...]
    recipe: Recipe
    """With the overrides in it."""

    @property
    def name(self) -> str:
        """The recipe's."""
        return self.recipe.name

    @property
    def detector(self) -> bool:
        """Whether it says when a voice is there, instead of lifting it out."""
        return self.recipe.front.mask == ACTIVITY

    @property
    def objective(self) -> str:
        """What its loss is, in words; only the losses of equal objectives, front included, can be compared."""
        front, losses = self.recipe.front, self.recipe.losses
        told = " + ".join(name if weight == 1 else f"{weight:g} × {name}" for name, weight in losses.items())
        of_mask = f" ({front.mask})" if any(name.startswith("mask") for name in losses) else ""
        return f"{told}{of_mask} at {front.rate / 1000:g} kHz, {front.window}/{front.hop}"

    @property
    def command(self) -> str:
        """What trains it again, alone."""
        return shlex.join(["voxlift", "lab", "train", str(self.file), *self.overrides])


def gather(sources: Sequence[Path], overrides: Iterable[str] = ()) -> list[Entrant]:
    """Read recipes: files, or folders of them in the order of their names.

    Raises
    ------
    RecipeError
        When there is none, one cannot be read, two have one name, or a gate is missing or no detector.
    """
    overrides = tuple(overrides)
    entrants = [Entrant(file, overrides, read_recipe(file, overrides)) for file in _files(sources)]
    seen: dict[str, Entrant] = {}
    for entrant in entrants:
        name = entrant.name
        if name in seen:
            raise RecipeError(
                f"{seen[name].file} and {entrant.file} are both called {name!r}: give one of them another name, "
                "or compare them apart"
            )
        if not name or Path(name).name != name or name.startswith("."):
            raise RecipeError(f"{entrant.file}: {name!r} cannot be the name of a folder; use letters, digits, dashes")
        seen[name] = entrant
    for entrant in entrants:
        _check_gate(entrant, seen)
    return entrants


def gates_first(entrants: Iterable[Entrant]) -> list[Entrant]:
    """Put those first on which others wait: what is gated takes its detector into its card."""
    entrants = list(entrants)
    waited_for = {entrant.recipe.gate for entrant in entrants}
    return sorted(entrants, key=lambda entrant: entrant.name not in waited_for)


def _files(sources: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for source in sources:
        if source.is_dir():
            found = sorted(source.glob("*.toml"))
            if not found:
                raise RecipeError(f"{source}: holds no recipe (*.toml); give files, or a folder such as recipes/")
            files += found
        else:
            files.append(source)
    if not files:
        raise RecipeError("no recipe to compare; give files, or a folder such as recipes/")
    return files


def _check_gate(entrant: Entrant, known: dict[str, Entrant]) -> None:
    gate = entrant.recipe.gate
    if gate is None:
        return
    if gate not in known:
        raise RecipeError(f"{entrant.file}: its gate {gate!r} is not compared{nearest(gate, known)}; add its recipe")
    if not known[gate].detector or known[gate].recipe.gate is not None:
        raise RecipeError(
            f"{entrant.file}: its gate {gate!r} must be a detector without a gate of its own "
            f"(front.mask = {ACTIVITY!r}), it has the mask {known[gate].recipe.front.mask!r}"
        )
