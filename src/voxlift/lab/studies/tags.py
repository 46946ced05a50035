"""How often a corpus' tracks have each value of a tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.corpora import list_tracks
from voxlift.lab.corpora.splits import SPLITS
from voxlift.media.faults import shown
from voxlift.schema import nearest


@dataclass(frozen=True)
class Counts:
    """Tracks by value, split by split."""

    by_split: Mapping[str, Mapping[str, int]]
    without: int
    """Tracks that do not have the tag."""

    @property
    def totals(self) -> Counter[str]:
        """Tracks by value."""
        return sum((Counter(split) for split in self.by_split.values()), Counter[str]())

    @property
    def values(self) -> int:
        """How many values there are."""
        return len(self.totals)

    @property
    def commonest(self) -> str:
        """The value that most tracks have."""
        return self.totals.most_common(1)[0][0]

    @property
    def share(self) -> float:
        """How many of all tracks have the commonest value, 0..1."""
        return self.totals[self.commonest] / (self.totals.total() + self.without)


def count_tags(root: Path, tag: str, kind: str = "auto") -> Counts:
    """Count a corpus' tracks by one of their tags.

    Raises
    ------
    DataError
        When it is no corpus, or none of its tracks has the tag.
    """
    tracks = list_tracks(kind, root)
    splits = [split for split in SPLITS if any(track.split == split for track in tracks)]
    counts = {
        split: Counter(track.tags[tag] for track in tracks if track.split == split and tag in track.tags)
        for split in splits
    }
    if not any(counts.values()):
        known = {name for track in tracks for name in track.tags}
        hint = nearest(tag, known) if known else "; its tracks have no tags at all"
        raise DataError(f"{shown(root)}: no track has the tag {tag!r}{hint}")
    return Counts({split: count for split, count in counts.items() if count}, sum(tag not in t.tags for t in tracks))
