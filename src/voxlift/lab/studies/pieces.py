"""The segments that `voxlift lab data cut` makes of a recording, as pictures: the same cut, looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voxlift.errors import DataError
from voxlift.lab.datasets.windows import windows
from voxlift.media import open_reader
from voxlift.media.faults import shown
from voxlift.plots.gather import Picture, gather
from voxlift.plots.segments import Segment

_BLOCK_SECONDS = 4.0


@dataclass(frozen=True)
class Pieces:
    """What a recording falls into.

    Parameters
    ----------
    count
        Whole segments in it.
    shown
        At most as many as wanted, evenly over the recording.
    rest_seconds
        What is too short for one more segment.
    """

    count: int
    shown: tuple[tuple[Segment, Picture], ...]
    rest_seconds: float


def cut_to_pictures(path: Path, length: int, seconds: float, overlap: float, *, most: int, columns: int) -> Pieces:
    """Cut a recording, in one pass, and keep pictures of some of its segments.

    Parameters
    ----------
    length
        Of the recording, in samples.
    seconds, overlap
        Of a segment; the share of it that the next one repeats, 0 to under 1.
    most, columns
        How many pictures, and how fine.

    Raises
    ------
    DataError
        When the recording is shorter than one segment.
    """
    with open_reader(path) as reader:
        rate = reader.rate
        size = max(1, round(seconds * rate))
        hop = max(1, round(size * (1 - overlap)))
        count = (length - size) // hop + 1
        if count < 1:
            raise DataError(
                f"{shown(path)}: its {length / rate:.2f} s are shorter than a segment of {seconds:g} s; "
                "give a smaller --seconds"
            )
        wanted = set(spread(range(count), most))
        pieces = []
        for number, window in enumerate(windows(reader.blocks(_BLOCK_SECONDS), size, hop, pad=False)):
            if number in wanted:
                segment = Segment(number + 1, window.start / rate)
                pieces.append((segment, gather([window.samples], rate, "", columns)))
    return Pieces(count, tuple(pieces), (length - ((count - 1) * hop + size)) / rate)


def spread(numbers: Sequence[int], most: int) -> list[int]:
    """Choose at most so many, evenly, the first and the last among them."""
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[round(place * (len(numbers) - 1) / max(1, most - 1))] for place in range(most)]
