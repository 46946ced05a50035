"""A band-split recurrent net: bands speak to each other, remember, and are gathered by one global memory.

The bins are gathered into bands, narrow where the ear is sharp. One dual-path block (Luo et al., "Dual-path RNN",
2020; over bands as in Luo and Yu, "Music source separation with band-split RNN", 2023) runs a two-way GRU across the
bands of a frame and a GRU along time whose weights all bands share, so what is learned of noise in one band holds in
all. Then a GRU over all bands together, wide, follows the talker. It gives a complex ratio mask.

It is causal, unless it is to hear both ways: then every memory along time has a second one that comes from the end.
What may be added to a net, further blocks and the second memories, says nothing before it learns: so a larger net can
go on from a smaller one's card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, require
from voxlift.lab.nets.features import CompressedSpectrum
from voxlift.lab.nets.recurrence import GRU
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    width: int = 48
    """Channels of one band."""
    blocks: int = 1
    """Dual-path blocks."""
    hidden: int = 256
    """Width of the global memory."""
    layers: int = 2
    """Layers of the global memory."""
    both_ways: bool = False
    """Hear what comes as well as what was; the net is not causal then."""
    level_seconds: float = 0.0
    """Over how long the level is followed that the net takes off what it hears; 0 leaves the level as it is."""
    floor_seconds: float = 0.0
    """Over how long the mean of each bin is followed, against which the net hears it as well; 0 for none."""
    narrow: tuple[int, ...] = (16, 8, 8)
    """How many bands of each group."""
    bins: tuple[int, ...] = (4, 8, 16)
    """How many bins one band of each group has."""

    def __post_init__(self) -> None:
        if len(self.narrow) != len(self.bins):
            raise ValueError("narrow and bins must name as many groups of bands")


class BandSplit(nn.Module):
    """`(batch, frames, bins, parts)` -> `(batch, frames, bands, width)`, one linear map for each band."""

    def __init__(self, groups: list[tuple[int, int]], parts: int, width: int) -> None:
        super().__init__()
        self.groups = groups
        self.parts = parts
        self.width = width
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(count, bins * parts, width) / (bins * parts) ** 0.5) for count, bins in groups
        )
        self.bias = nn.Parameter(torch.zeros(sum(count for count, _ in groups), width))

    def forward(self, x: Tensor) -> Tensor:
        """Gather bins into bands."""
        batch, frames = x.shape[:2]
        gathered, start = [], 0
        for (count, bins), weight in zip(self.groups, self.weights, strict=True):
            part = x[:, :, start : start + count * bins].reshape(batch * frames, count, bins * self.parts)
            gathered.append(torch.matmul(part.transpose(0, 1), weight))
            start += count * bins
        bands = torch.cat(gathered).transpose(0, 1) + self.bias
        return bands.reshape(batch, frames, -1, self.width)


class BandMerge(nn.Module):
    """`(batch, frames, bands, width)` -> `(batch, stems, frames, bins, 2)`, one linear map for each band."""

    def __init__(self, groups: list[tuple[int, int]], width: int, stems: int) -> None:
        super().__init__()
        self.groups = groups
        self.stems = stems
        self.weights = nn.ParameterList(
            nn.Parameter(torch.randn(count, width, stems * bins * 2) * 0.3 / width**0.5) for count, bins in groups
        )
        self.biases = nn.ParameterList(
            nn.Parameter(torch.tensor([0.5, 0.0]).repeat(count, 1, stems * bins)) for count, bins in groups
        )

    def forward(self, x: Tensor) -> Tensor:
        """Spread bands over bins."""
        batch, frames, bands, width = x.shape
        by_band = x.reshape(batch * frames, bands, width).transpose(0, 1)
        spread, start = [], 0
        for (count, bins), weight, bias in zip(self.groups, self.weights, self.biases, strict=True):
            part = torch.matmul(by_band[start : start + count], weight) + bias
            by_stem = part.reshape(count, batch, frames, self.stems, bins, 2).permute(1, 3, 2, 0, 4, 5)
            spread.append(by_stem.reshape(batch, self.stems, frames, count * bins, 2))
            start += count
        return torch.cat(spread, dim=3)


class DualPath(nn.Module):
    """A two-way GRU across bands, then a GRU along time shared by all bands; both add to what came in."""

    def __init__(self, config: Config, added: bool) -> None:
        super().__init__()
        width = config.width
        self.across_norm = nn.LayerNorm(width)
        self.across = GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.along_norm = nn.LayerNorm(width)
        self.along = Memory(width, both_ways=config.both_ways)
        if added:
            quiet(self.across)
            quiet(self.along.gru)

    def forward(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """`x` `(batch, frames, bands, width)`, `state` `(batch, bands, width)` or none: both come back changed."""
        batch, frames, bands, width = x.shape
        across = self.across_norm(x).reshape(batch * frames, bands, width)
        x = x + self.across(across)[0].reshape(batch, frames, bands, width)
        along = self.along_norm(x).transpose(1, 2).reshape(batch * bands, frames, width)
        said, last = self.along(along, None if state is None else state.reshape(batch * bands, 1, width))
        x = x + said.reshape(batch, bands, frames, width).transpose(1, 2)
        return x, last.reshape(batch, -1, width)


class Memory(nn.Module):
    """A GRU along time; both ways, the sum of one from each end, of which the second says nothing before it learns."""

    def __init__(self, width: int, layers: int = 1, both_ways: bool = False) -> None:
        super().__init__()
        self.gru = GRU(width, width, layers, batch_first=True, bidirectional=both_ways)
        if both_ways:
            quiet(self.gru, ("_reverse",))
            self.register_load_state_dict_pre_hook(_widen)  # type: ignore[no-untyped-call]

    @property
    def second(self) -> list[nn.Parameter]:
        """What hears from the end."""
        return [value for name, value in self.gru.named_parameters() if name.endswith("_reverse")]

    def forward(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Follow `(batch, frames, width)`; the state is `(batch, layers, width)`, nothing for one that hears both."""
        said, last = self.gru(x, None if state is None else state.transpose(0, 1).contiguous())
        if self.gru.bidirectional:
            said = said[..., : x.shape[-1]] + said[..., x.shape[-1] :]
        return said, last.transpose(0, 1)


