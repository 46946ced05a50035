"""The shell's net and how it learns: Adam on the cross-entropy of each digit, batch by batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from voxlift.dsp.bits import from_digits
from voxlift.errors import DataError
from voxlift.lab.nets.dense_layers import DenseLayers
from voxlift.lab.rate import set_rate, warmth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxlift.lab.shell.data import DigitSet
    from voxlift.lab.shell.plan import Plan

BATCH = 128
WARMUP = 50
_ROWS = 2048
"""Rows that go through a net at once when nothing is learnt."""


class DigitNet(nn.Module):
    """A dense net that first brings its inputs to mean 0 and deviation 1: samples of quiet sound all lie near 0.5."""

    def __init__(self, inputs: int, outputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.inputs, self.outputs, self.width = inputs, outputs, hidden
        self.register_buffer("centre", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))
        self.layers = DenseLayers(inputs, outputs, hidden, layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(rows, inputs)` in 0..1 to logits `(rows, outputs)`."""
        logits: Tensor = self.layers((x - self.get_buffer("centre")) / self.get_buffer("spread"))
        return logits

    @property
    def parameters_count(self) -> int:
        """Numbers that the net learns."""
        return sum(value.numel() for value in self.parameters())


def make_net(data: DigitSet, plan: Plan, seed: int = 0) -> DigitNet:
    """Make a net for data; the same seed gives the same weights, and torch's own generator is left alone."""
    inputs, outputs = data.shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = DigitNet(inputs, outputs, width_for(outputs), plan.layers)
    net.get_buffer("centre").fill_(float(data.x.mean()))
    net.get_buffer("spread").fill_(max(1e-3, float(data.x.std())))
    return net


def width_for(outputs: int) -> int:
    """Units of a hidden layer: enough to learn 1000 simple numbers by heart; more takes longer and hears no better."""
    return 128 if outputs <= 64 else 256


def learn(net: DigitNet, data: DigitSet, rate: float, iterations: int, seed: int = 0) -> Iterator[tuple[int, float]]:
    """Train a net, a batch each iteration; the learning rate rises, then falls along a cosine.

    Yields
    ------
    tuple
        After each iteration its number, from 1, and its loss. Whoever stops asking stops the training.

    Raises
    ------
    DataError
        When the loss stops being a number.
    """
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
    optimiser = torch.optim.Adam(net.parameters(), rate, fused=True)  # a fifth quicker on nets this small
    draw = torch.Generator().manual_seed(seed)
    for iteration in range(1, iterations + 1):
        set_rate(optimiser, rate * warmth(iteration / WARMUP, iteration / iterations))
        rows = torch.randint(len(x), (min(BATCH, len(x)),), generator=draw)
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[rows]), y[rows])
        value = float(loss.detach())
        if not math.isfinite(value):
            raise DataError(f"the loss is {value} at iteration {iteration}: the learning rate {rate:.4g} is too high")
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        yield iteration, value


def probabilities(net: DigitNet, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """How surely each digit is a one, `(rows, outputs)`."""
    with torch.inference_mode():
        parts = [torch.sigmoid(net(torch.from_numpy(x[at : at + _ROWS]))) for at in range(0, len(x), _ROWS)]
    return torch.cat(parts).numpy()


def accuracy_of_digits(net: DigitNet, data: DigitSet, digits: int) -> NDArray[np.float64]:
    """Share predicted right of the first digits, of the second ones, and so on; `(digits,)`."""
    right = np.zeros(data.shape[1])
    for at in range(0, len(data), _ROWS):  # never all of it at once: a large set fills the memory as it is
        said = probabilities(net, data.x[at : at + _ROWS]) > 0.5
        right += (said == (data.y[at : at + _ROWS] > 0.5)).sum(axis=0)
    return right.reshape(-1, digits).mean(axis=0) / len(data)


def values(found: NDArray[np.float32], digits: int) -> NDArray[np.float32]:
    """Numbers in 0..1 from probabilities or digits, `(rows, outputs)` -> `(rows, outputs / digits)`."""
    return from_digits(found.reshape(len(found), -1, digits))


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one core: nets this small gain nothing from two, and lose much when another program is on the second."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
