"""Losses by name: `(estimate, target)`, waveforms `(batch, length)`, to one number."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from voxlift.dsp.stft import STFT
from voxlift.lab.recipe import Objective
from voxlift.lab.stft import analyse

EPS = 1e-8


def snr(estimate: Tensor, target: Tensor) -> Tensor:
    """Negative ratio of target to error in dB, held to 30, `(batch,)`.

    A silent target has no ratio: its examples count nothing here (other losses see them).
    """
    wanted = target.square().sum(-1)
    unwanted = (estimate - target).square().sum(-1)
    # The soft ceiling keeps nearly solved examples from outweighing the rest.
    ratio = 10 * torch.log10((wanted + EPS) / (unwanted + 1e-3 * wanted + EPS))
    return -ratio * (target.square().mean(-1) > EPS)


def si_sdr(estimate: Tensor, target: Tensor) -> Tensor:
    """Negative scale-invariant signal-to-distortion ratio in dB, held to 30 (Le Roux et al. 2019), `(batch,)`."""
    scale = (estimate * target).sum(-1, keepdim=True) / (target.square().sum(-1, keepdim=True) + EPS)
    return snr(estimate, scale * target) * (target.square().mean(-1) > EPS)


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


def hybrid(estimate: Tensor, target: Tensor, stft: STFT, objective: Objective) -> Tensor:
    """Compressed spectrum for the ear, SNR for the waveform, at one level for every example."""
    # Losses on raw levels would hear loud examples alone. So every example is brought to one level: the target's, or,
    # where nobody speaks, a share of the estimate's, lest what little is left there outweigh all speech.
    levels = [x.detach().square().mean(-1, keepdim=True).sqrt() for x in (target, estimate)]
    loudness = 0.1 / torch.maximum(levels[0], 0.3 * levels[1]).clamp_min(5e-4)
    spectral = compressed_spectrum(estimate * loudness, target * loudness, stft, objective)
    ratios = [(objective.snr_weight, snr), (objective.si_sdr_weight, si_sdr)]
    waveform = sum(weight * ratio(estimate * loudness, target * loudness) for weight, ratio in ratios if weight)
    return (spectral + waveform).mean()


LOSSES: dict[str, Callable[[Tensor, Tensor, STFT, Objective], Tensor]] = {"hybrid": hybrid}
