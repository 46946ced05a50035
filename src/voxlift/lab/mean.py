"""The running mean of a net's weights, steadier than the last ones (Polyak and Juditsky 1992): what is exported."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from voxlift.lab.nets import Net


class RunningMean:
    """A copy of the net whose weights follow; `decay` 0 keeps the last ones."""

    def __init__(self, net: Net, decay: float) -> None:
        self.module = deepcopy(net).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, net: nn.Module, step: int) -> None:
        """Take the weights after a step."""
        decay = min(self._decay, (1 + step) / (10 + step))  # early weights are soon forgotten
        mean = self.module.state_dict()
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                mean[name].lerp_(value, 1 - decay)
            else:
                mean[name].copy_(value)
