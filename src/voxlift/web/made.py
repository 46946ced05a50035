"""What an attempt made: said by the process that lifts, entered by the worker. No library is needed to say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Made:
    """One file of a result, made or to be made."""

    stem: str
    kind: str
    file: str
    bytes: int | None
    """None: it is made when it is first asked for."""


@dataclass(frozen=True)
class Result:
    """What an attempt made; the files lie in its folder."""

    seconds: float
    rate: int
    channels: int
    container: str
    facts: Mapping[str, Any]
    model_version: str
    model_licence: str
    card_sha256: str
    made: Sequence[Made]
