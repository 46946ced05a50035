"""The vocal isolator: a small CNN looks at 25 frames and says, for each bin of the middle one, whether it is voice.

After Koretzky, "Audio AI: isolating vocals from stereo music using convolutional neural networks" (2019). As written
there it is run once for each frame, on windows of which neighbours share 24 frames. Here it is run once over all: its
convolutions take no padding in time, so they give the same numbers wherever a window begins; the two poolings by three
become poolings at every frame, and what follows the first one steps over three frames where it stepped over one. The
answers are the same at 1/24 of the work.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voxlift.lab.nets.contract import Net, at_least, require
from voxlift.lab.nets.levels import above_silence, start_open
from voxlift.separate.front import Front

WINDOW = 25
"""Frames that one answer looks at: 25 -> 23 -> 21 -> 7 -> 5 -> 3 -> 1."""
PAST = WINDOW - 1


@dataclass(frozen=True)
class Config:
    """Size of the net; the defaults are the article's."""

    wide: tuple[int, ...] = (32, 64)
    """Channels of the first convolution of each half."""
    narrow: int = 16
    """Channels of the second convolution of each half."""
    hidden: int = 128
    """Width of the dense layer."""
    dropout: float = 0.25
    """Share of values dropped after each pooling; twice as many after the dense layer."""

    def __post_init__(self) -> None:
        at_least(narrow=(self.narrow, 1), hidden=(self.hidden, 1))
        if len(self.wide) != 2 or min(self.wide) < 1:
            raise ValueError(f"wide {list(self.wide)}: give the channels of two convolutions")
        if not 0 <= self.dropout < 0.5:
            raise ValueError(f"dropout {self.dropout}: give 0 to below 0.5")


class VocalIsolator(Net):
    """`(batch, frames, bins)` of log magnitude -> `(batch, stems, frames, bins)`, how surely a bin is the stem's.

    The answer that leaves at frame t is for frame t - 12, the middle of the 25 frames up to t. The state is the last
    24 frames, `(batch, 24, bins)`; zeros mean silence.
    """

    def __init__(self, config: Config, front: Front, stems: int = 1) -> None:
        super().__init__()
        masks = ("binary", "ratio")
        ahead = WINDOW // 2
        require(
            "vocal_isolator", front, stems, transform="stft", views=("log_magnitude",), masks=masks, lookahead=ahead
        )
        self.bins, self.stems = front.bins, stems
        left = ((self.bins - 4) // 3 - 4) // 3  # two convolutions take four bins, the pooling leaves a third
        if left < 1:
            raise ValueError(f"vocal_isolator needs 25 bins or more, the front has {self.bins}: take a longer window")
        first, second = config.wide
        self.looks = nn.Sequential(
            *_half(1, first, config.narrow, 1, config.dropout),
            *_half(config.narrow, second, config.narrow, 3, config.dropout),
        )
        self.gather = nn.Linear(config.narrow * left, config.hidden)
        self.dropout = nn.Dropout(2 * config.dropout)
        self.answer = nn.Linear(config.hidden, stems * self.bins)
        start_open(self.answer)

    def initial_state(self, batch: int) -> tuple[Tensor, ...]:
        """Silence, `(batch, 24, bins)`."""
        return (torch.zeros(batch, PAST, self.bins),)

    def forward(self, x: Tensor, *state: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map log magnitudes to probabilities."""
        seen = torch.cat([*state, above_silence(x)], dim=1)
        looked = self.looks(seen[:, None])  # (batch, channels, frames, bins left)
        gathered = nn.functional.leaky_relu(self.gather(looked.transpose(1, 2).flatten(2)), 0.2)
        sure = torch.sigmoid(self.answer(self.dropout(gathered)))
        by_stem = sure.reshape(sure.shape[0], sure.shape[1], self.stems, self.bins).transpose(1, 2)
        return by_stem, (seen[:, -PAST:],)


def _half(inputs: int, wide: int, narrow: int, step: int, dropout: float) -> list[nn.Module]:
    """Two convolutions and a pooling, each of whose looks are `step` frames apart."""
    apart = (step, 1)
    return [
        nn.Conv2d(inputs, wide, 3, dilation=apart),
        nn.LeakyReLU(0.2),
        nn.Conv2d(wide, narrow, 3, dilation=apart),
        nn.LeakyReLU(0.2),
        nn.MaxPool2d(3, (1, 3), dilation=apart),
        nn.Dropout(dropout),
    ]
