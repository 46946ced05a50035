"""Who is heard when, from samples alone: strided convolutions in place of a spectrum, and a GRU that remembers.

The convolutional front of CLDNNs on raw waveforms (Zazo et al., "Feature learning with raw-waveform CLDNNs for voice
activity detection", 2016). Samples have no scale of their own, so each block is first divided by the level of the last
second: a whisper near the microphone and a shout far away then look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import FLOOR
from voxlift.lab.nets.recurrence import GRU
from voxlift.separate.front import Front
from voxlift.separate.masks import ACTIVITY

REACH = 2
"""Blocks before the first answer's own that its convolutions touch."""


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    strides: tuple[int, ...] = (4, 8, 8)
    """Of the convolutions, whose kernels are twice as long; together they are the front's hop."""
    width: int = 32
    """Channels of a convolution."""
    hidden: int = 48
    """Width of the memory."""
    level_frames: int = 64
    """Frames whose mean level the net hears as 1, the present one the last."""

    def __post_init__(self) -> None:
        at_least(width=(self.width, 1), hidden=(self.hidden, 1), level_frames=(self.level_frames, 1))
        if not self.strides or min(self.strides) < 2:
            raise ValueError(f"strides {list(self.strides)}: give one or more, of 2 or more samples each")


class VadTemporal(Net):
    """`(batch, frames, hop)` of samples -> `(batch, 1, frames)`, how surely somebody is heard.

    The state is the last blocks, `(batch, level_frames + 1, hop)`, and the memory, `(batch, 1, hidden)`; zeros mean
    silence. The front's look-ahead is free: the net learns to answer as late as it is asked.
    """

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("vad_temporal", front, stems, transform="waveform", masks=(ACTIVITY,))
        if prod(config.strides) != front.hop:
            product = " x ".join(map(str, config.strides))
            raise ValueError(f"strides {product} are {prod(config.strides)} samples; the front's hop is {front.hop}")
        self.hop, self.hidden, self.level_frames = front.hop, config.hidden, config.level_frames
        self.past = config.level_frames - 1 + REACH
        # A kernel of twice the stride reaches one stride beyond: each layer needs one more value than its output has
        # strides, which is so many samples more on the whole.
        self.extra = sum(prod(config.strides[: k + 1]) for k in range(len(config.strides)))
        widths = [1, *(config.width for _ in config.strides)]
        layers: list[nn.Module] = []
        for (inputs, outputs), stride in zip(pairwise(widths), config.strides, strict=True):
            conv = nn.Conv1d(inputs, outputs, 2 * stride, stride, bias=False)
            layers += [conv, nn.BatchNorm1d(outputs), nn.ReLU()]
        self.listens = nn.Sequential(*layers)
        self.memory = GRU(config.width, config.hidden, batch_first=True)
        self.answer = nn.Linear(config.hidden, 1)

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Silence, and nothing remembered."""
        return torch.zeros(batch, self.past, self.hop), torch.zeros(batch, 1, self.hidden)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map samples to activity."""
        before, memory = state
        seen = torch.cat([before, x], dim=1)
        samples = self._levelled(seen).flatten(1)[:, REACH * self.hop - self.extra :]
        heard = self.listens(samples[:, None]).transpose(1, 2)
        remembered, last = self.memory(heard, memory.transpose(0, 1).contiguous())
        activity = torch.sigmoid(self.answer(remembered)).transpose(1, 2)
        return activity, (seen[:, -self.past :], last.transpose(0, 1))

    def _levelled(self, seen: Tensor) -> Tensor:
        """Divide each block by the level of the `level_frames` up to it; the first ones only serve as their past."""
        power = seen.square().mean(dim=2)[:, None]
        level = torch.sqrt(nn.functional.avg_pool1d(power, self.level_frames, stride=1)[:, 0] + FLOOR)
        return seen[:, self.level_frames - 1 :] / level[:, :, None]
