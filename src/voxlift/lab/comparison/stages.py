"""What a recipe goes through: training, export, scores. Each is done once, and taken from the disk after that."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voxlift.atomic import atomic
from voxlift.errors import CardError, RecipeError
from voxlift.lab.checkpoint import CHECKPOINT
from voxlift.lab.comparison.entrants import Entrant
from voxlift.lab.comparison.processes import Say, run_voxlift
from voxlift.lab.evaluation import EvaluationSet, Result, evaluate
from voxlift.lab.recipe import dump_recipe, read_recipe
from voxlift.schema import plain
from voxlift.separate.card import CARD, Card, read_card

FINISHED = "finished.toml"
"""In a run's folder: the recipe it was trained by, written when it came to its end."""


@dataclass(frozen=True)
class Workshop:
    """Where a comparison works, and with what."""

    out: Path
    cache: Path
    jobs: int
    say: Say
    holding: tuple[int, ...] = ()
    """What children must be given so that the folder stays ours while they live."""

    def run(self, name: str) -> Path:
        """Where a recipe trains."""
        return self.out / "runs" / name

    def card(self, name: str) -> Path:
        """Where its card lies."""
        return self.out / "cards" / name

    def voxlift(self, name: str, *arguments: str) -> None:
        """Run a command of Voxlift for a recipe, told under its name."""
        log = self.out / "logs" / f"{name}.log"
        run_voxlift(arguments, log, lambda line: self.say(f"[{name}] {line}"), self.holding)


def check_runs(shop: Workshop, entrants: Sequence[Entrant]) -> None:
    """Refuse to go on with the run of another recipe: its curve and its schedule would be neither's.

    Raises
    ------
    RecipeError
        Naming what differs.
    """
    for entrant in entrants:
        folder = shop.run(entrant.name)
        if not (folder / CHECKPOINT).is_file():
            continue
        # What a search would vary does not change a training.
        before, now = (replace(recipe, search={}) for recipe in (read_recipe(folder / "recipe.toml"), entrant.recipe))
        if before != now:
            changed = ", ".join(_differences(plain(before), plain(now)))
            raise RecipeError(
                f"{folder}: was trained by another recipe of this name (they differ in {changed}); "
                "give another folder with --out, or remove this one"
            )


def make_card(shop: Workshop, entrant: Entrant) -> Card:
    """Train a recipe and export it, as far as that is not done yet.

    Raises
    ------
    FailedError
        When either fails, with the sentence it said.
    """
    run, name = shop.run(entrant.name), entrant.name
    if (run / FINISHED).is_file():
        shop.say(f"[{name}] trained before")
    else:
        words = [str(entrant.file), *entrant.overrides]
        shop.voxlift(name, "lab", "train", *words, "--run", str(run), "--cache", str(shop.cache))
        (run / FINISHED).write_text(dump_recipe(entrant.recipe), "utf-8")
    sources = [run, *([shop.run(entrant.recipe.gate)] if entrant.recipe.gate else [])]
    card = _fresh_card(shop.card(name), [source / FINISHED for source in sources])
    return card or _export(shop, name)


def score(shop: Workshop, entrant: Entrant, card: Card, found: EvaluationSet) -> Result:
    """Score a card on a held-out set, unless this very card was scored on these very files before.

    Raises
    ------
    VoxliftError
        As `evaluate`.
    """
    label = found.label
    path = shop.out / "scores" / f"{entrant.name} on {label.replace('/', '-')}.json"
    key = _fingerprint(card, found)
    kept = _read_result(path, key)
    if kept is not None:
        return kept
    shop.say(f"[{entrant.name}] scoring on {label}, {len(found.items)} recordings")
    result = evaluate(str(shop.card(entrant.name).resolve()), found, shop.jobs)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "key": key,
        "realtime": result.realtime,
        "protocol": list(result.protocol),
        "scores": {
            item: {name: None if math.isnan(value) else value for name, value in row.items()}
            for item, row in result.scores.items()
        },
    }
    path.write_text(json.dumps(table, indent=1), "utf-8")
    return result


def _fresh_card(folder: Path, finished: Sequence[Path]) -> Card | None:
    """Read the card, if it is newer than all runs that went into it."""
    try:
        card = read_card(folder)
    except CardError:
        return None
    made = (folder / CARD).stat().st_mtime_ns
    return card if all(path.is_file() and path.stat().st_mtime_ns <= made for path in finished) else None


def _export(shop: Workshop, name: str) -> Card:
    folder = shop.card(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with atomic(folder) as part:
        shop.voxlift(name, "lab", "export", str(shop.run(name)), "--card", str(part), "--cache", str(shop.cache))
    return read_card(folder)


def _fingerprint(card: Card, found: EvaluationSet) -> str:
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in card.files if path.name != CARD]
    files = [path for item in found.items for path in (item.mixture, *item.targets)]
    facts = [sums, found.kind, [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _read_result(path: Path, key: str) -> Result | None:
    try:
        table = json.loads(path.read_text("utf-8"))
        if table["key"] != key:
            return None
        scores = {
            item: {name: math.nan if value is None else float(value) for name, value in row.items()}
            for item, row in table["scores"].items()
        }
        return Result(path.stem, scores, float(table["realtime"]), tuple(table["protocol"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # it is missing, or was half-written when somebody pulled the plug


def _differences(before: dict[str, Any], after: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            found.append(f"{prefix}{key}")
    return found
