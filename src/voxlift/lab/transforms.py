"""The torch twins of the product's transforms: the same frames, windows and scale, differentiable."""

from __future__ import annotations

import torch
from torch import Tensor

from voxlift.dsp.blocks import DIGITS, BitPlanes
from voxlift.dsp.stft import STFT
from voxlift.dsp.transform import Transform


def analyse(grid: Transform, samples: Tensor) -> Tensor:
    """Transform `(..., length)` to `(..., frames, bins)`: complex behind an STFT, else real."""
    length = samples.shape[-1]
    after = grid.frames(length) * grid.hop - length
    padded = torch.nn.functional.pad(samples, (grid.overlap, after))
    frames = padded.unfold(-1, grid.window, grid.hop)
    if isinstance(grid, STFT):
        return torch.fft.rfft(frames * _taper(grid, samples))
    return digits(frames).flatten(-2) if isinstance(grid, BitPlanes) else frames


def synthesise(grid: Transform, frames: Tensor, length: int) -> Tensor:
    """Transform `(..., frames, bins)` back to `(..., length)`."""
    if isinstance(grid, STFT):
        pieces = torch.fft.irfft(frames, grid.window) * _taper(grid, frames.real)
        count, total = frames.shape[-2], (frames.shape[-2] - 1) * grid.hop + grid.window
        flat = pieces.reshape(-1, count, grid.window).transpose(1, 2)
        samples = torch.nn.functional.fold(flat, (1, total), (1, grid.window), stride=(1, grid.hop))
        return samples.reshape(*frames.shape[:-2], total)[..., grid.overlap : grid.overlap + length]
    blocks = undigits(frames.reshape(*frames.shape[:-1], grid.hop, DIGITS)) if isinstance(grid, BitPlanes) else frames
    return blocks.flatten(-2)[..., :length]


def digits(samples: Tensor) -> Tensor:
    """Write samples in -1..1 as binary digits, most significant first: `(...)` to `(..., 10)`."""
    whole = ((samples + 1) / 2 * 2**DIGITS).long().clamp(0, 2**DIGITS - 1)
    places = torch.arange(DIGITS - 1, -1, -1, device=samples.device)
    return (whole[..., None] >> places & 1).to(samples.dtype)


def undigits(probabilities: Tensor) -> Tensor:
    """Read samples from digits or their probabilities: `(..., 10)` to `(...)`."""
    places = 2.0 ** -torch.arange(1, DIGITS + 1, device=probabilities.device, dtype=probabilities.dtype)
    return 2 * (probabilities * places).sum(-1) - 1


def _taper(stft: STFT, like: Tensor) -> Tensor:
    return torch.from_numpy(stft.taper).to(like)
