"""The U-Net (Jansson et al., "Singing voice separation with deep U-Net convolutional networks", 2017).

It sees the spectrogram as a picture: halves it again and again to know what is there, and doubles it back to say where,
each step helped by what was seen at that size. Sizes are halved rounding up and what is one too many is cut off on the
way back, so pictures of any size pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import start_open
from voxlift.separate.front import Front

QUIET = 1e-5
"""Mean magnitude below which a chunk counts as silent."""


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    width: int = 8
    """Channels after the first halving; each further one doubles them. The paper's is 16."""
    depth: int = 6
    """How often the picture is halved."""
    dropout: float = 0.5
    """Share of values dropped in the first three steps back."""

    def __post_init__(self) -> None:
        at_least(width=(self.width, 1), depth=(self.depth, 1))
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout {self.dropout}: give 0 to below 1")


class UNet(Net):
    """`(batch, frames, bins)` of magnitude -> `(batch, stems, frames, bins)` of ratio mask, a chunk at once."""

    causal = False

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        require("unet", front, stems, transform="stft", views=("magnitude",), masks=("ratio", "binary"), lookahead=0)
        widths = [config.width * 2**k for k in range(config.depth)]
        self.down = nn.ModuleList(_down(large, small) for large, small in pairwise([1, *widths]))
        # On the way back each step but the first is given twice the channels: what was seen at that size lies beside.
        given = [widths[-1], *(2 * width for width in widths[-2::-1])]
        dropouts = [config.dropout if step < 3 else 0.0 for step in range(config.depth)]
        self.up = nn.ModuleList(map(_up, given[:-1], widths[-2::-1], dropouts[:-1]))
        self.last = nn.ConvTranspose2d(given[-1], stems, 5, 2, 2, 1)
        start_open(self.last)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map magnitudes to the mask."""
        # Relative to the chunk's mean: the same picture at any level. The logarithm brings peaks and rest together.
        z = torch.log1p(x / (x.mean(dim=(1, 2), keepdim=True) + QUIET))[:, None]
        z = z[..., :-1]  # without the bin at half the rate the number of bins halves evenly
        pictures = [z]
        for layer in self.down:
            pictures.append(layer(pictures[-1]))
        z = pictures.pop()
        for layer in (*self.up, self.last):
            z = layer(z)
            beside = pictures.pop()
            z = z[:, :, : beside.shape[2], : beside.shape[3]]
            if pictures:
                z = torch.cat([z, beside], dim=1)
        mask = torch.sigmoid(z)
        return torch.cat([mask, mask[..., -1:]], dim=3), state  # the bin at half the rate goes with its neighbour


def _down(inputs: int, outputs: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 5, 2, 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True))


def _up(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    conv = nn.ConvTranspose2d(inputs, outputs, 5, 2, 2, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True), nn.Dropout(dropout))
