"""The residual nets of every depth."""

from __future__ import annotations

import pytest
import torch

from tests.lab.test_nets import CASES, answer, net_of
from voxlift.lab.nets import resnet


# Of torchvision's classifiers, without their 1000 outputs.
@pytest.mark.parametrize(
    ("depth", "parameters"),
    [(18, 11_176_512), (34, 21_284_672), (50, 23_508_032), (101, 42_500_160), (152, 58_143_808), (200, 62_624_832)],
)
def test_the_trunk_is_the_papers(depth: int, parameters: int) -> None:
    with torch.device("meta"):
        trunk = resnet.ResNetTrunk(depth, 64, 3)
    assert sum(value.numel() for value in trunk.parameters()) == parameters


@pytest.mark.parametrize("depth", resnet.DEPTHS)
def test_a_resnet_of_any_depth_answers(depth: int) -> None:
    said = answer(net_of("resnet", depth=depth), CASES["resnet"].sees(1, 3))
    assert said.shape == (1, 1, 3, 65)
    assert 0.01 < said.min() < said.max() < 0.99
