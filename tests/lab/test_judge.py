"""The judge of a GAN: what it is asked, what it answers, and that the forger learns from it."""

from __future__ import annotations

from types import SimpleNamespace

import lightning
import numpy as np
import pytest
import torch

from tests.lab.test_nets import CASES
from voxlift.errors import RecipeError
from voxlift.lab.adversary import Contest
from voxlift.lab.nets import judge, resnet
from voxlift.lab.recipe import Adversary
from voxlift.metrics import measure
from voxlift.separate.front import Front


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


def contest(metric: str | None) -> tuple[Contest, torch.Tensor, torch.Tensor]:
    """A contest, four voices of two seconds, and more and more noise for each of them."""
    torch.manual_seed(0)
    front = Front(rate=16000, window=512, hop=256, view="real_imag", mask="complex_ratio")
    terms = Adversary(metric=metric, width=4, rate=2e-3, start=0.0, weight=1.0)
    fabric = lightning.Fabric(accelerator="cpu", devices=1)
    at = torch.arange(32000) / 16000
    voices = 0.1 * torch.sin(2 * torch.pi * 200 * at) * torch.sin(2 * torch.pi * 3 * at).clamp_min(0)
    voices = (
        torch.stack([voices * (1 + 0.3 * k) for k in range(4)]) + 0.01 * torch.randn(4, 32000) * voices.abs().sqrt()
    )
    noise = torch.tensor([0.0003, 0.003, 0.03, 0.3])[:, None] * torch.randn(4, 32000)
    recipe = SimpleNamespace(front=front, adversary=terms)
    return Contest(recipe, fabric), voices, noise  # type: ignore[arg-type]


def test_a_judge_learns_to_foretell_a_metric() -> None:
    """After some rounds on the same candidates it says of each what the metric says."""
    court, voices, noise = contest("stoi")
    mixture, said = voices + noise, voices + 0.3 * noise
    for _ in range(60):
        court.verdict(mixture, said[:, None], voices[:, None], share=1.0)
    deserved = [
        measure(a.numpy(), b.numpy(), 16000, names=["stoi"])["stoi"] / 100 for a, b in zip(mixture, voices, strict=True)
    ]
    court.judge.eval()
    with torch.no_grad():
        foretold = court.judge(court._seen(voices), court._seen(mixture))
    assert np.corrcoef(foretold, deserved)[0, 1] > 0.9


@pytest.mark.parametrize("silent", [3, 4])
def test_what_a_metric_cannot_score_is_no_lesson(silent: int) -> None:
    court, voices, noise = contest("pesq_wb")
    voices = torch.cat([torch.zeros(silent, 32000), voices[silent:]])
    loss = court.verdict(voices + noise, (voices + noise)[:, None].requires_grad_(), voices[:, None], share=1.0)
    assert loss.isfinite()
    assert all(value.isfinite().all() for value in court.judge.parameters())


def test_a_metric_that_no_judge_knows_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"adversary\.metric 'mos': choose pesq_wb"):
        contest("mos")
