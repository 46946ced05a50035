"""Print how good models are on songs whose voice is known: of the voice and of the accompaniment.

    python bench/vocals.py                                      the default model on dev/songs and dev/vocals
    python bench/vocals.py --model NAME --model PATH --model demucs:htdemucs
    python bench/vocals.py --songs FOLDER --jobs 2
    python bench/vocals.py --gate --rests                       without and with the card's gate; songs with rests

A folder holds a folder a song, with mixture.* and vocals.*; the accompaniment is what the vocals leave. Figures are
medians over the songs, as in the campaigns, and means in brackets: `BSS-SDR` is museval's, the median over seconds;
`SDR` that of the whole clip. With `--rests`, the accompaniment of each clip is played by itself before the clip, and
`rest heard` is how loud, beside it, the voice's stem is meanwhile: it should be silent.
Beside the models stand the mixture as it is, and what a high-pass filter leaves of it. `RTF` is processor seconds per
second of sound, decoded sound to decoded sound.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

from tables import machine, markdown, save
from voxlift import Audio, load, read
from voxlift.audio import Samples
from voxlift.lab.augment import rms_db
from voxlift.lab.datasets.parallel import each
from voxlift.lab.evaluation import Item, find_set
from voxlift.metrics import METRICS, measure

DEV = Path(__file__).resolve().parents[2] / "shared" / "data" / "dev"
NAMES = ("bss_sdr", "sdr", "si_sdr", "si_sdr_i")
PARTS = ("voice", "rest")
MIXTURE, HIGHS = "(mixture)", "(above 300 Hz)"
GATES = {"ungated": False, "gated": True}
ONSET_SECONDS = 0.1
"""At the end of a rest: the voice's beginning may be heard so early, as windows reach so far."""
HIGHS_HZ = 300
"""A bass is the loudest of most songs, and no singer is so deep: what a filter alone gains, a model must beat."""

Scores = Mapping[str, float]
"""Figures of one song, by `PART METRIC`; and its `rtf`."""


def main() -> None:
    """Score and print."""
    arguments = _arguments()
    gates: Mapping[str, bool | None] = GATES if arguments.gate else {"": None}
    models = {
        f"{model} {how}".strip(): (model, gate)
        for model in arguments.model or ["vocals"]
        for how, gate in gates.items()
    }
    for model, gate in models.values():
        load(model, gate=gate)  # what is wrong is told now
    models = {MIXTURE: (MIXTURE, None), HIGHS: (HIGHS, None), **models}
    print(machine())
    figures = {}
    for folder in arguments.songs or (DEV / "songs", DEV / "vocals"):
        items = find_set(folder).items
        figures[str(folder)] = {
            title: each(partial(_score, *model, arguments.rests), items, arguments.jobs)
            for title, model in models.items()
        }
        print(f"\n{len(items)} songs of {folder}\n\n{table(figures[str(folder)])}")
    save(arguments.json, {"scores": figures})


def table(figures: Mapping[str, Sequence[Scores]]) -> str:
    """One line a model and part."""
    rows = []
    for model, songs in figures.items():
        for part in PARTS:
            cells = [_figure([song[f"{part} {name}"] for song in songs], METRICS[name].digits) for name in NAMES]
            voice = part == PARTS[0]
            heard = _figure([song["heard"] for song in songs if "heard" in song], 1) if voice else ""
            rtf = f"{np.mean([song['rtf'] for song in songs]):.3f}" if voice and model != MIXTURE else ""
            rows.append([f"{model}: {part}", *cells, heard, rtf])
    return markdown(["model: part", *(METRICS[name].heading for name in NAMES), "rest heard dB", "RTF"], rows)


def _figure(values: Sequence[float], digits: int) -> str:
    known = [value for value in values if not math.isnan(value)]
    return f"{np.median(known):.{digits}f} ({np.mean(known):.{digits}f})" if known else ""


def _score(model: str, gate: bool | None, rests: bool, item: Item) -> Scores:
    mixture, vocals = read(item.mixture), read(item.targets[0])
    before = mixture.length - round(ONSET_SECONDS * mixture.rate)
    if rests:
        alone = mixture.samples - vocals.samples
        mixture = Audio(np.concatenate([alone, mixture.samples], axis=1), mixture.rate)
        vocals = Audio(np.concatenate([np.zeros_like(alone), vocals.samples], axis=1), mixture.rate)
    start = time.process_time()
    if model == MIXTURE:
        found = (mixture.samples, mixture.samples)
    elif model == HIGHS:
        highs = _above(mixture.samples, mixture.rate)
        found = (highs, mixture.samples - highs)
    else:
        separator = load(model, threads=1, gate=gate)
        start = time.process_time()
        stems = list(separator(mixture).values())
        found = (stems[0].samples, stems[-1].samples)
    spent_seconds = time.process_time() - start
    row = {"rtf": spent_seconds / mixture.seconds}
    if rests:
        row["heard"] = rms_db(found[0][:, :before]) - rms_db(mixture.samples[:, :before])
    truths = (vocals.samples, mixture.samples - vocals.samples)
    for part, estimate, truth in zip(PARTS, found, truths, strict=True):
        scores = measure(estimate, truth, mixture.rate, mixture.samples, names=NAMES)
        row |= {f"{part} {name}": value for name, value in scores.items()}
    return row


def _above(samples: Samples, rate: int) -> Samples:
    filtered: Samples = sosfiltfilt(butter(4, HIGHS_HZ, "highpass", fs=rate, output="sos"), samples).astype(np.float32)
    return filtered


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="a model's name, a card's folder or an engine's; repeatable")
    parser.add_argument("--songs", type=Path, action="append", help="a folder of songs; may be repeated")
    parser.add_argument("--gate", action="store_true", help="score every model without its card's gate, and with it")
    parser.add_argument("--rests", action="store_true", help="let every song begin with its accompaniment alone")
    parser.add_argument("--jobs", type=int, default=1, help="processes that score")
    parser.add_argument("--json", type=Path, help="write every song's scores there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
