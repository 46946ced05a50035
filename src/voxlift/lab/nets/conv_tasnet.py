"""Conv-TasNet (Luo and Mesgarani, "Conv-TasNet: surpassing ideal time-frequency magnitude masking", 2019).

A learned transform of a few milliseconds takes the spectrum's place; convolutions, spaced ever wider, weigh it for
each stem; the transform is learned back. Trained so that the order of the stems is free, it splits speakers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import start_open, unit_level
from voxlift.separate.front import Front


@dataclass(frozen=True)
class Config:
    """Size of the net, small; in brackets the paper's letters and best values."""

    filters: int = 128
    """Of the learned transform (N, 512)."""
    kernel: int = 16
    """Samples of one filter, an even number; every half of it they are laid anew (L, 16)."""
    bottleneck: int = 64
    """Channels between blocks (B, 128)."""
    hidden: int = 128
    """Channels within a block (H, 512)."""
    skip: int = 64
    """Channels that a block adds to the answer (Sc, 128)."""
    conv_kernel: int = 3
    """Values that a block's convolution looks at: an odd number (P, 3)."""
    blocks: int = 6
    """Blocks of a repeat, each spaced twice as wide as the one before (X, 8)."""
    repeats: int = 2
    """How often the row of blocks is repeated (R, 3)."""

    def __post_init__(self) -> None:
        at_least(filters=(self.filters, 1), bottleneck=(self.bottleneck, 1), hidden=(self.hidden, 1))
        at_least(skip=(self.skip, 1), blocks=(self.blocks, 1), repeats=(self.repeats, 1))
        if self.kernel < 2 or self.kernel % 2:
            raise ValueError(f"kernel {self.kernel}: give an even number, half of which is the step")
        if self.conv_kernel < 1 or self.conv_kernel % 2 == 0:
            raise ValueError(f"conv_kernel {self.conv_kernel}: give an odd number")


class Block(nn.Module):
    """`(batch, bottleneck, steps)` -> the same for the next block, and for the answer `(batch, skip, steps)`.

    After the last block there is no next one to speak to.
    """

    def __init__(self, config: Config, spacing: int, *, last: bool) -> None:
        super().__init__()
        hidden, kernel = config.hidden, config.conv_kernel
        around = spacing * (kernel // 2)
        self.path = nn.Sequential(
            nn.Conv1d(config.bottleneck, hidden, 1),
            nn.PReLU(),
            nn.GroupNorm(1, hidden),  # one group: over all channels and steps, the paper's gLN
            nn.Conv1d(hidden, hidden, kernel, padding=around, dilation=spacing, groups=hidden),
            nn.PReLU(),
            nn.GroupNorm(1, hidden),
        )
        self.on = None if last else nn.Conv1d(hidden, config.bottleneck, 1)
        self.out = nn.Conv1d(hidden, config.skip, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Run the block."""
        z = self.path(x)
        return (x if self.on is None else x + self.on(z)), self.out(z)


class Separator(nn.Module):
    """`(batch, filters, steps)` -> masks `(batch, stems * filters, steps)`, 0..1."""

    def __init__(self, config: Config, stems: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, config.filters)
        self.narrow = nn.Conv1d(config.filters, config.bottleneck, 1)
        count = config.repeats * config.blocks
        spacings = (2 ** (k % config.blocks) for k in range(count))
        self.blocks = nn.ModuleList(Block(config, space, last=k == count - 1) for k, space in enumerate(spacings))
        self.prelu = nn.PReLU()
        self.wide = nn.Conv1d(config.skip, stems * config.filters, 1)
        if stems == 1:
            start_open(self.wide)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the transform for each stem."""
        z = self.narrow(self.norm(x))
        answer = torch.zeros_like(z[:, :1])  # a channel of nothing, to which the first block's all are added
        for block in self.blocks:
            z, more = block(z)
            answer = answer + more
        return torch.sigmoid(self.wide(self.prelu(answer)))


class ConvTasNet(Net):
    """`(batch, frames, hop)` of samples -> `(batch, stems, frames, hop)` of each stem's samples, a chunk at once."""

    causal = False

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("conv_tasnet", front, stems, transform="waveform", masks=("direct",), lookahead=0)
        self.step = config.kernel // 2
        if front.hop % self.step:
            raise ValueError(
                f"conv_tasnet steps {self.step} samples (half its kernel); the hop {front.hop} is no multiple"
            )
        self.hop, self.stems, self.filters = front.hop, stems, config.filters
        self.encoder = nn.Conv1d(1, config.filters, config.kernel, self.step, bias=False)
        self.separator = Separator(config, stems)
        self.decoder = nn.ConvTranspose1d(config.filters, 1, config.kernel, self.step, bias=False)
        # Orthogonal filters are undone by themselves, halved as each sample lies under two of them. So before training
        # the stems are the mixture, weighed by the masks.
        nn.init.orthogonal_(self.encoder.weight)
        with torch.no_grad():
            self.decoder.weight.copy_(self.encoder.weight / 2)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map the mixture's samples to the stems'."""
        samples, level = unit_level(x.flatten(1))
        padded = nn.functional.pad(
            samples[:, None], (self.step, self.step)
        )  # the first and last step lie under two, too
        code = self.encoder(padded)
        masks = self.separator(code)
        masks = masks.reshape(masks.shape[0], self.stems, self.filters, masks.shape[2])
        stems = self.decoder((masks * code[:, None]).flatten(0, 1))[..., self.step : -self.step]
        stems = stems.reshape(x.shape[0], self.stems, -1, self.hop)
        return stems * level[:, :, None, None], state
