"""Print whether what a recipe mixes to train on sounds, on average, like what is to be lifted.

    python bench/spectra.py recipes/denoise-best.toml           against ../shared/data/dev/denoise
    python bench/spectra.py recipes/vocals.toml --on ../shared/data/dev/songs
    python bench/spectra.py recipes/speakers.toml               against ../shared/data/dev/speakers
    python bench/spectra.py recipes/vocals.toml mix.bright=0    the same with an option changed

Of voices and of what is around them: the share of energy in each band, in dB, as the median over recordings, and over
as many examples as `--examples` says. Where voices that are trained on are darker than real ones, a net learns that the
highs are not the voice.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.signal import welch

from tables import machine, markdown
from voxlift import read
from voxlift.audio import Samples
from voxlift.lab.evaluation import find_set
from voxlift.lab.mixing import make_mixer
from voxlift.lab.recipe import Recipe, read_recipe

DEV = Path(__file__).resolve().parents[2] / "shared" / "data" / "dev"
SETS = {"denoise": DEV / "denoise", "vocals": DEV / "songs", "speakers": DEV / "speakers"}
EDGES_HZ = (0, 75, 150, 300, 600, 1200, 2400, 3600, 5000, 6500, 8000, 11000)
PARTS = ("voice", "rest")
SILENT = 1e-4
"""What is left between a mixture and its talkers is the rounding of both."""
WINDOW_SECONDS = 0.064

Pair = tuple[Samples, Samples, int]
"""A voice, or several at once, and what is around it, `(length,)` each, and their rate."""


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    recipe = read_recipe(arguments.recipe, arguments.overrides)
    place = arguments.on or SETS[recipe.task]
    print(f"{machine()}; {arguments.examples} examples of {recipe.name}, recordings of {place}\n")
    rows = []
    columns = [k for k, edge in enumerate(EDGES_HZ[1:]) if edge <= recipe.front.rate / 2]
    real, made = recordings(place, len(recipe.stems)), examples(recipe, arguments.examples)
    for title, pairs in (("real", real), ("trained on", made)):
        for part, shares in zip(PARTS, zip(*(_shares(pair) for pair in pairs), strict=True), strict=True):
            heard = [share for share in shares if share is not None]
            if heard:
                rows.append([f"{part}, {title}", *(f"{x:.1f}" for x in np.median(heard, axis=0)[columns])])
    headings = [f"{EDGES_HZ[k]} to {EDGES_HZ[k + 1]} Hz" for k in columns]
    print(markdown(["share of energy, dB", *headings], sorted(rows, reverse=True)))


def recordings(folder: Path, voices: int) -> Iterator[Pair]:
    """Read the recordings of a set."""
    for item in find_set(folder).items:
        mixture = read(item.mixture)
        voice = np.sum([read(target).samples.mean(axis=0) for target in item.targets[:voices]], axis=0)
        yield voice, mixture.samples.mean(axis=0) - voice, mixture.rate


def examples(recipe: Recipe, count: int) -> Iterator[Pair]:
    """Mix what a training hears first."""
    mixer = make_mixer(recipe, Path("cache"))
    for number in range(count):
        example = mixer.example(number)
        voice = example.targets.sum(axis=0)
        yield voice, example.mixture - voice, recipe.front.rate


def _shares(pair: Pair) -> list[Sequence[float] | None]:
    """Of voice and rest, dB of the whole in each band; None for silence."""
    *sounds, rate = pair
    found: list[Sequence[float] | None] = []
    for sound in sounds:
        if np.abs(sound).max() < SILENT:
            found.append(None)
            continue
        hz, power = welch(sound, rate, nperseg=round(WINDOW_SECONDS * rate))
        bands = [power[(hz >= low) & (hz < high)].sum() for low, high in pairwise(EDGES_HZ)]
        found.append(10 * np.log10(np.array(bands) / power.sum() + 1e-12))
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path, help="a recipe of noisy speech, songs or talkers")
    parser.add_argument("overrides", nargs="*", help="options of the recipe, such as mix.bright=0")
    parser.add_argument("--on", type=Path, help="a folder of recordings whose voices are known")
    parser.add_argument("--examples", type=int, default=200, help="how many to mix")
    return parser.parse_args()


if __name__ == "__main__":
    main()
