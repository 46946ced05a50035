"""The lab's GRU is torch's, in what it says and in what it learns from."""

import pytest
import torch
from torch import Tensor, nn

from voxlift.lab.nets.recurrence import GRU

SHAPES = [(1, True), (2, True), (1, False), (3, False)]


def twins(layers: int, both_ways: bool) -> tuple[nn.GRU, GRU]:
    torch.manual_seed(layers)
    theirs, ours = (kind(6, 8, layers, batch_first=True, bidirectional=both_ways) for kind in (nn.GRU, GRU))
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def learn(memory: nn.GRU, given: tuple[Tensor, ...]) -> list[Tensor]:
    """What is said, what is kept, and the slope of a loss of both by all that went in."""
    leaves = [one.clone().requires_grad_() for one in given]
    said, last = memory(*leaves)
    (said.square().sum() + (said.cumsum(1) * last.sum()).mean()).backward()
    return [said, last, *(leaf.grad for leaf in leaves), *(weight.grad for weight in memory.parameters())]


@pytest.mark.parametrize(("layers", "both_ways"), SHAPES)
@pytest.mark.parametrize("with_state", [False, True])
def test_says_and_learns_what_torchs_does(layers: int, both_ways: bool, with_state: bool) -> None:
    theirs, ours = twins(layers, both_ways)
    state = torch.randn(layers * (1 + both_ways), 3, 8)
    given = (torch.randn(3, 11, 6), *([state] if with_state else []))
    for expected, value in zip(learn(theirs, given), learn(ours, given), strict=True):
        torch.testing.assert_close(value, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("layers", "both_ways"), SHAPES)
def test_learns_nearly_the_same_when_products_are_short(layers: int, both_ways: bool) -> None:
    theirs, ours = twins(layers, both_ways)
    given = (torch.randn(3, 11, 6),)
    expected = learn(theirs, given)
    with torch.autocast("cpu", torch.bfloat16):
        values = learn(ours, given)
    for one, other in zip(expected, values, strict=True):
        assert (one - other).norm() < 0.02 * one.norm()


@pytest.mark.parametrize(("layers", "both_ways"), SHAPES)
def test_is_torchs_where_nothing_is_learnt(layers: int, both_ways: bool) -> None:
    theirs, ours = twins(layers, both_ways)
    x = torch.randn(2, 7, 6)
    with torch.no_grad():
        assert torch.equal(ours(x)[0], theirs(x)[0])
    assert torch.equal(ours.eval()(x)[0], theirs(x)[0])
