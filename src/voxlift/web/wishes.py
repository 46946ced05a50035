"""What a form, a query or JSON says, read as what it means; each value that does not read is named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from voxlift.web.offers import Wish, offers, wish
from voxlift.web.refusals import RefusalError

_KEY_LETTERS = range(8, 129)


def wish_from(fields: Mapping[str, str]) -> Wish:
    """Read the task and how to do it.

    Raises
    ------
    InputError
        With the field, the value seen, and what would work.
    """
    there = offers()
    if not there:
        raise RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, "no model is installed here; ask who runs this service")
    task = fields.get("task") or there[0].task
    speakers = _number(fields, "speakers")
    if speakers is not None and speakers != int(speakers):
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"speakers is {speakers}: give a whole number")
    strength_db = _number(fields, "strength_db")
    return wish(task, fields.get("model") or None, strength_db, None if speakers is None else int(speakers))


def switch(fields: Mapping[str, str], name: str) -> bool:
    """Read a box: ticked or not."""
    value = fields.get(name, "")
    if value.lower() in ("1", "true", "yes", "on"):
        return True
    if value.lower() in ("", "0", "false", "no", "off"):
        return False
    raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} is {value[:40]!r}: give true or false")


def checked_key(key: str | None) -> str | None:
    """Check the key of a submission."""
    if key is not None and (len(key) not in _KEY_LETTERS or not key.isascii() or not key.isprintable()):
        raise RefusalError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency-Key: give 8 to 128 printable letters, such as a UUID"
        )
    return key


def _number(fields: Mapping[str, str], name: str) -> float | None:
    text = fields.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} is {text[:40]!r}: give a number, or leave it out")
    return value
