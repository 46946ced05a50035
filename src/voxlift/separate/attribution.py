"""Which track each speaker is on, moment by moment: learned from a stretch of a conversation, then put right in it.

A net that splits speakers hands a talker from one track to another, within a chunk too, most of all where one speaks
alone. But voices can be known (`voices.py`). Frames in which a track leads are gathered by voice; each voice is
described by the mean of its frames and all by the covariance that they share, which makes telling them apart linear
(Fisher's discriminant); and the order of the tracks that fits best, with a price on every change, is Viterbi's path.
Path and voices are found in turn until neither changes, as hidden Markov models are trained by segmental k-means (Juang
and Rabiner, "The segmental k-means algorithm for estimating parameters of hidden Markov models", 1990). What was known
of a voice from before has its say.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from voxlift.dsp.voiceprint import Matrix, Voiceprint, shared_covariance, unheard, voiceprint
from voxlift.separate.linking import leading

LOUD_DB = 14.0
"""Frames so far below the loudest speech may be noise, which would pass for a voice of its own."""

CHANGE_COSTS = 5.0
"""What the path must gain before tracks are exchanged, in the logarithm of its odds."""

SAME_VOICE = 0.45
"""Likeness (cosine) of two voices from which on they are taken for one: then there is nothing to put right."""

ROUNDS = 8
"""Of finding path and voices in turn; most stretches need three."""

PIECE_FRAMES, FEWEST_FRAMES, BREAK_FRAMES = 62, 20, 12
"""A second: so long are the pieces that are gathered by voice to begin with; 0.3 s at least; a pause of 0.2 s ends one.
"""

FEWEST_HEARD = 190
"""Three seconds: of a voice that was heard for less than that too little is known to move anybody."""

SEEDS = 8
"""Pieces, the longest first, from each of which gathering begins anew; the closest gathering counts."""

Leads = NDArray[np.bool_]
Path = NDArray[np.intp]
Weights = NDArray[np.float64]


class Attributor:
    """Follows the voices of so many tracks through one stretch after another; its memory is one voice each.

    Parameters
    ----------
    tracks
        How many, and how many voices.
    certain
        Whether it is known that so many speak. Else voices that are much alike are taken for one, and nothing changes.
    """

    def __init__(self, tracks: int, *, certain: bool = False) -> None:
        self._certain = certain
        self.orders = np.array(list(permutations(range(tracks))))
        """Order `o`: voice `v` is on track `orders[o, v]`."""
        self._voices: list[Voiceprint] | None = None
        self._last = 0

    def follow(self, places: Matrix, frames: Matrix, leads: Leads) -> Path:
        """Find the place in `orders` of the order in each frame of the next stretch.

        Parameters
        ----------
        places
            Where the voice on each track lies among all voices, `(tracks, frames, size)`.
        frames
            All that is known of it, the places among it, `(tracks, frames, numbers)`.
        leads
            In which frames a track is heard and leads, `(tracks, frames)`.
        """
        unchanged: Path = np.full(frames.shape[1], self._last)
        voices = self._voices or _gathered(places, frames, leads)
        known = self._voices or [unheard(frames.shape[2])] * len(frames)
        path = None
        for _ in range(ROUNDS):
            if voices is None or min(voice.frames for voice in voices) < FEWEST_HEARD:
                return unchanged
            found = _viterbi(self._scores(frames, leads, voices), self._last if self._voices else None)
            if path is not None and (found == path).all():
                break
            path = found
            theirs = self._theirs(path, leads)
            voices = [old + voiceprint(frames[own]) for old, own in zip(known, theirs, strict=True)]
        assert path is not None
        if not self._certain and _likeness(places, self._theirs(path, leads)) > SAME_VOICE:
            return unchanged
        self._voices, self._last = voices, int(path[-1]) if len(path) else self._last
        return path

    def _scores(self, frames: Matrix, leads: Leads, voices: list[Voiceprint]) -> Matrix:
        """Log odds of each order in each frame, but for what all orders share: `(frames, orders)`."""
        means = np.stack([voice.mean for voice in voices])
        weights = np.linalg.solve(shared_covariance(voices), means.T)
        odds = frames @ weights - 0.5 * np.sum(means.T * weights, axis=0)  # (tracks, frames, voices)
        odds *= leads[..., None]
        everyone = np.arange(len(voices))
        return np.stack([odds[order, :, everyone].sum(axis=0) for order in self.orders], axis=1)

    def _theirs(self, path: Path, leads: Leads) -> list[Leads]:
        """Of each voice, the frames of each track that are its own: `(tracks, frames)`."""
        tracks = np.arange(len(leads))[:, None]
        return [leads & (self.orders[path, voice] == tracks) for voice in range(len(leads))]


def loud_leads(powers: Matrix, loudest: float) -> Leads:
    """In which frames a track speaks up and leads by far: powers `(tracks, frames)` to booleans of that shape."""
    return leading(powers, loudest, LOUD_DB)


def _gathered(places: Matrix, frames: Matrix, leads: Leads) -> list[Voiceprint] | None:
    """Gather pieces in which a track leads by voice, as many voices as tracks; None where too little is heard."""
    tracks = len(places)
    pieces = [(track, part) for track in range(tracks) for part in _pieces(leads[track])]
    if len(pieces) < 2 * tracks:
        return None
    weights = np.array([len(part) for _, part in pieces], float)
    directions = _unit(np.stack([places[track, part].mean(axis=0) for track, part in pieces]))
    starts = np.argsort(-weights)[:SEEDS]
    closest = max((_means(directions, weights, tracks, int(start)) for start in starts), key=lambda found: found[0])[1]
    voices = [unheard(frames.shape[2])] * tracks
    for (track, part), group in zip(pieces, closest, strict=True):
        voices[group] = voices[group] + voiceprint(frames[track, part])
    return voices


def _pieces(lead: Leads) -> list[NDArray[np.intp]]:
    """Cut the frames in which a track leads into pieces of about a second."""
    heard = np.flatnonzero(lead)
    runs = np.split(heard, np.flatnonzero(np.diff(heard) > BREAK_FRAMES) + 1)
    parts = [part for run in runs for part in np.array_split(run, max(1, round(len(run) / PIECE_FRAMES)))]
    return [part for part in parts if len(part) >= FEWEST_FRAMES]


def _means(directions: Matrix, weights: Weights, groups: int, start: int) -> tuple[float, NDArray[np.intp]]:
    """Group by the nearest of so many mean directions, the first of which begins at a piece, the others far from it.

    Returns
    -------
    tuple
        How near they lie to their means, a mean of cosines, and the group of each.
    """
    chosen = [start]
    while len(chosen) < groups:
        chosen.append(int((directions @ directions[chosen].T).max(axis=1).argmin()))
    means = directions[chosen]
    nearest = (directions @ means.T).argmax(axis=1)
    for _ in range(20):
        shares = weights[:, None] * (nearest[:, None] == np.arange(groups))
        means = _unit(shares.T @ directions)
        before, nearest = nearest, (directions @ means.T).argmax(axis=1)
        if (nearest == before).all():
            break
    return float(np.average((directions @ means.T).max(axis=1), weights=weights)), nearest


def _viterbi(scores: Matrix, first: int | None) -> Path:
    """Find the best path through `(frames, orders)`; before the first frame the order is `first`, if it is known."""
    count, orders = scores.shape
    best = np.zeros(orders) if first is None else np.where(np.arange(orders) == first, 0.0, -CHANGE_COSTS)
    stays = np.empty((count, orders), bool)
    froms = np.empty(count, np.intp)
    for frame in range(count):
        froms[frame] = best.argmax()
        changed = best[froms[frame]] - CHANGE_COSTS
        stays[frame] = best >= changed
        best = np.where(stays[frame], best, changed) + scores[frame]
    path: Path = np.empty(count, np.intp)
    order = int(best.argmax())
    for frame in reversed(range(count)):
        path[frame] = order
        order = order if stays[frame, order] else int(froms[frame])
    return path


def _likeness(places: Matrix, theirs: list[Leads]) -> float:
    """How like the two likest voices are, a cosine."""
    means = _unit(np.stack([(places * own[..., None]).sum(axis=(0, 1)) for own in theirs]))
    alike = means @ means.T
    return float(alike[np.triu_indices(len(means), 1)].max(initial=-1.0))


def _unit(vectors: Matrix) -> Matrix:
    result: Matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return result
