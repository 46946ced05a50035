"""A causal band-split recurrent net: bands speak to each other, remember, and are gathered by one global memory.

The bins are gathered into bands, narrow where the ear is sharp. One dual-path block (Luo et al., "Dual-path RNN",
2020; over bands as in Luo and Yu, "Music source separation with band-split RNN", 2023) runs a two-way GRU across the
bands of a frame and a GRU along time whose weights all bands share, so what is learned of noise in one band holds in
all. Then a GRU over all bands together, wide, follows the talker. It gives a complex ratio mask.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, require
from voxlift.separate.front import Front


MEMORIES = {"gru": nn.GRU, "lstm": nn.LSTM}


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
    memory: str = "gru"
    """What the global memory is made of: `gru`, or `lstm`, which has a third more weights and learns faster on CPUs."""
    narrow: tuple[int, ...] = (16, 8, 8)
    """How many bands of each group."""
    bins: tuple[int, ...] = (4, 8, 16)
    """How many bins one band of each group has."""

    def __post_init__(self) -> None:
        if len(self.narrow) != len(self.bins):
            raise ValueError("narrow and bins must name as many groups of bands")
        if self.memory not in MEMORIES:
            raise ValueError(f"net.memory {self.memory!r}; known: {', '.join(MEMORIES)}")


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

    def __init__(self, width: int) -> None:
        super().__init__()
        self.across_norm = nn.LayerNorm(width)
        self.across = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.along_norm = nn.LayerNorm(width)
        self.along = nn.GRU(width, width, batch_first=True)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """`x` `(batch, frames, bands, width)`, `state` `(batch, bands, width)`: both come back changed."""
        batch, frames, bands, width = x.shape
        across = self.across_norm(x).reshape(batch * frames, bands, width)
        x = x + self.across(across)[0].reshape(batch, frames, bands, width)
        along = self.along_norm(x).transpose(1, 2).reshape(batch * bands, frames, width)
        along, last = self.along(along, state.reshape(1, batch * bands, width))
        x = x + along.reshape(batch, bands, frames, width).transpose(1, 2)
        return x, last.reshape(batch, bands, width)


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
        self.split = BandSplit(groups, 3, config.width)
        self.blocks = nn.ModuleList(DualPath(config.width) for _ in range(config.blocks))
        self.gather = nn.Linear(self.bands * config.width, config.hidden)
        self.memory = MEMORIES[config.memory](config.hidden, config.hidden, config.layers, batch_first=True)
        self.scatter = nn.Linear(config.hidden, self.bands * config.width)
        self.merge = BandMerge(groups, config.width, stems)

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Zeros: one `(batch, bands, width)` for each block, and `(batch, layers, hidden)` of the global memory.

        An LSTM has two of the latter: what it says, and what it keeps.
        """
        config = self.config
        blocks = [torch.zeros(batch, self.bands, config.width) for _ in self.blocks]
        parts = 2 if config.memory == "lstm" else 1
        return (*blocks, *(torch.zeros(batch, config.layers, config.hidden) for _ in range(parts)))

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map spectra to the mask."""
        x = x[:, :, : self.used]
        # Compress the magnitude to its 0.3rd power, the phase kept: quiet and loud then lie close together.
        power = (x * x).sum(-1, keepdim=True) + 1e-12
        compressed = torch.cat([x * power**-0.35, power**0.15], dim=-1)
        z = self.split(compressed)
        new_state = []
        for block, memory in zip(self.blocks, state, strict=False):
            z, memory = block(z, memory)  # noqa: PLW2901
            new_state.append(memory)
        gathered = torch.relu(self.gather(z.flatten(2)))
        memories = tuple(part.transpose(0, 1).contiguous() for part in state[len(self.blocks) :])
        followed, last = self.memory(gathered, memories if len(memories) > 1 else memories[0])
        lasts = last if len(memories) > 1 else (last,)
        z = torch.relu(z + self.scatter(gathered + followed).reshape(z.shape))
        mask = torch.tanh(self.merge(z))
        mask = torch.cat([mask, mask[:, :, :, -1:]], dim=3)  # the bin at half the rate goes with its neighbour
        return mask, (*new_state, *(part.transpose(0, 1) for part in lasts))
