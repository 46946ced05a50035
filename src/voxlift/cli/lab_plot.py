"""`voxlift lab plot`: what there is to see in recordings, corpora, models and runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.pictures import Output, Overwrite, Size, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voxlift.audio import Samples
    from voxlift.media import Reader
    from voxlift.plots.learning import Curve
    from voxlift.separate.contract import Separator

lab_plot_app = typer.Typer(
    help="Pictures: segments, energy, sum of stems, mask, learning curves, styles.", no_args_is_help=True
)
_BLOCK_SECONDS = 4.0
_COLUMNS = 700
_MOST_SEGMENTS = 16

File = Annotated[Path, typer.Argument(metavar="FILE", help="A recording.")]


@lab_plot_app.command()
def energy(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings, side by side.")],
    *,
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw waveforms, coloured by their energy over time, above spectrograms; the same as `voxlift plot`."""
    from voxlift.cli.plot import plot

    plot(files, output, size, overwrite)


@lab_plot_app.command()
def segments(
    file: File,
    *,
    seconds: Annotated[float, typer.Option("--seconds", min=0.01, help="Length of a segment.")] = 2.0,
    overlap: Annotated[
        float, typer.Option("--overlap", min=0.0, max=0.95, help="Share of a segment that the next one repeats.")
    ] = 0.0,
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw a recording, and below it the segments it is cut into, all coloured by their energy."""
    from voxlift.cli.plot import picture_of
    from voxlift.cli.printing import say
    from voxlift.lab.studies.pieces import cut_to_pictures
    from voxlift.plots.segments import COLUMNS, draw_segments

    target = place(file, "segments", output, size=size, usual_size="1600x900", overwrite=overwrite)
    source = picture_of(file, _COLUMNS)
    length = round(source.seconds * source.rate)
    pieces = cut_to_pictures(file, length, seconds, overlap, most=_MOST_SEGMENTS, columns=_COLUMNS // COLUMNS)
    told = "segment" if pieces.count == 1 else "segments"
    finding = f"{file.name}: {pieces.count} {told} of {seconds:g} s" + (f", {overlap:.0%} shared" if overlap else "")
    finding += f" ({len(pieces.shown)} are shown)" if len(pieces.shown) < pieces.count else ""
    finding += f"; {pieces.rest_seconds:.2f} s are left over" if pieces.rest_seconds > 0.005 else ""
    target.write(lambda layout: draw_segments(source, pieces.shown, seconds, finding, layout), source.title)
    say(str(target.target))


@lab_plot_app.command("sum")
def sum_command(
    song: Annotated[Path, typer.Argument(metavar="SONG", help="A folder with mixture.* and stems, or a .stem.mp4.")],
    *,
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Check that stems add up to their mixture, and draw it: stems, mixture and sum, difference."""
    from voxlift.cli.printing import say
    from voxlift.lab.studies.songs import parts_of_song
    from voxlift.lab.studies.sums import check_sum
    from voxlift.plots.stems import draw_sum

    parts = parts_of_song(song)
    target = place(song, "sum", output, size=size, usual_size="1600x480", overwrite=overwrite)
    check = check_sum(parts)
    name = song.resolve().name
    target.write(lambda layout: draw_sum(check, name, layout), name + "".join(check.stems))
    say(f"{name}: residual {check.residual_db:.1f} dB of the mixture; stems {', '.join(check.stems)}")
    say(str(target.target))


@lab_plot_app.command()
def mask(
    file: File,
    *,
    model: Annotated[str, typer.Option("--model", help="A model's name or a card's folder.")] = "denoise",
    stem: Annotated[str, typer.Option("--stem", help="Which of its stems; without it the first.")] = "",
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw the mask that a model lays over a recording: |voice| / |mixture|, beside both spectrograms."""
    from voxlift.cli.plot import picture_of
    from voxlift.cli.printing import say
    from voxlift.errors import InputError
    from voxlift.media import open_reader
    from voxlift.plots import gather
    from voxlift.plots.mask import draw_mask
    from voxlift.schema import nearest
    from voxlift.separate.load import load

    target = place(file, "mask", output, size=size, usual_size="1700x560", overwrite=overwrite)
    separator = load(model)
    chosen = stem or separator.stems[0]
    if chosen not in separator.stems:
        raise InputError(f"--stem {stem}{nearest(stem, separator.stems)}")
    mixture = picture_of(file, _COLUMNS)
    with open_reader(file) as reader:
        voice = gather(_lifted(separator, reader, chosen), reader.rate, f"{chosen}, by {Path(model).name}", _COLUMNS)
    if mixture.rms_db < -150:
        raise InputError(f"{file}: is silent; there is nothing to lay a mask on")
    kept_db = voice.rms_db - mixture.rms_db
    finding = f"{Path(model).name} keeps {10 ** (kept_db / 10):.1%} of the energy of {file.name} ({kept_db:.1f} dB)"
    target.write(lambda layout: draw_mask(mixture, voice, finding, layout), mixture.title + voice.title)
    say(str(target.target))


@lab_plot_app.command()
def curves(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Folders of runs, or their log.csv.")],
    *,
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw the learning curves of runs on common axes: loss against sound seen, and against time."""
    from voxlift.cli.printing import say
    from voxlift.lab.studies.logs import names_of, read_curve
    from voxlift.plots.learning import draw_curves

    target = place(runs[0], "curves", output, size=size, usual_size="1400x560", overwrite=overwrite)
    found = [read_curve(run, name) for run, name in zip(runs, names_of(runs), strict=True)]
    finding = _finding(found)
    target.write(lambda layout: draw_curves(found, finding, layout), finding + "".join(curve.name for curve in found))
    say(str(target.target))


@lab_plot_app.command()
def styles(
    root: Annotated[Path, typer.Argument(metavar="DIR", help="A corpus.")],
    *,
    tag: Annotated[str, typer.Option("--tag", help="What to count: style, language, room ...")] = "style",
    corpus: Annotated[str, typer.Option("--corpus", help="Which layout it has; without it, found out.")] = "auto",
    output: Output = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """Draw how often each style, or any other tag, occurs in a corpus, split by split."""
    from voxlift.cli.printing import say
    from voxlift.lab.studies.tags import count_tags
    from voxlift.plots.tags import draw_counts

    target = place(
        root, tag if tag.isidentifier() else "styles", output, size=size, usual_size="1100x640", overwrite=overwrite
    )
    counted = count_tags(root, tag, corpus)
    name = root.resolve().name
    finding = (
        f"{name}: {counted.values} values of {tag!r}; the commonest, {counted.commonest}, "
        f"has {counted.share:.0%} of the tracks"
    )
    label = f"tracks by {tag}" + (f" ({counted.without} have none)" if counted.without else "")
    target.write(lambda layout: draw_counts(counted.by_split, label, finding, layout), finding)
    say(finding)
    say(str(target.target))


def _finding(curves: Sequence[Curve]) -> str:
    if len({curve.objective for curve in curves}) > 1:
        return f"{len(curves)} runs with different losses: compare the shapes, not the heights"
    best = min(curves, key=lambda curve: float(curve.smooth[-1]))
    told = (
        f"{best.name}: loss {best.smooth[-1]:.3g} after {best.seen_hours[-1]:.1f} h of sound in {best.hours[-1]:.2f} h"
    )
    return told + (f", the lowest of {len(curves)} runs" if len(curves) > 1 else "")


def _lifted(separator: Separator, reader: Reader, stem: str) -> Iterator[Samples]:
    stream = separator.stream(reader.channels, reader.rate)
    for block in reader.blocks(_BLOCK_SECONDS):
        yield stream.push(block)[stem]
    yield stream.flush()[stem]
