"""A net in a stream: frames of any rate and number of channels in, the net's answers for the same frames out."""

from __future__ import annotations

import numpy as np

from voxlift.audio import Samples
from voxlift.dsp.transform import Frames
from voxlift.errors import CardError
from voxlift.separate.front import Front
from voxlift.separate.nets import Net
from voxlift.separate.views import VIEWS


class Hearing:
    """Gives a net its bins at its own scale, carries its state, and takes its look-ahead off its answers.

    `causal` nets answer as frames come; others hear everything before they answer. `batch` is 1 where the channels
    are heard as one.
    """

    def __init__(self, front: Front, net: Net, rate: int, batch: int, *, causal: bool) -> None:
        grid = front.grid_at(rate)
        self._front, self._net, self._causal = front, net, causal
        self._bins = front.bins
        self._scale = np.float32(front.window / grid.window)  # a longer window adds up more samples
        self._view = VIEWS[front.view]
        self._shared = batch == 1
        self._state = net.initial_state(batch)
        self._early = front.lookahead_frames  # the net's first answers are for frames before the first
        self._waiting: list[Frames] = []
        self._heard = 0

    def hear(self, frames: Frames, *, last: bool) -> Samples | None:
        """Take `(channels, frames, bins)`; return answers `(batch, stems, frames ...)` for the oldest unanswered ones.

        None where there is no answer yet.
        """
        inner = self._inner(frames)
        self._heard += inner.shape[1]
        if last and self._heard:
            ahead = ((0, 0), (0, self._front.lookahead_frames), (0, 0))
            inner = np.pad(inner, ahead)
        if not self._causal:
            self._waiting.append(inner)
            if not last:
                return None
            inner = np.concatenate(self._waiting, axis=1)
        if not inner.shape[1]:
            return None
        output, self._state = self._net(self._view(inner), self._state)
        if output.ndim < 3 or output.shape[2] != inner.shape[1]:
            raise CardError(f"the net's output {output.shape} does not fit its {inner.shape[1]} frames")
        early = min(self._early, output.shape[2])
        self._early -= early
        answers: Samples = output[:, :, early:]
        return answers

    def _inner(self, frames: Frames) -> Frames:
        """The net's bins: `(batch, frames, bins)`; those that a low rate lacks are silent."""
        inner = frames[..., : self._bins] if self._scale == 1 else frames[..., : self._bins] * self._scale
        missing = self._bins - inner.shape[-1]
        if missing > 0:
            inner = np.pad(inner, ((0, 0), (0, 0), (0, missing)))
        return middle(inner) if self._shared else inner


def middle(frames: Frames) -> Frames:
    """Mean of the channels; where they cancel (one is inverted, a common wiring fault), the loudest instead."""
    if frames.shape[0] == 1:
        return frames
    middle: Frames = frames.mean(axis=0, keepdims=True)
    energy = np.square(np.abs(frames)).sum(axis=-1)  # (channels, frames)
    cancelled = np.square(np.abs(middle[0])).sum(axis=-1) < 0.1 * energy.mean(axis=0)
    if cancelled.any():
        loudest = energy.argmax(axis=0)[cancelled]
        middle[0, cancelled] = frames[loudest, np.flatnonzero(cancelled)]
    return middle
