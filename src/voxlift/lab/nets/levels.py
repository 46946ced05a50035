"""Levels: how nets see silence as zero, and sound as if it were always equally loud."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SILENCE = -11.5
"""Log magnitude of an empty bin, the floor of the view."""
FLOOR = 1e-10
"""Mean square at -100 dB: what is quieter is silence and stays quiet."""
INITIAL_LOGIT = 1.0
"""What a mask says before training, 0.73: a net that starts by letting most through has the least to unlearn."""


def above_silence(log_magnitude: Tensor) -> Tensor:
    """Scale log magnitudes so that silence is 0 and the loudest bins are about 3: padding with zeros is silence."""
    return 0.2 * (log_magnitude - SILENCE)


def start_open(layer: nn.Module) -> None:
    """Set the bias of a mask's last layer, so that before training it lets most through."""
    if isinstance(layer.bias, Tensor):
        nn.init.constant_(layer.bias, INITIAL_LOGIT)


def unit_level(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Bring chunks `(batch, length)` to a root mean square of 1; return them and their levels `(batch, 1)`.

    Below `FLOOR` both fade to 0: what a net makes of silence is silent again at the level given back.
    """
    power = samples.square().mean(dim=1, keepdim=True)
    audible = torch.sqrt(power + FLOOR)
    return samples / audible, power / audible
