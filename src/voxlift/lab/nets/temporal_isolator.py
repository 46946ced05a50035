"""The temporal isolator: from samples to samples, no spectrum in between.

The Wave-U-Net (Stoller, Ewert and Dixon, 2018): convolutions along time, every second value kept on the way down,
values drawn in between on the way up, each step helped by what was heard at that rate. Lengths are halved rounding up
and what is one too many is cut off on the way back, so chunks of any length pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import unit_level
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Config:
    """Size of the net. The paper's width is 24, its depth 12."""

    width: int = 12
    """Channels of the first layer; each deeper one has as many more."""
    depth: int = 8
    """How often the rate is halved."""
    kernel_down: int = 15
    """Values that a convolution on the way down looks at: an odd number."""
    kernel_up: int = 5
    """Values that a convolution on the way up looks at: an odd number."""

    def __post_init__(self) -> None:
        at_least(width=(self.width, 1), depth=(self.depth, 1))
        for name, kernel in (("kernel_down", self.kernel_down), ("kernel_up", self.kernel_up)):
            if kernel < 1 or kernel % 2 == 0:
                raise ValueError(f"{name} {kernel}: give an odd number, so that a value has as many before as after it")


class TemporalIsolator(Net):
    """`(batch, frames, hop)` of samples -> `(batch, stems, frames, hop)` of each stem's samples, a chunk at once."""

    causal = False

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("temporal_isolator", front, stems, transform="waveform", masks=("direct",), lookahead=0)
        self.hop, self.stems = front.hop, stems
        widths = [1, *(config.width * (k + 1) for k in range(config.depth))]
        deepest = config.width * (config.depth + 1)
        down, up = config.kernel_down, config.kernel_up
        self.down = nn.ModuleList(_conv(inputs, outputs, down) for inputs, outputs in pairwise(widths))
        self.deepest = _conv(widths[-1], deepest, down)
        self.up = nn.ModuleList(
            _conv(below + beside, beside, up) for beside, below in reversed([*pairwise([*widths[1:], deepest])])
        )
        self.last = nn.Conv1d(widths[1] + 1, stems, 1)
        with torch.no_grad():  # before training each stem is its share of the mixture, and the layers' weak guess
            self.last.weight[:, :-1] *= 0.1
            self.last.weight[:, -1] = 0.7 if stems == 1 else 1 / stems

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map the mixture's samples to the stems'."""
        samples, level = unit_level(x.flatten(1))
        mixture = samples[:, None]
        heard, z = [], mixture
        for layer in self.down:
            heard.append(layer(z))
            z = heard[-1][:, :, ::2]
        z = self.deepest(z)
        for layer in self.up:
            z = nn.functional.interpolate(z, scale_factor=2.0, mode="linear", align_corners=False)
            beside = heard.pop()
            z = layer(torch.cat([z[:, :, : beside.shape[2]], beside], dim=1))
        stems = self.last(torch.cat([z, mixture], dim=1)) * level[:, :, None]
        return stems.reshape(stems.shape[0], self.stems, -1, self.hop), state


def _conv(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2), nn.LeakyReLU(0.2))
