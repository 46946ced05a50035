"""`voxlift plot`: recordings as pictures, before and after side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.pictures import Output, Overwrite, Size, placed

if TYPE_CHECKING:
    from voxlift.plots import Picture

BLOCK_SECONDS = 4.0
_PIPE = Path("-")


def plot(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings, such as before and after.")],
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw waveforms, coloured by their energy over time, above spectrograms; several files side by side."""
    from voxlift.cli.printing import say
    from voxlift.plots import draw

    target = output or (Path("standard-input.png") if files[0] == _PIPE else files[0].with_name(f"{files[0].name}.png"))
    place = placed(target, size or f"{min(4000, 500 + 600 * len(files))}x640", overwrite, "voxlift plot")
    pictures = [picture_of(path, place.layout.width // (len(files) + 1)) for path in files]
    place.write(lambda layout: draw(pictures, layout), "".join(picture.title for picture in pictures))
    if target != _PIPE:
        say(str(target))


def picture_of(path: Path, columns: int, title: str | None = None) -> Picture:
    """Read a recording once, by blocks.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    from voxlift.media import open_reader
    from voxlift.plots import gather

    with open_reader(path) as reader:
        name = title if title is not None else "standard input" if path == _PIPE else path.name
        return gather(reader.blocks(BLOCK_SECONDS), reader.rate, name, columns)
