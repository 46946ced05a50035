"""Small models made in tests: graphs whose answers are known, behind cards like any other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BINS, RATE = 257, 16_000
SPLIT_BIN = 48
"""1.5 kHz: below it lies the first talker's band, above it the second's."""

_CARD = """
name = "{name}"
task = "{task}"
summary = "made in a test"
version = 1
licence = "MIT"
sha256 = "{sha256}"
parameters = 1
stems = {stems}
{more}
[front]
rate = 16000
window = 512
hop = 256
view = "magnitude"
mask = "{mask}"
[training]
recipe = "none"
command = "none"
seed = 0
hours = 0.0
seen_hours = 0.0
steps = 0
machine = "none"
{chunk}
"""
_TANH = [helper.make_node("Unsqueeze", ["x", "axis"], ["one"]), helper.make_node("Tanh", ["one"], ["mask"])]
_CHUNK = "[chunk]\nseconds = 4.0\noverlap_seconds = 1.0\nlink = true\n"


def splitter_card(folder: Path, name: str = "speakers") -> Path:
    """Two talkers by their bands: what lies below 1.5 kHz, and what lies above; in chunks, linked."""
    gains = np.zeros((1, 2, 1, BINS), np.float32)
    gains[0, 0, 0, :SPLIT_BIN] = gains[0, 1, 0, SPLIT_BIN:] = 1
    nodes = [
        helper.make_node("Unsqueeze", ["x", "axis"], ["one"]),
        helper.make_node("Mul", ["one", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "gains"], ["mask"]),
    ]
    return save_card(folder, nodes, {"gains": gains, "zero": np.zeros(1, np.float32)}, 2, name=name, task="speakers",
                 stems=["speaker1", "speaker2"], chunk=_CHUNK)  # fmt: skip


def voices_card(folder: Path) -> Path:
    """Knows voices by their spectra: a frame's place is its magnitude in each bin."""
    nodes = [helper.make_node("Unsqueeze", ["x", "axis"], ["mask"])]
    return save_card(folder, nodes, {}, 1, name="voices", task="speakers", stems=["speaker1"], mask="voice",
                     chunk=_CHUNK)  # fmt: skip


def put_inside(card: Path, key: str, inner: str) -> None:
    """Have a card use one that lies in its folder."""
    text = (card / "card.toml").read_text("utf-8")
    (card / "card.toml").write_text(text.replace("[front]", f'{key} = "{inner}"\n[front]', 1), "utf-8")


def tanh_card(folder: Path) -> Path:
    """A denoiser whose mask is tanh(magnitude): no training, no state."""
    return save_card(folder, _TANH, {}, 1, name="tiny", task="denoise", stems=["voice"])


def vocals_card(folder: Path, name: str = "vocals", *, gated: bool = False) -> Path:
    """Keeps what is loud in a bin, and with a gate only while all is loud."""
    if gated:
        gate_card(folder / "gate")
    return save_card(folder, _TANH, {}, 1, name=name, task="vocals", stems=["vocals"], gate="gate" if gated else "")


def gate_card(folder: Path) -> Path:
    """A detector: somebody sings while the mean magnitude of a frame is above one half."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2], keepdims=0),
        helper.make_node("Greater", ["mean", "half"], ["loud"]),
        helper.make_node("Cast", ["loud"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["number", "axis"], ["mask"]),
    ]
    half = {"half": np.full(1, 0.5, np.float32)}
    return save_card(folder, nodes, half, 1, name="gate", task="vocals", stems=["vocals"], mask="activity")


def save_card(
    folder: Path,
    nodes: list[onnx.NodeProto],
    constants: dict[str, np.ndarray],
    outputs: int,
    *,
    name: str,
    task: str,
    stems: list[str],
    mask: str = "ratio",
    chunk: str = "",
    gate: str = "",
) -> Path:
    """Write a card whose graph maps `x` to `mask`; `axis`, which is 1, is there for `Unsqueeze`."""
    folder.mkdir(parents=True, exist_ok=True)
    shape: list[str | int] = ["batch", outputs, "frames"]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", "frames", BINS])],
        [helper.make_tensor_value_info("mask", TensorProto.FLOAT, shape if mask == "activity" else [*shape, BINS])],
        [
            numpy_helper.from_array(np.array([1]), "axis"),
            *(numpy_helper.from_array(v, k) for k, v in constants.items()),
        ],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "weights.onnx"
    )
    sha256 = hashlib.sha256((folder / "weights.onnx").read_bytes()).hexdigest()
    more = f'gate = "{gate}"' if gate else ""
    text = _CARD.format(name=name, task=task, sha256=sha256, stems=stems, more=more, mask=mask, chunk=chunk)
    (folder / "card.toml").write_text(text.replace("'", '"'), "utf-8")
    return folder
