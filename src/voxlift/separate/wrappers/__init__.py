"""Separators that hold a separator: all that is not learning. Each is one idea; they nest in any order."""

from voxlift.separate.wrappers.attributed import Attributed
from voxlift.separate.wrappers.chain import Chain
from voxlift.separate.wrappers.chunked import Chunked
from voxlift.separate.wrappers.counted import Counted
from voxlift.separate.wrappers.fullband import FullBand
from voxlift.separate.wrappers.gated import Gated
from voxlift.separate.wrappers.middle import Middle
from voxlift.separate.wrappers.resampled import Resampled
from voxlift.separate.wrappers.residual import Residual, Strength
from voxlift.separate.wrappers.through import Through

__all__ = [
    "Attributed",
    "Chain",
    "Chunked",
    "Counted",
    "FullBand",
    "Gated",
    "Middle",
    "Resampled",
    "Residual",
    "Strength",
    "Through",
]
