"""The other half of a GAN: a ResNet that learns to tell what the net made from what was wanted.

The judge sees the mixture beside a candidate, as pix2pix's does (Isola et al. 2017), and is trained by least squares
(Mao et al. 2017), which keeps slopes where cross-entropy has none left. The forger is whatever net the recipe names.
"""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor

from voxlift.lab.losses import grid_of
from voxlift.lab.nets.judge import Judge
from voxlift.lab.nets.resnet import Config
from voxlift.lab.recipe import Recipe
from voxlift.lab.transforms import analyse


class Contest:
    """A judge, its optimiser, and the two halves of a round: the judge learns, then the net hears the verdict."""

    def __init__(self, recipe: Recipe, fabric: lightning.Fabric) -> None:
        assert recipe.adversary is not None
        self.terms = recipe.adversary
        self.grid = grid_of(recipe.front)
        judge = Judge(Config(depth=self.terms.depth, width=self.terms.width))
        optimiser = torch.optim.Adam(judge.parameters(), lr=self.terms.rate, betas=(0.5, 0.9))
        self.fabric = fabric
        self.judge, self.optimiser = fabric.setup(judge, optimiser)

    def verdict(self, mixture: Tensor, sound: Tensor, target: Tensor, share: float) -> Tensor:
        """Let the judge learn from a batch; return the loss that it puts on the net.

        `mixture` is `(batch, length)`, the stems `(batch, stems, length)`; `share` is how much of the schedule is done.
        """
        stems = target.shape[1]
        mixture = self._seen(mixture).repeat_interleave(stems, dim=0)
        wanted, forged = (self._seen(x.flatten(0, 1)) for x in (target, sound))
        self._learn(mixture, wanted, forged.detach())
        if share < self.terms.start:
            return torch.zeros((), device=sound.device)
        self.judge.requires_grad_(False)  # the net learns from this verdict, the judge does not
        loss = self.terms.weight * (1 - self.judge(mixture, forged)).square().mean()
        self.judge.requires_grad_(True)
        return loss

    def state(self) -> dict[str, Any]:
        """Return all that a resumed run needs."""
        return {"judge": self.judge.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state back."""
        self.judge.load_state_dict(state["judge"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _learn(self, mixture: Tensor, wanted: Tensor, forged: Tensor) -> None:
        real = (1 - self.judge(mixture, wanted)).square().mean()
        fake = self.judge(mixture, forged).square().mean()
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(real + fake)
        self.optimiser.step()

    def _seen(self, sound: Tensor) -> Tensor:
        spectrum = analyse(self.grid, sound)
        return spectrum.abs().clamp_min(1e-5).log()
