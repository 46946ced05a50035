"""Print how much sooner a search that gives up early finds the same score (needs the extra `lab`).

    python bench/tuning.py                        about 2 minutes of one core
    python bench/tuning.py --seeds 50 --trials 30

The task is the mission's: a dense net on binary digits, of which learning rate and number of hidden layers are sought.
Three searches get the same processor time: values at random and every net trained to its end, as the first auto-build
did; Optuna's sampler (TPE), every net trained to its end; and `voxlift lab tune`, the same sampler, where the worse two
thirds are given up at a ninth and at a third of their way.

A search is a matter of luck, so each is made with many seeds. For that, nets all over the space are trained once, and
searches are replayed on what was measured of them: losses at each look, between the rates that were trained on a
straight line over the logarithm; and the processor time to it. Everything else of a search happens, and is timed.

Time to a score is what all seeds spent until they had it, or to their end, divided by how many had it (the expected
running time of Hansen et al., "COCO", 2021).
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sounds import blocks
from tables import machine, markdown, save
from voxlift import Audio, write
from voxlift.errors import DivergedError
from voxlift.lab.recipe import Recipe, read_recipe
from voxlift.lab.training import Training
from voxlift.lab.tuning.ledger import Attempt, Ledger
from voxlift.lab.tuning.ranking import DONE, GIVEN_UP, RUNGS
from voxlift.lab.tuning.search import Strategy
from voxlift.lab.tuning.space import read_space, with_values
from voxlift.lab.tuning.trial import Judge, make_judge

RATE, SECONDS, PAIRS = 8000, 20, 12
RANDOM, TPE, TUNE = "random, unpruned", "TPE, unpruned", "lab tune"
SEARCHES = {RANDOM: Strategy(random=True, prune=False), TPE: Strategy(prune=False), TUNE: Strategy()}
RATES, LAYERS = np.geomspace(1e-5, 1, 13), range(5)
WORST = 9.0
"""The loss of a net that flew off."""
RECIPE = """
name = "digits"
task = "denoise"
summary = "A dense net on binary digits"
[front]
rate = 8000
window = 32
hop = 32
transform = "bits"
view = "identity"
mask = "direct"
channels = "each"
[net]
kind = "dense"
hidden = 32
[data]
corpus = "paired"
root = "{root}"
seconds = 0.1
rooms = 0
workers = 0
validation = 64
[mix]
codec = 0.0
clipping = 0.0
bandlimit = 0.0
[losses]
digit_entropy = 1.0
[optimiser]
ema = 0.9
[schedule]
batch = 4
steps = 81
warmup = 4
[search]
"optimiser.rate" = {{ low = 1e-5, high = 1.0, log = true }}
"net.layers" = {{ low = 0, high = 4 }}
"""


@dataclass(frozen=True)
class Measured:
    """Nets all over the space: losses `(layers, rates, looks)`, and the processor time to each look, `(looks,)`."""

    losses: NDArray[np.float64]
    seconds: NDArray[np.float64]

    def looks(self, rate: float, layers: int) -> NDArray[np.float64]:
        """Losses of one net, `(looks,)`."""
        at = np.log(RATES)
        return np.array([np.interp(math.log(rate), at, self.losses[layers, :, k]) for k in range(len(RUNGS))])

    @property
    def whole_seconds(self) -> float:
        """Processor time of a whole training."""
        return float(self.seconds[-1])


@dataclass(frozen=True)
class Search:
    """How one search went: the best loss after each net that came to its end, and the processor time then."""

    times: tuple[float, ...]
    losses: tuple[float, ...]
    seconds: float
    begun: int

    @property
    def best(self) -> float:
        """The loss found."""
        return min(self.losses)

    def seconds_to(self, loss: float) -> float | None:
        """Time until a loss as low was found; None where it was not."""
        return next((at for at, found in zip(self.times, self.losses, strict=True) if found <= loss), None)


def main() -> None:
    """Measure, search, and print."""
    arguments = _arguments()
    print(f"{machine()}; {arguments.seeds} seeds, time for {arguments.trials} whole trainings each\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="voxlift-bench-") as folder:
        recipe_file = make_task(Path(folder))
        measured = measure(read_recipe(recipe_file), Path(folder) / "nets")
        print(f"{measured.losses[..., 0].size} nets trained; a whole training takes {measured.whole_seconds:.2f} CPU s")
        budget = arguments.trials * measured.whole_seconds
        searches: dict[str, list[Search]] = {name: [] for name in SEARCHES}
        for seed in range(1, arguments.seeds + 1):
            recipe = read_recipe(recipe_file, [f"run.seed={seed}"])
            for name, strategy in SEARCHES.items():
                study = Path(folder) / f"{seed} {name}"
                searches[name].append(replay(Ledger(
                    study, recipe, read_space(recipe), random=strategy.random, prune=strategy.prune
                ), recipe, measured, budget))  # fmt: skip
    targets = {name: statistics.median(found.best for found in searches[name]) for name in (RANDOM, TPE)}
    print("\n" + table(searches, targets))
    facts = (f"{name} {loss:.4f}" for name, loss in targets.items())
    print(f"\nThe scores to be found are the losses at the end (median of the seeds): {', '.join(facts)}.")
    save(arguments.json, {"targets": targets, **{name: [asdict(x) for x in found] for name, found in searches.items()}})


def make_task(folder: Path) -> Path:
    """Write noisy and clean speech-like sound, and a recipe."""
    for number in range(PAIRS):
        rng = np.random.default_rng(number)
        clean = np.concatenate([block[0] for block in blocks(SECONDS, RATE, 1, rng)])
        noisy = np.clip(clean + 0.03 * rng.standard_normal(len(clean)), -1, 1)
        for kind, sound in (("clean", clean), ("noisy", noisy)):
            (folder / kind).mkdir(exist_ok=True)
            write(folder / kind / f"{number}.wav", Audio(sound.astype(np.float32), RATE))
    path = folder / "digits.toml"
    path.write_text(RECIPE.format(root=folder.as_posix()), "utf-8")
    return path


def measure(recipe: Recipe, folder: Path) -> Measured:
    """Train nets all over the space, and look at each where a search would."""
    judge = make_judge(recipe, folder / "cache")
    losses = np.full((len(LAYERS), len(RATES), len(RUNGS)), WORST)
    seconds = []
    for row, layers in enumerate(LAYERS):
        for column, rate in enumerate(RATES):
            began = time.process_time()
            made = with_values(recipe, {"net.layers": layers, "optimiser.rate": float(rate)})
            training = Training(made, folder / f"{layers} {column}", folder / "cache")
            try:
                for look, ninths in enumerate(RUNGS):
                    losses[row, column, look] = look_at(training, ninths / RUNGS[-1], judge)
                    seconds.append((look, time.process_time() - began))
            except DivergedError:
                continue
    to_look = [statistics.median(spent for look, spent in seconds if look == k) for k in range(len(RUNGS))]
    return Measured(np.minimum(losses, WORST), np.array(to_look))


def look_at(training: Training, share: float, judge: Judge) -> float:
    """Train to a share of the schedule and measure."""
    training.run(pause=lambda: training.share >= share)
    return training.measure(judge.mixer, judge.numbers, judge.recipe)


def replay(ledger: Ledger, recipe: Recipe, measured: Measured, budget: float) -> Search:
    """Search for so much processor time; only the training itself is taken from what was measured."""
    times, losses, spent, begun = [], [], 0.0, 0
    while spent < budget:
        began = time.process_time()
        attempt = ledger.draw(10_000, recipe)
        assert attempt is not None
        begun += 1
        fate, trained = replay_one(ledger, attempt, measured)
        spent += trained + time.process_time() - began
        if fate == DONE and spent <= budget:
            times.append(spent)
            losses.append(float(measured.looks(attempt.values["optimiser.rate"], attempt.values["net.layers"])[-1]))
    return Search(tuple(times), tuple(losses), budget, begun)


def replay_one(ledger: Ledger, attempt: Attempt, measured: Measured) -> tuple[str, float]:
    """Let a net's measured losses be looked at; its fate, and the time that its training took."""
    fate, trained = DONE, 0.0
    looks = measured.looks(attempt.values["optimiser.rate"], attempt.values["net.layers"])
    for ninths, loss, (before, after) in zip(RUNGS, looks, pairwise([0.0, *measured.seconds]), strict=True):
        trained += after - before
        if ledger.look(attempt, ninths, float(loss), trained):
            fate = GIVEN_UP
            break
    ledger.end(attempt, fate, trained)
    return fate, trained


