"""Whether a corpus is what it says: every sound whole, every mixture the sum of its stems, no split in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from voxlift.audio import Samples
from voxlift.lab.corpora import Track, sums
from voxlift.lab.corpora.splits import missing, overlaps
from voxlift.lab.corpora.track import MIXTURE, NOISY
from voxlift.lab.datasets.parallel import Progress, each
from voxlift.lab.datasets.scan import QUIETEST_DB, Facts, Scan, digest, power_db

LOSSLESS_DB, LOSSY_DB = -40.0, -15.0
"""How far under the mixture its difference from the sum must lie: a codec treats each of them in its own way."""
SILENT_DB = -90.0
NEVER_SILENT = (MIXTURE, NOISY)
"""An instrument may rest for a whole song; what is to be separated may not."""


@dataclass(frozen=True)
class Verdict:
    """What was found about one track."""

    name: str
    split: str
    residual_db: float | None
    """Energy of the difference between the mixture and the sum of its parts, relative to the mixture; the worst, where
    several parts are sums. None where nothing is the sum of anything."""
    problems: tuple[str, ...]
    digests: Mapping[str, str]
    """Of the files, by path."""


@dataclass(frozen=True)
class Report:
    """All tracks, and what concerns several at once."""

    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...]

    @property
    def broken(self) -> list[Verdict]:
        """Tracks with which something is wrong."""
        return [verdict for verdict in self.verdicts if verdict.problems]


class Residual:
    """Measures a sound against the sum of others, block by block."""

    def __init__(self, whole: str, addends: Sequence[str]) -> None:
        self.whole, self._addends = whole, addends
        self._energy, self._difference = 0.0, 0.0

    def add(self, blocks: Mapping[str, Samples | None]) -> None:
        """Take the next block of every part; they count as far as all of them go."""
        pieces = [blocks[name] for name in (self.whole, *self._addends)]
        there = [piece for piece in pieces if piece is not None]
        if len(there) < len(pieces) or len({piece.shape[0] for piece in there}) > 1:
            return
        length = min(piece.shape[1] for piece in there)
        whole, *addends = [piece[:, :length].astype(np.float64) for piece in there]
        self._energy += float(np.square(whole).sum())
        self._difference += float(np.square(whole - sum(addends)).sum())

    @property
    def db(self) -> float:
        """Of the difference, relative to the whole."""
        if not self._energy:
            return QUIETEST_DB if not self._difference else -QUIETEST_DB
        return power_db(self._difference / self._energy)


def verify(
    tracks: Sequence[Track],
    jobs: int = 1,
    progress: Progress | None = None,
    tolerance_db: float | None = None,
) -> Report:
    """Read every track from end to end, all of its parts side by side.

    Parameters
    ----------
    tracks
        All splits of a corpus, from `list_tracks`.
    jobs
        Processes.
    progress
        Called after each track.
    tolerance_db
        How large a residual may be; None for -40 dB, or -15 dB where a codec stands between.

    Returns
    -------
    Report
        A verdict on each track, in order. A lone sound that is also a part of another track is judged there.
    """
    shared = {part for track in tracks if len(track.parts) > 1 for part in track.parts.values()}
    judged = [track for track in tracks if len(track.parts) > 1 or not shared.issuperset(track.parts.values())]
    verdicts = each(_judge, [(track, tolerance_db) for track in judged], jobs, progress)
    return Report(tuple(verdicts), (*overlaps(tracks), *_copies(verdicts)))


def _judge(job: tuple[Track, float | None]) -> Verdict:
    track, tolerance_db = job
    lacking = list(missing(track))
    problems = [fault.removeprefix(f"{track.name!r} ") for fault in lacking]
    scans = {name: Scan(part) for name, part in track.parts.items() if part.path.is_file()}
    residuals = [
        Residual(whole, addends) for whole, addends in sums(track).items() if {whole, *addends} <= scans.keys()
    ]
    for blocks in zip_longest(*(scan.blocks() for scan in scans.values())):
        for residual in residuals:
            residual.add(dict(zip(scans, blocks, strict=True)))
    facts = {name: scan.facts for name, scan in scans.items()}
    problems += _faults(track, facts)
    if len({found.rate for found in facts.values()}) > 1:
        residuals = []  # samples that are not of one time have no difference
    limit = tolerance_db if tolerance_db is not None else _limit(facts.values())
    for residual in residuals:
        if residual.db > limit:
            problems.append(f"{residual.whole} is not the sum of its parts: residual {residual.db:.1f} dB")
    digests = {str(path): digest(path) for path in dict.fromkeys(scan.part.path for scan in scans.values())}
    worst = max((residual.db for residual in residuals), default=None)
    return Verdict(track.name, track.split, worst, tuple(problems), digests)


def _faults(track: Track, facts: Mapping[str, Facts]) -> Iterator[str]:
    for name, found in facts.items():
        if found.problem:
            yield f"{name}: {found.problem}"
        elif found.rms_db < SILENT_DB and (len(facts) == 1 or name in NEVER_SILENT):
            yield f"{name} is silent"
    whole = {name: found for name, found in facts.items() if found.length}
    for what, values in (
        ("rate", {name: f"{found.rate} Hz" for name, found in whole.items()}),
        ("channels", {name: str(found.channels) for name, found in whole.items()}),
        ("length", {name: f"{found.length} samples" for name, found in whole.items()}),
    ):
        if len(set(values.values())) > 1 and (track.aligned or what == "rate"):
            yield f"not one {what}: {', '.join(f'{name} {value}' for name, value in values.items())}"


def _limit(facts: Iterable[Facts]) -> float:
    return LOSSY_DB if any(found.lossy for found in facts) else LOSSLESS_DB


def _copies(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Find the same bytes in two splits, under whatever name."""
    seen: dict[str, dict[str, str]] = {}
    for verdict in verdicts:
        for path, total in verdict.digests.items():
            if total:
                seen.setdefault(total, {}).setdefault(verdict.split, path)
    for places in seen.values():
        if len(set(places.values())) > 1:  # one file in two splits is told by name
            listed = " and ".join(f"{path} ({split})" for split, path in places.items())
            yield f"the same sound in two splits: {listed}"
