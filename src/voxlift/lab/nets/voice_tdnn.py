"""Whose voice each frame is: a time-delay network looks a fifth of a second either way and gives the voice a place.

The x-vector's shape (Snyder et al., "X-vectors: robust DNN embeddings for speaker recognition", 2018) with additions
around its layers; the mean over frames, which that net takes inside, is left to who uses it: the mean of any frames
chosen afterwards is then a voice.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.studies.mel import mel_filters
from voxlift.separate.front import Front
from voxlift.separate.masks import VOICE

FLOOR = 1e-4
"""Below the loud frames' level by 40 dB nothing is heard: noise and what a mask leaves say nothing of a voice."""
EPS = 1e-9
SCALE = 1 / 3


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    bands: int = 40
    """Mel bands that it hears."""
    width: int = 160
    """Channels of a layer."""
    spacings: tuple[int, ...] = (1, 1, 2, 2, 3)
    """Frames between the three that each layer looks at; the first layer of all looks at five in a row."""
    size: int = 64
    """Numbers that say where a voice lies."""

    def __post_init__(self) -> None:
        at_least(bands=(self.bands, 1), width=(self.width, 1), size=(self.size, 1))
        if not self.spacings or min(self.spacings) < 1:
            raise ValueError(f"spacings {list(self.spacings)}: give one or more, each 1 or more")


class VoiceTDNN(Net):
    """`(batch, frames, bins)` of magnitude -> `(batch, 1, frames, size)`, each frame's place among voices.

    A place is shorter than 1: its direction says whose voice it is, its length how much the frame tells. The level is
    that of the loud frames, so that neither it nor the length of pauses changes what is said.
    """

    causal = False

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("voice_tdnn", front, stems, transform="stft", views=("magnitude",), masks=(VOICE,), lookahead=0)
        filters = torch.tensor(mel_filters(front.rate, front.bins, config.bands).T, dtype=torch.float32)
        self.filters: Tensor
        self.register_buffer("filters", filters, persistent=False)
        width = config.width
        self.first = nn.Sequential(nn.Conv1d(config.bands, width, 5, padding=2), nn.ReLU(), nn.BatchNorm1d(width))
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width, width, 3, padding=spacing, dilation=spacing), nn.ReLU(), nn.BatchNorm1d(width)
            )
            for spacing in config.spacings
        )
        self.place = nn.Conv1d(width, config.size, 1)

    def forward(self, x: Tensor, *_state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Say whose voice it is."""
        with torch.autocast(x.device.type, enabled=False):  # squares of what is quiet need full precision
            heard = self._bands(x.float())
        y = self.first(heard.transpose(1, 2))
        for layer in self.layers:
            y = y + layer(y)
        place = self.place(y).transpose(1, 2)
        place = place / (1 + place.square().sum(-1, keepdim=True)).sqrt()
        return place[:, None], ()

    def _bands(self, x: Tensor) -> Tensor:
        power = x.square() @ self.filters
        frames = power.mean(-1, keepdim=True)
        loud = (frames.square().sum(1, keepdim=True) + EPS**2) / (frames.sum(1, keepdim=True) + EPS)
        return SCALE * torch.log(power / loud + FLOOR)
