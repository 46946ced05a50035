"""Whether a training fits into memory, told before it starts and not by the kernel in the middle of it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from voxlift.errors import RecipeError
from voxlift.lab.nets import make_net
from voxlift.lab.recipe import Recipe
from voxlift.lab.separation import estimate

BYTES_PER_PARAMETER = 4 * 5
"""The weight, its gradient, two moments of Adam, and the running mean."""
TRIAL_SECONDS = 1.0
MEMORY_FACTS = Path("/proc/meminfo")
"""Linux's; other systems give no such figure without a library, and are trusted."""


def check_memory(recipe: Recipe) -> None:
    """Estimate what a training needs and refuse one that this machine cannot hold.

    Raises
    ------
    RecipeError
        With the estimate and what there is.
    """
    there = available_bytes(recipe.run.accelerator)
    if there is None:
        return
    weights = weight_bytes(recipe)
    needed = weights if weights > there else weights + activation_bytes(recipe)
    if needed > there:
        raise RecipeError(
            f"the training would need about {_gib(needed)}, {_gib(weights)} of it for the net itself; "
            f"{_gib(there)} are free: make the net (net.*), schedule.batch or data.seconds smaller"
        )


def weight_bytes(recipe: Recipe) -> int:
    """Count the net's share without making it."""
    with torch.device("meta"):
        net = make_net(recipe.net, recipe.front, stems=len(recipe.stems))
    return BYTES_PER_PARAMETER * sum(value.numel() for value in net.parameters())


def activation_bytes(recipe: Recipe) -> int:
    """Measure what one short example keeps for the way back, and scale it to a batch of one process."""
    sizes: dict[int, int] = {}

    def kept(tensor: Tensor) -> Tensor:
        sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    net = make_net(recipe.net, recipe.front, stems=len(recipe.stems))
    parameters = sum(value.untyped_storage().nbytes() for value in net.parameters())
    seconds = min(TRIAL_SECONDS, recipe.data.seconds)
    sound = 0.1 * torch.randn(1, round(seconds * recipe.front.rate), generator=torch.Generator().manual_seed(0))
    with torch.autograd.graph.saved_tensors_hooks(kept, lambda tensor: tensor):
        estimate(net, recipe.front, sound).sound.sum()
    examples = recipe.schedule.batch // (recipe.run.devices * recipe.run.hosts)
    scale = examples * recipe.data.seconds / seconds
    return round(max(0, sum(sizes.values()) - parameters) * scale)


def available_bytes(accelerator: str) -> int | None:
    """Memory that is free now; None where the machine does not tell."""
    if accelerator in ("gpu", "cuda") and torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[0])
    try:
        facts = dict(line.split(":", 1) for line in MEMORY_FACTS.read_text("ascii").splitlines())
        return 1024 * int(facts["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        return None


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
