"""Climb a ladder: train a recipe from scratch again and again, one change at a time, and print what each is worth.

    python bench/ladder.py                                  every rung of bench/rungs.toml, 2 hours heard each: hours
    python bench/ladder.py --jobs 2 --only "no rooms" --only MetricGAN
    python bench/ladder.py --hours 0.01 --runs /tmp/ladder

All hear as much sound, whatever their batches. A rung's run lies in --runs, with its resolved recipe; what is there
already is not done again, and what was interrupted goes on.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from process import run, voxlift
from tables import machine, markdown, save
from voxlift.lab.recipe import read_recipe
from voxlift.metrics import METRICS
from voxlift.separate.card import CARD, Card, read_card

ROOT = Path(__file__).resolve().parent.parent
DEV_PAIRS = ROOT.parent / "shared" / "data" / "dev" / "denoise"
SHOWN = ("pesq_wb", "estoi", "si_sdr")


@dataclass(frozen=True)
class Rung:
    """One change of the recipe, or several that belong together."""

    name: str
    hypothesis: str
    changes: Sequence[str]


def main() -> None:
    """Train, score, print."""
    arguments = _arguments()
    table = tomllib.loads(arguments.rungs.read_text("utf-8"))["rung"]
    rungs = [Rung(**row) for row in table if not arguments.only or row["name"] in arguments.only]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        cards = list(pool.map(partial(climbed, arguments), rungs))
    print(f"{machine()}; {arguments.recipe.name}, {arguments.hours:g} h heard, on {arguments.on.name}\n")
    headings = [METRICS[name].heading for name in SHOWN]
    pairs = list(zip(rungs, cards, strict=True))
    print(markdown(["change: hypothesis", *headings, "steps", "hours of a core"], [row(*pair) for pair in pairs]))
    save(arguments.json, {rung.name: dict(card.scores[0].metrics) for rung, card in pairs})


def climbed(arguments: argparse.Namespace, rung: Rung) -> Card:
    """Train and score one rung, unless it is there."""
    folder = arguments.runs / rung.name.replace(" ", "-").replace(",", "")
    card = folder / "card"
    if not ((card / CARD).is_file() and read_card(card).scores):
        recipe = read_recipe(arguments.recipe, rung.changes)
        steps = max(1, round(arguments.hours / recipe.seen_hours(1)))
        settings = [*rung.changes, f"schedule.steps={steps}", "data.validation=0"]
        run(voxlift("lab", "train", str(arguments.recipe), "--run", str(folder), *settings))
        run(voxlift("lab", "export", str(folder), "--card", str(card), "--on", str(arguments.on)))
    print(f"done: {rung.name}", flush=True)
    return read_card(card)


def row(rung: Rung, card: Card) -> list[str]:
    """Format one line of the table."""
    scores = [f"{card.scores[0].metrics[name]:.{METRICS[name].digits}f}" for name in SHOWN]
    return [f"{rung.name}: {rung.hypothesis}", *scores, str(card.training.steps), f"{card.training.hours:.2f}"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, default=ROOT / "recipes" / "denoise.toml")
    parser.add_argument("--rungs", type=Path, default=Path(__file__).with_name("rungs.toml"), help="a table of changes")
    parser.add_argument("--only", action="append", help="a rung by name; may be repeated")
    parser.add_argument("--on", type=Path, default=DEV_PAIRS, help="a folder with noisy/ and clean/")
    parser.add_argument("--hours", type=float, default=2.0, help="how much sound each hears")
    parser.add_argument("--jobs", type=int, default=1, help="rungs at a time, each on a core")
    parser.add_argument("--runs", type=Path, default=Path("runs/ladder"), help="a folder for the runs")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
