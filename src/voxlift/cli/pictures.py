"""What the commands that draw have in common: where a picture goes, how large it is, and how it is written."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from voxlift.plots import Layout

Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="A .png or .svg file, - for standard output; usually beside the source."),
]
Size = Annotated[str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="In pixels.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the picture if it exists.")]

_KINDS = ("png", "svg")


@dataclass(frozen=True)
class Place:
    """Where a picture goes; checked before the work begins, for nobody waits for minutes to hear that it exists."""

    target: Path
    layout: Layout
    overwrite: bool

    def write(self, drawn: Callable[[Layout], bytes], text: str = "") -> None:
        """Draw and write; characters that no font here draws are told on standard error.

        Raises
        ------
        InputError
            When the file exists or cannot be written.
        """
        from voxlift.media.sinks import Sink
        from voxlift.plots import missing_characters

        lacking = missing_characters(text)
        if lacking:
            sys.stderr.write(
                f"voxlift: no font here draws {len(lacking)} characters of the titles; "
                "install one that does, such as fonts-noto-cjk\n"
            )
        data = drawn(self.layout)
        with Sink(self.target, self.overwrite) as sink:
            sink.write(data)


def place(source: Path, kind: str, output: Path | None, *, size: str, usual_size: str, overwrite: bool) -> Place:
    """Say where a picture of a source goes: where the user wants it, or beside the source as `NAME.KIND.png`.

    Raises
    ------
    InputError
        When it cannot be written there, or the size is none.
    MissingExtraError
        When matplotlib is not installed.
    """
    named = source if source.name else source.resolve()
    return placed(
        output or named.with_name(f"{named.name}.{kind}.png"), size or usual_size, overwrite, f"drawing {kind}"
    )


def placed(target: Path, size: str, overwrite: bool, what: str) -> Place:
    """Check that a picture can be written to `target`, `-` for standard output.

    Raises
    ------
    InputError
        When it cannot, or the size is none.
    MissingExtraError
        When matplotlib is not installed.
    """
    from voxlift.errors import MissingExtraError
    from voxlift.media.faults import writing_fault
    from voxlift.media.sinks import check_output

    layout = _layout(size, target)
    try:
        import matplotlib as mpl  # noqa: F401 - not after minutes of reading
    except ImportError:
        raise MissingExtraError(what, "plot") from None
    check_output(target, overwrite)
    if str(target) != "-" and not target.parent.is_dir():
        raise writing_fault(target, FileNotFoundError())
    return Place(target, layout, overwrite)


def _layout(size: str, target: Path) -> Layout:
    from voxlift.errors import InputError
    from voxlift.plots import Layout

    kind = target.suffix.lower().removeprefix(".") or "png"
    if kind not in _KINDS:
        raise InputError(f"{target}: pictures are written as .png or .svg; choose one of these suffixes")
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise InputError(f"--size {size}: give width and height in pixels, such as 1600x800")
    try:
        return Layout(int(width), int(height), kind)
    except ValueError as problem:
        raise InputError(f"--size {size}: {problem}") from None
