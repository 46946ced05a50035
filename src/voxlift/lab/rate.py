"""The learning rate over a training: a short rise, then a cosine down to a fiftieth (Loshchilov and Hutter, 2017)."""

from __future__ import annotations

import math

from torch.optim import Optimizer

LEAST = 0.02
"""Of the rate, at the end."""


def warmth(rise: float, share: float) -> float:
    """Share of the rate now: `rise` of the warm-up is done, 0..1 and beyond, and `share` of all training, 0..1."""
    return min(1.0, rise) * (LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * share)))


def set_rate(optimiser: Optimizer, rate: float) -> None:
    """Let an optimiser learn at a rate from its next step on."""
    for group in optimiser.param_groups:
        group["lr"] = rate
