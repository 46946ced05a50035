"""What is written of a net is close to it, small, and the same once more."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from voxlift.lab.parameters import read_parameters, write_parameters


class Odd(nn.Module):
    """A matrix with a row of nothing, a kernel, a vector, a constant, a count."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.matrix = nn.Parameter(torch.randn(64, 256) * torch.logspace(-6, 2, 64)[:, None])
        with torch.no_grad():
            self.matrix[5] = 0
        self.kernel = nn.Parameter(torch.randn(8, 4, 3, 3))
        self.vector = nn.Parameter(torch.randn(100))
        self.constant = nn.Parameter(torch.randn(20, 20), requires_grad=False)
        self.register_buffer("count", torch.tensor(7))


@pytest.mark.parametrize(("bits", "largest"), [(8, 127), (6, 31), (2, 1)])
def test_no_weight_is_off_by_more_than_half_a_step_of_its_row(tmp_path: Path, bits: int, largest: int) -> None:
    net, before = Odd(), Odd().state_dict()
    write_parameters(net, tmp_path / "weights.safetensors", bits)
    for name in ("matrix", "kernel"):
        rows, rounded = before[name].flatten(1), net.state_dict()[name].flatten(1)
        steps = rows.abs().amax(dim=1, keepdim=True) / largest
        assert ((rounded - rows).abs() <= 0.5001 * steps).all()
    for name in ("vector", "constant", "count"):
        torch.testing.assert_close(net.state_dict()[name], before[name], rtol=1e-3, atol=1e-4)


def test_a_net_is_what_its_file_says_and_stays_so(tmp_path: Path) -> None:
    net = Odd()
    for path in (tmp_path / "weights.safetensors", tmp_path / "again.safetensors"):
        write_parameters(net, path)
        there = read_parameters(path)
        assert there.keys() == net.state_dict().keys()
        for name, value in net.state_dict().items():
            torch.testing.assert_close(value, there[name], rtol=0, atol=0)
    assert (tmp_path / "weights.safetensors").stat().st_size < 1.3 * sum(value.numel() for value in net.parameters())
    first, again = (read_parameters(tmp_path / name) for name in ("weights.safetensors", "again.safetensors"))
    for name, value in first.items():
        torch.testing.assert_close(value, again[name], rtol=1e-6, atol=0)
