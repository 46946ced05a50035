"""A recording through the net: piece by piece to digits, and back to samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxlift.audio import Samples
from voxlift.errors import CancelledError
from voxlift.lab.shell.data import DIGITS, PIECE, samples_to_rows
from voxlift.lab.shell.learning import DigitNet, probabilities, values
from voxlift.lab.shell.state import Console
from voxlift.media import open_reader, open_writer
from voxlift.media.formats import Format

BLOCK = PIECE * 500
_CEILING_DB = 100.0


@dataclass(frozen=True)
class Heard:
    """What came out."""

    path: Path
    accuracy: float
    """Share of digits that are those of the recording."""
    si_sdr_db: float
    """Of what came out, against the recording; NaN if that is silent."""


def listen(net: DigitNet, path: Path, console: Console) -> Heard:
    """Write what the net says of a recording beside it, each channel by itself, in memory of one block.

    Raises
    ------
    InputError
        When the recording cannot be read, or nothing can be written beside it.
    CancelledError
        When the user stops it; nothing is left behind.
    """
    moments = _Moments()
    right = total = 0
    with open_reader(path) as reader:
        target = free_name(path, ".net", ".wav")
        with open_writer(target, Format("wav", "PCM_16", reader.rate, reader.channels)) as writer:
            for block in reader.blocks(BLOCK / reader.rate):
                said, correct = _say(net, block)
                writer.write(said)
                moments.take(block, said)
                right += correct
                total += block.size * DIGITS
                if console.stop():
                    raise CancelledError("stopped; nothing was written")
    return Heard(target, right / total, moments.si_sdr_db())


def free_name(path: Path, mark: str, suffix: str) -> Path:
    """Find a name beside a file that no file has: NAME.net.wav, NAME.net-2.wav ..."""
    number = 1
    while True:
        found = path.with_name(f"{path.stem}{mark}{'' if number == 1 else f'-{number}'}{suffix}")
        if not found.exists():
            return found
        number += 1


def _say(net: DigitNet, block: Samples) -> tuple[Samples, int]:
    """Run a block, `(channels, length)`; return what the net says, and how many of its digits are right."""
    channels, length = block.shape
    pieces = -(-length // PIECE)
    padded = np.zeros((channels, pieces * PIECE), np.float32)
    padded[:, :length] = block
    rows = padded.reshape(channels * pieces, PIECE)
    data = samples_to_rows(rows, rows)
    found = probabilities(net, data.x)
    # How sure each digit is counts too: the value expected is nearer than that of the likelier digits.
    said = 2 * values(found, DIGITS).reshape(channels, -1)[:, :length] - 1
    same = ((found > 0.5) == (data.y > 0.5)).reshape(channels, -1, DIGITS)[:, :length]
    return said, int(same.sum())


class _Moments:
    """Sums from which SI-SDR follows, so that a recording need not be held."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: NDArray[np.float64] = np.zeros(5)

    def take(self, wanted: Samples, found: Samples) -> None:
        x, y = wanted.astype(np.float64).ravel(), found.astype(np.float64).ravel()
        self.count += x.size
        self.sums += [x.sum(), y.sum(), x @ x, y @ y, x @ y]

    def si_sdr_db(self) -> float:
        """As `metrics.si_sdr`: with r the correlation, the part of y along x is to the rest as r^2 is to 1 - r^2."""
        x, y, xx, yy, xy = self.sums / self.count
        wanted, found, both = xx - x * x, yy - y * y, xy - x * y
        if wanted <= 1e-10:
            return math.nan
        along = both * both / wanted
        if along <= 0 or found <= 0:
            return -_CEILING_DB
        rest = max(found - along, along * 10 ** (-_CEILING_DB / 10))
        return 10 * math.log10(along / rest)
