"""A card: a folder with `card.toml`, all there is to know of a model, and its net. No code, no pickle.

The net is `weights.onnx`, a graph that holds its parameters itself or takes them from `weights.safetensors`, where
torch finds them too: so they lie on the disk once, for those who run a net and for those who train it on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from voxlift.errors import CardError
from voxlift.schema import build, read_toml
from voxlift.separate.contract import Separator
from voxlift.separate.detect import Detect
from voxlift.separate.front import Front
from voxlift.separate.hearing import Hearing
from voxlift.separate.masks import ACTIVITY, MASKS, VOICE
from voxlift.separate.model import Model
from voxlift.separate.nets import Machine, OnnxNet
from voxlift.separate.views import VIEWS
from voxlift.separate.voices import Voices
from voxlift.separate.wrappers import Attributed, Chunked, FullBand, Gated, Middle, Resampled, Through

CARD, WEIGHTS, PARAMETERS = "card.toml", "weights.onnx", "weights.safetensors"
TASKS = {"denoise": "denoise-best", "vocals": "vocals", "speakers": "speakers"}
"""What can be done with a recording, and the model that does it best: what a file gets, unless another is asked for."""


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
    parameters_sha256: str | None = None
    """Of `weights.safetensors`; none where the graph holds its parameters itself."""
    chunk: Chunk | None = None
    gate: str | None = None
    """A card inside this one's folder, of a detector that opens and closes the stems."""
    gate_on: bool = True
    """Whether the gate is used where nobody says so."""
    voices: str | None = None
    """A card inside this one's folder, of a net that knows voices: it puts tracks of speakers right."""
    data: tuple[Source, ...] = ()
    scores: tuple[Score, ...] = ()
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise CardError(f"card {self.name!r}: task {self.task!r}; known: {', '.join(TASKS)}")
        for name, digest in (("sha256", self.sha256), ("parameters_sha256", self.parameters_sha256)):
            if digest is not None and len(digest) != 64:
                raise CardError(f"card {self.name!r}: its {name} has {len(digest)} characters, not 64")
        if not self.stems:
            raise CardError(f"card {self.name!r}: names no stem")
        for what, inner in (("gate", self.gate), ("voices", self.voices)):
            if inner is not None and Path(inner).name != inner:
                raise CardError(f"card {self.name!r}: {what} {inner!r} is not the name of a folder inside its own")

    @property
    def weights(self) -> Path:
        """Where the graph lies."""
        assert self.folder is not None, "a card that was not read from a folder has no weights"
        return self.folder / WEIGHTS

    @property
    def parameter_file(self) -> Path | None:
        """Where the parameters lie that the graph does not hold itself."""
        return None if self.parameters_sha256 is None else self.weights.with_name(PARAMETERS)

    @property
    def net_files(self) -> dict[Path, str]:
        """What its net lies in, and the sha256 of each."""
        pairs = ((self.weights, self.sha256), (self.parameter_file, self.parameters_sha256))
        return {path: digest for path, digest in pairs if path is not None and digest is not None}

    @property
    def files(self) -> tuple[Path, ...]:
        """All that it needs to run, those of the cards inside it too.

        Raises
        ------
        CardError
            When a card inside it cannot be read.
        """
        return (self.weights.with_name(CARD), *self.net_files, *(path for card in self.inside for path in card.files))

    @property
    def inside(self) -> tuple[Card, ...]:
        """The cards inside its folder that it uses.

        Raises
        ------
        CardError
            When one cannot be read, or uses others itself.
        """
        return tuple(_inside(self, name) for name in (self.gate, self.voices) if name is not None)

    @property
    def size_bytes(self) -> int:
        """Of all its files.

        Raises
        ------
        CardError
            As `files`.
        OSError
            When one of them is missing.
        """
        return sum(path.stat().st_size for path in self.files)


def read_card(folder: Path) -> Card:
    """Read a card; the weights are not looked at (see `verify`).

    Raises
    ------
    CardError
        When `card.toml` is missing, is no TOML, lacks a key or has one too many.
    """
    path = folder / CARD
    table = read_toml(path, f"a model is a folder with {CARD} and {WEIGHTS}", CardError)
    if "folder" in table:
        raise CardError(f"{path}: unknown key 'folder'")
    return build(Card, {**table, "folder": folder}, str(path), CardError)


