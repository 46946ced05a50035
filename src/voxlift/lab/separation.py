"""A net put to sound inside torch, as the product will put its card to sound: transform, view, look-ahead, mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from voxlift.lab.nets.contract import Net
from voxlift.lab.transforms import analyse, synthesise
from voxlift.separate.front import Front
from voxlift.separate.masks import ACTIVITY, VOICE
from voxlift.separate.masks import MASKS as PRODUCT_MASKS

VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "real_imag": torch.view_as_real,
    "magnitude": torch.abs,
    "log_magnitude": lambda spectrum: spectrum.abs().clamp_min(1e-5).log(),
    "identity": lambda frames: frames,
}

MASKS: dict[str, Callable[[Tensor], Tensor]] = {
    "ratio": lambda output: output,
    "binary": lambda output: output,  # a threshold has no slope: the net learns the ratio, the product cuts it
    "complex_ratio": lambda output: torch.view_as_complex(output.contiguous()),
    "direct": lambda output: output,
}


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a net says of a batch, and the sound it makes of it.

    `mixture` is `(batch, length)`, `frames` its transform `(batch, frames, bins)`, `output` the net's for the same
    frames, `(batch, stems, frames, ...)`.
    """

    front: Front
    mixture: Tensor
    frames: Tensor
    output: Tensor

    @cached_property
    def sound(self) -> Tensor:
        """The stems, `(batch, stems, length)`; of a detector, the mixture where somebody is heard; of voices, all."""
        front = self.front
        if front.mask == VOICE:
            return self.mixture[:, None]
        if front.mask == ACTIVITY:
            stems = self.frames[:, None] * self.output[..., None]
        else:
            read = MASKS[front.mask](self.output)
            stems = read if PRODUCT_MASKS[front.mask].direct else self.frames[:, None] * read
        return synthesise(front.grid, stems, self.mixture.shape[-1])


def estimate(net: Net, front: Front, mixture: Tensor) -> Estimate:
    """Separate `(batch, length)` of sound at the front's rate."""
    frames = analyse(front.grid, mixture)
    ahead = front.lookahead_frames
    x = VIEWS[front.view](frames)
    if ahead:  # the net hears `ahead` frames more before it answers for a frame
        x = torch.cat([x, VIEWS[front.view](torch.zeros_like(frames[:, :ahead]))], dim=1)
    output, _ = net(x, *(state.to(x) for state in net.initial_state(x.shape[0])))
    return Estimate(front, mixture, frames, output[:, :, ahead:])
