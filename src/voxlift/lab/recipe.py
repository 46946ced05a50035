"""A recipe says all there is to say about a training; resolved and written down, it alone reproduces the run."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voxlift.errors import RecipeError
from voxlift.lab.song_mix import SongMix
from voxlift.lab.toml import toml_key, toml_value
from voxlift.schema import build, plain, read_toml
from voxlift.separate.card import TASKS, Chunk
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Data:
    """Where the recordings are, and how long the segments cut from them."""

    corpus: str = "pack"
    """Which reader in `lab/corpora` understands the folder."""
    root: str = "data"
    noise: str | None = None
    """A second folder, of noise, for corpora that have none."""
    more: tuple[str, ...] = ()
    """Further corpora, each of the kind that it looks like, such as what `voxlift lab synthesize` made."""
    without: tuple[str, ...] = ()
    """Corpora of a folder of many that are not trained on, be they there or not (a pack may hold a part of them)."""
    seconds: float = 4.0
    """Length of one training example."""
    rooms: int = 400
    """How many simulated rooms the bank holds; 0 trains without."""
    examples: int | None = None
    """Only so many different ones, over and over, as a set cut beforehand would be; else never the same twice."""
    workers: int = 1
    """Processes that mix examples while the net learns."""
    validation: int = 64
    """On how many examples that are not trained on the loss is measured, again and again; 0 for none."""
    validation_root: str | None = None
    """The folder they come from; by default the `dev` split of the corpus, where it has one."""


@dataclass(frozen=True)
class Mix:
    """How noisy examples are made: probabilities of each kind of disturbance, and ranges."""

    snr_low_db: float = -6.0
    snr_high_db: float = 20.0
    level_low_db: float = -45.0
    """RMS of the mixture, in dB of full scale."""
    level_high_db: float = -12.0
    room: float = 0.35
    """Voice and noise, or all who speak, in one of `data.rooms` simulated rooms."""
    babble: float = 0.12
    coloured: float = 0.08
    music: float = 0.08
    second_noise: float = 0.3
    tilt: float = 0.6
    """Random gentle equaliser on voice and on noise."""
    bright: float = 0.0
    """Voices, and what is heard behind speech where `tilt` takes place, grow brighter by up to so many dB an octave
    above 400 Hz: as voices do that are raised or near a microphone, and once more in a studio. Corpora are darker."""
    rumble: float = 0.0
    """Below what is heard, under the voice itself and part of what is wanted: a clean recording must pass whole."""
    bandlimit: float = 0.12
    codec: float = 0.05
    clipping: float = 0.04
    clean: float = 0.04
    """No noise at all: the voice must pass unharmed."""
    speechless: float = 0.03
    """No voice at all: the output must be silent."""
    remix: float = 0.75
    """Songs: an accompaniment that belongs to other vocals."""
    talkers_db: float = 5.0
    """Speakers: how much louder one may be than another."""
    noisy_talkers: float = 0.2
    """Speakers: with noise behind them."""
    turns: float = 0.0
    """Speakers: who take turns, and only now and then speak at once; else all speak all the time."""
    lone: float = 0.0
    """Speakers: only one of them speaks, so the other tracks must be silent."""
    takes: int = 1
    """Speakers by turns: of how many takes, each of another colour and loudness, a voice's turns are."""
    statures: int = 1
    """Speakers: of how many sizes each is made, deeper and higher, each of which counts as a person of its own."""
    stature_semitones: float = 4.0
    """From the deepest of them to the highest."""
    by_pitch: bool = False
    """Speakers: the deepest voice first, so that their order can be learned; else by chance."""
    songs: SongMix = field(default_factory=SongMix)
    """Songs: who sings, what accompanies, and what a studio does to both."""


@dataclass(frozen=True)
class Objective:
    """How the losses named under `[losses]` are taken."""

    level: bool = True
    """Losses on sound hear every example at one level; on raw levels they would hear the loud ones alone."""
    permute: bool = False
    """Stems may come in any order: the best counts (permutation-invariant training, Yu et al. 2017)."""
    ordered: float = 0.0
    """The share of the schedule in which stems must nevertheless come in the order in which they were mixed; with
    `mix.by_pitch`, the net begins with something that it can learn at once."""
    compression: float = 0.3
    """The power that `compressed_spectrum` raises magnitudes to."""
    complex_weight: float = 30.0
    magnitude_weight: float = 70.0


