"""What stands before a net and what its output means: rate, transform, view, mask, channel policy."""

from __future__ import annotations

from dataclasses import dataclass

from voxlift.dsp.stft import STFT
from voxlift.separate.masks import MASKS
from voxlift.separate.views import VIEWS

CHANNEL_POLICIES = ("shared", "each")


@dataclass(frozen=True)
class Front:
    """The contract between sound and net, written in every recipe and card.

    A net behind an STFT never needs its sound resampled: the grid of windows is laid in seconds, so at three times
    the rate the same frequencies fall into the same bins, with more bins above (see `model.py`).
    """

    rate: int
    """The rate the net was trained at, in Hz."""
    window: int
    """STFT window, in samples at `rate`."""
    hop: int
    """STFT hop, in samples at `rate`."""
    view: str
    """How the net sees spectra: a key of `views.VIEWS`."""
    mask: str
    """What its output means: a key of `masks.MASKS`."""
    channels: str = "shared"
    """`shared`: one mask, from the mean of the channels, for all (keeps the stereo image); `each`: one per channel."""
    lookahead_frames: int = 0
    """The mask that leaves at frame t is for frame t - lookahead."""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("view", self.view, VIEWS),
            ("mask", self.mask, MASKS),
            ("channels", self.channels, CHANNEL_POLICIES),
        ):
            if value not in known:
                raise ValueError(f"{name} {value!r}; known: {', '.join(known)}")
        if self.lookahead_frames < 0:
            raise ValueError(f"lookahead_frames {self.lookahead_frames}: give 0 or more")
        STFT(self.window, self.hop)

    @property
    def stft(self) -> STFT:
        """The grid at the net's own rate."""
        return STFT(self.window, self.hop)

    def stft_at(self, rate: int) -> STFT:
        """Return the same grid in seconds at another rate (whole samples: off by at most half a sample a hop)."""
        return self.stft.scaled(rate / self.rate)
