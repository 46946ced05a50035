"""Losses by name: what a net said and what was wanted, `(batch, stems, length)`, to `(batch, stems)` numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import torch
from torch import Tensor

from voxlift.dsp.stft import STFT
from voxlift.errors import RecipeError
from voxlift.lab.losses.intelligibility import intelligibility
from voxlift.lab.losses.output import (
    active_frames,
    activity_entropy,
    alone_frames,
    digit_entropy,
    mask_entropy,
    same_voice,
    voices_of,
)
from voxlift.lab.losses.perceptual import RATE, disturbance
from voxlift.lab.losses.sound import compressed_spectrum, l1_waveform, magnitude, multi_resolution, si_sdr, snr
from voxlift.lab.recipe import Objective
from voxlift.lab.separation import Estimate
from voxlift.schema import nearest
from voxlift.separate.front import Front

__all__ = [
    "OUTPUT_LOSSES",
    "SOUND_LOSSES",
    "active_frames",
    "alone_frames",
    "check_losses",
    "grid_of",
    "total_loss",
    "voices_of",
]

SOUND_LOSSES: dict[str, Callable[[Tensor, Tensor, Front, Objective], Tensor]] = {
    "snr": lambda a, b, _front, _objective: snr(a, b),
    "si_sdr": lambda a, b, _front, _objective: si_sdr(a, b),
    "l1_waveform": lambda a, b, _front, _objective: l1_waveform(a, b),
    "l1_magnitude": lambda a, b, front, _objective: magnitude(a, b, grid_of(front), 1),
    "l2_magnitude": lambda a, b, front, _objective: magnitude(a, b, grid_of(front), 2),
    "compressed_spectrum": lambda a, b, front, objective: compressed_spectrum(a, b, grid_of(front), objective),
    "multi_resolution": lambda a, b, front, _objective: multi_resolution(a, b, front.rate),
    "disturbance": lambda a, b, _front, _objective: disturbance(a, b),
    "intelligibility": lambda a, b, front, _objective: intelligibility(a, b, front.rate),
}
"""On sound: any net."""

OUTPUT_LOSSES: dict[str, Callable[[Estimate, Tensor], Tensor]] = {
    "mask_entropy": mask_entropy,
    "digit_entropy": digit_entropy,
    "activity_entropy": activity_entropy,
    "same_voice": same_voice,
}
"""On what the net says itself: nets of one kind of output."""

FITS = {
    "mask_entropy": ("ratio", "binary"),
    "digit_entropy": ("direct",),
    "activity_entropy": ("activity",),
    "same_voice": ("voice",),
}


def check_losses(losses: Mapping[str, float], front: Front) -> None:
    """Refuse losses that are not known or do not fit the front.

    Raises
    ------
    RecipeError
        Naming the nearest known loss, or the mask that the loss is for.
    """
    if not losses:
        raise RecipeError("[losses] names none")
    for name in losses:
        if name not in SOUND_LOSSES and name not in OUTPUT_LOSSES:
            raise RecipeError(f"losses.{name}{nearest(name, [*SOUND_LOSSES, *OUTPUT_LOSSES])}")
        if front.mask not in FITS.get(name, (front.mask,)):
            raise RecipeError(f"losses.{name} is for mask {' or '.join(FITS[name])}; front.mask is {front.mask!r}")
        if name == "disturbance" and front.rate != RATE:
            raise RecipeError(f"losses.{name} hears voices at {RATE} Hz; front.rate is {front.rate}")
        if not front.lifts and name not in FITS:
            fit = next(own for own, masks in FITS.items() if front.mask in masks)
            raise RecipeError(f"losses.{name}: a net with front.mask {front.mask!r} gives no sound; use {fit}")


def total_loss(said: Estimate, target: Tensor, losses: Mapping[str, float], objective: Objective) -> Tensor:
    """Weigh and add the losses; the mean over batch and stems, in the order of stems that fits best if any will do."""
    if not objective.permute:
        return _stem_losses(said, target, losses, objective).mean()
    orders = list(permutations(range(target.shape[1])))
    totals = [_stem_losses(said, target[:, list(order)], losses, objective).mean(-1) for order in orders]
    return torch.stack(totals).amin(0).mean()


def grid_of(front: Front) -> STFT:
    """The STFT that losses on spectra use: the net's own, or 32 ms for a net that has none."""
    grid = front.grid
    hop = round(0.016 * front.rate)
    return grid if isinstance(grid, STFT) else STFT(2 * hop, hop)


def _stem_losses(said: Estimate, target: Tensor, losses: Mapping[str, float], objective: Objective) -> Tensor:
    values = [weight * OUTPUT_LOSSES[name](said, target) for name, weight in losses.items() if name in OUTPUT_LOSSES]
    on_sound = {name: weight for name, weight in losses.items() if name in SOUND_LOSSES}
    if on_sound:
        levelled = _levelled(said.sound, target) if objective.level else (said.sound, target)
        values += [w * SOUND_LOSSES[name](*levelled, said.front, objective) for name, w in on_sound.items()]
    return torch.stack(values).sum(0)


def _levelled(estimate: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Bring every example to one level: the target's, or, where nobody speaks, a share of the estimate's.

    The share keeps what little is left in silence from outweighing all speech.
    """
    levels = [x.detach().square().mean(-1, keepdim=True).sqrt() for x in (target, estimate)]
    loudness = 0.1 / torch.maximum(levels[0], 0.3 * levels[1]).clamp_min(5e-4)
    return estimate * loudness, target * loudness
