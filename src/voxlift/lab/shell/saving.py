"""Nets in files: safetensors, whose header says in JSON what the net is. Nothing in them can run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from voxlift.errors import DataError
from voxlift.lab.shell.builder import MOST
from voxlift.lab.shell.data import DIGITS, PIECE, SIMPLE, SOUND
from voxlift.lab.shell.learning import DigitNet
from voxlift.lab.shell.plan import Plan
from voxlift.lab.shell.state import Model, Point
from voxlift.media.faults import reading_fault, shown
from voxlift.media.sinks import Sink
from voxlift.schema import build, plain

SHAPES = {SIMPLE: (DIGITS, DIGITS), SOUND: (PIECE, PIECE * DIGITS)}
_KEY = "voxlift-shell"
_MOST_WIDTH = 4096


@dataclass(frozen=True)
class Header:
    """What a file says of its net."""

    kind: str
    width: int
    plan: Plan
    iterations: int
    points: tuple[Point, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in SHAPES:
            raise ValueError(f"kind {self.kind!r} is neither {SIMPLE!r} nor {SOUND!r}")
        if not (0 <= self.plan.layers <= MOST and 1 <= self.width <= _MOST_WIDTH and 0 < self.plan.rate < 100):
            raise ValueError(
                f"a net of {self.plan.layers} layers of {self.width}, rate {self.plan.rate}, makes no sense"
            )


def save_model(model: Model, path: Path, overwrite: bool) -> None:
    """Write a net; the file is whole or not there.

    Raises
    ------
    InputError
        When the file exists, or cannot be written.
    """
    header = Header(model.kind, model.net.width, model.plan, model.iterations, tuple(model.points))
    with Sink(path, overwrite) as sink:
        sink.write(to_bytes(model.net.state_dict(), {_KEY: json.dumps(plain(header))}))


def load_model(path: Path) -> Model:
    """Read a net.

    Raises
    ------
    DataError
        When the file is damaged, or no net of this shell.
    MediaError
        When it is not there, or not ours to read.
    """
    try:
        with path.open("rb"), safe_open(path, "pt") as file:
            header = _header(path, file.metadata())
            net = DigitNet(*SHAPES[header.kind], header.width, header.plan.layers)
            wanted = {name: value.shape for name, value in net.state_dict().items()}
            if {name: torch.Size(file.get_slice(name).get_shape()) for name in file.keys()} != wanted:  # noqa: SIM118
                raise _damaged(path, "its weights do not fit its description")
            weights = {name: file.get_tensor(name) for name in wanted}
    except SafetensorError as problem:
        raise _damaged(path, str(problem)) from None
    except OSError as problem:
        raise reading_fault(path, problem) from None
    if not all(value.dtype == torch.float32 and bool(torch.isfinite(value).all()) for value in weights.values()):
        raise _damaged(path, "some weights are no numbers")
    net.load_state_dict(weights)
    return Model(net, header.plan, header.kind, header.iterations, list(header.points))


def _header(path: Path, facts: dict[str, str] | None) -> Header:
    if not facts or _KEY not in facts:
        raise DataError(f"{shown(path)}: this is no net of the shell; `save` writes those that `load` reads")
    try:
        table: Any = json.loads(facts[_KEY])
    except (ValueError, RecursionError):
        raise _damaged(path, "its description is no JSON") from None
    return build(Header, table, shown(path), DataError)


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{shown(path)}: damaged ({' '.join(reason.split())[:200]}); save the net again")
