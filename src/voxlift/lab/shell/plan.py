"""What autoBuild looks for: the shape of a net, and how fast it learns."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_LAYERS, DEFAULT_RATE = 3, 0.01
"""What does well on both kinds of data, for whoever trains without autoBuild."""


@dataclass(frozen=True)
class Plan:
    """Of one net."""

    layers: int = DEFAULT_LAYERS
    """Hidden layers."""
    rate: float = DEFAULT_RATE
    """Learning rate, at its highest."""

    def __str__(self) -> str:
        layers = "1 hidden layer" if self.layers == 1 else f"{self.layers} hidden layers"
        return f"{layers}, learning rate {self.rate:.4g}"
