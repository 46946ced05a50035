"""Logistic regression, the primitive road: each bin's share of voice is one sigmoid of weighted log magnitudes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import SILENCE
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Config:
    """What a bin's weights lie on."""

    context: int = 1
    """Frames seen: the present one and those just before it."""
    across: bool = True
    """Whether a bin sees all bins, or itself alone: one regression for each bin."""

    def __post_init__(self) -> None:
        at_least(context=(self.context, 1))


class PerBin(nn.Module):
    """`(batch, frames, context * bins)` -> `(batch, frames, stems * bins)`: each bin weighs its own past alone."""

    def __init__(self, context: int, bins: int, stems: int) -> None:
        super().__init__()
        # Zeros are a fair start: the loss of a regression is convex, there is no symmetry to break.
        self.weight = nn.Parameter(torch.zeros(stems, context, bins))
        self.bias = nn.Parameter(torch.zeros(stems, bins))

    def forward(self, x: Tensor) -> Tensor:
        """Weigh and add."""
        _, context, bins = self.weight.shape
        past = x.reshape(x.shape[0], x.shape[1], 1, context, bins)
        weighed: Tensor = (past * self.weight).sum(3) + self.bias
        return weighed.flatten(2)


class Logistic(Net):
    """`(batch, frames, bins)` of log magnitude -> `(batch, stems, frames, bins)` of ratio mask.

    One weight for each input bin of each frame in the context, for each output bin. The state is the frames before.
    """

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("logistic", front, stems, transform="stft", views=("log_magnitude",), masks=("ratio", "binary"))
        self.bins, self.stems = front.bins, stems
        self.past = config.context - 1
        self.linear = (
            nn.Linear(config.context * self.bins, stems * self.bins)
            if config.across
            else PerBin(config.context, self.bins, stems)
        )

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """The frames before the first, `(batch, context - 1, bins)`; none for a context of one. Zeros mean silence."""
        return (torch.zeros(batch, self.past, self.bins),) if self.past else ()

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map log magnitudes to the mask."""
        frames = x.shape[1]
        seen = torch.cat([*state, x - SILENCE], dim=1)
        stacked = torch.cat([seen[:, k : k + frames] for k in range(self.past + 1)], dim=-1)
        mask = torch.sigmoid(self.linear(0.2 * stacked - 1))  # 0..17 comes in, about -1..2 meets the weights
        by_stem = mask.reshape(mask.shape[0], mask.shape[1], self.stems, self.bins).transpose(1, 2)
        return by_stem, ((seen[:, frames:],) if self.past else ())
