"""The other half of a GAN: a ResNet that learns to tell what the net made from what was wanted.

The judge sees the mixture beside a candidate, as pix2pix's does (Isola et al. 2017), and is trained by least squares
(Mao et al. 2017), which keeps slopes where cross-entropy has none left. The forger is whatever net the recipe names.

Or the judge learns to foretell a metric of a candidate beside the truth, so that the net can climb what has no slope of
its own: MetricGAN (Fu et al., ICML 2019), with the noisy mixtures among the lessons as in MetricGAN+ (Fu et al.,
Interspeech 2021).
"""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor

from voxlift.errors import RecipeError
from voxlift.lab.losses import grid_of
from voxlift.lab.nets.judge import Judge
from voxlift.lab.nets.resnet import Config
from voxlift.lab.recipe import Recipe
from voxlift.lab.transforms import analyse
from voxlift.metrics import measure

SCALES = {"pesq_wb": (1.04, 4.64), "pesq_nb": (1.02, 4.55), "stoi": (0.0, 100.0), "estoi": (0.0, 100.0)}
"""The metrics that a judge can foretell, and what the worst and the truth itself score."""


class Contest:
    """A judge, its optimiser, and the two halves of a round: the judge learns, then the net hears the verdict.

    Raises
    ------
    RecipeError
        When the judge is to foretell a metric that is not one of `SCALES`.
    """

    def __init__(self, recipe: Recipe, fabric: lightning.Fabric) -> None:
        assert recipe.adversary is not None
        self.terms, self.rate = recipe.adversary, recipe.front.rate
        if self.terms.metric is not None and self.terms.metric not in SCALES:
            raise RecipeError(f"adversary.metric {self.terms.metric!r}: choose {', '.join(SCALES)}")
        self.grid = grid_of(recipe.front)
        judge = Judge(Config(depth=self.terms.depth, width=self.terms.width))
        optimiser = torch.optim.Adam(judge.parameters(), lr=self.terms.rate, betas=(0.5, 0.9))
        self.fabric = fabric
        self.judge, self.optimiser = fabric.setup(judge, optimiser)

    def verdict(self, mixture: Tensor, sound: Tensor, target: Tensor, share: float) -> Tensor:
        """Let the judge learn from a batch; return the loss that it puts on the net.

        `mixture` is `(batch, length)`, the stems `(batch, stems, length)`; `share` is how much of the schedule is done.
        """
        wanted, forged = self._seen(target.flatten(0, 1)), self._seen(sound.flatten(0, 1))
        mixed = self._seen(mixture).repeat_interleave(target.shape[1], dim=0)
        truth = wanted.new_ones(len(wanted))
        if self.terms.metric is None:
            beside, lessons = mixed, [(wanted, truth), (forged, 0 * truth)]
        else:
            beside = wanted
            lessons = [(wanted, truth), (forged, self._scores(sound, target)), (mixed, self._scores(mixture, target))]
        self._learn(beside, lessons)
        if share < self.terms.start:
            return torch.zeros((), device=sound.device)
        self.judge.requires_grad_(False)  # the net learns from this verdict, the judge does not
        loss = self.terms.weight * (1 - self.judge(beside, forged)).square().mean()
        self.judge.requires_grad_(True)
        return loss

    def state(self) -> dict[str, Any]:
        """Return all that a resumed run needs."""
        return {"judge": self.judge.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state back."""
        self.judge.load_state_dict(state["judge"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _scores(self, candidates: Tensor, target: Tensor) -> Tensor:
        """Score each stem by the metric, 0..1, `(batch * stems,)`; NaN where it has no answer.

        Candidates are stems `(batch, stems, length)`, or mixtures `(batch, length)`, which are one for all.
        """
        name = self.terms.metric
        assert name is not None
        low, high = SCALES[name]
        candidates = candidates.detach() if candidates.ndim == 3 else candidates[:, None].expand_as(target)
        pairs = zip(candidates.flatten(0, 1).cpu().numpy(), target.flatten(0, 1).cpu().numpy(), strict=True)
        scores = torch.tensor([measure(said, truth, self.rate, names=[name])[name] for said, truth in pairs])
        return ((scores - low) / (high - low)).to(target)

    def _learn(self, beside: Tensor, lessons: list[tuple[Tensor, Tensor]]) -> None:
        losses = []
        for candidates, deserved in lessons:
            known = ~deserved.isnan()
            wrong = (self.judge(beside, candidates.detach()) - deserved.nan_to_num()) * known
            losses.append(wrong.square().sum() / known.sum().clamp_min(1))
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(torch.stack(losses).sum())
        self.optimiser.step()

    def _seen(self, sound: Tensor) -> Tensor:
        spectrum = analyse(self.grid, sound)
        return spectrum.abs().clamp_min(1e-5).log()