def _widen(memory: Memory, weights: dict[str, Any], prefix: str, *_: object) -> None:
    """Take the weights of a memory of one way: further layers then hear nothing of what comes from the end."""
    for name, mine in memory.gru.named_parameters(prefix + "gru"):
        value = weights.get(name)
        if value is not None and value.ndim == 2 and mine.shape[1] == 2 * value.shape[1]:
            weights[name] = torch.cat([value, torch.zeros_like(value)], dim=1)


def quiet(memory: GRU, ways: tuple[str, ...] = ("", "_reverse")) -> None:
    """Let a GRU say nothing before it learns: what its last layer would remember is nought."""
    size, layer = memory.hidden_size, memory.num_layers - 1
    with torch.no_grad():
        for way in ways if memory.bidirectional else ("",):
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(memory, f"{kind}_l{layer}{way}")[2 * size : 3 * size] = 0


class BandGRU(Net):
    """`(batch, frames, bins, 2)` of spectra -> `(batch, stems, frames, bins, 2)`, complex masks within -1..1."""

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("band_gru", front, stems, transform="stft", views=("real_imag",), masks=("complex_ratio",))
        groups = list(zip(config.narrow, config.bins, strict=True))
        self.used = sum(count * bins for count, bins in groups)
        if self.used != front.bins - 1:
            raise ValueError(f"the bands hold {self.used} bins; the front has {front.bins - 1} below half its rate")
        self.config = config
        self.bands = sum(config.narrow)
        a_second = front.rate / front.hop
        self.hear = CompressedSpectrum(self.used, config.level_seconds * a_second, config.floor_seconds * a_second)
        self.split = BandSplit(groups, self.hear.parts, config.width)
        self.blocks = nn.ModuleList(DualPath(config, added=k > 0) for k in range(config.blocks))
        self.gather = nn.Linear(self.bands * config.width, config.hidden)
        self.memory = Memory(config.hidden, config.layers, config.both_ways)
        self.causal = not config.both_ways
        self.scatter = nn.Linear(config.hidden, self.bands * config.width)
        self.merge = BandMerge(groups, config.width, stems)

    @property
    def additions(self) -> list[nn.Parameter]:
        """What says nothing before it learns."""
        blocks = [block for block in self.blocks if isinstance(block, DualPath)]
        seconds = [value for memory in (*(block.along for block in blocks), self.memory) for value in memory.second]
        return [*seconds, *(value for block in blocks[1:] for value in block.parameters())]

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Zeros: what `hear` keeps, `(batch, bands, width)` for each block, `(batch, layers, hidden)` of the memory."""
        if not self.causal:
            return ()
        config = self.config
        blocks = [torch.zeros(batch, self.bands, config.width) for _ in self.blocks]
        return (*self.hear.initial_state(batch), *blocks, torch.zeros(batch, config.layers, config.hidden))

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map spectra to the mask."""
        fresh = [zeros.to(x) for zeros in self.hear.initial_state(x.shape[0])]
        heard_before = state[: len(fresh)] or fresh
        *before, memory = state[len(fresh) :] or (None,) * (len(self.blocks) + 1)
        heard, after = self.hear(x[:, :, : self.used], *heard_before)
        z, new_state = self.split(heard), [*after]
        for block, kept in zip(self.blocks, before, strict=True):
            z, last = block(z, kept)
            new_state.append(last)
        gathered = torch.relu(self.gather(z.flatten(2)))
        followed, last = self.memory(gathered, memory)
        new_state.append(last)
        z = torch.relu(z + self.scatter(gathered + followed).reshape(z.shape))
        mask = torch.tanh(self.merge(z))
        mask = torch.cat([mask, mask[:, :, :, -1:]], dim=3)  # the bin at half the rate goes with its neighbour
        return mask, tuple(new_state) if self.causal else ()
