"""What there is to know of the voice in each frame: its place among all voices, by a net, and its cepstra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.voiceprint import Matrix, cepstra, hop_of
from voxlift.separate.front import Front
from voxlift.separate.hearing import Hearing
from voxlift.separate.nets import Net


@dataclass(frozen=True)
class Heard:
    """Of one track: `places` `(frames, size)`, all that is known `(frames, numbers)`, and powers `(frames,)`."""

    places: Matrix
    known: Matrix
    powers: Matrix


@dataclass(frozen=True)
class Voices:
    """Hears by a net that knows voices, and by cepstra beside it: each knows what the other does not."""

    front: Front
    net: Net

    def hear(self, sound: Samples, rate: int) -> Heard:
        """Analyse a track `(channels, length)` in frames that lie wholly in it, one every `hop_of(rate)` samples.

        There may be none, but there must be a sample.
        """
        mono = sound.mean(axis=0, keepdims=True, dtype=np.float32)
        colour, powers = cepstra(mono, rate)
        grid = self.front.grid_at(rate)
        analyser = grid.analyser(1)
        spectrum = np.concatenate([analyser.push(mono), analyser.flush()], axis=1)
        said = Hearing(self.front, self.net, rate, 1, causal=False).hear(spectrum, last=True)
        assert said is not None
        # The net's frames are as long as it was trained on, to a sample or so: of each of ours it is the nearest.
        centres = (1 + np.arange(len(colour))) * hop_of(rate) + grid.overlap - grid.window / 2
        nearest = np.rint(centres / grid.hop).astype(np.intp).clip(0, said.shape[2] - 1)
        places = said[0, 0, nearest].astype(np.float64)
        return Heard(places, np.concatenate([places, colour], axis=1), powers)
