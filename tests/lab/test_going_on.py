"""A larger net that goes on from a smaller one's card begins by saying what that one says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from voxlift.errors import RecipeError
from voxlift.lab.graph import export_net
from voxlift.lab.nets import make_net
from voxlift.lab.parameters import take_over
from voxlift.separate.front import Front

FRONT = Front(rate=8000, window=64, hop=32, view="real_imag", mask="complex_ratio")
SMALL = {"kind": "band_gru", "width": 8, "hidden": 12, "layers": 2, "narrow": (4, 2), "bins": (4, 8)}


@pytest.mark.parametrize(
    "more", [{"blocks": 3}, {"both_ways": True}, {"both_ways": True, "blocks": 2}, {"level_seconds": 0.0}], ids=str
)
def test_what_is_added_says_nothing_at_first(more: dict[str, Any], tmp_path: Path) -> None:
    torch.manual_seed(1)
    small, large = make_net(SMALL, FRONT).eval(), make_net({**SMALL, **more}, FRONT).eval()
    export_net(small, SimpleNamespace(front=FRONT), tmp_path)  # type: ignore[arg-type]
    take_over(large, SimpleNamespace(weights=tmp_path / "weights.onnx"))  # type: ignore[arg-type]
    x = torch.randn(2, 30, FRONT.bins, 2)
    with torch.no_grad():
        torch.testing.assert_close(large(x, *large.initial_state(2))[0], small(x, *small.initial_state(2))[0])
    large.train()(x, *large.initial_state(2))[0].square().sum().backward()
    assert all(value.grad is None or value.grad.isfinite().all() for value in large.parameters())


def test_another_width_is_another_net(tmp_path: Path) -> None:
    export_net(make_net(SMALL, FRONT).eval(), SimpleNamespace(front=FRONT), tmp_path)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="does not fit"):
        take_over(make_net({**SMALL, "hidden": 16}, FRONT), SimpleNamespace(weights=tmp_path / "weights.onnx"))  # type: ignore[arg-type]
