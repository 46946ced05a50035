"""`voxlift denoise`: speech out of noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from voxlift.cli.lifting import lift_command
from voxlift.cli.options import LiftOptions
from voxlift.cli.tasks import Lifting, Plain


@dataclass(frozen=True)
class Denoise:
    """Speech out of noise: no option but those that all have."""

    name: ClassVar[str] = "denoise"

    def load(self, options: LiftOptions, threads: int) -> Lifting:
        """Load the model, for all files."""
        from voxlift.separate.load import load

        model = options.model_for(self.name)
        separator = load(model, device=options.device, threads=threads, strength_db=options.strength_db)
        return Plain(separator, options.chosen(separator.stems))


denoise = lift_command(
    Denoise,
    """Lift speech out of noise.

    Takes files, folders (with all below them) and patterns such as '*.mp3': wav, flac, ogg, opus, mp3, m4a, and the
    sound of mp4, mkv, webm and mov. Each NAME.EXT becomes NAME.voice.EXT beside it, of the same length, rate,
    channels and bit depth.
    """,
)
