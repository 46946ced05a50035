"""Every separator that the laws are held against: all cards, and every wrapper around toys whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voxlift import Audio
from voxlift.audio import Samples
from voxlift.separate.card import separator_of
from voxlift.separate.contract import Separator, Stems, separate
from voxlift.separate.detect import Detect, LevelDetector
from voxlift.separate.front import Front
from voxlift.separate.load import load
from voxlift.separate.model import Model
from voxlift.separate.nets import Machine, State
from voxlift.separate.store import SHIPPED, survey
from voxlift.separate.voices import Voices
from voxlift.separate.wrappers import (
    Attributed,
    Chain,
    Chunked,
    Counted,
    FullBand,
    Gated,
    Middle,
    Resampled,
    Residual,
    Strength,
    Through,
)


class RunningGain:
    """A net with memory: each bin's mask leans on how loud the bin was before. Linear work, no library."""

    def initial_state(self, batch: int) -> State:
        return (np.zeros((batch, 33), np.float32),)

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        (level,) = state
        masks = []
        for frame in range(x.shape[1]):
            level = np.float32(0.7) * level + np.float32(0.3) * x[:, frame]
            masks.append(1 / (1 + level))
        return np.stack(masks, axis=1)[:, None].astype(np.float32), (level,)


class Turn:
    """A net without memory that turns every bin's phase: a complex mask of two stems."""

    def initial_state(self, batch: int) -> State:
        return ()

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        turned = np.broadcast_to(np.array([0.6, 0.1], np.float32), x.shape)
        kept = np.broadcast_to(np.array([0.25, 0.0], np.float32), x.shape)
        return np.stack([turned, kept], axis=1), state


class Loudness:
    """A detector's net: how loud each frame is, as 0..1."""

    def initial_state(self, batch: int) -> State:
        return ()

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        return np.tanh(x.mean(axis=-1))[:, None], state


class Colour:
    """A net that knows voices: a frame's place is by how much its colour differs from that of all loud frames."""

    def initial_state(self, batch: int) -> State:
        return ()

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        level = x.mean(axis=-1, keepdims=True)
        colour, loud = x - level, level >= level.mean(axis=1, keepdims=True)
        mean = (colour * loud).sum(axis=1, keepdims=True) / loud.sum(axis=1, keepdims=True)
        return (colour - mean)[:, None], state


class Softer:
    """A net on samples or digits that gives them back, samples at half their height."""

    def __init__(self, factor: float) -> None:
        self.factor = np.float32(factor)

    def initial_state(self, batch: int) -> State:
        return ()

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        return self.factor * x[:, None], state


class Mean:
    """A net that looks both ways: each bin's gain is that of its mean over the whole sound."""

    def initial_state(self, batch: int) -> State:
        return ()

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        gain = 1 / (1 + x.mean(axis=1, keepdims=True))
        return np.broadcast_to(gain, x.shape)[:, None].astype(np.float32), state


class Burst:
    """A detector's net on samples: how loud each block is, as 0..1."""

    def initial_state(self, batch: int) -> State:
        return ()

    def __call__(self, x: Samples, state: State) -> tuple[Samples, State]:
        return np.tanh(5 * np.abs(x).mean(axis=-1))[:, None], state


@dataclass(frozen=True)
class WholeOnly:
    """A separator that answers only at the end, as nets do that look both ways: a moving mean of the whole sound."""

    rate: int | None = None
    stems: tuple[str, ...] = ("voice",)

    def stream(self, channels: int, rate: int) -> _Collector:
        return _Collector(channels)

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        return separate(self, audio)


class _Collector:
    def __init__(self, channels: int) -> None:
        self._blocks = [np.zeros((channels, 0), np.float32)]

    def push(self, block: Samples) -> Stems:
        self._blocks.append(block)
        return {"voice": block[:, :0]}

    def flush(self) -> Stems:
        whole = np.concatenate(self._blocks, axis=1)
        padded = np.pad(whole, ((0, 0), (1, 1)))
        sides = padded[:, : whole.shape[1]] + padded[:, 2:]
        return {"voice": np.float32(0.5) * whole + np.float32(0.25) * sides}


SMALL = Front(rate=8000, window=64, hop=32, view="magnitude", mask="ratio")
AHEAD = Front(rate=8000, window=64, hop=16, view="magnitude", mask="ratio", lookahead_frames=3, channels="each")
COMPLEX = Front(rate=8000, window=64, hop=32, view="real_imag", mask="complex_ratio", lookahead_frames=1)

SAMPLES = Front(8000, 100, 100, view="identity", mask="direct", channels="each", transform="waveform")
DIGITS = Front(8000, 100, 100, view="identity", mask="direct", channels="each", transform="bits")
HEARS_SAMPLES = Front(8000, 80, 80, view="identity", mask="activity", transform="waveform")
KNOWS_VOICES = Front(rate=8000, window=256, hop=128, view="log_magnitude", mask="voice")

