"""The nets, one file each: a frozen `Config`, and a module that maps views to masks. One row here makes it known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voxlift.errors import RecipeError
from voxlift.lab.nets import band_gru, logistic
from voxlift.lab.nets.contract import Net, State
from voxlift.schema import build, nearest
from voxlift.separate.front import Front

__all__ = ["NETS", "Kind", "Net", "State", "config_of", "make_net"]


@dataclass(frozen=True)
class Kind:
    """A net that recipes can name."""

    config: type[Any]
    module: Callable[[Any, Front], Net]


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


def make_net(table: Mapping[str, Any], front: Front, where: str = "recipe") -> Net:
    """Make the net of a recipe, its weights drawn from torch's generator.

    Raises
    ------
    RecipeError
        As `config_of`, and when the net does not fit the front.
    """
    config = config_of(table, where)
    try:
        return NETS[table["kind"]].module(config, front)
    except ValueError as problem:
        raise RecipeError(f"{where}: net: {problem}") from None
