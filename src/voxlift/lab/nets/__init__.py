"""The nets, one file each: a frozen `Config`, and a module that maps views to masks. One row here makes it known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voxlift.errors import RecipeError
from voxlift.lab.nets import (
    band_gru,
    conv_tasnet,
    dense,
    logistic,
    resnet,
    temporal_isolator,
    unet,
    vad_spectral,
    vad_temporal,
    vocal_isolator,
    voice_tdnn,
)
from voxlift.lab.nets.contract import Net, State
from voxlift.schema import build, nearest
from voxlift.separate.front import Front

__all__ = ["NETS", "Kind", "Net", "State", "config_of", "make_net"]


@dataclass(frozen=True)
class Kind:
    """A net that recipes can name."""

    config: type[Any]
    module: Callable[[Any, Front, int], Net]
    """Made of its config, the front, and the number of stems it must give."""


NETS: dict[str, Kind] = {
    "logistic": Kind(logistic.Config, logistic.Logistic),
    "dense": Kind(dense.Config, dense.Dense),
    "resnet": Kind(resnet.Config, resnet.ResNet),
    "vocal_isolator": Kind(vocal_isolator.Config, vocal_isolator.VocalIsolator),
    "vad_spectral": Kind(vad_spectral.Config, vad_spectral.VadSpectral),
    "vad_temporal": Kind(vad_temporal.Config, vad_temporal.VadTemporal),
    "unet": Kind(unet.Config, unet.UNet),
    "temporal_isolator": Kind(temporal_isolator.Config, temporal_isolator.TemporalIsolator),
    "conv_tasnet": Kind(conv_tasnet.Config, conv_tasnet.ConvTasNet),
    "voice_tdnn": Kind(voice_tdnn.Config, voice_tdnn.VoiceTDNN),
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


def make_net(table: Mapping[str, Any], front: Front, where: str = "recipe", stems: int = 1) -> Net:
    """Make the net of a recipe for so many stems, its weights drawn from torch's generator.

    Raises
    ------
    RecipeError
        As `config_of`, and when the net does not fit the front.
    """
    config = config_of(table, where)
    try:
        return NETS[table["kind"]].module(config, front, stems)
    except ValueError as problem:
        raise RecipeError(f"{where}: net: {problem}") from None
