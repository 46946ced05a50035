"""Residual nets on spectrograms (He et al., "Deep residual learning for image recognition", 2016), 18 to 200 layers.

A classifier shrinks both axes of its picture. Here only frequency shrinks: time keeps its resolution, so one pass
answers for all frames, and no frame is computed again for its neighbours' sake.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import above_silence, start_open
from voxlift.separate.front import Front

DEPTHS: dict[int, tuple[int, int, int, int]] = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}
"""Blocks of each of the four stages."""
BOTTLENECKS_FROM = 50
"""Blocks of two 3x3 convolutions below this depth; from it on bottlenecks, 1x1, 3x3 and 1x1."""
EXPANSION = 4
"""Channels that leave a bottleneck for each that passes it."""
BRANCH_GAIN = 0.2
"""Gain of a block's last normalisation before training. Small, so that 66 blocks do not add up to numbers that saturate
the mask; Goyal et al. (2017) take 0, but then nothing else in the block learns from the first step."""


@dataclass(frozen=True)
class Config:
    """Size of the net."""

    depth: int = 18
    """Layers: a key of `DEPTHS`."""
    width: int = 8
    """Channels of the first stage; each further one has twice as many. The paper's is 64."""

    def __post_init__(self) -> None:
        at_least(width=(self.width, 1))
        if self.depth not in DEPTHS:
            raise ValueError(f"depth {self.depth}; known: {', '.join(map(str, DEPTHS))}")


class ResNetTrunk(nn.Module):
    """`(batch, inputs, frames, bins)` -> `(batch, channels, frames', bins')`: all of a ResNet but its head.

    Frequency is halved five times. Time stays as it is, or is halved as often (`shrink_time`).
    """

    def __init__(self, depth: int, width: int, inputs: int, *, shrink_time: bool = False) -> None:
        super().__init__()
        halve = (2, 2) if shrink_time else (1, 2)
        self.stem = nn.Sequential(
            nn.Conv2d(inputs, width, 7, halve, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, halve, 1),
        )
        blocks: list[nn.Module] = []
        channels = width
        for stage, count in enumerate(DEPTHS[depth]):
            for block in range(count):
                stride = halve if stage > 0 and block == 0 else (1, 1)
                made = Block(channels, width * 2**stage, stride, bottleneck=depth >= BOTTLENECKS_FROM)
                channels = made.channels
                blocks.append(made)
        self.blocks = nn.Sequential(*blocks)
        self.channels = channels
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @staticmethod
    def shrunk(bins: int) -> int:
        """How many bins leave, of those that come in."""
        for _ in range(5):
            bins = -(-bins // 2)
        return bins

    def forward(self, x: Tensor) -> Tensor:
        """Run all stages."""
        shrunk: Tensor = self.blocks(self.stem(x))
        return shrunk


class Block(nn.Module):
    """A few convolutions, added to what came in."""

    def __init__(self, inputs: int, width: int, stride: tuple[int, int], *, bottleneck: bool) -> None:
        super().__init__()
        one = (1, 1)
        self.channels = width * EXPANSION if bottleneck else width
        if bottleneck:
            before = [*_conv(inputs, width, 1, one), nn.ReLU(inplace=True), *_conv(width, width, 3, stride)]
            last = _conv(width, self.channels, 1, one, BRANCH_GAIN)
        else:
            before = _conv(inputs, width, 3, stride)
            last = _conv(width, width, 3, one, BRANCH_GAIN)
        self.path = nn.Sequential(*before, nn.ReLU(inplace=True), *last)
        same = inputs == self.channels and stride == one
        self.shortcut = nn.Identity() if same else nn.Sequential(*_conv(inputs, self.channels, 1, stride))

    def forward(self, x: Tensor) -> Tensor:
        """Add the path to the shortcut."""
        return torch.relu(self.path(x) + self.shortcut(x))


class ResNet(Net):
    """`(batch, frames, bins)` of log magnitude -> `(batch, stems, frames, bins)` of ratio mask, a chunk at once."""

    causal = False

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        masks = ("ratio", "binary")
        require("resnet", front, stems, transform="stft", views=("log_magnitude",), masks=masks, lookahead=0)
        self.bins, self.stems = front.bins, stems
        self.trunk = ResNetTrunk(config.depth, config.width, 1)
        self.head = nn.Linear(self.trunk.channels * self.trunk.shrunk(self.bins), stems * self.bins)
        start_open(self.head)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map log magnitudes to the mask."""
        seen = self.trunk(above_silence(x)[:, None])
        mask = torch.sigmoid(self.head(seen.transpose(1, 2).flatten(2)))
        return mask.reshape(mask.shape[0], mask.shape[1], self.stems, self.bins).transpose(1, 2), state


def _conv(inputs: int, outputs: int, kernel: int, stride: tuple[int, int], gain: float = 1.0) -> list[nn.Module]:
    norm = nn.BatchNorm2d(outputs)
    nn.init.constant_(norm.weight, gain)
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), norm]
