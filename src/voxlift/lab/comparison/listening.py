"""One recording of a held-out set through every model, for eye and ear."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.dsp.resampler import Resampler
from voxlift.lab.comparison.baselines import read_item
from voxlift.lab.comparison.outcome import MIXTURE, Round, Sample
from voxlift.lab.evaluation import Item
from voxlift.lab.evaluation.matching import matched_estimates
from voxlift.media import write
from voxlift.media.formats import OPUS_RATES
from voxlift.metrics import si_sdr
from voxlift.plots import Layout, gather
from voxlift.plots.comparison import draw_alike
from voxlift.separate.load import load

SECONDS = 6.0
PEAK = 0.8
LAYOUT = Layout(720, 470)


def with_samples(round_: Round) -> Round:
    """Run the recording whose mixture is of median quality, neither the kindest nor the worst, through all models."""
    item = _typical(round_)
    mixture, targets = read_item(item)
    start, stop = _loudest(targets[0], round(SECONDS * mixture.rate))
    cut = Audio(mixture.samples[:, start:stop], mixture.rate)
    wanted = [target[:, start:stop] for target in targets]
    sounds: dict[str, Samples] = {"mixture": cut.samples, "truth": wanted[0]}
    for outcome in round_.outcomes:
        if outcome.card is not None and round_.label in outcome.results:
            stems = load(str(outcome.card.folder), device="cpu", threads=1)(cut)
            sounds[outcome.name] = matched_estimates(stems, wanted)[0]
    notes = {name: _note(name, sound, wanted[0]) for name, sound in sounds.items()}
    for outcome in round_.outcomes:
        if outcome.name in notes and outcome.entrant.detector:
            notes[outcome.name] = "what it lets through"
    clip = f"{item.name}, {start / cut.rate:.1f} s to {stop / cut.rate:.1f} s"
    return replace(round_, clip=clip, samples=tuple(_samples(sounds, notes, cut.rate)))


def _samples(sounds: dict[str, Samples], notes: dict[str, str], rate: int) -> list[Sample]:
    pictures = [gather([sound], rate, name, LAYOUT.width // 2) for name, sound in sounds.items()]
    drawn = draw_alike(pictures, LAYOUT)
    gain = PEAK / max(float(np.abs(sound).max()) for sound in (sounds["mixture"], sounds["truth"], np.full(1, 1e-4)))
    return [
        Sample(name, notes[name], picture, _opus(sound * np.float32(gain), rate))
        for (name, sound), picture in zip(sounds.items(), drawn, strict=True)
    ]


def _typical(round_: Round) -> Item:
    found = {item.name: item for item in round_.found.items}
    rows = round_.baselines[MIXTURE].scores
    ranked = sorted(
        (row["si_sdr"], name) for name, row in rows.items() if name in found and not math.isnan(row["si_sdr"])
    )
    return found[ranked[len(ranked) // 2][1]] if ranked else round_.found.items[0]


def _loudest(target: Samples, length: int) -> tuple[int, int]:
    """Find where most of the voice is, in `(channels, length)`."""
    if target.shape[1] <= length:
        return 0, target.shape[1]
    sums = np.cumsum(np.concatenate([[0.0], np.square(target, dtype=np.float64).mean(axis=0)]))
    start = int(np.argmax(sums[length:] - sums[:-length]))
    return start, start + length


def _note(name: str, sound: Samples, truth: Samples) -> str:
    return "what was to be found" if name == "truth" else f"SI-SDR {si_sdr(sound, truth):.1f} dB here"


def _opus(sound: Samples, rate: int) -> bytes:
    """Encode `(channels, length)`: a tenth of the size of plain samples, and every browser of today plays it."""
    if rate not in OPUS_RATES:
        wanted = min((known for known in OPUS_RATES if known > rate), default=max(OPUS_RATES))
        resampler = Resampler(rate, wanted, sound.shape[0])
        ends: Sequence[Samples] = [resampler.push(sound), resampler.push(sound[:, :0], last=True)]
        sound, rate = np.concatenate(ends, axis=1), wanted
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.opus"
        write(path, Audio(np.clip(sound, -1, 1).astype(np.float32), rate))
        return path.read_bytes()
