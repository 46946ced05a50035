"""A detector against the truth: whether a voice is heard, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voxlift.audio import Audio, Samples
from voxlift.dsp.activity import ACTIVE_BELOW_LOUDEST_DB, ACTIVE_FLOOR_DB, active_frames
from voxlift.metrics import Decided
from voxlift.separate.contract import blocks_of
from voxlift.separate.detect import ACTIVITY, Detector

WINDOW_SECONDS, HOP_SECONDS = 0.032, 0.016
"""One grid for all detectors, whatever frames they themselves work on: so their scores compare."""

PROTOCOL = (
    f"detector: its activity at the centres of frames of {1000 * WINDOW_SECONDS:g} ms every {1000 * HOP_SECONDS:g} ms; "
    f"truth: the target's frame lies above {ACTIVE_FLOOR_DB:g} dB of full scale and no further than "
    f"{ACTIVE_BELOW_LOUDEST_DB:g} dB below its loudest; ratios are of the model's sound gated by it"
)


def detected(detector: Detector, mixture: Audio, targets: Sequence[Samples]) -> Decided:
    """Ask a detector about each frame of the mixture; true is where any target `(channels, length)` is heard."""
    hop = round(HOP_SECONDS * mixture.rate)
    window = round(WINDOW_SECONDS * mixture.rate)
    heard = [active_frames(target.mean(axis=0, dtype=np.float32), window, hop) for target in targets]
    truth = np.logical_or.reduce(heard)
    if not mixture.length:
        return Decided(np.zeros(0, np.float32), np.zeros(0, bool))
    centres = np.clip(np.arange(len(truth)) * hop + hop - window // 2, 0, mixture.length - 1)
    return Decided(activity(detector, mixture)[centres], truth)


def activity(detector: Detector, audio: Audio) -> Samples:
    """How surely a voice is heard at each sample, 0..1: `(length,)`."""
    stream = detector.stream(audio.channels, audio.rate)
    parts = [stream.push(block)[ACTIVITY][0] for block in blocks_of(audio)]
    parts.append(stream.flush()[ACTIVITY][0])
    return np.concatenate(parts)
