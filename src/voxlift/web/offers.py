"""What can be asked of the service: the tasks for which a model's card is installed, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voxlift.errors import InputError
from voxlift.schema import nearest
from voxlift.separate.card import TASKS, Card
from voxlift.separate.store import card_files, survey
from voxlift.web.lifting import SPEAKERS

MAX_STRENGTH_DB = 100.0
FEWEST_SPEAKERS = 2


@dataclass(frozen=True)
class Offer:
    """A task, and the model that does it unless another is asked for."""

    task: str
    model: str
    models: Sequence[str]
    speakers: Sequence[int]
    """Numbers of people that can be told apart, where there is a choice."""


@dataclass(frozen=True)
class Wish:
    """What a visitor asked for, checked."""

    task: str
    model: str
    strength_db: float | None
    speakers: int | None


def offers() -> list[Offer]:
    """List the tasks that there are cards for, in their own order."""
    cards = _cards()
    return [_offer(task, [card for card in cards if card.task == task]) for task in TASKS if _any(task, cards)]


def wish(task: str, model: str | None, strength_db: float | None, speakers: int | None) -> Wish:
    """Check what was asked for against what is there.

    Raises
    ------
    InputError
        With what would work.
    """
    known = {offer.task: offer for offer in offers()}
    if task not in known:
        raise InputError(f"no task {task[:40]!r}{nearest(task, known)}")
    offer = known[task]
    if speakers is not None and model is None:
        model = _model_for(offer, speakers)
    chosen = model or offer.model
    if chosen not in offer.models:
        raise InputError(f"no model {chosen[:40]!r} for {task}{nearest(chosen, offer.models)}")
    if speakers is not None:
        _check_speakers(chosen, offer, speakers)
    if strength_db is not None and not 0 <= strength_db <= MAX_STRENGTH_DB:
        raise InputError(f"a strength of {strength_db} dB: give 0 to {MAX_STRENGTH_DB:g}, or leave it out")
    return Wish(task, chosen, strength_db, speakers)


def _any(task: str, cards: Sequence[Card]) -> bool:
    return any(card.task == task for card in cards)


def _offer(task: str, cards: Sequence[Card]) -> Offer:
    names = [card.name for card in cards]
    most = max(len(card.stems) for card in cards)
    speakers = list(range(FEWEST_SPEAKERS, most + 1)) if task == SPEAKERS else []
    return Offer(task, TASKS[task] if TASKS[task] in names else names[0], names, speakers)


def _model_for(offer: Offer, speakers: int) -> str:
    """Choose one that has tracks enough: the task's own if it has, else the one with the fewest."""
    fits = sorted((len(card.stems), card.name) for card in _cards() if card.name in offer.models)
    able = [name for tracks, name in fits if tracks >= speakers]
    return offer.model if offer.model in able or not able else able[0]


def _check_speakers(model: str, offer: Offer, speakers: int) -> None:
    if not offer.speakers:
        raise InputError(f"{speakers} speakers: leave it out for {offer.task}")
    tracks = next(len(card.stems) for card in _cards() if card.name == model)
    if not FEWEST_SPEAKERS <= speakers <= tracks:
        raise InputError(f"{speakers} speakers: {model} splits {FEWEST_SPEAKERS} to {tracks}; or leave it out")


def _cards() -> Sequence[Card]:
    """Read the cards anew only when a file of theirs is: every page that shows the form asks for them."""
    return _read(tuple(_seen(path) for path in card_files()))


def _seen(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except FileNotFoundError:  # a card that is being replaced
        return str(path), 0, 0
    return str(path), facts.st_mtime_ns, facts.st_size


@functools.lru_cache(maxsize=1)
def _read(_files: tuple[tuple[str, int, int], ...]) -> Sequence[Card]:
    """Read the cards that lift: no detectors, and for speakers none of one track, which splits nothing."""
    cards = [card for card in survey()[0] if card.front.lifts]
    return [card for card in cards if card.task != SPEAKERS or len(card.stems) >= FEWEST_SPEAKERS]
