"""Where a song's voices and accompaniments come from: kinds of recordings, drawn by weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxlift.audio import Samples
from voxlift.errors import DataError
from voxlift.lab.corpora import Track, accompaniment_parts, only
from voxlift.lab.corpora.pack import MADE
from voxlift.lab.corpora.track import ACCOMPANIMENT, MUSIC, SPEECH, VOCALS
from voxlift.lab.segments import Pool


@dataclass(frozen=True)
class Voice:
    """Some tracks of a pool, of one kind."""

    pool: Pool
    numbers: Sequence[int] | None
    """None for all of them."""

    @property
    def seconds(self) -> float:
        """How much of it there is."""
        if self.numbers is None:
            return self.pool.seconds
        return sum(self.pool.spans[number].length for number in self.numbers) / self.pool.rate

    def draw(self, rng: np.random.Generator) -> int:
        """Choose a track, by its length and weight."""
        if self.numbers is None:
            return self.pool.draw(rng)
        spans = [self.pool.spans[number] for number in self.numbers]
        shares = np.cumsum([span.length * span.track.weight for span in spans])
        return self.numbers[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))]


class Voices:
    """Who is heard, by kinds; the sung and the solo lie in one pool."""

    def __init__(self, tracks: Sequence[Track], weights: Mapping[str, float], rate: int, cache: Path) -> None:
        real = [track for track in only(tracks, VOCALS) if track.corpus not in MADE]
        made = [track for track in only(tracks, VOCALS) if track.corpus in MADE]
        found: dict[str, Voice] = {}
        if real and (not weights or weights.get("sung") or weights.get("solo")):
            pool = Pool(real, VOCALS, rate, cache)
            if weights:
                kinds = [bool(accompaniment_parts(span.track)) for span in pool.spans]
                found["sung"] = Voice(pool, [number for number, sung in enumerate(kinds) if sung])
                found["solo"] = Voice(pool, [number for number, sung in enumerate(kinds) if not sung])
            else:
                found["real"] = Voice(pool, None)
        if made and (not weights or weights.get("made")):
            found["made"] = Voice(Pool(made, VOCALS, rate, cache), None)
        if weights.get("speech") and only(tracks, SPEECH):
            found["speech"] = Voice(Pool(tracks, SPEECH, rate, cache), None)
        self._kinds = {
            kind: voice for kind, voice in found.items() if voice.seconds and (not weights or weights.get(kind))
        }
        if not self._kinds:
            raise DataError(f"mix.songs.voices asks for {', '.join(weights) or 'vocals'}, the corpus holds none of it")
        shares = [weights[kind] if weights else voice.seconds for kind, voice in self._kinds.items()]
        self._shares = np.array(shares) / sum(shares)

    @property
    def pools(self) -> list[Pool]:
        """All the sound it draws from."""
        return list({id(voice.pool): voice.pool for voice in self._kinds.values()}.values())

    def draw(self, rng: np.random.Generator) -> Voice:
        """Choose a kind."""
        kinds = list(self._kinds.values())
        return kinds[0] if len(kinds) == 1 else kinds[int(rng.choice(len(kinds), p=self._shares))]


class Backs:
    """What accompanies: whole recordings, or each instrument of a band from another song."""

    def __init__(self, tracks: Sequence[Track], weights: Mapping[str, float], rate: int, cache: Path) -> None:
        real = [track for track in tracks if track.corpus not in MADE]
        made = [track for track in tracks if track.corpus in MADE]
        self.real = {part: Pool(real, part, rate, cache) for part in accompaniments(real)}
        self.made = {part: Pool(made, part, rate, cache) for part in accompaniments(made)}
        self.band = [part for part in self.real if part not in (ACCOMPANIMENT, MUSIC)]
        ways = {
            "stems": [[self.real[part]] for part in (ACCOMPANIMENT,) if part in self.real],
            "music": [[self.real[part]] for part in (MUSIC,) if part in self.real],
            "band": [[self.real[part] for part in self.band]] if self.band else [],
            "made": [[pool] for pool in self.made.values()],
        }
        # Where several ways are there, each is drawn by how much there is of it, within its weight.
        self._ways: list[list[Pool]] = []
        amounts: list[float] = []
        for kind, pools in ways.items():
            weight = weights.get("stems" if kind == "band" else kind, 0.0) if weights else None
            inside = [sum(pool.seconds for pool in way) for way in pools]
            rivals = sum(pool.seconds for both in ("stems", "band") for way in ways[both] for pool in way)
            whole = rivals if kind in ("stems", "band") else sum(inside)
            for way, seconds in zip(pools, inside, strict=True):
                if weight is None or weight > 0:
                    self._ways.append(way)
                    amounts.append(seconds if weight is None else weight * seconds / whole)
        if not self._ways:
            raise DataError(f"mix.songs.backs asks for {', '.join(weights) or 'anything'}, the corpus holds none of it")
        self._shares = np.array(amounts) / sum(amounts)

    @property
    def pools(self) -> list[Pool]:
        """All the sound it draws from."""
        return [*self.real.values(), *self.made.values()]

    def draw(self, rng: np.random.Generator) -> list[Pool]:
        """Choose a way: pools whose segments together accompany."""
        return self._ways[int(rng.choice(len(self._ways), p=self._shares))]

    def own(self, track: Track, start: int, length: int) -> Samples | None:
        """What is played to these vocals in the song itself; None where only the singer is known."""
        pools = [(self.made if track.corpus in MADE else self.real).get(part) for part in accompaniment_parts(track)]
        cuts = [pool.filled(pool.numbers[track.name], start, length) for pool in pools if pool is not None]
        return np.sum(cuts, axis=0, dtype=np.float32) if cuts else None


def accompaniments(tracks: Sequence[Track]) -> list[str]:
    """Name every part that accompanies somewhere: whole accompaniments, instruments, songs without a singer."""
    parts = {part: None for track in tracks for part in accompaniment_parts(track)}
    return [*parts, *([MUSIC] if only(tracks, MUSIC) else [])]
