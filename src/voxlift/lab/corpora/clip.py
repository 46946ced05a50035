"""One recording of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """A recording and what is known of it.

    `kind` is speech, noise, music or room. `group` is what splits must keep apart: the speaker, the noise recording,
    the song; None where it is not known. `weight` says how often its seconds are drawn against others of its kind.
    """

    path: Path
    kind: str
    group: str | None
    corpus: str
    licence: str
    weight: float = 1.0
