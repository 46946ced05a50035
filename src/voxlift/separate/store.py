"""Where cards lie: those shipped in the package, and those the user added."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from voxlift.atomic import atomic
from voxlift.errors import CardError, InputError
from voxlift.schema import nearest
from voxlift.separate.card import CARD, PARAMETERS, TASKS, WEIGHTS, Card, read_card, verify

SHIPPED = Path(__file__).resolve().parent.parent / "cards"


def added_folder() -> Path:
    """Where added models lie: `$VOXLIFT_MODELS`, or the user's data folder."""
    chosen = os.environ.get("VOXLIFT_MODELS")
    return Path(chosen) if chosen else platformdirs.user_data_path("voxlift", appauthor=False) / "models"


def survey() -> tuple[list[Card], dict[Path, CardError]]:
    """Read every card, shipped ones first; what is wrong with those that cannot be read stands by their folder."""
    cards, broken = [], {}
    for home in (SHIPPED, added_folder()):
        for path in sorted(home.glob(f"*/{CARD}")):
            try:
                cards.append(read_card(path.parent))
            except CardError as problem:
                broken[path.parent] = problem
    return cards, broken


def card_files() -> list[Path]:
    """List all that lies in the cards' folders: while none of it changes, neither does what `survey` finds."""
    return sorted(path for home in (SHIPPED, added_folder()) for path in home.rglob("*"))


def find(name: str) -> Card:
    """Find a card by the path of its folder, or by its name.

    Raises
    ------
    CardError
        When there is none, and then the message lists those there are, or when it cannot be read.
    """
    path = Path(name)
    if os.sep in name or "/" in name or path.joinpath(CARD).is_file():
        return read_card(_folder(path))
    cards, broken = survey()
    known = {card.name: card for card in cards}
    if name in known:
        return known[name]
    for folder, problem in broken.items():
        if folder.name == name:
            raise problem
    for task, best in TASKS.items():
        if name in (task, best):
            raise CardError(_without(name, task, cards))
    raise CardError(f"no model {name!r}{nearest(name, known)} (or give the path of a card's folder)")


def _folder(path: Path) -> Path:
    """Whoever points at one of a card's files means the card."""
    return path.parent if path.name in (CARD, WEIGHTS, PARAMETERS) else path


def _without(name: str, task: str, cards: Sequence[Card]) -> str:
    """Say that a task's own model is not here, and what to do."""
    able = [card.name for card in cards if card.task == task]
    if able:
        return f"no model of the name {name} is here; for this task there are {', '.join(able)}: give --model NAME"
    return (
        f"no model for {task} ships with Voxlift yet: give one with --model PATH, the folder of its card, or make it "
        "known by voxlift models add PATH"
    )


def add(path: Path, *, overwrite: bool = False) -> Card:
    """Check a card, given by its folder or a file in it, and copy it into the user's folder.

    Raises
    ------
    CardError
        When the card or its weights are not sound.
    InputError
        When a model of that name is there already, or the folder cannot be written.
    """
    folder = _folder(path)
    card = read_card(folder)
    verify(card)
    if any(card.name == shipped.name for shipped in survey()[0] if shipped.weights.is_relative_to(SHIPPED)):
        raise InputError(f"the model {card.name!r} is one of Voxlift's own: rename yours in {folder / CARD}")
    if not card.name or Path(card.name).name != card.name or card.name.startswith("."):
        raise InputError(f"{card.name!r} cannot be a model's name: use letters, digits and dashes")
    home = added_folder() / card.name
    if home.exists() and not overwrite:
        raise InputError(f"a model {card.name!r} was added before ({home}); use --overwrite to replace it")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with atomic(home) as part:
            for file in card.files:
                copy = part / file.relative_to(folder)
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(file, copy)
    except OSError as problem:
        raise InputError(
            f"{home}: cannot be written ({problem.strerror}); set VOXLIFT_MODELS to another folder"
        ) from None
    return read_card(home)
