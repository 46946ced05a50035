"""What stands before a net and what its output means: rate, transform, view, mask, channel policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voxlift.dsp.blocks import BitPlanes, Waveform
from voxlift.dsp.stft import STFT
from voxlift.dsp.transform import Transform
from voxlift.separate.masks import ACTIVITY, MASKS, VOICE
from voxlift.separate.views import VIEWS

TRANSFORMS: dict[str, Callable[[int, int], Transform]] = {
    "stft": STFT,
    "waveform": lambda window, hop: _blocks(Waveform, window, hop),
    "bits": lambda window, hop: _blocks(BitPlanes, window, hop),
}
CHANNEL_POLICIES = ("shared", "each")


@dataclass(frozen=True)
class Front:
    """The contract between sound and net, written in every recipe and card.

    A net behind an STFT never needs its sound resampled: the grid of windows is laid in seconds, so at three times
    the rate the same frequencies fall into the same bins, with more bins above (see `model.py`). A net that takes
    samples does.
    """

    rate: int
    """The rate the net was trained at, in Hz."""
    window: int
    """Samples that a frame spans, at `rate`; of blocks of samples the hop."""
    hop: int
    """Samples from one frame to the next, at `rate`."""
    view: str
    """How the net sees frames: a key of `views.VIEWS`."""
    mask: str
    """What its output means: a key of `masks.MASKS`, `activity` for a detector, or `voice`."""
    channels: str = "shared"
    """`shared`: one mask, from the mean of the channels, for all (keeps the stereo image); `each`: one per channel."""
    lookahead_frames: int = 0
    """The output that leaves at frame t is for frame t - lookahead."""
    transform: str = "stft"
    """What frames are: a key of `TRANSFORMS`."""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("view", self.view, VIEWS),
            ("mask", self.mask, (*MASKS, ACTIVITY, VOICE)),
            ("channels", self.channels, CHANNEL_POLICIES),
            ("transform", self.transform, TRANSFORMS),
        ):
            if value not in known:
                raise ValueError(f"{name} {value!r}; known: {', '.join(known)}")
        if self.lookahead_frames < 0:
            raise ValueError(f"lookahead_frames {self.lookahead_frames}: give 0 or more")
        if self.any_rate == (self.view == "identity"):
            raise ValueError(f"view {self.view!r} does not fit transform {self.transform!r}: blocks take 'identity'")
        if self.mask == "direct" and self.channels == "shared":
            raise ValueError("mask 'direct' gives sound, not a gain that channels could share: channels = 'each'")
        self.grid  # noqa: B018  (a grid that cannot be is refused here)

    @property
    def lifts(self) -> bool:
        """Whether the net's output is sound, or a gain on it; else the net only says something about the sound."""
        return self.mask in MASKS

    @property
    def any_rate(self) -> bool:
        """Whether the net takes sound of any rate as it is."""
        return self.transform == "stft"

    @property
    def grid(self) -> Transform:
        """The frames at the net's own rate."""
        return TRANSFORMS[self.transform](self.window, self.hop)

    @property
    def bins(self) -> int:
        """Numbers in a frame."""
        return self.grid.bins

    def grid_at(self, rate: int) -> Transform:
        """Return the same grid in seconds at another rate (whole samples: off by at most half a sample a hop).

        Raises
        ------
        ValueError
            When the net knows only its own rate.
        """
        grid = self.grid
        if rate == self.rate:
            return grid
        if not isinstance(grid, STFT):
            raise ValueError(f"a net behind {self.transform!r} takes {self.rate} Hz alone, not {rate}")
        return grid.scaled(rate / self.rate)


def _blocks(kind: type[Waveform], window: int, hop: int) -> Waveform:
    if window != hop:
        raise ValueError(f"window {window}, hop {hop}: blocks do not overlap, the two must be equal")
    return kind(hop)
