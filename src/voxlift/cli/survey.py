"""The first look through all inputs: how many there are, and which of them would meet in one output.

The list is looked through twice, now and when the work is handed out, and is never held: of each input seven numbers
(56 bytes) are kept until the end of the survey, and afterwards only those of inputs that need care.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voxlift.cli.inputs import Found, Inputs, plain_name
from voxlift.cli.naming import absolute, choices
from voxlift.cli.options import LiftOptions
from voxlift.cluster.places import name, parent, relative
from voxlift.cluster.shard import hashed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]

_CHOICES = 3
_PATH, _NAME, _SIZE, _OURS, _FIRST = range(5)


@dataclass
class Survey:
    """What must be known of all inputs before the first is lifted."""

    files: int
    """That are this shard's; an input given twice counts once."""
    bytes: int
    passed: tuple[str, ...]
    """Named inputs that are earlier results of other inputs."""
    _twice: frozenset[int]
    _meeting: frozenset[int]
    _given: set[str] = field(default_factory=set)

    def wanted(self, found: Found) -> bool:
        """Whether an input is to be lifted, here and now; one that was given twice is the first time."""
        if found.named and found.place in self.passed:
            return False
        path = absolute(found.place)
        if hashed(path) in self._twice:
            if path in self._given:
                return False
            self._given.add(path)
        return True

    def base(self, found: Found, options: LiftOptions) -> str | None:
        """Name an input's outputs, without product and suffix, by as little as keeps them apart from all others."""
        for base in choices(found, options):
            if _key(base) not in self._meeting:
                return base
        return None


def survey(inputs: Inputs, options: LiftOptions) -> Survey:
    """Look through all inputs once."""
    import numpy as np

    numbers, results = array("Q"), []
    for found in inputs:
        numbers.extend(_numbers(found, options))
        if found.named and (made_of := found.made_of) is not None:
            results.append((found.place, hashed(absolute(found.place)), hashed("/".join(made_of))))
    table: Numbers = np.frombuffer(numbers, np.uint64).reshape(-1, _FIRST + _CHOICES)
    passed = [(place, path) for place, path, made_of in results if np.any(table[:, _NAME] == made_of)]
    table = table[~np.isin(table[:, _PATH], np.array([path for _, path in passed], np.uint64))]
    paths, firsts, counts = np.unique(table[:, _PATH], return_index=True, return_counts=True)
    once = table[firsts]
    ours = once[once[:, _OURS] == 1]
    return Survey(
        len(ours),
        int(ours[:, _SIZE].sum()),
        tuple(dict.fromkeys(place for place, _ in passed)),
        frozenset(paths[counts > 1].tolist()),
        _meeting(once[:, _FIRST:]),
    )


def _meeting(keys: Numbers) -> frozenset[int]:
    """Find the outputs that more than one input could have; what comes twice in a row is one input's own."""
    import numpy as np

    own = np.sort(keys, axis=1)
    distinct = np.concatenate([own[:, 0], *(own[own[:, k] != own[:, k - 1], k] for k in range(1, _CHOICES))])
    found, counts = np.unique(distinct, return_counts=True)
    return frozenset(found[counts > 1].tolist())


def _numbers(found: Found, options: LiftOptions) -> Iterator[int]:
    yield hashed(absolute(found.place))
    yield hashed("/".join((parent(found.place), plain_name(name(found.place)))))
    yield found.size
    yield int(ours(found, options))
    yield from _filled([_key(base) for base in choices(found, options)])


def ours(found: Found, options: LiftOptions) -> bool:
    """Whether an input is this shard's."""
    return options.shard.has(relative(found.place, found.root).replace(os.sep, "/"))


def _filled(keys: list[int]) -> list[int]:
    return keys + keys[-1:] * (_CHOICES - len(keys))


def _key(base: str) -> int:
    return hashed(os.path.normcase(absolute(base)))
