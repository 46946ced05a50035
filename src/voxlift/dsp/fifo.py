"""A queue of samples: what came in waits here until what is made of it comes out."""

from __future__ import annotations

from collections import deque

import numpy as np

from voxlift.audio import Samples


class Fifo:
    """First in, first out, in blocks `(channels, length)` of any size."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._blocks: deque[Samples] = deque()
        self.length = 0

    def push(self, block: Samples) -> None:
        """Append a block."""
        if block.shape[1]:
            self._blocks.append(block)
            self.length += block.shape[1]

    def take(self, length: int) -> Samples:
        """Remove and return the oldest `length` samples.

        Raises
        ------
        ValueError
            When fewer are there.
        """
        if length > self.length:
            raise ValueError(f"{length} samples wanted, {self.length} there")
        self.length -= length
        taken = [np.zeros((self._channels, 0), np.float32)]
        while length:
            block = self._blocks.popleft()
            if block.shape[1] > length:
                self._blocks.appendleft(block[:, length:])
                block = block[:, :length]
            taken.append(block)
            length -= block.shape[1]
        return np.concatenate(taken, axis=1) if len(taken) != 2 else taken[1]