def verify(card: Card, machine: Machine | None = None) -> OnnxNet:
    """Check a card against its weights and return the net: sum, graph, and one run of a few frames.

    Raises
    ------
    CardError
        When the weights are missing or changed, are no graph, or do not fit what the card says of them.
    """
    for path, digest in card.net_files.items():
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as problem:
            raise CardError(f"{path}: cannot be read ({problem.strerror}); restore the card's folder") from None
        if found != digest:
            raise CardError(
                f"{path}: its sha256 is {found[:12]}..., the card says {digest[:12]}...: "
                "the file is damaged or was changed; restore the card's folder"
            )
    machine = machine or Machine()
    if machine.threads == 0 and card.chunk is None:
        # A causal net works frame after frame on small matrices: a second thread only waits, and wakes, and waits.
        machine = replace(machine, threads=1)
    # Where speakers are told apart by voice, much of the recording is in memory as well.
    net = OnnxNet(card.weights, machine, card.parameter_file, frugal=card.voices is not None)
    _try_out(card, net)
    for inner in card.inside:
        verify(inner, machine)
    return net


def separator_of(card: Card, machine: Machine, gate: bool | None = None, speakers: int | None = None) -> Separator:
    """Make the separator that a card describes: any rate, any length, any number of channels.

    A detector's card makes one that lets the sound through where somebody is heard. `gate` says whether the card's gate
    is to be used; by default the card says so itself. `speakers` is how many speak, where that is known.

    Raises
    ------
    CardError
        As `verify`, when the card's net knows voices and lifts none, and when a gate is wanted that the card lacks.
    """
    if card.front.mask == VOICE:
        raise CardError(f"card {card.name!r}: knows voices and lifts none; name another model")
    if gate and card.gate is None and card.front.mask != ACTIVITY:
        raise CardError(f"card {card.name!r}: has no gate; leave out --gate, or name another model")
    if card.front.mask == ACTIVITY:
        return Gated(Through(card.stems), detector_of(card, machine))
    separator: Separator = Model(card.front, verify(card, machine), card.stems, causal=card.chunk is None)
    if card.chunk is not None:
        separator = Chunked(separator, card.chunk.seconds, card.chunk.overlap_seconds, card.chunk.link)
        if card.chunk.link and card.front.channels == "each":
            separator = Middle(separator)
    if card.voices is not None:
        separator = Attributed(separator, voices_of(_inside(card, card.voices), machine), speakers == len(card.stems))
    if separator.rate is not None:
        separator = FullBand(Resampled(separator), separator.rate)
    if card.gate is not None and (card.gate_on if gate is None else gate):
        separator = Gated(separator, detector_of(_inside(card, card.gate), machine))
    return separator


def detector_of(card: Card, machine: Machine) -> Detect:
    """Make the detector that a card describes.

    Raises
    ------
    CardError
        As `verify`, and when the card is a separator's.
    """
    if card.front.mask != ACTIVITY:
        raise CardError(f"card {card.name!r}: gives {card.front.mask!r}, not {ACTIVITY!r}: it is no detector")
    return Detect(card.front, verify(card, machine), causal=card.chunk is None)


def voices_of(card: Card, machine: Machine) -> Voices:
    """Make what knows voices as a card describes it.

    Raises
    ------
    CardError
        As `verify`, and when the card is another kind of net's.
    """
    if card.front.mask != VOICE:
        raise CardError(f"card {card.name!r}: gives {card.front.mask!r}, not {VOICE!r}: it knows no voices")
    return Voices(card.front, verify(card, machine))


def _inside(card: Card, name: str) -> Card:
    assert card.folder is not None, "a card that was not read from a folder has none inside"
    inner = read_card(card.folder / name)
    if inner.gate is not None or inner.voices is not None:
        raise CardError(f"card {inner.name!r}: lies inside {card.name!r} and uses others itself")
    return inner


def _try_out(card: Card, net: OnnxNet) -> None:
    """Run some frames of silence, so that a graph that does not fit is found now and not in the middle of a file."""
    front, frames = card.front, max(3, card.front.lookahead_frames + 1)
    batch = 1 if front.channels == "shared" else 2
    silence = np.zeros((batch, frames, front.bins), front.grid.dtype)
    try:
        before = net.initial_state(batch)
        answers = Hearing(front, net, front.rate, batch, causal=card.chunk is None).hear(silence, last=True)
        assert answers is not None
        shape = MASKS[front.mask].read(answers).shape if front.lifts else answers.shape
        after = net(VIEWS[front.view](silence), before)[1]
    except Exception as problem:
        raise CardError(f"{card.weights}: does not fit its card: {problem}") from problem
    said = (batch, 1, frames, *shape[3:]) if front.mask == VOICE else (batch, 1, frames)
    wanted = (batch, len(card.stems), frames, front.bins) if front.lifts else said
    if shape != wanted:
        raise CardError(f"{card.weights}: its output has the shape {shape}; the card's front needs {wanted}")
    if [x.shape for x in after] != [x.shape for x in before]:
        raise CardError(f"{card.weights}: its state changes shape from one call to the next")
