"""What the lab computes in torch is what the product computes in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from voxlift import Audio
from voxlift.dsp.stft import STFT
from voxlift.lab import separation, stft
from voxlift.lab.export import export_graph
from voxlift.lab.nets import NETS, make_net
from voxlift.lab.recipe import read_recipe, resolve
from voxlift.separate import masks, views
from voxlift.separate.front import Front
from voxlift.separate.model import Model
from voxlift.separate.nets import Machine, OnnxNet

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


@pytest.mark.parametrize("grid", [(512, 256), (512, 128), (64, 32)])
@pytest.mark.parametrize("length", [1, 777, 4096])
def test_the_two_transforms_are_equal(grid: tuple[int, int], length: int, rng: np.random.Generator) -> None:
    ours = STFT(*grid)
    x = rng.standard_normal((2, length)).astype(np.float32)
    spectrum = stft.analyse(ours, torch.from_numpy(x))
    np.testing.assert_allclose(spectrum.numpy(), ours.analyse(x), atol=1e-4)
    np.testing.assert_allclose(stft.synthesise(ours, spectrum, length).numpy(), x, atol=1e-5)


@pytest.mark.parametrize("name", views.VIEWS)
def test_every_view_has_an_equal_twin(name: str, rng: np.random.Generator) -> None:
    x = (rng.standard_normal((2, 5, 33)) + 1j * rng.standard_normal((2, 5, 33))).astype(np.complex64)
    x[0, 0] = 0
    np.testing.assert_allclose(separation.VIEWS[name](torch.from_numpy(x)).numpy(), views.VIEWS[name](x), atol=1e-5)


def test_every_mask_has_a_twin(rng: np.random.Generator) -> None:
    assert separation.MASKS.keys() == masks.MASKS.keys()
    x = rng.standard_normal((2, 1, 5, 33, 2)).astype(np.float32)
    twin = separation.MASKS["complex_ratio"](torch.from_numpy(x)).numpy()
    np.testing.assert_array_equal(twin, masks.MASKS["complex_ratio"](x))


def test_every_net_has_a_recipe() -> None:
    assert {read_recipe(path).net["kind"] for path in RECIPES} == set(NETS)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_an_exported_recipe_separates_as_its_net_does(path: Path, tmp_path: Path, rng: np.random.Generator) -> None:
    """The law of the thread: net in torch, over a whole sound == card in the product, over blocks."""
    recipe = read_recipe(path)
    torch.manual_seed(3)
    net = make_net(recipe.net, recipe.front).eval()
    graph = tmp_path / "weights.onnx"
    export_graph(net, recipe, graph)
    audio = Audio((0.1 * rng.standard_normal(recipe.front.rate)).astype(np.float32), recipe.front.rate)
    product = Model(recipe.front, OnnxNet(graph, Machine("cpu", 1)))(audio)["voice"].samples
    with torch.no_grad():
        lab = separation.estimate(net, recipe.front, torch.tensor(audio.samples)).numpy()
    np.testing.assert_allclose(product, lab, atol=2e-5)


@pytest.mark.parametrize("kind", NETS)
def test_every_net_is_causal_but_for_its_lookahead(kind: str) -> None:
    """What comes later does not change what was said before: the state carries all."""
    front = {"logistic": ("log_magnitude", "ratio"), "band_gru": ("real_imag", "complex_ratio")}[kind]
    net = make_net({"kind": kind}, Front(16000, 512, 256, *front)).eval()
    x = torch.randn(2, 20, 257, 2) if front[0] == "real_imag" else torch.randn(2, 20, 257)
    with torch.no_grad():
        whole, _ = net(x, *net.initial_state(2))
        first, state = net(x[:, :7], *net.initial_state(2))
        second, _ = net(x[:, 7:], *state)
    torch.testing.assert_close(torch.cat([first, second], dim=2), whole, atol=1e-5, rtol=1e-4)


def test_a_logistic_regression_can_look_back() -> None:
    recipe = resolve(
        {
            "name": "x",
            "task": "denoise",
            "summary": "",
            "front": {"rate": 16000, "window": 64, "hop": 32, "view": "log_magnitude", "mask": "ratio"},
            "net": {"kind": "logistic", "context": 3},
        }
    )
    net = make_net(recipe.net, recipe.front)
    x = torch.randn(1, 9, 33)
    whole, _ = net(x, *net.initial_state(1))
    first, state = net(x[:, :4], *net.initial_state(1))
    second, _ = net(x[:, 4:], *state)
    torch.testing.assert_close(torch.cat([first, second], dim=2), whole)
