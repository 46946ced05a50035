"""What a shipped card keeps beside its graph is what the graph computes, and what training can go on from."""

from __future__ import annotations

from pathlib import Path

import pytest

import voxlift
from voxlift.lab.graph import TOLERANCE, parity_error
from voxlift.lab.nets import make_net
from voxlift.lab.parameters import read_parameters
from voxlift.lab.recipe import read_recipe

SHIPPED = Path(voxlift.__file__).parent / "cards"


@pytest.mark.parametrize("card", sorted(SHIPPED.glob("*/card.toml")), ids=lambda path: path.parent.name)
def test_the_parameters_of_a_shipped_card_still_fit(card: Path) -> None:
    recipe = read_recipe(card.with_name("recipe.toml"))
    net = make_net(recipe.net, recipe.front, stems=len(recipe.stems))
    parameters = card.with_name("weights.safetensors")
    net.load_state_dict(read_parameters(parameters))
    assert parity_error(net.eval(), recipe, card.with_name("weights.onnx"), parameters) < TOLERANCE
