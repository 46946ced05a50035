"""The comparison from recipes to report; whatever was done before is taken from the disk."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voxlift.errors import DataError, VoxliftError
from voxlift.lab.comparison.baselines import baselines
from voxlift.lab.comparison.entrants import Entrant, gates_first, gather
from voxlift.lab.comparison.heldout import check_apart, find_sets, scored_on
from voxlift.lab.comparison.listening import with_samples
from voxlift.lab.comparison.outcome import Comparison, Outcome, Round
from voxlift.lab.comparison.processes import FailedError, Say, claimed
from voxlift.lab.comparison.report import write_report
from voxlift.lab.comparison.stages import Workshop, check_runs, make_card, score
from voxlift.lab.evaluation import EvaluationSet
from voxlift.lab.studies.logs import read_curve
from voxlift.plots.learning import Curve

Sets = Sequence[EvaluationSet]


def compare(
    recipes: Sequence[Path],
    on: Sequence[Path],
    out: Path,
    overrides: Iterable[str] = (),
    *,
    cache: Path = Path("cache"),
    jobs: int = 1,
    say: Say = print,
    command: str = "",
) -> Comparison:
    """Train recipes, score their cards, and write `report.html`, `report.md` and `scores.csv`.

    A recipe that fails is told as failed, and the others go on. Called again, it goes on where it was stopped.

    Parameters
    ----------
    recipes
        Files, or folders of them.
    on
        Held-out sets; where there are several, each scores the recipes of its task.
    out
        Keeps the runs, the cards, the scores and the report.
    overrides
        Changes to all recipes, such as `run.minutes=10`.
    jobs
        Processes that score.
    command
        What the report says to make it again with.

    Raises
    ------
    RecipeError
        When a recipe cannot be read, two have one name, a gate is missing, a run of another recipe is in the way, or
        no set is of a recipe's task.
    DataError
        When a set or the training data cannot be read, or one is in the other, or `out` is in use.
    """
    entrants, sets = gather(recipes, overrides), find_sets(on)
    scored = {entrant.name: scored_on(entrant, sets) for entrant in entrants}
    check_apart(entrants, sets)
    with claimed(out, say) as holding:
        shop = Workshop(out, cache, jobs, say, holding)
        check_runs(shop, entrants)
        say(f"{len(entrants)} recipes on {', '.join(found.label for found in sets)}; first, what costs nothing")
        floors = [baselines(found, jobs) for found in sets]  # reads all files: a broken one is told before hours pass
        outcomes = _outcomes(shop, entrants, scored)
        rounds = tuple(
            Round(found, floor, tuple(outcome for outcome in outcomes if found in scored[outcome.name]))
            for found, floor in zip(sets, floors, strict=True)
        )
        say("drawing, and writing the report")
        comparison = Comparison(out, command, outcomes, tuple(with_samples(round_) for round_ in rounds))
        write_report(comparison)
    return comparison


def _outcomes(shop: Workshop, entrants: Sequence[Entrant], scored: Mapping[str, Sets]) -> tuple[Outcome, ...]:
    done: dict[str, Outcome] = {}
    for number, entrant in enumerate(gates_first(entrants), 1):
        shop.say(f"[{entrant.name}] {number} of {len(entrants)}: {entrant.recipe.summary}")
        gate = entrant.recipe.gate
        spoilt = gate is not None and done[gate].failure is not None
        first = Outcome(entrant, f"its gate {gate!r} failed") if spoilt else Outcome(entrant)
        done[entrant.name] = first if spoilt else _outcome(shop, first, scored[entrant.name])
        failure = done[entrant.name].failure
        if failure is not None:
            shop.say(f"[{entrant.name}] failed: {failure}")
    return tuple(done[entrant.name] for entrant in entrants)


def _outcome(shop: Workshop, outcome: Outcome, sets: Sets) -> Outcome:
    """Go as far as it goes; what fails, fails alone."""
    entrant = outcome.entrant
    try:
        outcome = replace(outcome, card=make_card(shop, entrant))
        for found in sets:
            assert outcome.card is not None
            result = score(shop, entrant, outcome.card, found)
            outcome = replace(outcome, results={**outcome.results, found.label: result})
    except Exception as problem:  # the others must go on, whatever a net does to the libraries under it
        if os.environ.get("VOXLIFT_DEBUG") and not isinstance(problem, FailedError):
            traceback.print_exc()
        told = isinstance(problem, VoxliftError)
        outcome = replace(outcome, failure=str(problem) if told else f"{type(problem).__name__}: {problem}")
    return replace(outcome, curve=_curve(shop, entrant))


def _curve(shop: Workshop, entrant: Entrant) -> Curve | None:
    try:
        return replace(read_curve(shop.run(entrant.name), entrant.name), objective=entrant.objective)
    except DataError:
        return None  # it failed before its first row
