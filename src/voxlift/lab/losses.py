"""Losses by name: what a net said and what was wanted, `(batch, stems, length)`, to `(batch, stems)` numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy

from voxlift.dsp.activity import ACTIVE_BELOW_LOUDEST_DB, ACTIVE_FLOOR_DB
from voxlift.dsp.stft import STFT
from voxlift.errors import RecipeError
from voxlift.lab.recipe import Objective
from voxlift.lab.separation import Estimate
from voxlift.lab.transforms import analyse
from voxlift.schema import nearest
from voxlift.separate.front import Front

EPS = 1e-8
RESOLUTIONS_SECONDS = (0.016, 0.032, 0.064, 0.128)
"""Windows of `multi_resolution`."""


def snr(estimate: Tensor, target: Tensor) -> Tensor:
    """Negative ratio of target to error in dB, held to 30.

    A silent target has no ratio: its examples count nothing here (other losses see them).
    """
    wanted = target.square().sum(-1)
    unwanted = (estimate - target).square().sum(-1)
    # The soft ceiling keeps nearly solved examples from outweighing the rest.
    ratio = 10 * torch.log10((wanted + EPS) / (unwanted + 1e-3 * wanted + EPS))
    return -ratio * (target.square().mean(-1) > EPS)


def si_sdr(estimate: Tensor, target: Tensor) -> Tensor:
    """Negative scale-invariant signal-to-distortion ratio in dB, held to 30 (Le Roux et al. 2019)."""
    scale = (estimate * target).sum(-1, keepdim=True) / (target.square().sum(-1, keepdim=True) + EPS)
    return snr(estimate, scale * target) * (target.square().mean(-1) > EPS)


def l1_waveform(estimate: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the samples."""
    return (estimate - target).abs().mean(-1)


def multi_resolution(estimate: Tensor, target: Tensor, rate: int) -> Tensor:
    """Spectral convergence and distance of log magnitudes over several windows (Yamamoto et al. 2020)."""
    total = torch.zeros(estimate.shape[:-1], device=estimate.device)
    for seconds in RESOLUTIONS_SECONDS:
        hop = round(seconds * rate / 4)
        a, b = (_size(analyse(STFT(4 * hop, hop), x)) for x in (estimate, target))
        total = total + (a - b).norm(dim=(-1, -2)) / (b.norm(dim=(-1, -2)) + 1e-2)
        total = total + (a.add(1e-3).log() - b.add(1e-3).log()).abs().mean((-1, -2))
    return total / len(RESOLUTIONS_SECONDS)


def compressed_spectrum(estimate: Tensor, target: Tensor, stft: STFT, objective: Objective) -> Tensor:
    """Squared distance of spectra whose magnitudes are raised to a power below one, with and without phase.

    The ear hears levels as powers do; see Ephrat et al., "Looking to listen", 2018, and Braun and Tashev, 2021.
    """
    a, b = analyse(stft, estimate), analyse(stft, target)
    a_size, b_size = (x.real.square().add(x.imag.square()).add(1e-10) for x in (a, b))
    half = objective.compression / 2
    phase = (a * a_size ** (half - 0.5) - b * b_size ** (half - 0.5)).abs().square().mean((-1, -2))
    size = (a_size**half - b_size**half).square().mean((-1, -2))
    return objective.complex_weight * phase + objective.magnitude_weight * size


def magnitude(estimate: Tensor, target: Tensor, stft: STFT, power: int) -> Tensor:
    """Mean difference of magnitudes, to a power: 1 for L1, 2 for L2."""
    a, b = (_size(analyse(stft, x)) for x in (estimate, target))
    return (a - b).abs().pow(power).mean((-1, -2))


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


SOUND_LOSSES: dict[str, Callable[[Tensor, Tensor, Front, Objective], Tensor]] = {
    "snr": lambda a, b, _front, _objective: snr(a, b),
    "si_sdr": lambda a, b, _front, _objective: si_sdr(a, b),
    "l1_waveform": lambda a, b, _front, _objective: l1_waveform(a, b),
    "l1_magnitude": lambda a, b, front, _objective: magnitude(a, b, grid_of(front), 1),
    "l2_magnitude": lambda a, b, front, _objective: magnitude(a, b, grid_of(front), 2),
    "compressed_spectrum": lambda a, b, front, objective: compressed_spectrum(a, b, grid_of(front), objective),
    "multi_resolution": lambda a, b, front, _objective: multi_resolution(a, b, front.rate),
}
"""On sound: any net."""

OUTPUT_LOSSES: dict[str, Callable[[Estimate, Tensor], Tensor]] = {
    "mask_entropy": mask_entropy,
    "digit_entropy": digit_entropy,
    "activity_entropy": activity_entropy,
}
"""On what the net says itself: nets of one kind of output."""

FITS = {"mask_entropy": ("ratio", "binary"), "digit_entropy": ("direct",), "activity_entropy": ("activity",)}


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
        if front.mask == "activity" and name not in FITS:
            raise RecipeError(f"losses.{name}: a detector gives no sound; use activity_entropy")


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


def _entropy(said: Tensor, truth: Tensor) -> Tensor:
    return binary_cross_entropy(said.clamp(1e-6, 1 - 1e-6), truth, reduction="none")


def _size(spectrum: Tensor) -> Tensor:
    return spectrum.real.square().add(spectrum.imag.square()).add(1e-10).sqrt()