@dataclass(frozen=True)
class Adversary:
    """A judge that learns to tell estimates from targets while the net learns to deceive it (a conditional GAN)."""

    metric: str | None = None
    """What the judge foretells instead, such as `pesq_wb`, while the net learns to raise it (a MetricGAN)."""
    depth: int = 18
    """Of the ResNet that judges."""
    width: int = 8
    weight: float = 0.05
    """Of the judge's verdict beside the other losses."""
    rate: float = 2e-4
    """The judge's learning rate."""
    start: float = 0.1
    """The share of the schedule after which the net hears the judge."""


@dataclass(frozen=True)
class Enrolment:
    """The talkers of the corpus by name, whom a net that knows voices learns to tell apart (see `enrolment.py`)."""

    margin: float = 0.2
    """By so many radians a voice must lie nearer to its talker than to any other."""
    sharpness: float = 30.0
    """What cosines are multiplied by before they compete."""
    weight: float = 1.0
    """Beside the other losses."""


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
    """How long: whichever of `steps` and `run.minutes` ends first. The learning rate falls along a cosine over it."""

    batch: int = 16
    steps: int = 100_000
    warmup: int = 200
    """Steps in which the learning rate rises, at most a twentieth of the schedule."""
    checkpoint_minutes: float = 5.0
    validation_minutes: float = 5.0
    patience: int | None = None
    """Stop after so many validations without a better one; the best is exported then."""


@dataclass(frozen=True)
class Run:
    """Seed, budget and machine."""

    minutes: float | None = None
    """Wall clock budget of the training, over all its resumptions."""
    seed: int = 1
    accelerator: str = "cpu"
    devices: int = 1
    """Processes of each host, one a device, that share each batch; the result does not depend on how many."""
    hosts: int = 1
    precision: str = "32-true"
    """As Lightning names it: 32-true, 16-mixed, bf16-mixed ..."""
    threads: int = 1
    tensorboard: bool = False
    """Log for TensorBoard, too (needs the package `tensorboard`)."""


@dataclass(frozen=True)
class Recipe:
    """Everything about one training. `net` is a table whose `kind` names a file of `lab/nets`."""

    name: str
    task: str
    summary: str
    front: Front
    net: dict[str, Any]
    stems: tuple[str, ...] = ("voice",)
    init: str | None = None
    """A card (a name or a folder) whose weights the training goes on from."""
    gate: str | None = None
    """A run beside this one, of a detector that opens and closes what the net gives."""
    gate_on: bool = True
    """Whether the card uses it where nobody says so."""
    voices: str | None = None
    """A run beside this one, of a net that knows voices and puts the tracks of speakers right."""
    chunk: Chunk | None = None
    """How a net that must hear the whole sound is fed long ones; none for a causal net."""
    data: Data = field(default_factory=Data)
    mix: Mix = field(default_factory=Mix)
    losses: dict[str, float] = field(default_factory=lambda: {"compressed_spectrum": 1.0, "snr": 1.0})
    """Losses of `lab/losses` by name, and their weights."""
    objective: Objective = field(default_factory=Objective)
    adversary: Adversary | None = None
    enrolment: Enrolment | None = None
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: Schedule = field(default_factory=Schedule)
    run: Run = field(default_factory=Run)
    search: dict[str, Any] = field(default_factory=dict)
    """What `lab tune` varies: dotted keys of this recipe, and ranges."""

    def seen_hours(self, steps: int) -> float:
        """Sound that so many steps hear."""
        return steps * self.schedule.batch * self.data.seconds / 3600

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"task {self.task!r}; known: {', '.join(TASKS)}")
        if self.objective.permute and len(self.stems) < 2:
            raise ValueError("objective.permute: one stem alone has no order")
        for low, high in (("snr_low_db", "snr_high_db"), ("level_low_db", "level_high_db")):
            if getattr(self.mix, low) > getattr(self.mix, high):
                raise ValueError(f"mix.{low} {getattr(self.mix, low)} is above mix.{high} {getattr(self.mix, high)}")


def read_recipe(path: Path, overrides: Iterable[str] = ()) -> Recipe:
    """Read a TOML recipe and apply overrides such as `net.width=64`.

    Raises
    ------
    RecipeError
        On a file that is not TOML, an unknown key (with the nearest known one), or a value of the wrong type.
    """
    table = read_toml(path, "give the path of a recipe, as in recipes/", RecipeError)
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
        if isinstance(values, dict) and values:
            lines += ["", f"[{section}]", *(f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


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
