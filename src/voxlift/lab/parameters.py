"""A net's parameters in a file of safetensors: eight bits for each weight of a matrix, or fewer; sixteen for all else.

Each row of a matrix is so many integers and one step, the largest of them being 127 steps where they have eight bits
(Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference", CVPR
2018, of one output at a time). Only the file is so small: whoever reads it multiplies, once, and computes with 32 bits
as ever. Nobody hears it: the same net in sixteen bits and in eight has the same scores, to the last digit that is shown
(docs/experiments.md). Of fewer bits every integer still has a byte in the file, which packs the better (in a wheel).
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from voxlift.errors import RecipeError
from voxlift.lab.nets import Net
from voxlift.separate.card import PARAMETERS, Card

STEPS = ":steps"
"""Of the matrix NAME, a step for each row is beside it under NAME:steps."""
BITS = 8
"""Of each integer, its sign among them."""
FEWEST = 16
"""Numbers in a row; fewer are not worth a step."""


def write_parameters(net: nn.Module, path: Path, bits: int = BITS) -> None:
    """Write all that a net has; it is rounded as the file is from then on."""
    learned = {name for name, value in net.named_parameters() if value.requires_grad}
    tables: dict[str, Tensor] = {}
    for name, value in net.state_dict().items():
        if name in learned and value.ndim > 1 and value[0].numel() >= FEWEST:
            tables[name], tables[name + STEPS] = _rounded(value, bits)
        else:
            tables[name] = value.half() if value.is_floating_point() else value
    save_file({name: table.contiguous() for name, table in tables.items()}, path)
    path.chmod(0o644)  # the library makes it the owner's alone
    net.load_state_dict(read_parameters(path))


def read_parameters(path: Path) -> dict[str, Tensor]:
    """Read what a net has, in 32 bits.

    Raises
    ------
    SafetensorError
        When the file is none of safetensors.
    """
    tables = load_file(path)
    return {name: _whole(table, tables.get(name + STEPS)) for name, table in tables.items() if not is_steps(name)}


def take_over(net: Net, card: Card) -> None:
    """Give a net the weights of a card; what it may have beyond that one's (its additions) stays as it is.

    Raises
    ------
    RecipeError
        When the card has no parameters beside its graph, or they are another net's.
    """
    path = card.weights.with_name(PARAMETERS)
    if not path.is_file():
        raise RecipeError(
            f"{path}: missing; a card to go on from has its parameters there (`voxlift lab export` makes it)"
        )
    added = {id(value) for value in net.additions}
    mine = dict(net.named_parameters())
    there = {name: value for name, value in mine.items() if id(value) in added}
    constants = {name: value for name, value in mine.items() if not value.requires_grad}  # as the recipe has them
    try:
        net.load_state_dict({**there, **read_parameters(path), **constants})
    except (RuntimeError, SafetensorError) as problem:
        reason = str(problem).splitlines()[0]
        raise RecipeError(f"{path}: does not fit the recipe's net ({reason}); give [net] the card's options") from None


def is_steps(name: str) -> bool:
    """Whether a table is the steps of another."""
    return name.endswith(STEPS)


def _rounded(matrix: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Integers of the matrix's shape, and steps `(rows, 1 ...)`."""
    wide = matrix.detach().float()
    steps = wide.abs().amax(dim=tuple(range(1, wide.ndim)), keepdim=True) / (2 ** (bits - 1) - 1)
    return (wide / steps.clamp_min(torch.finfo(torch.float32).tiny)).round().to(torch.int8), steps


def _whole(table: Tensor, steps: Tensor | None) -> Tensor:
    if steps is not None:
        return table.float() * steps
    return table.float() if table.is_floating_point() else table
