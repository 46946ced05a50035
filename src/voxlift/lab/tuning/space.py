"""The `[search]` table of a recipe: which dotted keys may vary, and how far.

    [search]
    "optimiser.rate" = { low = 1e-4, high = 1e-2, log = true }
    "net.layers" = { low = 0, high = 4 }
    "net.width" = { choices = [16, 32, 64] }

Both ends are included; a range of whole numbers gives whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import optuna

from voxlift.errors import RecipeError
from voxlift.lab.recipe import Recipe, resolve
from voxlift.lab.toml import toml_value
from voxlift.schema import nearest, plain

KEYS = ("low", "high", "log", "choices")
EXAMPLE = '[search] "optimiser.rate" = { low = 1e-4, high = 1e-2, log = true }'
FIXED = (
    "name", "task", "summary", "stems", "gate", "chunk", "search", "run", "net.kind", "front.rate", "data.validation",
    "data.validation_root", "schedule.steps", "schedule.patience", "schedule.checkpoint_minutes",
    "schedule.validation_minutes",
)  # fmt: skip
"""Keys and tables that say what is learned, how it is judged and for how long: the same for every trial."""
FRONT_FREE = ("snr", "si_sdr", "l1_waveform", "multi_resolution")
"""Losses that no change of the front's frames changes."""


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, whole ones if both are; `log`: as many between 1 and 2 as between 2 and 4."""

    key: str
    low: float
    high: float
    log: bool = False

    @property
    def distribution(self) -> optuna.distributions.BaseDistribution:
        """What Optuna calls it."""
        if isinstance(self.low, int):
            return optuna.distributions.IntDistribution(self.low, int(self.high), log=self.log)
        return optuna.distributions.FloatDistribution(self.low, self.high, log=self.log)

    def encode(self, value: Any) -> Any:
        """Give the value as Optuna keeps it; None where it is out of range."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if number and self.low <= value <= self.high else None

    def decode(self, kept: Any) -> Any:
        """Give a value that Optuna kept as the recipe needs it."""
        return kept

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values with which a recipe must be right for the whole range to be."""
        return self.low, self.high


@dataclass(frozen=True)
class Choices:
    """One of several values. Optuna keeps them as TOML writes them, so lists will do."""

    key: str
    values: tuple[Any, ...]

    @property
    def distribution(self) -> optuna.distributions.BaseDistribution:
        """What Optuna calls it."""
        return optuna.distributions.CategoricalDistribution([toml_value(value) for value in self.values])

    def encode(self, value: Any) -> Any:
        """Give the value as Optuna keeps it; None where it is no choice."""
        return toml_value(value) if value in self.values else None

    def decode(self, kept: Any) -> Any:
        """Give a value that Optuna kept as the recipe needs it."""
        return next(value for value in self.values if toml_value(value) == kept)

    @property
    def ends(self) -> tuple[Any, ...]:
        """Values with which a recipe must be right."""
        return self.values


Dimension = Range | Choices
Space = tuple[Dimension, ...]


def read_space(recipe: Recipe, where: str = "recipe") -> Space:
    """Read what a recipe lets vary, and prove that the ends of every range make a recipe.

    Raises
    ------
    RecipeError
        When there is no `[search]`, a range is upside down, or a key is not one of the recipe's.
    """
    if not recipe.search:
        raise RecipeError(f"{where}: has no [search] table, so there is nothing to vary; write one, such as {EXAMPLE}")
    space = tuple(_dimension(key, table, f'{where}: [search] "{key}"') for key, table in _flat(recipe.search, where))
    if len({dimension.key for dimension in space}) < len(space):
        raise RecipeError(f"{where}: [search] names a key twice, with quotes and without")
    for dimension in space:
        _check_key(recipe, dimension, f'{where}: [search] "{dimension.key}"')
    return space


def with_values(recipe: Recipe, values: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """Set dotted keys of a recipe; `[search]` goes.

    Raises
    ------
    RecipeError
        When the recipe is then wrong.
    """
    table = plain(replace(recipe, search={}))
    for dotted, value in values.items():
        *sections, key = dotted.split(".")
        inner = table
        for section in sections:
            inner = inner.setdefault(section, {})
            if not isinstance(inner, dict):
                raise RecipeError(f"{where}: {section!r} is a value of the recipe, not a table")
        inner[key] = value
    return resolve(table, where)


def value_of(recipe: Recipe, dotted: str) -> Any:
    """Look up a dotted key; None where the recipe leaves it open."""
    value = plain(recipe)
    for key in dotted.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _flat(table: Mapping[str, Any], where: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Find the ranges; a key without quotes makes tables within tables in TOML, and will do, too."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value and all(isinstance(inner, Mapping) for inner in value.values()):
            yield from _flat(value, where, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _dimension(key: str, table: Any, where: str) -> Dimension:
    if not isinstance(table, Mapping):
        given = f"{{ choices = {toml_value(table)} }}" if isinstance(table, list) else "{ low = 1, high = 4 }"
        raise RecipeError(f"{where}: expected a range or choices, such as {given}; got {table!r}")
    for word in table:
        if word not in KEYS:
            raise RecipeError(f"{where}: unknown key {word!r}{nearest(word, KEYS)}")
    if "choices" in table:
        if len(table) > 1:
            raise RecipeError(f"{where}: give choices, or low and high, not both")
        return _choices(key, table["choices"], where)
    return _range(key, table, where)


def _range(key: str, table: Mapping[str, Any], where: str) -> Range:
    for word in ("low", "high"):
        value = table.get(word)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise RecipeError(f"{where}: {word} must be a number, got {value!r}; write {{ low = ..., high = ... }}")
    low, high, log = table["low"], table["high"], table.get("log", False)
    if isinstance(low, int) != isinstance(high, int):
        raise RecipeError(f"{where}: low {low!r} and high {high!r} are of two kinds; write both with a point, or none")
    if low >= high:
        turned = "is upside down" if low > high else "holds one value alone"
        raise RecipeError(f"{where}: low {low!r}, high {high!r}: the range {turned}")
    if not isinstance(log, bool):
        raise RecipeError(f"{where}: log must be true or false, got {log!r}")
    if log and low <= 0:
        raise RecipeError(f"{where}: log needs low above 0, got {low!r}")
    return Range(key, low, high, log)


def _choices(key: str, values: Any, where: str) -> Choices:
    if not isinstance(values, list) or len(values) < 2:
        raise RecipeError(f"{where}: choices must be a list of two values or more, got {values!r}")
    kinds = sorted({type(value).__name__ for value in values})
    if len(kinds) > 1:
        raise RecipeError(f"{where}: choices are of several kinds ({', '.join(kinds)}); give values of one")
    if len({toml_value(value) for value in values}) < len(values):
        raise RecipeError(f"{where}: choices name a value twice: {values!r}")
    return Choices(key, tuple(values))


def _check_key(recipe: Recipe, dimension: Dimension, where: str) -> None:
    key = dimension.key
    section = key.split(".", maxsplit=1)[0]
    if key in FIXED or section in FIXED:
        raise RecipeError(
            f"{where}: cannot vary, as all trials must learn the same task, for as long, and be judged alike; "
            "keys of net, optimiser, losses, objective and mix can, and schedule.batch"
        )
    tied = [name for name in recipe.losses if name not in FRONT_FREE]
    if section == "front" and tied:
        raise RecipeError(
            f"{where}: the loss {tied[0]!r} is measured on the front's own frames, so trials could not be compared; "
            f"vary it with losses out of {', '.join(FRONT_FREE)}"
        )
    for value in dimension.ends:
        made = value_of(with_values(recipe, {key: value}, where), key)
        if isinstance(made, float) and isinstance(value, int):
            raise RecipeError(f"{where}: takes numbers with a point: write {float(value)!r} in place of {value!r}")
