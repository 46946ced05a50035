"""A card: a folder with `card.toml`, all there is to know of a model, and `weights.onnx`. No code, no pickle."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from voxlift.errors import CardError
from voxlift.schema import build
from voxlift.separate.contract import Separator
from voxlift.separate.front import Front
from voxlift.separate.masks import MASKS
from voxlift.separate.model import Model
from voxlift.separate.nets import Machine, OnnxNet
from voxlift.separate.views import VIEWS
from voxlift.separate.wrappers import Chunked

CARD, WEIGHTS = "card.toml", "weights.onnx"
TASKS = ("denoise", "vocals", "speakers")


@dataclass(frozen=True)
class Chunk:
    """How a net that needs the whole sound is fed long ones; a causal net's card has none."""

    seconds: float
    overlap_seconds: float
    link: bool = False


@dataclass(frozen=True)
class Source:
    """A corpus the net was trained on."""

    corpus: str
    licence: str
    hours: float


@dataclass(frozen=True)
class Training:
    """How the weights came to be, and the command that makes them again."""

    recipe: str
    command: str
    seed: int
    hours: float
    seen_hours: float
    steps: int
    machine: str


@dataclass(frozen=True)
class Score:
    """Means over one test set, by the name of the metric."""

    on: str
    protocol: str
    metrics: dict[str, float]


@dataclass(frozen=True)
class Card:
    """A model's card.

    Raises
    ------
    CardError
        On an unknown task or a sha256 that is none.
    """

    name: str
    task: str
    summary: str
    version: int
    licence: str
    sha256: str
    """Of `weights.onnx`."""
    parameters: int
    front: Front
    training: Training
    stems: tuple[str, ...] = ("voice",)
    chunk: Chunk | None = None
    data: tuple[Source, ...] = ()
    scores: tuple[Score, ...] = ()
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise CardError(f"card {self.name!r}: task {self.task!r}; known: {', '.join(TASKS)}")
        if len(self.sha256) != 64:
            raise CardError(f"card {self.name!r}: its sha256 has {len(self.sha256)} characters, not 64")
        if not self.stems:
            raise CardError(f"card {self.name!r}: names no stem")

    @property
    def weights(self) -> Path:
        """Where the graph lies."""
        assert self.folder is not None, "a card that was not read from a folder has no weights"
        return self.folder / WEIGHTS


def read_card(folder: Path) -> Card:
    """Read a card; the weights are not looked at (see `verify`).

    Raises
    ------
    CardError
        When `card.toml` is missing, is no TOML, lacks a key or has one too many.
    """
    path = folder / CARD
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise CardError(
            f"{path}: cannot be read ({problem.strerror}); a model is a folder with {CARD} and {WEIGHTS}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise CardError(f"{path}: not a TOML file ({problem})") from None
    if "folder" in table:
        raise CardError(f"{path}: unknown key 'folder'")
    return build(Card, {**table, "folder": folder}, str(path), CardError)


def verify(card: Card, machine: Machine | None = None) -> Model:
    """Check a card against its weights and return the model: sum, graph, and one run of three frames.

    Raises
    ------
    CardError
        When the weights are missing or changed, are no graph, or do not fit what the card says of them.
    """
    try:
        found = hashlib.sha256(card.weights.read_bytes()).hexdigest()
    except OSError as problem:
        raise CardError(f"{card.weights}: cannot be read ({problem.strerror}); restore the card's folder") from None
    if found != card.sha256:
        raise CardError(
            f"{card.weights}: its sha256 is {found[:12]}..., the card says {card.sha256[:12]}...: "
            "the file is damaged or was changed; restore the card's folder"
        )
    machine = machine or Machine()
    if machine.threads == 0 and card.chunk is None:
        # A causal net works frame after frame on small matrices: a second thread only waits, and wakes, and waits.
        machine = replace(machine, threads=1)
    model = Model(card.front, OnnxNet(card.weights, machine), card.stems)
    _try_out(card, model)
    return model


def separator_of(card: Card, machine: Machine) -> Separator:
    """Make the separator that a card describes: any rate, any length, any number of channels.

    Raises
    ------
    CardError
        As `verify`.
    """
    model = verify(card, machine)
    if card.chunk is None:
        return model
    return Chunked(model, card.chunk.seconds, card.chunk.overlap_seconds, card.chunk.link)


def _try_out(card: Card, model: Model) -> None:
    """Run three frames of silence, so that a graph that does not fit is found now and not in the middle of a file."""
    front, frames = card.front, 3
    silence = np.zeros((1, frames, front.stft.bins), np.complex64)
    try:
        state = model.net.initial_state(1)
        output, after = model.net(VIEWS[front.view](silence), state)
        gains = MASKS[front.mask](output)
    except Exception as problem:
        raise CardError(f"{card.weights}: does not fit its card: {problem}") from problem
    wanted = (1, len(card.stems), frames, front.stft.bins)
    if gains.shape != wanted:
        raise CardError(f"{card.weights}: gives masks of shape {gains.shape}; the card's front needs {wanted}")
    if [x.shape for x in after] != [x.shape for x in state]:
        raise CardError(f"{card.weights}: its state changes shape from one call to the next")
