"""The talkers of a corpus by name, from whom a net that knows voices learns; the net does not keep them.

Each has a direction of his own, learned beside the net, and a voice must lie nearer to its talker's than to any
other's by a margin: additive angular margin, Deng et al., "ArcFace", 2019, as speakers are told since Xiang et al.,
"Margin matters: towards more discriminative deep neural network embeddings for speaker recognition", 2019.
"""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot

from voxlift.lab.losses import alone_frames, voices_of
from voxlift.lab.rate import set_rate
from voxlift.lab.recipe import Recipe
from voxlift.lab.separation import Estimate

WHOLE_MARGIN = 0.25
"""The share of the schedule over which the margin grows: asked for at once, nothing would be learned."""


class Directions(nn.Module):
    """Unit vectors `(..., size)` -> cosines of the angles to every talker's direction `(..., count)`."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.1 * torch.randn(count, size))

    def forward(self, voices: Tensor) -> Tensor:
        """Compare."""
        return voices @ normalize(self.weight, dim=-1).T


class Enrolment:
    """A direction for each of `count` talkers, for a net whose voices have `size` numbers; learned as the net is."""

    def __init__(self, recipe: Recipe, count: int, fabric: lightning.Fabric) -> None:
        assert recipe.enrolment is not None
        self.terms = recipe.enrolment
        directions = Directions(count, recipe.net["size"])
        optimiser = torch.optim.AdamW(
            directions.parameters(), lr=recipe.optimiser.rate, weight_decay=recipe.optimiser.weight_decay
        )
        self.directions, self.optimiser = fabric.setup(directions, optimiser)

    def loss(self, said: Estimate, target: Tensor, talkers: Tensor, share: float) -> Tensor:
        """Say how badly voices are told.

        `talkers` `(batch, stems)` are the numbers of those who speak in `target` `(batch, stems, length)`; `share` is
        how much of the schedule is done.
        """
        voices, known = voices_of(said, alone_frames(said.front, target))
        cosines = self.directions(voices.flatten(0, 1)).clamp(-0.9999, 0.9999)
        who, known = talkers.flatten(), known.flatten()
        margin = self.terms.margin * min(1.0, share / WHOLE_MARGIN)
        held = torch.where(one_hot(who, cosines.shape[-1]).bool(), (cosines.acos() + margin).cos(), cosines)
        losses = cross_entropy(self.terms.sharpness * held, who, reduction="none") * known
        return self.terms.weight * losses.sum() / known.sum().clamp_min(1)

    def step(self, rate: float) -> None:
        """Learn from what has been sent backward; `rate` is the learning rate now."""
        set_rate(self.optimiser, rate)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """Return all that a resumed run needs."""
        return {"directions": self.directions.state_dict(), "optimiser": self.optimiser.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state back."""
        self.directions.load_state_dict(state["directions"])
        self.optimiser.load_state_dict(state["optimiser"])
