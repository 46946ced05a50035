"""From one stem to all that the result page shows: the sound itself, peaks, spectrogram. Each is read once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from voxlift.audio import Samples
from voxlift.errors import DiskFullError, InputError, MissingExtraError
from voxlift.media import Info, Reader, Writer, open_reader, open_writer, output_format
from voxlift.web.made import Made

if TYPE_CHECKING:
    from voxlift.plots import Picture

PEAKS, SPECTROGRAM = "peaks", "spectrogram"
COLUMNS = 800
BLOCK_SECONDS = 4.0


def render_stem(
    stem: str, source: Path, master: Path, formats: Sequence[str], progress: Callable[[float, float | None], None]
) -> tuple[list[Made], Picture]:
    """Write a stem's peaks, and the stem itself where it is not there yet.

    Parameters
    ----------
    source
        Where the stem is read from.
    master
        Where it lies, or is to lie, in the format that loses nothing.
    formats
        Those it is to be had in; where they can hold it, they are promised, and `encoding.py` makes them.
    progress
        Told the seconds done, and in all.

    Returns
    -------
    tuple
        The files, and what there is to draw.
    """
    from voxlift.plots import gather  # noqa: PLC0415

    with open_reader(source) as reader, ExitStack() as stack:
        writer = None
        if not master.exists():
            format_ = output_format(reader.info, master.suffix)
            writer = stack.enter_context(open_writer(master, format_, reader.info.tags, length=reader.length))
        picture = gather(_tee(reader, writer, progress), reader.rate, stem, COLUMNS)
        channels = reader.channels
    promised = [
        Made(stem, kind, f"{stem}.{kind}", None)
        for kind in formats
        if master.suffix != f".{kind}" and _holds(kind, reader.info)
    ]
    peaks = master.with_suffix(".json")
    write_bytes(peaks, json.dumps(_peaks(picture, channels), separators=(",", ":")).encode())
    return [_made(stem, master.suffix[1:], master), *promised, _made(stem, PEAKS, peaks)], picture


def write_spectrograms(pictures: Mapping[str, Picture], folder: Path) -> list[Made]:
    """Draw the stems on one scale, where matplotlib is installed."""
    from voxlift.plots.strip import draw_strips  # noqa: PLC0415

    try:
        strips = draw_strips(list(pictures.values()))
    except MissingExtraError:
        return []
    made = []
    for stem, strip in zip(pictures, strips, strict=True):
        path = folder / f"{stem}.png"
        write_bytes(path, strip)
        made.append(_made(stem, SPECTROGRAM, path))
    return made


def _holds(kind: str, info: Info) -> bool:
    try:
        output_format(info, f".{kind}")
    except InputError:  # no MP3 has six channels
        return False
    return True


def _tee(reader: Reader, writer: Writer | None, progress: Callable[[float, float | None], None]) -> Iterator[Samples]:
    done = 0
    for block in reader.blocks(BLOCK_SECONDS):
        if writer is not None:
            writer.write(block)
        done += block.shape[1]
        progress(done / reader.rate, reader.info.seconds)
        yield block


def _peaks(picture: Picture, channels: int) -> dict[str, object]:
    return {
        "seconds": round(picture.seconds, 6),
        "rate": picture.rate,
        "channels": channels,
        "column_seconds": picture.column_seconds,
        "lowest": [round(float(value), 4) for value in picture.lowest],
        "highest": [round(float(value), 4) for value in picture.highest],
    }


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file.

    Raises
    ------
    DiskFullError
        When it cannot be written.
    """
    try:
        path.write_bytes(data)
    except OSError as problem:
        raise DiskFullError(f"{path}: cannot be written ({problem.strerror})") from None


def _made(stem: str, kind: str, path: Path) -> Made:
    return Made(stem, kind, path.name, path.stat().st_size)
