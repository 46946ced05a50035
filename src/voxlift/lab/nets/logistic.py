"""Logistic regression, the primitive road: each bin's share of voice is one sigmoid of weighted log magnitudes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net
from voxlift.separate.front import Front

SILENCE = -11.5
"""Log magnitude of an empty bin, the floor of the view."""


@dataclass(frozen=True)
class Config:
    """What a bin's weights lie on."""

    context: int = 1
    """Frames seen: the present one and those just before it."""

    def __post_init__(self) -> None:
        if self.context < 1:
            raise ValueError(f"context {self.context}: give 1 (the present frame) or more")


class Logistic(Net):
    """`(batch, frames, bins)` of log magnitude -> `(batch, 1, frames, bins)` of ratio mask.

    One weight for each input bin of each frame in the context, for each output bin. The state is the frames before.
    """

    def __init__(self, config: Config, front: Front) -> None:
        super().__init__()
        self.bins = front.stft.bins
        self.past = config.context - 1
        self.linear = nn.Linear(config.context * self.bins, self.bins)

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """The frames before the first, `(batch, context - 1, bins)`; none for a context of one. Zeros mean silence."""
        return (torch.zeros(batch, self.past, self.bins),) if self.past else ()

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map log magnitudes to the mask."""
        frames = x.shape[1]
        seen = torch.cat([*state, x - SILENCE], dim=1)
        stacked = torch.cat([seen[:, k : k + frames] for k in range(self.past + 1)], dim=-1)
        mask = torch.sigmoid(self.linear(0.2 * stacked - 1))  # 0..17 comes in, about -1..2 meets the weights
        return mask[:, None], ((seen[:, frames:],) if self.past else ())
