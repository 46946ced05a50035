"""`voxlift vocals`: a song's voice and its accompaniment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from voxlift.cli.lifting import lift_command
from voxlift.cli.options import LiftOptions
from voxlift.cli.tasks import Lifting, Plain

Gate = Annotated[
    bool | None,
    typer.Option(
        "--gate/--no-gate",
        show_default=False,
        help="Mute the voice where nobody sings; default: as the model was made.",
    ),
]


@dataclass(frozen=True)
class Vocals:
    """The voice of a song, muted or not where nobody sings."""

    name: ClassVar[str] = "vocals"
    gate: Gate = None

    def load(self, options: LiftOptions, threads: int) -> Lifting:
        """Load the model, for all files."""
        from voxlift.separate.load import load

        model = options.model_for(self.name)
        separator = load(model, device=options.device, threads=threads, strength_db=options.strength_db, gate=self.gate)
        return Plain(separator, options.chosen(separator.stems))


vocals = lift_command(
    Vocals,
    """Lift the voice out of songs.

    Takes what voxlift denoise takes. Each NAME.EXT becomes NAME.vocals.EXT beside it, and with --rest the accompaniment
    NAME.rest.EXT, both of the same length, rate, channels and bit depth; together they are the song again.

    For karaoke, the accompaniment alone: voxlift vocals SONG.mp3 --only rest -o karaoke.mp3
    """,
)
