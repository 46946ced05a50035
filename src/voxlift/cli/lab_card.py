"""`voxlift lab card`: a model's card, or a run on its way to one, as people read it."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voxlift.errors import InputError, RecipeError

if TYPE_CHECKING:
    from voxlift.separate.card import Card

RECIPE, LOG = "recipe.toml", "log.csv"
SECTIONS = ("net", "front", "losses", "data", "optimiser", "schedule")


@dataclass(frozen=True)
class _Table:
    """A part of the sheet; without headings its rows are names and what they are."""

    title: str
    rows: Sequence[tuple[str, ...]]
    headings: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sheet:
    name: str
    summary: str
    tables: Sequence[_Table]
    recipe: str


def card(
    what: Annotated[str, typer.Argument(metavar="RUN_OR_CARD", help="A run's folder, a card's, or a model's name.")],
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As a page for a repository.")] = False,
) -> None:
    """Show what a card or a run says: data, licence, recipe, seed, training, scores and how they were measured."""
    from voxlift.cli.printing import say

    sheet = _sheet(what)
    if as_markdown:
        say("\n".join(_markdown(sheet)))
    else:
        _show(sheet)


def _sheet(what: str) -> _Sheet:
    from voxlift.separate.card import CARD
    from voxlift.separate.store import find

    folder = Path(what)
    if (folder / RECIPE).is_file() and not (folder / CARD).is_file():
        return _of_run(folder)
    if folder.is_dir() and not (folder / CARD).is_file():
        raise InputError(f"{what}: holds neither a card ({CARD}) nor a run ({RECIPE})")
    return _of_card(find(what))


def _of_card(card: Card) -> _Sheet:
    training, front = card.training, card.front
    facts = [
        ("task", card.task),
        ("gives", ", ".join(card.stems)),
        ("licence", card.licence),
        ("version", str(card.version)),
        ("parameters", f"{card.parameters:,}"),
        ("hears", f"up to {front.rate / 2000:g} kHz, {front.view} of {front.transform}, {front.mask} out"),
        ("works", "frame by frame, live too" if card.chunk is None else f"in chunks of {card.chunk.seconds:g} s"),
        *([("gate", card.gate)] if card.gate else []),
        *([("voices", card.voices)] if card.voices else []),
        ("folder", str(card.folder)),
    ]
    trained = [
        ("recipe", training.recipe),
        ("command", training.command),
        ("seed", str(training.seed)),
        ("time", f"{training.hours:g} h on {training.machine}"),
        ("heard", f"{training.seen_hours:g} h of sound in {training.steps:,} steps"),
        ("sha256", card.sha256),
    ]
    data = [(source.corpus, f"{source.hours:.2f}", source.licence) for source in card.data]
    beside = None if card.folder is None else card.folder / RECIPE
    recipe = beside.read_text("utf-8") if beside is not None and beside.is_file() else ""
    return _Sheet(
        card.name,
        card.summary,
        [
            _Table("The model", facts),
            _Table("Trained", trained),
            _Table("Data", data, ("corpus", "hours", "licence"), ("hours",)),
            *_scores(card),
        ],
        recipe,
    )


def _scores(card: Card) -> list[_Table]:
    from voxlift.metrics import METRICS

    if not card.scores:
        return [_Table("Scores", [("measured", "not yet: voxlift lab export RUN --on DIR writes them into a card")])]
    return [
        _Table(
            f"Scores on {score.on}",
            [
                *(
                    (METRICS[name].heading if name in METRICS else name, f"{value:.{_digits(name)}f}")
                    for name, value in score.metrics.items()
                ),
                ("protocol", score.protocol),
            ],
        )
        for score in card.scores
    ]


def _digits(metric: str) -> int:
    from voxlift.metrics import METRICS

    return METRICS[metric].digits if metric in METRICS else 3


def _of_run(folder: Path) -> _Sheet:
    """Read a run without torch: what it is, and how far it came."""
    text = (folder / RECIPE).read_text("utf-8")
    try:
        recipe: dict[str, Any] = tomllib.loads(text)
        facts = [
            ("task", str(recipe["task"])),
            *((key, ", ".join(_words(recipe[key]))) for key in SECTIONS if recipe.get(key)),
            ("seed", str(recipe["run"]["seed"])),
            ("folder", str(folder)),
        ]
        name, summary = str(recipe["name"]), str(recipe["summary"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as problem:
        raise RecipeError(f"{folder / RECIPE}: is no resolved recipe ({problem}); give the folder of a run") from None
    return _Sheet(name, summary, [_Table("The run", facts), _Table("Progress", _progress(folder))], text)


def _words(table: dict[str, Any]) -> list[str]:
    return [f"{key} {value}" for key, value in table.items()]


def _progress(folder: Path) -> list[tuple[str, ...]]:
    from voxlift.separate.card import CARD

    rows: list[dict[str, str]] = []
    if (folder / LOG).is_file():
        with (folder / LOG).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    cards = [path.parent for path in (folder / "card" / CARD,) if path.is_file()]
    told: list[tuple[str, ...]] = [("card", str(cards[0]) if cards else f"none yet: voxlift lab export {folder}")]
    if not rows:
        return [("steps", "none logged yet"), *told]
    last = rows[-1]
    validations = [row["validation"] for row in rows if row.get("validation")]
    return [
        ("steps", f"{last['step']} ({100 * float(last.get('share') or 0):.0f} % of the schedule)"),
        ("time", f"{float(last['hours']):.2f} h"),
        ("heard", f"{float(last['seen_hours']):.1f} h of sound"),
        ("loss", f"{last['loss']}" + (f", on validation {validations[-1]}" if validations else "")),
        *told,
    ]


def _show(sheet: _Sheet) -> None:
    from voxlift.cli.printing import say, say_pairs, say_table

    say(f"{sheet.name}: {sheet.summary}")
    for table in sheet.tables:
        say(f"\n{table.title}")
        if table.headings:
            say_table(table.headings, table.rows, table.right)
        else:
            say_pairs([(row[0], row[1]) for row in table.rows], "  ")
    if sheet.recipe:
        say("\nIts recipe, every default filled in, stands in recipe.toml; --markdown shows it, too.")


def _markdown(sheet: _Sheet) -> list[str]:
    lines = [f"# {sheet.name}", "", sheet.summary, ""]
    for table in sheet.tables:
        headings = table.headings or ("", "")
        rule = ["--:" if heading in table.right else ":--" for heading in headings]
        lines += [f"## {table.title}", ""]
        lines += [f"| {' | '.join(_escaped(cell) for cell in row)} |" for row in (headings, rule, *table.rows)]
        lines.append("")
    if sheet.recipe:
        lines += ["## Recipe", "", "```toml", sheet.recipe.strip(), "```"]
    return lines


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
