"""Pictures of sound: waveforms coloured by energy over time, above spectrograms."""

from voxlift.plots.draw import Layout, draw, missing_characters
from voxlift.plots.gather import Picture, gather

__all__ = ["Layout", "Picture", "draw", "gather", "missing_characters"]
