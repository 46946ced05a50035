"""What all wrappers share: they hold a separator and are one."""

from __future__ import annotations

from dataclasses import dataclass

from voxlift.audio import Audio
from voxlift.separate.contract import Separator, Stream, separate


@dataclass(frozen=True)
class Wrapper:
    """Has the stems and the rate of the separator it holds, unless it says otherwise."""

    inner: Separator

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of the stems, in order."""
        return self.inner.stems

    @property
    def rate(self) -> int | None:
        """The only rate it takes, in Hz; None if it takes any."""
        return self.inner.rate

    def stream(self, channels: int, rate: int) -> Stream:
        """Open a stream for sound of this format."""
        raise NotImplementedError

    def __call__(self, audio: Audio) -> dict[str, Audio]:
        """Separate a whole sound."""
        return separate(self, audio)
