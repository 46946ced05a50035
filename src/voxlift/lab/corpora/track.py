"""What a corpus is made of: recordings, and the parts that belong together in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SPEECH, NOISE, MUSIC, ROOM = "speech", "noise", "music", "room"
NOISY, CLEAN = "noisy", "clean"
MIXTURE, VOCALS, ACCOMPANIMENT = "mixture", "vocals", "accompaniment"
BAND = ("bass", "drums", "other")
"""The stems that together are the accompaniment, where a corpus has them apart."""
SPEAKERS = ("s1", "s2", "s3")
"""The people of a conversation, where a corpus has them apart."""
ESTIMATE = "estimate"
"""What a model made of a recording: no truth, but what its owner judged."""


@dataclass(frozen=True)
class Part:
    """A sound in a file; `stream` says which, where a file holds several (`.stem.mp4`)."""

    path: Path
    stream: int = 0


@dataclass(frozen=True)
class Track:
    """Sounds that belong together: a lone recording, a noisy one and its clean source, a song and its stems.

    `parts` are of one length and aligned. `group` is what splits must keep apart: the speaker, the noise recording,
    the song; None where it is not known. `weight` says how often its seconds are drawn against others of its kind.
    """

    name: str
    parts: Mapping[str, Part]
    split: str
    group: str | None
    corpus: str
    licence: str
    weight: float = 1.0
    tags: Mapping[str, str] = field(default_factory=dict)
    """What else the corpus says of it: style, room, microphone, transcript ..."""
    more_groups: tuple[str, ...] = ()
    """Further ones that splits must keep apart: the other speakers of a mixture."""
    aligned: bool = True
    """Whether the parts lie sample over sample. What was played in a room and recorded there again does not: it comes
    later, and may be of another length."""

    @property
    def groups(self) -> tuple[str, ...]:
        """All that splits must keep apart."""
        return (*(() if self.group is None else (self.group,)), *self.more_groups)


@dataclass(frozen=True)
class Corpus:
    """A published layout: how to know it, and how to read it."""

    name: str
    """As recipes name it."""
    title: str
    read: Callable[[Path], Sequence[Track]]
    """Lists all tracks of all splits below a folder; opens no sound."""
    fits: Callable[[Path], bool]
    """Whether a folder looks like this corpus."""
    url: str = ""
    licence: str = ""
    size: str = ""


def only(tracks: Sequence[Track], part: str) -> list[Track]:
    """Choose the tracks that have a part."""
    return [track for track in tracks if part in track.parts]


def accompaniment_parts(track: Track) -> tuple[str, ...]:
    """Name the parts whose sum is the accompaniment of a song.

    Returns
    -------
    tuple
        The accompaniment itself, or all its instruments; nothing where a song has neither (its accompaniment is then
        the mixture less the vocals) and where the track is no song.
    """
    if VOCALS not in track.parts:
        return ()
    if ACCOMPANIMENT in track.parts:
        return (ACCOMPANIMENT,)
    return tuple(name for name in track.parts if name not in (MIXTURE, VOCALS, ESTIMATE))


def sums(track: Track) -> Mapping[str, tuple[str, ...]]:
    """Tell which part of a track is the sum of which others, as far as it has them all."""
    found: dict[str, tuple[str, ...]] = {}
    accompaniment = accompaniment_parts(track)
    speakers = tuple(name for name in SPEAKERS if name in track.parts)
    if MIXTURE in track.parts and accompaniment:
        found[MIXTURE] = (VOCALS, *accompaniment)
    elif MIXTURE in track.parts and speakers:
        # Where a mixture has a noisy twin the noise is in the twin, else it is in the mixture.
        noise = (NOISE,) if NOISE in track.parts and NOISY not in track.parts else ()
        found[MIXTURE] = (*speakers, *noise)
    if NOISY in track.parts and NOISE in track.parts:
        clean = CLEAN if CLEAN in track.parts else MIXTURE
        if clean in track.parts:
            found[NOISY] = (clean, NOISE)
    return found
