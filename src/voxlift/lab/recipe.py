"""A recipe says all there is to say about a training; resolved and written down, it alone reproduces the run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voxlift.errors import RecipeError
from voxlift.schema import build, plain
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Data:
    """Where the recordings are, and how long the segments cut from them."""

    corpus: str = "pack"
    """Which reader in `lab/corpora` understands the folder."""
    root: str = "data"
    seconds: float = 4.0
    """Length of one training example."""
    rooms: int = 400
    """How many simulated rooms the bank holds; 0 trains without."""
    workers: int = 1
    """Processes that mix examples while the net learns."""


@dataclass(frozen=True)
class Mix:
    """How noisy examples are made: probabilities of each kind of disturbance, and ranges."""

    snr_low_db: float = -6.0
    snr_high_db: float = 20.0
    level_low_db: float = -45.0
    """RMS of the mixture, in dB of full scale."""
    level_high_db: float = -12.0
    room: float = 0.35
    babble: float = 0.12
    coloured: float = 0.08
    music: float = 0.08
    second_noise: float = 0.3
    tilt: float = 0.6
    """Random gentle equaliser on voice and on noise."""
    bandlimit: float = 0.12
    codec: float = 0.05
    clipping: float = 0.04
    clean: float = 0.04
    """No noise at all: the voice must pass unharmed."""
    speechless: float = 0.03
    """No voice at all: the output must be silent."""


@dataclass(frozen=True)
class Objective:
    """Which loss of `lab/losses.py`, and its weights."""

    kind: str = "hybrid"
    compression: float = 0.3
    complex_weight: float = 30.0
    magnitude_weight: float = 70.0
    snr_weight: float = 1.0
    si_sdr_weight: float = 0.0
    """Blind to level: alone with a weak second term it leaves the voice at whatever level the net began at."""


@dataclass(frozen=True)
class Optimiser:
    """AdamW."""

    rate: float = 1e-3
    """Learning rate at its height."""
    weight_decay: float = 1e-4
    clip: float = 3.0
    """Largest norm of the gradient."""
    ema: float = 0.999
    """Decay of the running mean of the weights, which is what is exported; 0 exports the last weights."""


@dataclass(frozen=True)
class Schedule:
    """How long: whichever of `steps` and `hours` ends first. The learning rate falls along a cosine over it."""

    batch: int = 16
    steps: int = 100_000
    hours: float | None = None
    warmup: int = 200
    checkpoint_minutes: float = 5.0


@dataclass(frozen=True)
class Run:
    """Seed and machine."""

    seed: int = 1
    accelerator: str = "cpu"
    devices: int = 1
    """Processes, one a device, that share each batch; the result does not depend on how many."""
    precision: str = "32-true"
    threads: int = 1


@dataclass(frozen=True)
class Recipe:
    """Everything about one training. `net` is a table whose `kind` names a file of `lab/nets`."""

    name: str
    task: str
    summary: str
    front: Front
    net: dict[str, Any]
    init: str | None = None
    """A card (a name or a folder) whose weights the training goes on from."""
    data: Data = field(default_factory=Data)
    mix: Mix = field(default_factory=Mix)
    objective: Objective = field(default_factory=Objective)
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: Schedule = field(default_factory=Schedule)
    run: Run = field(default_factory=Run)


def read_recipe(path: Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read a TOML recipe and apply overrides such as `net.width=64`.

    Raises
    ------
    RecipeError
        On a file that is not TOML, an unknown key (with the nearest known one), or a value of the wrong type.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise RecipeError(
            f"{path}: cannot be read ({problem.strerror}); give the path of a recipe, as in recipes/"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise RecipeError(f"{path}: not a TOML file ({problem})") from None
    for override in overrides:
        _override(table, override)
    return resolve(table, str(path))


def resolve(table: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """Make a recipe of a table, with every default filled in, the net's too.

    Raises
    ------
    RecipeError
        As `read_recipe`.
    """
    from voxlift.lab.nets import config_of  # noqa: PLC0415  (nets import torch; reading a recipe's head should not)

    recipe = build(Recipe, table, where, RecipeError)
    config = config_of(recipe.net, where)
    return build(Recipe, {**plain(recipe), "net": {"kind": recipe.net["kind"], **plain(config)}}, where, RecipeError)


def dump_recipe(recipe: Recipe) -> str:
    """Write a recipe as TOML; `read_recipe` of it gives the same recipe."""
    table = plain(recipe)
    flat = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"{key} = {toml_value(value)}" for key, value in flat.items()]
    for section, values in table.items():
        if isinstance(values, dict):
            lines += ["", f"[{section}]", *(f"{key} = {toml_value(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """Write one plain value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return repr(value)


def _override(table: dict[str, Any], override: str) -> None:
    dotted, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"override {override!r}: write key=value, such as net.width=64")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word is a string
    *sections, key = dotted.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise RecipeError(f"override {override!r}: {section!r} is a value, not a section")
    table[key] = value
