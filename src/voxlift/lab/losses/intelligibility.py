"""How much of what is said is understood: extended short-time objective intelligibility (ESTOI), as a loss.

After Jensen and Taal, "An algorithm for predicting the intelligibility of speech masked by modulated noise maskers",
2016; as a loss, Fu et al., "End-to-end waveform utterance enhancement for direct evaluation metrics optimization by
fully convolutional neural networks", 2018. Frames are as long as the measure's at the sound's own rate, so nothing is
resampled; those in which nobody speaks are left out of the spectrum, not out of the sound.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

FRAME_SECONDS = 0.0256
SYLLABLE = 30
"""Frames that are compared at a time, 384 ms."""
STEP = 3
"""From one such stretch to the next; the measure takes every one, which says the same and costs more."""
BANDS = 15
"""A third of an octave each, from 150 Hz to 4.3 kHz."""
LOWEST_HZ = 150.0
SILENT_DB = 40.0
"""So far below the loudest frame, nobody speaks."""
EPS = 1e-8


def intelligibility(estimate: Tensor, target: Tensor, rate: int) -> Tensor:
    """Say how much is not understood, 0 to 1 (2 at most): one less ESTOI; `(..., length)` to `(...)`.

    A target that is silent, or speaks for less than 384 ms, counts nothing.
    """
    window, pooling = _tables(rate, target.device)
    missing = max(0, (SYLLABLE + 1) * (len(window) // 2) - target.shape[-1])
    padded = [torch.nn.functional.pad(x, (0, missing)) for x in (target, estimate)]
    frames = [x.unfold(-1, len(window), len(window) // 2) * window for x in padded]
    energy = frames[0].square().sum(-1)
    speaks = energy > 10 ** (-SILENT_DB / 10) * energy.amax(-1, keepdim=True)
    # Frames that speak move to the front, in their order, and stretches that reach beyond them do not count.
    order = speaks.logical_not().int().argsort(dim=-1, stable=True)[..., None].expand(*energy.shape, BANDS)
    asked, said = (_normal(_bands(x, pooling).gather(-2, order)) for x in frames)
    alike = (asked * said).sum((-1, -2)) / SYLLABLE
    last = speaks.sum(-1, keepdim=True) - SYLLABLE
    counts = torch.arange(alike.shape[-1], device=alike.device) * STEP <= last
    heard = (target.square().mean(-1) > EPS) & counts.any(-1)
    return (1 - (alike * counts).sum(-1) / counts.sum(-1).clamp_min(1)) * heard


def _bands(frames: Tensor, pooling: Tensor) -> Tensor:
    """Magnitude in each band: `(..., frames, samples)` to `(..., frames, bands)`."""
    spectrum = torch.fft.rfft(frames, 2 * frames.shape[-1])
    return ((spectrum.real.square() + spectrum.imag.square()) @ pooling + EPS).sqrt()


def _normal(bands: Tensor) -> Tensor:
    """Cut into stretches whose bands, and then whose frames, have no mean and a norm of one."""
    stretches = bands.unfold(-2, SYLLABLE, STEP)  # (..., stretches, bands, frames)
    for axis in (-1, -2):
        stretches = stretches - stretches.mean(axis, keepdim=True)
        stretches = stretches / (stretches.square().sum(axis, keepdim=True) + EPS).sqrt()
    return stretches


@cache
def _tables(rate: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Window, and pooling of bins to bands."""
    size = round(FRAME_SECONDS * rate)
    centres = LOWEST_HZ * 2 ** (torch.arange(BANDS) / 3)
    edges = torch.stack([centres * 2 ** (side / 6) for side in (-1, 1)]) * 2 * size / rate
    low, high = edges.round()
    bins = torch.arange(size + 1)[:, None]
    return torch.hann_window(size + 2)[1:-1].to(device), ((bins >= low) & (bins < high)).float().to(device)
