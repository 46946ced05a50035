"""The nets, one file each: a frozen `Config`, and a module that maps views to masks.

A net takes `x`, axes `(batch, frames, bins[, parts])` as the recipe's view gives them, and its state, a tuple of
tensors with the batch first (empty for a net without memory). It returns its output, `(batch, stems, frames,
bins[, 2])` as the recipe's mask reads it, and the new state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

from voxlift.errors import RecipeError
from voxlift.lab.nets import band_gru, logistic
from voxlift.schema import build, nearest
from voxlift.separate.front import Front

State = tuple[Tensor, ...]


class Net(Protocol):
    """What training and export ask of a net (an `nn.Module` besides)."""

    def __call__(self, x: Tensor, *state: Tensor) -> tuple[Tensor, State]:
        """Map views and state to output and state."""

    def initial_state(self, batch: int) -> State:
        """Return the state before the first frame."""


@dataclass(frozen=True)
class Kind:
    """A net that recipes can name."""

    config: type[Any]
    module: type[nn.Module]


NETS: dict[str, Kind] = {
    "logistic": Kind(logistic.Config, logistic.Logistic),
    "band_gru": Kind(band_gru.Config, band_gru.BandGRU),
}


def config_of(table: Mapping[str, Any], where: str) -> Any:
    """Read a recipe's `[net]` table.

    Raises
    ------
    RecipeError
        On an unknown kind or option.
    """
    kind = table.get("kind")
    if kind not in NETS:
        raise RecipeError(f"{where}: net.kind {kind!r}{nearest(str(kind), NETS)}")
    options = {key: value for key, value in table.items() if key != "kind"}
    return build(NETS[kind].config, options, f"{where}: net", RecipeError)


def make_net(table: Mapping[str, Any], front: Front, where: str = "recipe") -> nn.Module:
    """Make the net of a recipe, its weights drawn from torch's generator."""
    config = config_of(table, where)
    return NETS[table["kind"]].module(config, front)
