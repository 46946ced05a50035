"""What nets hear of a spectrum: compressed as ears do, at one level, and against the mean of what was before."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class RunningMean(nn.Module):
    """The exponential mean of what was heard so far: `(batch, frames, values)`, none of them negative, to the same."""

    def __init__(self, frames: float) -> None:
        super().__init__()
        # A rectified recurrence over what is never negative is a linear one, and exports as one node.
        self.mean = nn.RNN(2, 2, nonlinearity="relu", bias=False, batch_first=True).requires_grad_(False)
        for name, value in self.mean.named_parameters():
            value.copy_(torch.eye(2) * (1 / frames if "weight_ih" in name else 1 - 1 / frames))

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """`state` `(batch, values, 2)`: the mean so far, and that of ones, which says how long that was."""
        batch, frames, values = x.shape
        lone = x.transpose(1, 2).reshape(batch * values, frames)
        means, last = self.mean(torch.stack([lone, torch.ones_like(lone)], -1), state.reshape(1, batch * values, 2))
        mean = (means[..., 0] / means[..., 1]).reshape(batch, values, frames).transpose(1, 2)
        return mean, last.reshape(batch, values, 2)


class CompressedSpectrum(nn.Module):
    """Spectra `(batch, frames, bins, 2)` -> the same with magnitudes to the power of 0.3, which are the third part.

    Quiet and loud then lie close together. `level` is the number of frames over which the level is followed that is
    taken off beforehand; `floor` that over which the mean of each bin is followed, against which the magnitude is the
    fourth part. Either may be 0, for none.
    """

    def __init__(self, bins: int, level: float, floor: float) -> None:
        super().__init__()
        self.bins = bins
        self.level = RunningMean(level) if level else None
        self.floor = RunningMean(floor) if floor else None
        self.parts = 4 if floor else 3

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Zeros for the level, if it is followed, and for the bins, if they are."""
        level = [torch.zeros(batch, 1, 2)] if self.level else []
        return (*level, *([torch.zeros(batch, self.bins, 2)] if self.floor else []))

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Compress; the state is that of `initial_state`. It counts in full precision, whatever the net does."""
        # Powers of what is quiet beside what is loud need it: on a GPU in bfloat16 nets gave no numbers.
        with torch.autocast(x.device.type, enabled=False):
            return self._compressed(x.float(), [part.float() for part in state])

    def _compressed(self, x: Tensor, state: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
        kept: list[Tensor] = []
        if self.level:
            power = x.square().sum((-1, -2)) / self.bins + 1e-9
            mean, last = self.level(power[..., None], state[0])
            x = x / mean.sqrt()[..., None]
            kept.append(last)
        power = x.square().sum(-1, keepdim=True) + 1e-12
        parts = [x * power**-0.35, power**0.15]
        if self.floor:
            mean, last = self.floor(parts[1][..., 0], state[-1])
            parts.append(parts[1] / mean[..., None])
            kept.append(last)
        return torch.cat(parts, dim=-1), tuple(kept)
