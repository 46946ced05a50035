"""The judge of a GAN: what it is asked, what it answers, and that the forger learns from it."""

from __future__ import annotations

import pytest
import torch

from tests.lab.test_nets import CASES
from voxlift.lab.nets import judge, resnet


def make_judge() -> judge.Judge:
    torch.manual_seed(0)
    return judge.Judge(resnet.Config(width=4))


@pytest.mark.parametrize("frames", [8, 37, 100])
def test_the_judge_gives_one_verdict_for_each_candidate(frames: int) -> None:
    mixture = CASES["resnet"].sees(3, frames)
    assert make_judge()(mixture, mixture - 1).shape == (3,)


def test_the_forger_learns_from_the_judge() -> None:
    net, mixture = make_judge(), CASES["resnet"].sees(3, 50)
    candidate = (mixture - 1).requires_grad_()
    net(mixture, candidate).sum().backward()
    assert (candidate.grad.abs().amax(dim=(1, 2)) > 0).all()
    assert all(value.grad is not None for value in net.parameters())


def test_the_judge_hears_the_mixture_too() -> None:
    net = make_judge().eval()
    candidate, one, other = (CASES["resnet"].sees(1, 50, seed=seed) for seed in range(3))
    assert net(one, candidate) != net(other, candidate)
