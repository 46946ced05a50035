"""From a net to what runs it without torch: a graph of ONNX, its parameters beside it, and a proof that both agree."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

from voxlift.errors import DataError
from voxlift.lab.nets import Net
from voxlift.lab.parameters import BITS, STEPS, is_steps, write_parameters
from voxlift.lab.recipe import Recipe
from voxlift.lab.separation import VIEWS
from voxlift.lab.transforms import analyse
from voxlift.separate.card import PARAMETERS, WEIGHTS
from voxlift.separate.nets import Machine, OnnxNet

OPSET = 17
TOLERANCE = 2e-4
"""Largest difference of the graph's numbers from the net's."""
_TYPES = {
    "I8": (onnx.TensorProto.INT8, onnx.TensorProto.FLOAT),
    "F16": (onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT),
    "F32": (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT),
    "I64": (onnx.TensorProto.INT64, onnx.TensorProto.INT64),
}
"""Of each type in `parameters.py`, as safetensors calls it: what it is for ONNX, and what the graph reckons with."""
_NET = "net"
"""What `_Flat` calls the net: names in the graph begin with it."""


def export_net(net: Net, recipe: Recipe, folder: Path, bits: int = BITS) -> None:
    """Write a net's parameters, rounded, which is what it has from then on, and its graph beside them.

    Raises
    ------
    DataError
        When the graph does not compute what the net does.
    """
    graph, parameters = folder / WEIGHTS, folder / PARAMETERS
    write_parameters(net, parameters, bits)
    export_graph(net, recipe, graph)
    share(graph, parameters)
    worst = parity_error(net, recipe, graph, parameters)
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

    They are ONNX's "external data": where a table begins in the file and how long it is, under the name that it has
    there. Rounded ones are turned back once, when the graph is loaded.
    """
    model = onnx.load(str(graph))
    known = {name for node in model.graph.node for name in node.output}
    tables, nodes = [], []
    places = _places(parameters)
    for name, (kind, shape, offset, length) in places.items():
        stored, used = _TYPES[kind]
        table = onnx.TensorProto(name=name, dims=shape, data_type=stored, data_location=onnx.TensorProto.EXTERNAL)
        for key, value in (("location", parameters.name), ("offset", offset), ("length", length)):
            table.external_data.add(key=key, value=str(value))
        tables.append(table)
        # Also where nobody uses it, as the exporter takes tables that are alike for one: ONNX Runtime wants to know of
        # every table that it is handed.
        wanted = f"{_NET}.{name}"
        whole = f"{name}_unused" if wanted in known else wanted
        if name + STEPS in places:
            nodes.append(onnx.helper.make_node("Cast", [name], [f"{name}_integers"], to=used))
            nodes.append(onnx.helper.make_node("Mul", [f"{name}_integers", name + STEPS], [whole]))
        elif not is_steps(name):
            nodes.append(onnx.helper.make_node("Cast", [name], [whole], to=used))
    made = {node.output[0] for node in nodes}
    tables += [table for table in model.graph.initializer if table.name not in made]
    nodes += model.graph.node  # whoever uses a table stands behind what makes it
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(tables)
    model.graph.node.extend(nodes)
    graph.write_bytes(model.SerializeToString())


def _places(path: Path) -> dict[str, tuple[str, list[int], int, int]]:
    """Type, shape, first byte and number of bytes of each table in a file of safetensors.

    They lie behind a header, and the header's length in eight bytes. The library reads tables and does not say where
    they are; the format does.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    spans = {name: about["data_offsets"] for name, about in header.items()}
    return {
        name: (header[name]["dtype"], header[name]["shape"], 8 + length + begin, end - begin)
        for name, (begin, end) in spans.items()
    }


def parity_error(net: Net, recipe: Recipe, graph: Path, parameters: Path) -> float:
    """Run net and graph side by side, at two lengths, whole and in two halves with the state handed over.

    Returns
    -------
    float
        The largest difference of any number they give.
    """
    product, worst = OnnxNet(graph, Machine("cpu", 1), parameters), 0.0
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


class _Flat(nn.Module):
    """The net with its states unpacked, as a graph has them."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor, *states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        output, after = self.net(x, *states)
        return (output, *after)
