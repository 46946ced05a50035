"""`voxlift plot`: recordings as pictures, before and after side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voxlift.plots import Layout, Picture

BLOCK_SECONDS = 4.0
_KINDS = ("png", "svg")
_PIPE = Path("-")


def plot(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings, such as before and after.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="A .png or .svg file, - for standard output; without it FILE.png beside the first."
        ),
    ] = None,
    size: Annotated[str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="In pixels.")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the picture if it exists.")] = False,
) -> None:
    """Draw waveforms, coloured by their energy over time, above spectrograms; several files side by side."""
    from voxlift.cli.printing import say
    from voxlift.errors import MissingExtraError

    target = output or (Path("standard-input.png") if files[0] == _PIPE else files[0].with_name(f"{files[0].name}.png"))
    layout = _layout(size, target, len(files))
    try:
        import matplotlib as mpl  # noqa: F401 - not after minutes of reading
    except ImportError:
        raise MissingExtraError("voxlift plot", "plot") from None
    _check(target, overwrite)
    pictures = [picture_of(path, layout.width // (len(files) + 1)) for path in files]
    save(pictures, target, layout, overwrite)
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


def save(pictures: list[Picture], target: Path, layout: Layout, overwrite: bool) -> None:
    """Draw and write; characters that no font here draws are told on standard error.

    Raises
    ------
    InputError
        When the file exists or cannot be written.
    """
    from voxlift.media.sinks import Sink
    from voxlift.plots import draw, missing_characters

    lacking = missing_characters("".join(picture.title for picture in pictures))
    if lacking:
        sys.stderr.write(
            f"voxlift: no font here draws {len(lacking)} characters of the titles; "
            "install one that does, such as fonts-noto-cjk\n"
        )
    data = draw(pictures, layout)
    sink = Sink(target, overwrite)
    try:
        sink.write(data)
        sink.commit()
    except BaseException:
        sink.discard()
        raise


def _layout(size: str, target: Path, files: int) -> Layout:
    from voxlift.errors import InputError
    from voxlift.plots import Layout

    kind = target.suffix.lower().removeprefix(".") or "png"
    if kind not in _KINDS:
        raise InputError(f"{target}: pictures are written as .png or .svg; choose one of these suffixes")
    if not size:
        return Layout(width=min(4000, 500 + 600 * files), height=640, kind=kind)
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise InputError(f"--size {size}: give width and height in pixels, such as 1600x800")
    try:
        return Layout(int(width), int(height), kind)
    except ValueError as problem:
        raise InputError(f"--size {size}: {problem}") from None


def _check(target: Path, overwrite: bool) -> None:
    from voxlift.media.sinks import check_output

    check_output(target, overwrite)
