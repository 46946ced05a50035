"""How songs are put together for training: who sings, what accompanies, and what a studio does to both."""

from __future__ import annotations

from dataclasses import dataclass, field

from voxlift.schema import nearest

VOICES = ("sung", "solo", "made", "speech")
BACKS = ("stems", "music", "made")


@dataclass(frozen=True)
class SongMix:
    """The recipe's `[mix.songs]`: probabilities and weights; by default songs are mixed as they were recorded."""

    voices: dict[str, float] = field(default_factory=dict)
    """Weights of who is heard: `sung` (vocals of songs), `solo` (singers without a song), `made` (by `voxlift lab
    synthesize`), `speech`. Kinds not named are left out; with none named, all but speech by how much there is."""
    backs: dict[str, float] = field(default_factory=dict)
    """Weights of what accompanies other vocals: `stems` (of songs), `music` (tracks without a singer), `made`."""
    respeed: float = 0.0
    """Voice, or accompaniment, played faster or slower: pitch, formants and tempo together."""
    respeed_semitones: float = 2.5
    """At most so far, to either side."""
    double: float = 0.0
    """The voice a second time, a little late and out of tune."""
    second: float = 0.0
    """Another voice beside the first, quieter; both are wanted."""
    reverb: float = 0.0
    """On the voice; in songs the echo belongs to the voice, so it is wanted, too."""
    echo: float = 0.0
    """Likewise, as single repetitions."""
    drive: float = 0.0
    """On voice, and on accompaniment: overdriven."""
    layer: float = 0.0
    """A second accompaniment over the first, as dense as produced music is."""
    glue: float = 0.0
    """Compressor and limiter on the sum; the voice that is wanted gets the same gain at every moment."""

    def __post_init__(self) -> None:
        for name, given, known in (("voices", self.voices, VOICES), ("backs", self.backs, BACKS)):
            for key, weight in given.items():
                if key not in known:
                    raise ValueError(f"{name}.{key}{nearest(key, known)}")
                if weight < 0:
                    raise ValueError(f"{name}.{key} = {weight:g}: a weight is 0 or more")
            if given and not sum(given.values()):
                raise ValueError(f"{name}: one of its weights must be above 0")
