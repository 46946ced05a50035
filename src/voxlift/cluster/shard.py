"""One list over several machines that do not know each other: each takes what a sum over the name says is its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from voxlift.errors import InputError


def hashed(name: str) -> int:
    """Sum a name up in 64 bits, the same on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count`, from 1.

    The sum is over the name of a recording below the folder that was given, so it is the same wherever that is mounted,
    and whatever else lies there.
    """

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise InputError(f"--shard {self.number}/{self.count}: give K/N with K from 1 to N, such as 2/8")

    def has(self, name: str) -> bool:
        """Whether a recording is this part's."""
        if self.count == 1:
            return True
        return hashed(name) % self.count == self.number - 1

    @staticmethod
    def parse(text: str | None) -> Shard:
        """Read `K/N`.

        Raises
        ------
        InputError
            When it is not of this kind.
        """
        if text is None:
            return WHOLE
        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text.strip())
        if found is None:
            raise InputError(f"--shard {text}: give K/N with K from 1 to N, such as 2/8")
        return Shard(int(found[1]), int(found[2]))


WHOLE = Shard()
"""All of a list."""
