"""A dense net on binary digits: the digits of a block of noisy samples in, one logistic output for each clean digit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.dense_layers import DenseLayers
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    hidden: int = 256
    """Width of a hidden layer."""
    layers: int = 1
    """Hidden layers; 0 is a logistic regression of each digit on all."""

    def __post_init__(self) -> None:
        at_least(hidden=(self.hidden, 1), layers=(self.layers, 0))


class Dense(Net):
    """`(batch, frames, bins)` of digits 0 or 1 -> `(batch, stems, frames, bins)`, how surely each digit is a 1.

    Each block is heard alone: there is no state.
    """

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("dense", front, stems, transform="bits", masks=("direct",), lookahead=0)
        self.bins, self.stems = front.bins, stems
        self.layers = DenseLayers(self.bins, stems * self.bins, config.hidden, config.layers)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map digits to digits."""
        sure = torch.sigmoid(self.layers(x))
        return sure.reshape(sure.shape[0], sure.shape[1], self.stems, self.bins).transpose(1, 2), state
