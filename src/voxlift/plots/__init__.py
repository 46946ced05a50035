"""Pictures of sound: waveforms coloured by energy over time, above spectrograms."""

from voxlift.plots.canvas import Layout, missing_characters
from voxlift.plots.draw import draw
from voxlift.plots.gather import Picture, gather

__all__ = ["Layout", "Picture", "draw", "gather", "missing_characters"]
