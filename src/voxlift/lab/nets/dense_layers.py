"""The dense net itself, which the recipes' net on digits and the shell's share."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


class DenseLayers(nn.Module):
    """`(..., inputs)` -> `(..., outputs)` of logits, by hidden layers of one width with ReLU between them.

    Parameters
    ----------
    inputs, outputs
        Numbers that come in and go out.
    hidden
        Units of each hidden layer.
    layers
        Number of hidden layers; 0 leaves a logistic regression.
    """

    def __init__(self, inputs: int, outputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        if min(inputs, outputs, hidden) < 1 or layers < 0:
            raise ValueError(
                f"a dense net of {inputs} inputs, {layers} hidden layers of {hidden} and {outputs} outputs: "
                "give at least 1 of each, and 0 or more layers"
            )
        sizes = [inputs] + [hidden] * layers
        self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.last = nn.Linear(sizes[-1], outputs)
        for layer in self.hidden:
            # He's initialisation: each ReLU halves the energy, this doubles it, so that eight layers learn as one does.
            nn.init.kaiming_normal_(layer.get_parameter("weight"), nonlinearity="relu")
            nn.init.zeros_(layer.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs to logits."""
        for layer in self.hidden:
            x = layer(x).relu()
        logits: Tensor = self.last(x)
        return logits
