"""A temporal convolutional net on spectrograms: Conv-TasNet's idea over an STFT in place of a learned transform.

Windows of 32 ms serve a separator of convolutions nearly as well as learned filters of 2 ms (Heitkaemper et al.,
"Demystifying TasNet", 2020), at a sixteenth of the frames. Blocks are dense convolutions along time, spaced ever wider;
each adds to what came in, and says nothing before it learns (De and Smith, "Batch normalization biases residual
blocks", 2020), which spares all norms but one. It gives complex ratio masks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.features import CompressedSpectrum
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    width: int = 256
    """Channels of a block."""
    kernel: int = 3
    """Frames that a block's convolution looks at: an odd number."""
    blocks: int = 6
    """Blocks of a repeat, each spaced twice as wide as the one before."""
    repeats: int = 3
    """How often the row of blocks is repeated."""

    def __post_init__(self) -> None:
        at_least(width=(self.width, 1), blocks=(self.blocks, 1), repeats=(self.repeats, 1))
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ValueError(f"kernel {self.kernel}: give an odd number")


class Block(nn.Module):
    """`(batch, width, frames)` -> the same, with what the block adds."""

    def __init__(self, config: Config, spacing: int) -> None:
        super().__init__()
        around = spacing * (config.kernel // 2)
        self.before = nn.PReLU()
        self.look = nn.Conv1d(config.width, config.width, config.kernel, padding=around, dilation=spacing)
        self.after = nn.PReLU()
        self.say = nn.Conv1d(config.width, config.width, 1)
        self.share = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Run the block."""
        return x + self.share * self.say(self.after(self.look(self.before(x))))


class SpectralTCN(Net):
    """`(batch, frames, bins, 2)` of spectra -> `(batch, stems, frames, bins, 2)`, complex masks within -1..1."""

    causal = False

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require(
            "spectral_tcn", front, stems, transform="stft", views=("real_imag",), masks=("complex_ratio",), lookahead=0
        )
        self.stems, self.bins = stems, front.bins
        self.hear = CompressedSpectrum(front.bins, 0, 0)
        self.norm = nn.GroupNorm(1, 3 * front.bins)
        self.narrow = nn.Conv1d(3 * front.bins, config.width, 1)
        spacings = [2**k for k in range(config.blocks)] * config.repeats
        self.blocks = nn.Sequential(*(Block(config, spacing) for spacing in spacings))
        self.last = nn.PReLU()
        self.wide = nn.Conv1d(config.width, stems * front.bins * 2, 1)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map spectra to masks."""
        compressed, _ = self.hear(x)
        z = self.narrow(self.norm(compressed.flatten(2).transpose(1, 2)))
        said = torch.tanh(self.wide(self.last(self.blocks(z))))
        masks = said.reshape(x.shape[0], self.stems, self.bins, 2, -1)
        return masks.permute(0, 1, 4, 2, 3), state