def expected_seconds(found: Sequence[Search], target: float) -> float | None:
    """Time spent until the score was found, or in vain, for each time that it was found."""
    times = [search.seconds_to(target) for search in found]
    hits = sum(at is not None for at in times)
    spent = sum(search.seconds if at is None else at for search, at in zip(found, times, strict=True))
    return spent / hits if hits else None


def table(searches: dict[str, list[Search]], targets: dict[str, float]) -> str:
    """One row for each way to search."""
    rows = []
    for name, found in searches.items():
        row = [
            name,
            f"{statistics.mean(search.begun for search in found):.0f}",
            f"{statistics.mean(len(search.losses) for search in found):.0f}",
            f"{statistics.mean(search.best for search in found):.4f}",
        ]
        for owner, target in targets.items():
            hits = sum(search.seconds_to(target) is not None for search in found)
            spent, usual = expected_seconds(found, target), expected_seconds(searches[owner], target)
            assert usual is not None  # half of its own seeds have its median
            row += [f"{hits} of {len(found)}", "never" if spent is None else f"{spent:.1f}"]
            row.append("" if spent is None else f"{usual / spent:.1f}")
        rows.append(row)
    header = ["search", "nets begun", "to the end", "mean best loss"]
    for owner in targets:
        header += [f"found the score of {owner.partition(',')[0]}", "CPU s to it", "times sooner"]
    return markdown(header, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="searches of each kind")
    parser.add_argument("--trials", type=int, default=16, help="whole trainings that each search has time for")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
