"""Losses on sound: an estimate and its target, `(..., length)`, to `(...)` numbers; any net that gives sound."""

from __future__ import annotations

import torch
from torch import Tensor

from voxlift.dsp.stft import STFT
from voxlift.lab.recipe import Objective
from voxlift.lab.transforms import analyse

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


def _size(spectrum: Tensor) -> Tensor:
    return spectrum.real.square().add(spectrum.imag.square()).add(1e-10).sqrt()
