"""`voxlift lab compare`: recipes trained on the same data and budget, scored on the same recordings, in one report."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.needing import need_lab
from voxlift.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voxlift.lab.comparison import Comparison


def compare(
    recipes: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE",
            help="Recipes, or folders of them (a ladder); and changes to all, as KEY=VALUE.",
        ),
    ],
    on: Annotated[
        list[Path],
        typer.Option(
            "--on", metavar="DIR", help="A held-out set; may be repeated, then each scores the recipes of its task."
        ),
    ],
    *,
    data: Annotated[Path | None, typer.Option("--data", metavar="ROOT", help="What all are trained on.")] = None,
    corpus: Annotated[str | None, typer.Option("--corpus", metavar="KIND", help="Its layout.")] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="How long each is trained, unless its steps end first.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Keeps runs, cards and report; goes on there.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes that score.")] = 1,
    cache: Annotated[Path, typer.Option("--cache", help="Where decoded recordings and rooms are kept.")] = Path(
        "cache"
    ),
) -> None:
    """Train recipes on the same data and budget, score them on the same recordings, and write one report.

    Ctrl-C stops it; the same command goes on. The status is 1 if a recipe failed.
    """
    need_lab("The lab", "torch", "lightning")
    from voxlift.lab.comparison import compare as compare_recipes

    files, changes = _sorted_out(recipes)
    folder = out or Path("runs") / f"compare-{files[0].resolve().stem}"
    settings = [*changes, *_settings(data, corpus, minutes)]
    words = [*map(str, files), *(word for place in on for word in ("--on", str(place))), "--out", str(folder)]
    comparison = compare_recipes(
        files, on, folder, settings, cache=cache, jobs=jobs, say=_tell,
        command=shlex.join(["voxlift", "lab", "compare", *words, *settings]),
    )  # fmt: skip
    _sum_up(comparison)
    if comparison.failures:
        raise typer.Exit(1)


def _sorted_out(words: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Tell recipes from changes: `key=value` is a change, unless there is a file of that name."""
    changes = [word for word in words if "=" in word and not Path(word).exists()]
    files = [Path(word) for word in words if word not in changes]
    if not files:
        raise InputError("no recipe to compare; give files, or a folder such as recipes/")
    return files, changes


def _settings(data: Path | None, corpus: str | None, minutes: float | None) -> list[str]:
    from voxlift.lab.toml import toml_value

    if minutes is not None and minutes <= 0:
        raise InputError(f"--minutes {minutes:g}: give more than 0")
    given = {"data.root": None if data is None else str(data), "data.corpus": corpus, "run.minutes": minutes}
    return [f"{key}={toml_value(value)}" for key, value in given.items() if value is not None]


def _tell(line: str) -> None:
    """Say how far it is: progress goes beside the answer, not into it."""
    typer.echo(line, err=True)


def _sum_up(comparison: Comparison) -> None:
    from voxlift.cli.printing import say
    from voxlift.lab.comparison.report import HTML, MARKDOWN, SCORES
    from voxlift.lab.comparison.tables import finding

    for round_ in comparison.rounds:
        say(f"{round_.label}: {finding(round_)}")
    for name, reason in comparison.failures.items():
        sys.stderr.write(f"voxlift: {name} failed: {reason}\n")
    say(", ".join(str(comparison.folder / name) for name in (HTML, MARKDOWN, SCORES)))
