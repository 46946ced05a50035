"""The judge of the adversarial road: a ResNet that hears a mixture and a candidate, and says whether it is the truth.

The discriminator of a conditional GAN (Goodfellow et al., 2014; Isola et al., "Image-to-image translation with
conditional adversarial networks", 2017): as it sees the mixture too, a clean voice that does not belong to it is
called a forgery.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from voxlift.lab.nets.levels import above_silence
from voxlift.lab.nets.resnet import Config, ResNetTrunk


class Judge(nn.Module):
    """Two log magnitudes `(batch, frames, bins)`, mixture and candidate -> a logit `(batch,)`, above 0 for "true".

    Both axes shrink, and the mean over what is left makes it indifferent to the number of frames.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.trunk = ResNetTrunk(config.depth, config.width, 2, shrink_time=True)
        self.head = nn.Linear(self.trunk.channels, 1)

    def forward(self, mixture: Tensor, candidate: Tensor) -> Tensor:
        """Judge the candidates."""
        pair = torch.stack([above_silence(mixture), above_silence(candidate)], dim=1)
        verdict: Tensor = self.head(self.trunk(pair).mean(dim=(2, 3)))
        return verdict[:, 0]
