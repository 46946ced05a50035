"""Another rate, block by block."""

from __future__ import annotations

import numpy as np

from voxlift.audio import Samples


class Resampler:
    """soxr's stream over blocks `(channels, length)`."""

    def __init__(self, from_rate: int, to_rate: int, channels: int, quality: str = "HQ") -> None:
        import soxr  # noqa: PLC0415  (a native library, loaded when sound is resampled)

        self._stream = soxr.ResampleStream(from_rate, to_rate, channels, dtype="float32", quality=quality)

    def push(self, block: Samples, *, last: bool = False) -> Samples:
        """Take `(channels, length)`, return what is ready at the other rate."""
        done = self._stream.resample_chunk(np.ascontiguousarray(block.T), last=last)
        return np.ascontiguousarray(done.reshape(-1, block.shape[0]).T)
