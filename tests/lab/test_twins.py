"""What the lab computes in torch is what the product computes in numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from voxlift import Audio
from voxlift.dsp.activity import active_frames
from voxlift.dsp.blocks import BitPlanes, Waveform
from voxlift.dsp.stft import STFT
from voxlift.dsp.transform import Transform
from voxlift.lab import separation, transforms
from voxlift.lab.graph import export_net
from voxlift.lab.losses import active_frames as active_frames_twin
from voxlift.lab.losses import check_losses
from voxlift.lab.nets import NETS, make_net
from voxlift.lab.recipe import read_recipe
from voxlift.separate import masks, views
from voxlift.separate.front import Front
from voxlift.separate.hearing import Hearing
from voxlift.separate.model import Model
from voxlift.separate.nets import Machine, OnnxNet

RECIPES = sorted((Path(__file__).parents[2] / "recipes").rglob("*.toml"))
GRIDS = [STFT(512, 256), STFT(512, 128), STFT(64, 32), Waveform(100), BitPlanes(40)]


@pytest.mark.parametrize("grid", GRIDS, ids=str)
@pytest.mark.parametrize("length", [1, 777, 4096])
def test_the_two_transforms_are_equal(grid: Transform, length: int, rng: np.random.Generator) -> None:
    x = np.clip(0.3 * rng.standard_normal((2, length)), -1, 1).astype(np.float32)
    analyser = grid.analyser(2)
    ours = np.concatenate([analyser.push(x), analyser.flush()], axis=1)
    twins = transforms.analyse(grid, torch.from_numpy(x))
    np.testing.assert_allclose(twins.numpy(), ours, atol=1e-4)
    back = transforms.synthesise(grid, twins, length).numpy()
    np.testing.assert_allclose(back, grid.synthesiser(2).push(ours)[:, :length], atol=1e-5)
    np.testing.assert_allclose(back, x, atol=2 / 1024 if isinstance(grid, BitPlanes) else 1e-5)


@pytest.mark.parametrize("name", views.VIEWS)
def test_every_view_has_an_equal_twin(name: str, rng: np.random.Generator) -> None:
    x = (rng.standard_normal((2, 5, 33)) + 1j * rng.standard_normal((2, 5, 33))).astype(np.complex64)
    x[0, 0] = 0
    np.testing.assert_allclose(separation.VIEWS[name](torch.from_numpy(x)).numpy(), views.VIEWS[name](x), atol=1e-5)


def test_every_mask_has_a_twin(rng: np.random.Generator) -> None:
    assert separation.MASKS.keys() == masks.MASKS.keys()
    x = rng.standard_normal((2, 1, 5, 33, 2)).astype(np.float32)
    twin = separation.MASKS["complex_ratio"](torch.from_numpy(x)).numpy()
    np.testing.assert_array_equal(twin, masks.MASKS["complex_ratio"].read(x))


def test_a_voice_is_heard_in_the_same_frames(rng: np.random.Generator) -> None:
    front = Front(8000, 512, 128, "log_magnitude", "activity")
    voice = (0.1 * rng.standard_normal(20000) * (np.sin(np.arange(20000) / 1500) > 0)).astype(np.float32)
    twin = active_frames_twin(front, torch.from_numpy(voice)[None, None])[0, 0].numpy()
    ours = active_frames(voice, 512, 128)
    np.testing.assert_array_equal(twin.astype(bool), ours)
    assert 0.3 < ours.mean() < 0.8


def test_every_net_has_a_recipe() -> None:
    assert {read_recipe(path).net["kind"] for path in RECIPES} == set(NETS)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_an_exported_recipe_separates_as_its_net_does(path: Path, tmp_path: Path, rng: np.random.Generator) -> None:
    """The law of the thread: net in torch, over a whole sound == card in the product, over blocks."""
    recipe = read_recipe(path)
    torch.manual_seed(3)
    # A threshold turns a rounding into all or nothing: what lies before it is compared.
    front = replace(recipe.front, mask="ratio" if recipe.front.mask == "binary" else recipe.front.mask)
    net = make_net(recipe.net, front, stems=len(recipe.stems)).eval()
    assert net.causal == (recipe.chunk is None)
    check_losses(recipe.losses, recipe.front)
    export_net(net, recipe, tmp_path)
    graph = tmp_path / "weights.onnx"
    audio = Audio((0.1 * rng.standard_normal(front.rate // 2)).astype(np.float32), front.rate)
    product = OnnxNet(graph, Machine("cpu", 1), tmp_path / "weights.safetensors")
    with torch.no_grad():
        said = separation.estimate(net, front, torch.tensor(audio.samples))
    if not front.lifts:
        heard = Hearing(front, product, front.rate, 1, causal=net.causal)
        frames = said.frames.numpy()
        answers = [heard.hear(part, last=last) for part, last in ((frames[:, :9], False), (frames[:, 9:], True))]
        ours = np.concatenate([part for part in answers if part is not None], axis=2)
        np.testing.assert_allclose(ours, said.output.numpy(), atol=1e-4)
        return
    stems = Model(front, product, recipe.stems, causal=net.causal)(audio)
    for stem, sound in zip(stems.values(), said.sound[0], strict=True):
        np.testing.assert_allclose(stem.samples[0], sound.numpy(), atol=1e-4)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_parameters_lie_on_the_disk_once(path: Path, tmp_path: Path) -> None:
    """Normalisations with odd scales, too, which an exporter would fold into convolutions."""
    recipe = read_recipe(path)
    torch.manual_seed(3)
    net = make_net(recipe.net, recipe.front, stems=len(recipe.stems)).eval()
    for name, value in net.named_buffers():
        if name.endswith("running_var"):
            torch.nn.init.uniform_(value, 0.7, 1.4)
    export_net(net, recipe, tmp_path)
    inside = onnx.load(tmp_path / "weights.onnx", load_external_data=False).graph.initializer
    learned = {name for name, _ in net.named_parameters()}
    held = {table.name for table in inside if not table.external_data}
    assert not {f"net.{name}" for name in learned} & held
    assert {table.name for table in inside if table.external_data} & learned
