"""From a finished training to a card: the graph, a proof that it computes what the net computes, and the facts."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path

from voxlift.errors import RecipeError
from voxlift.lab.checkpoint import BEST, CHECKPOINT, load_checkpoint
from voxlift.lab.evaluation import evaluate, find_set
from voxlift.lab.graph import export_net
from voxlift.lab.mixing import make_mixer
from voxlift.lab.nets import Net, make_net
from voxlift.lab.parameters import BITS
from voxlift.lab.recipe import Recipe, dump_recipe, read_recipe
from voxlift.lab.toml import toml_value
from voxlift.schema import plain
from voxlift.separate.card import CARD, PARAMETERS, WEIGHTS, Card, Score, Source, Training, read_card

RECIPES = Path("recipes")
GATE = "gate"
"""The folder, inside a card's, of its detector."""
VOICES = "voices"
"""The folder, inside a card's, of the net that knows voices."""
RESOLVED = "recipe.toml"
"""Beside a card and in a run: the recipe with all its defaults written down, which alone trains the same again."""


@dataclass(frozen=True)
class Finished:
    """What a run has come to."""

    recipe: Recipe
    net: Net
    """With the running mean of the weights."""
    steps: int
    hours: float
    machine: str


def load_run(folder: Path) -> Finished:
    """Read a run: its best state where it stops early, else its last.

    Raises
    ------
    RecipeError
        When the folder holds no run, or no checkpoint yet.
    """
    checkpoint = next((folder / name for name in (BEST, CHECKPOINT) if (folder / name).is_file()), None)
    if checkpoint is None:
        raise RecipeError(f"{folder}: holds no checkpoint; give the folder of a run of `voxlift lab train`")
    recipe = read_recipe(folder / RESOLVED)
    state = load_checkpoint(checkpoint)
    net = make_net(recipe.net, recipe.front, stems=len(recipe.stems))
    net.load_state_dict(state["mean"])
    return Finished(recipe, net.eval(), state["step"], state["seconds"] / 3600, state["machine"])


def export_card(
    run: Path, folder: Path, *, scores: tuple[Score, ...] = (), cache: Path, version: int = 1, bits: int = BITS
) -> Card:
    """Write a run as a card, so many bits for each weight of a matrix.

    Raises
    ------
    RecipeError
        When the run cannot be read.
    DataError
        When the graph's numbers differ from the net's.
    """
    done = load_run(run)
    recipe = done.recipe
    _check_chunk(recipe, done.net)
    source = _recipe_file(recipe.name)
    folder.mkdir(parents=True, exist_ok=True)
    export_net(done.net, recipe, folder, bits)
    if recipe.gate is not None:
        export_card(run.parent / recipe.gate, folder / GATE, cache=cache, bits=bits)
    if recipe.voices is not None:
        export_card(run.parent / recipe.voices, folder / VOICES, cache=cache, bits=bits)
    card = Card(
        name=recipe.name,
        task=recipe.task,
        summary=recipe.summary,
        version=version,
        licence="MIT",
        sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
        parameters_sha256=hashlib.sha256((folder / PARAMETERS).read_bytes()).hexdigest(),
        parameters=sum(value.numel() for value in done.net.parameters()),
        front=recipe.front,
        training=Training(
            recipe=source,
            command=f"voxlift lab train {source} --run runs/{recipe.name}",
            seed=recipe.run.seed,
            hours=round(done.hours, 2),
            seen_hours=round(recipe.seen_hours(done.steps), 1),
            steps=done.steps,
            machine=done.machine,
        ),
        stems=recipe.stems,
        chunk=recipe.chunk,
        gate=None if recipe.gate is None else GATE,
        gate_on=recipe.gate_on,
        voices=None if recipe.voices is None else VOICES,
        data=_sources(recipe, cache),
        scores=scores,
    )
    (folder / CARD).write_text(dump_card(card), "utf-8")
    (folder / RESOLVED).write_text(dump_recipe(recipe), "utf-8")
    return read_card(folder)


def score_card(folder: Path, on: Path, jobs: int = 1) -> Card:
    """Evaluate a card on a folder that `find_set` knows and write the means into it; other sets' scores stay."""
    card = read_card(folder)
    found = find_set(on)
    result = evaluate(str(folder.resolve()), found, jobs)
    means = {metric: round(mean, 4) for metric, (mean, _, _) in result.means().items() if not math.isnan(mean)}
    score = Score(found.label, result.protocol[0], means)
    scored = replace(card, scores=(*(old for old in card.scores if old.on != found.label), score))
    (folder / CARD).write_text(dump_card(scored), "utf-8")
    return scored


def dump_card(card: Card) -> str:
    """Write a card as TOML; `read_card` gives it back."""
    table = plain(card)
    table.pop("folder", None)
    lines: list[str] = []
    _write_table(lines, table, "")
    return "\n".join(lines).strip() + "\n"


def _write_table(lines: list[str], table: dict[str, object], prefix: str) -> None:
    nested = {}
    for key, value in table.items():
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            nested[key] = value
        else:
            lines.append(f"{key} = {toml_value(value)}")
    for key, value in nested.items():
        name = f"{prefix}{key}"
        for item in value if isinstance(value, list) else [value]:
            lines.append(f"\n[[{name}]]" if isinstance(value, list) else f"\n[{name}]")
            _write_table(lines, item, f"{name}.")


def _recipe_file(name: str) -> str:
    """Find the recipe of this name among those that ship; else it is the one beside the card."""
    shipped = sorted(RECIPES.rglob("*.toml"))
    return next((path.as_posix() for path in shipped if f'name = "{name}"' in path.read_text("utf-8")), RESOLVED)


def _check_chunk(recipe: Recipe, net: Net) -> None:
    if net.causal == (recipe.chunk is not None):
        needs = "hears the whole sound: the recipe needs a [chunk]" if not net.causal else "is causal: drop [chunk]"
        raise RecipeError(f"recipe {recipe.name!r}: the net {recipe.net['kind']!r} {needs}")


def _sources(recipe: Recipe, cache: Path) -> tuple[Source, ...]:
    """What the net was trained on: every corpus, its licences, and how much of it there is."""
    spans = [(pool.rate, span) for pool in make_mixer(recipe, cache).pools for span in pool.spans]
    hours: dict[str, float] = {}
    licences: dict[str, set[str]] = {}
    for rate, span in spans:
        corpus = span.track.corpus
        hours[corpus] = hours.get(corpus, 0.0) + span.length / rate / 3600
        licences.setdefault(corpus, set()).add(span.track.licence)
    return tuple(
        Source(corpus, "; ".join(sorted(licences[corpus])), round(hours[corpus], 3)) for corpus in sorted(hours)
    )