toy = Model(SMALL, RunningGain())
two_stems = Model(COMPLEX, Turn(), stems=("voice", "other"))
fixed_rate = WholeOnly(rate=8000)


@dataclass(frozen=True)
class Case:
    """A separator and what is allowed to it."""

    make: Callable[[], Separator]
    chunk_tolerance: float = 1e-5
    """Largest difference between blocks and whole, on sound of RMS 0.1."""
    scales: bool = True
    """Whether the output at one rate can be expected at another (false where the toy filters in samples)."""


CASES: dict[str, Case] = {
    "model": Case(lambda: toy),
    "model looking ahead, each channel": Case(lambda: Model(AHEAD, RunningGain())),
    "model of two stems": Case(lambda: two_stems),
    "model that hears everything first": Case(lambda: Model(SMALL, Mean(), causal=False)),
    "model on samples": Case(lambda: Resampled(Model(SAMPLES, Softer(0.5)))),
    "model on samples, chunked": Case(
        lambda: FullBand(Resampled(Chunked(Model(SAMPLES, Softer(0.5)), 0.3, 0.1)), 8000)
    ),
    "model on digits": Case(lambda: Resampled(Model(DIGITS, Softer(1.0))), chunk_tolerance=2**-8),
    "through": Case(Through),
    "whole only": Case(WholeOnly),
    "resampled": Case(lambda: Resampled(fixed_rate)),
    "resampled full band": Case(lambda: FullBand(Resampled(fixed_rate), 8000)),
    "full band of two stems": Case(lambda: FullBand(two_stems, 8000)),
    "chunked": Case(lambda: Chunked(WholeOnly(), 0.2, 0.05), chunk_tolerance=0.05),
    "chunked resampled": Case(lambda: Resampled(Chunked(fixed_rate, 0.3, 0.1)), chunk_tolerance=0.05),
    "chunked and linked": Case(lambda: Chunked(two_stems, 0.2, 0.1, link=True), chunk_tolerance=0.05),
    "middle": Case(lambda: Middle(two_stems)),
    "middle of chunks, resampled": Case(
        lambda: FullBand(Resampled(Middle(Chunked(Model(SAMPLES, Softer(0.5)), 0.3, 0.1, link=True))), 8000)
    ),
    "attributed": Case(lambda: Attributed(two_stems, Voices(KNOWS_VOICES, Colour()), seconds=0.2, first_pieces=2)),
    "attributed, of linked chunks": Case(
        lambda: Counted(
            Attributed(
                Chunked(two_stems, 0.2, 0.1, link=True), Voices(KNOWS_VOICES, Colour()), seconds=0.25, first_pieces=2
            )
        ),
        chunk_tolerance=0.05,
    ),
    "counted": Case(lambda: Counted(two_stems)),
    "counted, one": Case(lambda: Counted(two_stems, 1)),
    "counted, as many as there are": Case(lambda: Counted(two_stems, 2)),
    "counted, linked, with the rest": Case(
        lambda: Residual(Counted(Chunked(two_stems, 0.2, 0.1, link=True))), chunk_tolerance=0.05
    ),
    "denoised, then counted": Case(lambda: Residual(Chain(toy, Counted(two_stems)))),
    "residual": Case(lambda: Residual(toy)),
    "residual of two stems": Case(lambda: Residual(two_stems)),
    "strength": Case(lambda: Strength(toy, 12.0)),
    "strength of nothing": Case(lambda: Residual(Strength(toy, 0.0))),
    "gated by level": Case(lambda: Gated(toy, LevelDetector())),
    "gated by a net": Case(lambda: Gated(toy, Detect(AHEAD, Loudness()))),
    "gated by a net on samples": Case(lambda: Gated(toy, Detect(HEARS_SAMPLES, Burst())), chunk_tolerance=1e-4),
    "gated by a net that hears everything first": Case(
        lambda: Gated(Through(), Detect(SMALL, Loudness(), causal=False))
    ),
    "gated, residual": Case(lambda: Residual(Gated(two_stems, Detect(SMALL, Loudness())))),
    "chain": Case(lambda: Chain(Residual(toy), Residual(two_stems))),
    "chain of delays": Case(
        lambda: Chain(Residual(Model(AHEAD, RunningGain())), Residual(Chunked(toy, 0.2, 0.05))), 0.05
    ),
}
for card in survey()[0]:
    if card.folder is not None and card.folder.parent == SHIPPED:
        # A chunked card starts its net anew in each chunk; a causal one differs only by rounding.
        tolerance = 1e-4 if card.chunk is None else 0.05
        CASES[f"card {card.name}"] = Case(lambda card=card: separator_of(card, Machine("cpu", 1)), tolerance)
        CASES[f"load {card.name}"] = Case(lambda card=card: load(card.name, threads=1), tolerance)
