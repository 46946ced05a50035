"""From a finished training to a card: the graph, a proof that it computes what the net computes, and the facts."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import save_file
from torch import nn

from voxlift.errors import DataError, RecipeError
from voxlift.lab.checkpoint import BEST, CHECKPOINT, load_checkpoint
from voxlift.lab.evaluation import evaluate, find_set
from voxlift.lab.mixing import make_mixer
from voxlift.lab.nets import Net, make_net
from voxlift.lab.recipe import Recipe, dump_recipe, read_recipe, toml_value
from voxlift.lab.separation import VIEWS
from voxlift.lab.transforms import analyse
from voxlift.schema import plain
from voxlift.separate.card import CARD, PARAMETERS, WEIGHTS, Card, Score, Source, Training, read_card
from voxlift.separate.nets import Machine, OnnxNet

OPSET = 17
TOLERANCE = 2e-4
"""Largest difference of the graph's numbers from the net's."""
RECIPES = Path("recipes")
GATE = "gate"
"""The folder, inside a card's, of its detector."""
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


def export_card(run: Path, folder: Path, *, scores: tuple[Score, ...] = (), cache: Path, version: int = 1) -> Card:
    """Write a run as a card.

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
    export_net(done.net, recipe, folder)
    if recipe.gate is not None:
        export_card(run.parent / recipe.gate, folder / GATE, cache=cache)
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


def export_net(net: Net, recipe: Recipe, folder: Path) -> None:
    """Write a net's parameters in half precision, which is what it has from then on, and its graph beside them.

    Nobody hears half a thousandth of a weight.

    Raises
    ------
    DataError
        When the graph does not compute what the net does.
    """
    graph, parameters = folder / WEIGHTS, folder / PARAMETERS
    save_file({name: value.contiguous() for name, value in net.half().state_dict().items()}, parameters)
    parameters.chmod(0o644)  # the library makes it the owner's alone
    export_graph(net.float(), recipe, graph)
    share(graph, parameters)
    worst = parity_error(net, recipe, graph)
    if worst > TOLERANCE:
        raise DataError(f"{graph}: differs from the net by {worst:.2g}; the export is wrong")


def export_graph(net: Net, recipe: Recipe, path: Path) -> None:
    """Write the net as ONNX, any number of frames and any batch, its states as further inputs and outputs.

    Every parameter stays as the net has it, under its name; what can be reckoned beforehand ONNX Runtime does on
    loading.
    """
    x = example_view(recipe, frames=5)
    states = net.initial_state(1)
    names = [f"state_{k}" for k in range(len(states))]
    inputs, outputs = ["x", *names], ["y", *(f"{name}_after" for name in names)]
    axes = {name: {0: "batch"} for name in (*inputs, *outputs)}
    axes["x"] = {0: "batch", 1: "frames"}
    axes["y"] = {0: "batch", 2: "frames"}
    with warnings.catch_warnings():
        # The newer exporter freezes the length of nn.GRU without a word; the older one is deprecated and right.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Flat(net).eval(), (x, *states), str(path), input_names=inputs, output_names=outputs, dynamic_axes=axes,
            opset_version=OPSET, dynamo=False, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE,
        )  # fmt: skip


def share(graph: Path, parameters: Path) -> None:
    """Let a graph take its parameters from a file of safetensors beside it, which then need not be in it.

    They are ONNX's "external data": where a table begins in the file and how long it is. Halved ones are turned back
    once, when the graph is loaded.
    """
    model, kept = onnx.load(str(graph)), _places(parameters)
    casts = []
    for table in model.graph.initializer:
        name = table.name.removeprefix(f"{_NET}.")
        if name not in kept:
            continue
        stored = onnx.TensorProto(
            name=f"{name}_stored", dims=table.dims, data_type=onnx.TensorProto.FLOAT16,
            data_location=onnx.TensorProto.EXTERNAL,
        )  # fmt: skip
        for key, value in {"location": parameters.name, **kept[name]}.items():
            stored.external_data.add(key=key, value=str(value))
        casts.append(onnx.helper.make_node("Cast", [stored.name], [table.name], to=table.data_type))
        table.CopyFrom(stored)
    nodes = [*casts, *model.graph.node]  # whoever uses a table stands behind what makes it
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    graph.write_bytes(model.SerializeToString())


def _places(path: Path) -> dict[str, dict[str, int]]:
    """Where in a file of safetensors its halved tables lie: behind a header, and the header's length in eight bytes.

    The library reads tables and does not say where they are; the format does.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    spans = {name: about["data_offsets"] for name, about in header.items() if about.get("dtype") == "F16"}
    return {name: {"offset": 8 + length + begin, "length": end - begin} for name, (begin, end) in spans.items()}


def parity_error(net: Net, recipe: Recipe, graph: Path) -> float:
    """Run net and graph side by side, at two lengths, whole and in two halves with the state handed over.

    Returns
    -------
    float
        The largest difference of any number they give.
    """
    product, worst = OnnxNet(graph, Machine("cpu", 1)), 0.0
    for frames in (7, 100):
        x = example_view(recipe, frames)
        with torch.no_grad():
            wanted = net(x, *net.initial_state(1))[0].numpy()
        state, parts = product.initial_state(1), []
        for part in np.split(x.numpy(), [frames // 2] if net.causal else [], axis=1):
            output, state = product(part, state)
            parts.append(output)
        worst = max(worst, float(np.abs(np.concatenate(parts, axis=2) - wanted).max()))
    return worst


def example_view(recipe: Recipe, frames: int) -> torch.Tensor:
    """Make a view of noise, `(1, frames, bins[, 2])`."""
    front = recipe.front
    noise = torch.randn(1, frames * front.hop, generator=torch.Generator().manual_seed(0))
    return VIEWS[front.view](analyse(front.grid, 0.1 * noise)[:, :frames])


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


_NET = "net"
"""What `_Flat` calls the net: names in the graph begin with it."""


class _Flat(nn.Module):
    """The net with its states unpacked, as a graph has them."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        output, after = self.net(x, *states)
        return (output, *after)
