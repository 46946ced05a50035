"""What a training set is to be: its options, its layout on disk, and what goes into it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxlift.errors import DataError
from voxlift.lab.corpora import Track, only
from voxlift.lab.corpora.track import CLEAN, MIXTURE, NOISE, NOISY, SPEAKERS, SPEECH, VOCALS

PAIRS, SONGS, SPEAKERS_APART = "pairs", "songs", "speakers"
LAYOUTS = (PAIRS, SONGS, SPEAKERS_APART)
VERSION = 1
"""Of what a segment is; a new one gives all segments new names."""


@dataclass(frozen=True)
class Options:
    """How to cut.

    Parameters
    ----------
    seconds
        Length of a segment.
    overlap
        Share of a segment that the next one repeats, 0 to under 1.
    pad
        Whether the rest at the end is padded with silence, or dropped.
    silence_db
        Segments whose level (of the clean voice, or of the mixture) is lower are left out.
    snr_db
        Range from which each segment's ratio of speech to noise is drawn, for corpora that have both apart.
    seed
        Of noises, their places and ratios.

    Raises
    ------
    DataError
        On a number out of range.
    """

    seconds: float = 4.0
    overlap: float = 0.0
    pad: bool = False
    silence_db: float = -60.0
    snr_db: tuple[float, float] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.01 <= self.seconds <= 3600:
            raise DataError(f"segments of {self.seconds:g} s: choose a length from 0.01 to 3600 s")
        if not 0 <= self.overlap <= 0.95:
            raise DataError(f"an overlap of {self.overlap:g}: choose a share of the segment from 0 to 0.95")
        if self.snr_db is not None and self.snr_db[0] > self.snr_db[1]:
            low, high = self.snr_db
            raise DataError(f"ratios from {low:g} to {high:g} dB: the range is upside down; write {high:g} {low:g}")


@dataclass(frozen=True)
class Job:
    """One track to cut into a folder, and the noise that is to be laid over it, if any."""

    track: Track
    layout: str
    options: Options
    out: Path
    noise: Track | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Name the parts of the track that are read."""
        return (SPEECH,) if self.noise is not None else self.targets

    @property
    def targets(self) -> tuple[str, ...]:
        """Name the parts that are written of each segment."""
        if self.layout == PAIRS:
            return (NOISY, CLEAN)
        if self.layout == SPEAKERS_APART:
            return (MIXTURE, *(name for name in SPEAKERS if name in self.track.parts))
        return tuple(name for name in self.track.parts if name not in (NOISY, CLEAN))

    def place(self, ident: str, part: str) -> Path:
        """Tell where a part of a segment belongs."""
        top = self.out / self.track.split
        if self.layout == SONGS:
            return top / ident / f"{part}.flac"
        folder = "mix_clean" if part == MIXTURE else part
        return top / folder / f"{ident}.flac"

    @property
    def record(self) -> Path:
        """Where it is written down which segments the track gave."""
        return self.out / ".cut" / f"{_sum_of(self.track)[:24]}.json"

    @property
    def rng(self) -> np.random.Generator:
        """Where the draws for this track begin, whatever else the corpus holds."""
        return np.random.default_rng([self.options.seed, int(_sum_of(self.track)[:16], 16)])


def plan(tracks: Sequence[Track], out: Path, options: Options, layout: str | None = None) -> list[Job]:
    """Choose the layout that suits a corpus, and a job for each of its tracks.

    Parameters
    ----------
    tracks
        Of all splits that are to be cut.
    out
        The folder of the training set.
    options
        How to cut.
    layout
        One of `LAYOUTS`; None for the one that the corpus has, `pairs` where `options.snr_db` is given.

    Raises
    ------
    DataError
        When no track fits the layout, when several layouts are possible, or when `out` holds a set cut otherwise.
    """
    if options.snr_db is not None:
        layout = layout or PAIRS
        if layout != PAIRS:
            raise DataError(f"speech mixed with noise makes pairs, not {layout}; leave out --snr or --layout")
        jobs = _mixed(tracks, out, options)
    else:
        found = {kind: [track for track in tracks if _fits(track, kind)] for kind in LAYOUTS}
        layout = layout or _only_layout(found, tracks)
        jobs = [Job(track, layout, options, out) for track in found[layout]]
    if not jobs:
        raise DataError(f"no track here can be cut into {layout}")
    _claim(out, options, layout)
    return jobs


def _fits(track: Track, layout: str) -> bool:
    if layout == PAIRS:
        return {NOISY, CLEAN} <= track.parts.keys()
    if layout == SONGS:
        return VOCALS in track.parts and len(track.parts) > 1
    return {MIXTURE, SPEAKERS[0]} <= track.parts.keys()


def _only_layout(found: Mapping[str, Sequence[Track]], tracks: Sequence[Track]) -> str:
    possible = [layout for layout in LAYOUTS if found[layout]]
    apart = bool(only(tracks, SPEECH) and only(tracks, NOISE))
    if len(possible) == 1:
        return possible[0]
    if possible:
        raise DataError(f"the corpus has {' and '.join(possible)}; say with --layout which are wanted")
    if apart:
        raise DataError("speech and noise lie apart here; give --snr LOW HIGH to mix them, such as --snr -5 15")
    raise DataError("nothing here belongs together: no pairs, no songs with stems, no speakers apart")


def _mixed(tracks: Sequence[Track], out: Path, options: Options) -> list[Job]:
    jobs = []
    for split in dict.fromkeys(track.split for track in tracks):
        half = [track for track in tracks if track.split == split]
        noises, speech = only(half, NOISE), only(half, SPEECH)
        if speech and not noises:
            raise DataError(f"the split {split!r} has no noise to mix in; leave the split out, or give --noise DIR")
        for track in speech:
            noise = noises[int(Job(track, PAIRS, options, out).rng.integers(len(noises)))]
            jobs.append(Job(track, PAIRS, options, out, noise))
    if not jobs:
        raise DataError(
            "--snr mixes speech with noise, and there is no speech apart here; leave it out, or choose another split"
        )
    return jobs


def _claim(out: Path, options: Options, layout: str) -> None:
    """Write down how the folder is cut, or refuse if it was cut otherwise: its readers could not tell them apart."""
    path = out / ".cut" / "options.json"
    facts = {"version": VERSION, "layout": layout, **dataclasses.asdict(options)}
    text = json.dumps(facts, indent=1)
    if path.is_file() and path.read_text("utf-8") != text:
        before = json.loads(path.read_text("utf-8"))
        changed = ", ".join(
            f"{key} {before.get(key)}" for key, value in json.loads(text).items() if before.get(key) != value
        )
        raise DataError(f"{out}: holds a set cut otherwise ({changed}); choose another folder, or remove this one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as problem:
        raise DataError(f"{out}: cannot be written ({problem.strerror}); choose another folder") from None


def _sum_of(track: Track) -> str:
    return hashlib.sha256(f"{track.split}/{track.name}".encode()).hexdigest()
