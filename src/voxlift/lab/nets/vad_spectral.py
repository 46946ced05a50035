"""Who is heard when, from spectra: a few convolutions look at each frame and its past, a GRU remembers.

The shape of Leglaive et al., "Singing voice detection with deep recurrent neural networks" (2015), and of the CNN of
Schlüter and Grill (2015), small enough for a gate in front of another net.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import above_silence
from voxlift.lab.nets.recurrence import GRU
from voxlift.separate.front import Front
from voxlift.separate.masks import ACTIVITY


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    width: int = 16
    """Channels of a convolution."""
    layers: int = 3
    """Convolutions; each looks two frames further back and halves the bins."""
    hidden: int = 48
    """Width of the memory."""

    def __post_init__(self) -> None:
        at_least(width=(self.width, 1), layers=(self.layers, 1), hidden=(self.hidden, 1))


class VadSpectral(Net):
    """`(batch, frames, bins)` of log magnitude -> `(batch, 1, frames)`, how surely somebody is heard.

    The state is the last frames, `(batch, 2 * layers, bins)`, and the memory, `(batch, 1, hidden)`; zeros mean
    silence. The front's look-ahead is free: the net learns to answer as late as it is asked.
    """

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("vad_spectral", front, stems, transform="stft", views=("log_magnitude",), masks=(ACTIVITY,))
        self.bins, self.hidden, self.past = front.bins, config.hidden, 2 * config.layers
        layers: list[nn.Module] = []
        left, channels = self.bins, 1
        for _ in range(config.layers):
            # No padding in time: the frames before come from the state, so blocks of any size give the same answers.
            conv = nn.Conv2d(channels, config.width, 3, stride=(1, 2), padding=(0, 1), bias=False)
            layers += [conv, nn.BatchNorm2d(config.width), nn.ReLU()]
            left, channels = -(-left // 2), config.width
        self.looks = nn.Sequential(*layers)
        self.gather = nn.Linear(channels * left, config.hidden)
        self.memory = GRU(config.hidden, config.hidden, batch_first=True)
        self.answer = nn.Linear(config.hidden, 1)

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Silence, and nothing remembered."""
        return torch.zeros(batch, self.past, self.bins), torch.zeros(batch, 1, self.hidden)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map log magnitudes to activity."""
        before, memory = state
        seen = torch.cat([before, above_silence(x)], dim=1)
        looked = self.looks(seen[:, None]).transpose(1, 2).flatten(2)
        remembered, last = self.memory(torch.relu(self.gather(looked)), memory.transpose(0, 1).contiguous())
        activity = torch.sigmoid(self.answer(remembered)).transpose(1, 2)
        return activity, (seen[:, -self.past :], last.transpose(0, 1))
