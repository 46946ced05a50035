"""Losses on what a net itself says: its mask, its digits, its activity; nets of one kind of output."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy

from voxlift.dsp.activity import ACTIVE_BELOW_LOUDEST_DB, ACTIVE_FLOOR_DB
from voxlift.lab.separation import Estimate
from voxlift.lab.transforms import analyse
from voxlift.separate.front import Front


def mask_entropy(said: Estimate, target: Tensor) -> Tensor:
    """Cross-entropy with the ideal binary mask: 1 where the stem outweighs all the rest of the mixture."""
    wanted = analyse(said.front.grid, target)
    rest = said.frames[:, None] - wanted
    ideal = (wanted.abs() > rest.abs()).to(target.dtype)
    return _entropy(said.output, ideal).mean((-1, -2))


def digit_entropy(said: Estimate, target: Tensor) -> Tensor:
    """Cross-entropy of the binary digits of the samples, all digits alike."""
    return _entropy(said.output, analyse(said.front.grid, target)).mean((-1, -2))


def activity_entropy(said: Estimate, target: Tensor) -> Tensor:
    """Cross-entropy of somebody being heard in each frame; the truth is the level of what is wanted."""
    return _entropy(said.output, active_frames(said.front, target)).mean(-1)


def active_frames(front: Front, target: Tensor) -> Tensor:
    """Whether a stem is heard in each frame: `(batch, stems, length)` to `(batch, stems, frames)` of 0 and 1."""
    grid = front.grid
    length = target.shape[-1]
    padded = torch.nn.functional.pad(target, (grid.overlap, grid.frames(length) * grid.hop - length))
    power = padded.unfold(-1, grid.window, grid.hop).square().mean(-1)
    loudest = power.amax(-1, keepdim=True)
    floor = torch.clamp(loudest * 10 ** (-ACTIVE_BELOW_LOUDEST_DB / 10), min=10 ** (ACTIVE_FLOOR_DB / 10))
    return (power > floor).to(target.dtype)


def _entropy(said: Tensor, truth: Tensor) -> Tensor:
    return binary_cross_entropy(said.clamp(1e-6, 1 - 1e-6), truth, reduction="none")
