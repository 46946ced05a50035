"""The torch twin of `dsp/stft.py`: the same frames, windows and scale, differentiable; a test holds the two equal."""

from __future__ import annotations

import torch
from torch import Tensor

from voxlift.dsp.stft import STFT


def analyse(stft: STFT, samples: Tensor) -> Tensor:
    """Transform `(batch, length)` to complex `(batch, frames, bins)`."""
    length = samples.shape[-1]
    after = stft.frames(length) * stft.hop - length
    padded = torch.nn.functional.pad(samples, (stft.overlap, after))
    frames = padded.unfold(-1, stft.window, stft.hop)
    return torch.fft.rfft(frames * _taper(stft, samples))


def synthesise(stft: STFT, spectrum: Tensor, length: int) -> Tensor:
    """Transform complex `(batch, frames, bins)` back to `(batch, length)`."""
    pieces = torch.fft.irfft(spectrum, stft.window) * _taper(stft, spectrum.real)
    total = (spectrum.shape[1] - 1) * stft.hop + stft.window
    samples = torch.nn.functional.fold(pieces.transpose(1, 2), (1, total), (1, stft.window), stride=(1, stft.hop))
    return samples[:, 0, 0, stft.overlap : stft.overlap + length]


def _taper(stft: STFT, like: Tensor) -> Tensor:
    return torch.from_numpy(stft.taper).to(like)
