"""Laws that every net keeps, and what is particular to each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from voxlift.errors import RecipeError
from voxlift.lab.graph import export_graph
from voxlift.lab.nets import NETS, Net, make_net
from voxlift.lab.nets.levels import above_silence
from voxlift.lab.separation import VIEWS
from voxlift.lab.transforms import analyse
from voxlift.separate.front import Front
from voxlift.separate.nets import Machine, OnnxNet


@dataclass(frozen=True)
class Case:
    """A net small enough for a test, and a front that it fits."""

    front: Front
    options: dict[str, Any]

    def sees(self, batch: int, frames: int, level: float = 0.1, seed: int = 0) -> Tensor:
        """Make a view of noise, `(batch, frames, bins[, 2])`."""
        generator = torch.Generator().manual_seed(seed)
        noise = (level * torch.randn(batch, frames * self.front.hop, generator=generator)).clamp(-1, 1)
        return VIEWS[self.front.view](analyse(self.front.grid, noise)[:, :frames])


def spectra(view: str, mask: str, lookahead: int = 0) -> Front:
    return Front(16000, 128, 64, view, mask, lookahead_frames=lookahead)


def blocks(transform: str, mask: str, hop: int = 64) -> Front:
    return Front(8000, hop, hop, "identity", mask, "each", transform=transform)


CASES = {
    "logistic": Case(spectra("log_magnitude", "ratio"), {"context": 3}),
    "dense": Case(blocks("bits", "direct", 16), {"hidden": 32, "layers": 2}),
    "resnet": Case(spectra("log_magnitude", "ratio"), {"width": 4}),
    "vocal_isolator": Case(spectra("log_magnitude", "binary", 12), {"wide": [8, 8], "narrow": 8, "hidden": 16}),
    "vad_spectral": Case(spectra("log_magnitude", "activity", 3), {"width": 4, "hidden": 8}),
    "vad_temporal": Case(
        blocks("waveform", "activity"), {"strides": [4, 4, 4], "width": 8, "hidden": 8, "level_frames": 10}
    ),
    "unet": Case(spectra("magnitude", "ratio"), {"width": 4, "depth": 4}),
    "temporal_isolator": Case(blocks("waveform", "direct"), {"width": 4, "depth": 4}),
    "conv_tasnet": Case(blocks("waveform", "direct"), {"filters": 32, "hidden": 16, "bottleneck": 8, "skip": 8}),
    "voice_tdnn": Case(spectra("magnitude", "voice"), {"bands": 12, "width": 8, "spacings": [1, 2], "size": 6}),
    "band_gru": Case(
        spectra("real_imag", "complex_ratio", 1), {"width": 8, "hidden": 16, "narrow": [8, 4], "bins": [4, 8]}
    ),
}


def net_of(kind: str, stems: int = 1, **options: Any) -> Net:
    """Make a net whose normalisations have met sound, as those of a trained one have."""
    case = CASES[kind]
    torch.manual_seed(0)
    net = make_net({"kind": kind, **case.options, **options}, case.front, stems=stems)
    with torch.no_grad():
        for seed in range(8):
            answer(net.train(), case.sees(2, 40, seed=seed))
    return net.eval()


def answer(net: Net, x: Tensor) -> Tensor:
    return net(x, *net.initial_state(x.shape[0]))[0]


def answer_shape(case: Case, batch: int, stems: int, frames: int) -> tuple[int, ...]:
    if case.front.mask == "activity":
        return (batch, 1, frames)
    if case.front.mask == "voice":
        return (batch, 1, frames, case.options["size"])
    parts = (2,) if case.front.mask == "complex_ratio" else ()
    return (batch, stems, frames, case.front.bins, *parts)


every_net = pytest.mark.parametrize("kind", NETS)


def test_every_net_is_tried() -> None:
    assert set(CASES) == set(NETS)


@every_net
def test_its_answer_has_a_frame_for_each_it_heard(kind: str) -> None:
    case = CASES[kind]
    for stems in (1,) if case.front.mask == "activity" else (1, 2):
        net = net_of(kind, stems)
        for batch in (1, 2):
            for frames in (1, 2, 37, 100):
                assert answer(net, case.sees(batch, frames)).shape == answer_shape(case, batch, stems, frames)


@every_net
def test_blocks_of_any_size_are_answered_as_the_whole_is(kind: str) -> None:
    case, net = CASES[kind], net_of(kind)
    if not net.causal:
        assert net.initial_state(2) == ()
        return
    x = case.sees(2, 40)
    state, answers = net.initial_state(2), []
    for size in (1, 2, 7, 30):
        block, x = x[:, :size], x[:, size:]
        said, state = net(block, *state)
        answers.append(said)
    torch.testing.assert_close(torch.cat(answers, dim=2), answer(net, case.sees(2, 40)), atol=1e-5, rtol=1e-4)


@every_net
def test_a_batch_is_answered_one_by_one(kind: str) -> None:
    net, x = net_of(kind), CASES[kind].sees(3, 20)
    torch.testing.assert_close(answer(net, x)[1:2], answer(net, x[1:2]), atol=1e-5, rtol=1e-4)


@every_net
@pytest.mark.parametrize("level", [0.0, 1e-6, 1e-3, 1.0])
def test_its_answer_is_finite_at_any_level(kind: str, level: float) -> None:
    case, net = CASES[kind], net_of(kind)
    said = answer(net, case.sees(2, 20, level))
    assert torch.isfinite(said).all()
    if case.front.transform != "waveform" or case.front.mask == "activity":
        assert said.abs().max() <= 1
    elif level == 0:
        assert (said == 0).all()


@every_net
@pytest.mark.parametrize("level", [0.0, 1e-4, 1.0])
def test_its_answer_is_finite_in_half_precision(kind: str, level: float) -> None:
    """As a mixed-precision training runs it: what comes in is halved, too."""
    case, net = CASES[kind], net_of(kind)
    halves = (part.bfloat16() for part in (case.sees(2, 20, level), *net.initial_state(2)))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert torch.isfinite(net(*halves)[0]).all()


@every_net
def test_its_answer_is_always_the_same(kind: str) -> None:
    net, x = net_of(kind), CASES[kind].sees(2, 30)
    assert torch.equal(answer(net, x), answer(net, x))


@every_net
def test_every_parameter_learns(kind: str) -> None:
    net = net_of(kind).train()
    said = answer(net, CASES[kind].sees(2, 40))
    (said * torch.randn(said.shape)).sum().backward()
    still = [name for name, value in net.named_parameters() if value.grad is None or not value.grad.abs().max() > 0]
    assert still == []


@every_net
def test_its_graph_computes_what_it_computes_at_any_length(kind: str, tmp_path: Path) -> None:
    case, stems = CASES[kind], 1 if CASES[kind].front.mask == "activity" else 2
    net = net_of(kind, stems)
    graph = tmp_path / "weights.onnx"
    export_graph(net, SimpleNamespace(front=case.front), graph)
    net.eval()  # whatever mode the exporter leaves it in
    product = OnnxNet(graph, Machine("cpu", 1))
    for batch, frames in ((1, 1), (1, 100), (2, 37), (3, 8)):
        x = case.sees(batch, frames)
        with torch.no_grad():
            wanted, states = net(x, *net.initial_state(batch))
        got, got_states = product(x.numpy(), product.initial_state(batch))
        np.testing.assert_allclose(got, wanted.numpy(), atol=2e-4)
        for got_state, state in zip(got_states, states, strict=True):
            np.testing.assert_allclose(got_state, state.numpy(), atol=2e-4)


@every_net
def test_a_front_that_it_does_not_fit_is_refused(kind: str) -> None:
    case = CASES[kind]
    other = {"stft": blocks("waveform", "direct")}.get(case.front.transform, spectra("magnitude", "ratio"))
    with pytest.raises(RecipeError, match=r"front\.transform = '.*', not '"):
        make_net({"kind": kind, **case.options}, other)
    with pytest.raises(RecipeError, match="stems"):
        make_net({"kind": kind, **case.options}, case.front, stems=0)


@pytest.mark.parametrize("kind", ["dense", "resnet", "vocal_isolator", "unet", "temporal_isolator", "conv_tasnet"])
def test_a_lookahead_that_is_not_the_nets_is_refused(kind: str) -> None:
    case = CASES[kind]
    with pytest.raises(RecipeError, match=r"front\.lookahead_frames = \d+, not 5"):
        make_net({"kind": kind, **case.options}, replace(case.front, lookahead_frames=5))


def test_a_detector_has_one_answer() -> None:
    with pytest.raises(RecipeError, match="cannot give 2 stems"):
        net_of("vad_spectral", 2)


IMPOSSIBLE = {
    "logistic": {"context": [0]},
    "dense": {"layers": [-1]},
    "resnet": {"depth": [19], "width": [0]},
    "vocal_isolator": {"wide": [[8], [8, 0]], "dropout": [0.5]},
    "vad_spectral": {"layers": [0]},
    "vad_temporal": {"strides": [[4, 4], [], [64, 1]]},
    "unet": {"dropout": [1.0]},
    "temporal_isolator": {"kernel_up": [4]},
    "conv_tasnet": {"kernel": [15, 48], "conv_kernel": [2]},
    "voice_tdnn": {"spacings": [[], [1, 0]], "size": [0]},
    "band_gru": {"bins": [[4, 4], [4]]},
}


@every_net
def test_an_option_that_cannot_be_is_refused(kind: str) -> None:
    for option, values in IMPOSSIBLE[kind].items():
        for value in values:
            with pytest.raises(RecipeError):
                net_of(kind, **{option: value})


@pytest.mark.parametrize("kind", ["resnet", "vocal_isolator", "unet"])
def test_a_mask_starts_by_letting_most_through(kind: str) -> None:
    case = CASES[kind]
    torch.manual_seed(1)
    net = make_net({"kind": kind, **case.options}, case.front)
    assert 0.5 < answer(net, case.sees(2, 40)).mean() < 0.9


@pytest.mark.parametrize("kind", ["unet", "temporal_isolator", "conv_tasnet", "vad_temporal"])
def test_nets_that_set_their_own_level_hear_the_same_in_quiet_and_in_loud(kind: str) -> None:
    case, net = CASES[kind], net_of(kind)
    x = case.sees(2, 40)
    gain = 0.05 if case.front.mask == "direct" else 1.0
    torch.testing.assert_close(answer(net, 0.05 * x), gain * answer(net, x), atol=5e-3 * gain, rtol=1e-2)


@pytest.mark.parametrize("kind", ["temporal_isolator", "conv_tasnet"])
@pytest.mark.parametrize("stems", [1, 2])
def test_before_training_the_stems_are_shares_of_the_mixture(kind: str, stems: int) -> None:
    case, net = CASES[kind], net_of(kind, stems)
    x = case.sees(1, 40)
    for stem in answer(net, x)[0]:
        assert np.corrcoef(stem.detach().flatten(), x.flatten())[0, 1] > 0.9


def test_the_isolator_run_over_all_frames_is_the_one_run_window_by_window() -> None:
    case, net = CASES["vocal_isolator"], net_of("vocal_isolator")
    looks = list(net.looks)
    for k, layer in enumerate(looks):  # the article's layers: nothing apart, and poolings that step by three
        if isinstance(layer, nn.Conv2d):
            looks[k] = nn.Conv2d(layer.in_channels, layer.out_channels, 3)
            looks[k].load_state_dict(layer.state_dict())
        elif isinstance(layer, nn.MaxPool2d):
            looks[k] = nn.MaxPool2d(3)
    x = case.sees(2, 40)
    seen = torch.cat([net.initial_state(2)[0], above_silence(x)], dim=1)
    windowed = []
    for start in range(40):
        looked = nn.Sequential(*looks).eval()(seen[:, None, start : start + 25])
        assert looked.shape[2] == 1
        gathered = nn.functional.leaky_relu(net.gather(looked.flatten(1)), 0.2)
        windowed.append(torch.sigmoid(net.answer(gathered)))
    torch.testing.assert_close(answer(net, x)[:, 0], torch.stack(windowed, dim=1), atol=1e-5, rtol=0)


def test_a_regression_for_each_bin_hears_that_bin_alone() -> None:
    net = net_of("logistic", 2, across=False)
    nn.init.normal_(net.linear.weight)
    x = CASES["logistic"].sees(1, 10).requires_grad_()
    answer(net, x)[0, 1, 6, 20].backward()
    (heard,) = torch.nonzero(x.grad.abs().sum(1)[0], as_tuple=True)
    assert heard.tolist() == [20]
    assert x.grad[0, :, 20].nonzero().flatten().tolist() == [4, 5, 6]


def test_each_stem_has_its_own_bands() -> None:
    net = net_of("band_gru", 2)
    with torch.no_grad():
        for weight, bias, bins in zip(net.merge.weights, net.merge.biases, (4, 8), strict=True):
            weight[..., : 2 * bins], bias[..., : 2 * bins] = 0, 0.25
    first, second = answer(net, CASES["band_gru"].sees(1, 5))[0]
    torch.testing.assert_close(first, torch.full_like(first, np.tanh(0.25)))
    assert second.std() > 0.01
