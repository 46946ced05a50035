"""Stems that may come in any order, and those that begin in one: permutation-invariant training, eased."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.lab.test_mixing import two_speakers
from voxlift.lab.recipe import Recipe, resolve
from voxlift.lab.training import Training


def recipe(root: Path, permute: bool, ordered: float) -> Recipe:
    front = {"rate": 8000, "window": 256, "hop": 128, "view": "log_magnitude", "mask": "ratio"}
    table = {
        "name": "two",
        "task": "speakers",
        "summary": "",
        "stems": ["s1", "s2"],
        "front": front,
        "net": {"kind": "logistic"},
        "losses": {"snr": 1.0},
        "objective": {"permute": permute, "ordered": ordered},
        "data": {"corpus": "auto", "root": str(root), "seconds": 0.25, "rooms": 0, "validation": 0, "workers": 0},
        "optimiser": {"ema": 0.0},
        "schedule": {"steps": 4, "batch": 8, "warmup": 1},
    }
    return resolve(table)


def test_an_order_holds_for_its_share_of_the_schedule(tmp_path: Path, cache: Path) -> None:
    root = tmp_path / "corpus"
    two_speakers(root)

    def learned(name: str, permute: bool, ordered: float) -> torch.Tensor:
        Training(recipe(root, permute, ordered), tmp_path / name, cache).run()
        net = torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["net"]
        return torch.cat([value.flatten() for value in net.values()])

    fixed = learned("fixed", permute=False, ordered=0.0)
    torch.testing.assert_close(learned("throughout", permute=True, ordered=1.0), fixed)
    half, free = learned("half", permute=True, ordered=0.5), learned("free", permute=True, ordered=0.0)
    assert not torch.allclose(half, fixed)
    assert not torch.allclose(half, free)
