"""Losses on what a net itself says: its mask, its digits, activity, voices; nets of one kind of output."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, cross_entropy, normalize

from voxlift.dsp.activity import ACTIVE_BELOW_LOUDEST_DB, ACTIVE_FLOOR_DB
from voxlift.lab.separation import Estimate
from voxlift.lab.transforms import analyse
from voxlift.separate.front import Front

SHARPNESS = 20.0
"""What the cosine of two voices is multiplied by before they compete."""
FEWEST_FRAMES = 20
"""From so many on a voice is known."""


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


def same_voice(said: Estimate, target: Tensor) -> Tensor:
    """Cross-entropy of telling whose voice it is, among all talkers of the batch: the angular prototypical loss.

    After Chung et al., "In defence of metric learning for speaker recognition", 2020. A voice is the mean over frames
    in which nobody else speaks; that of the first half of them is told by that of the second, and the other way round.
    The talkers of one example are each other's rivals in the same room and noise, which is what a conversation asks.
    """
    alone = alone_frames(said.front, target)
    so_far = alone.cumsum(-1)
    early = alone & (2 * so_far <= so_far[..., -1:])
    (one, known), (other, also) = (voices_of(said, frames) for frames in (early, alone & ~early))
    known = (known & also).flatten()
    alike = (SHARPNESS * one.flatten(0, 1) @ other.flatten(0, 1).T).masked_fill(~(known & known[:, None]), -torch.inf)
    alike = alike.masked_fill(torch.diag(~known), 0.0)  # who is not known competes with nobody, at no cost
    who = torch.arange(len(known), device=known.device)
    either = (cross_entropy(alike, who, reduction="none") + cross_entropy(alike.T, who, reduction="none")) / 2
    return either.reshape(alone.shape[:2])


def voices_of(said: Estimate, frames: Tensor) -> tuple[Tensor, Tensor]:
    """Take the mean over some frames `(batch, stems, frames)` of what a net that knows voices says of them.

    Returns
    -------
    tuple
        Unit vectors `(batch, stems, size)`, and whether there were frames enough, `(batch, stems)`.
    """
    voices = frames.to(said.output.dtype) @ said.output[:, 0]
    return normalize(voices, dim=-1), frames.sum(-1) >= FEWEST_FRAMES


def alone_frames(front: Front, target: Tensor) -> Tensor:
    """Whether each stem, and no other, is heard: `(batch, stems, length)` to `(batch, stems, frames)` of booleans."""
    heard = active_frames(front, target) > 0
    return heard & (heard.sum(1, keepdim=True) == 1)


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
