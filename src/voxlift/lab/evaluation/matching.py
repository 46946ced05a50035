"""Which estimate is meant for which target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import permutations

from voxlift.audio import Audio, Samples
from voxlift.errors import DataError
from voxlift.metrics import si_sdr


def matched_estimates(stems: Mapping[str, Audio], targets: Sequence[Samples]) -> list[Samples]:
    """Choose a stem for each target: for one the first, for several the permutation with the highest mean SI-SDR.

    The last stem, the rest, is taken only where there are too few without it. A silent target fits all stems alike.

    Raises
    ------
    DataError
        When there are fewer stems than targets.
    """
    sounds = [stem.samples for stem in stems.values()]
    if len(sounds) < len(targets):
        raise DataError(f"{len(targets)} targets, but the model gives only {len(sounds)} stems: {', '.join(stems)}")
    if len(targets) == 1:
        return sounds[:1]
    candidates = sounds[:-1] if len(sounds) > len(targets) else sounds
    gain_db = [[_known(si_sdr(found, target)) for target in targets] for found in candidates]
    best = max(
        permutations(range(len(candidates)), len(targets)),
        key=lambda order: sum(gain_db[found][target] for target, found in enumerate(order)),
    )
    return [candidates[found] for found in best]


def _known(value_db: float) -> float:
    return 0.0 if math.isnan(value_db) else value_db
