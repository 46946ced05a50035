"""`voxlift lab study`: what a choice of representation costs, on the user's own recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.pictures import Overwrite, Size, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voxlift.lab.studies import resampling, spectrograms
    from voxlift.lab.studies.excerpt import Excerpt
    from voxlift.plots import Layout

study_app = typer.Typer(
    help="Studies of sound: what a lower rate or a mel spectrogram loses, in dB.", no_args_is_help=True
)

Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings; the picture shows the first.")]
Seconds = Annotated[
    float,
    typer.Option("--seconds", min=0.25, max=600.0, help="How much of each: its loudest piece of so many seconds."),
]
Rate = Annotated[int, typer.Option("--rate", metavar="HZ", min=0, help="Resample to it first, behind a filter.")]
Save = Annotated[Path | None, typer.Option("--save", metavar="PIC.png", help="Draw it, too: a .png or .svg file.")]


@study_app.command("resampling")
def resampling_command(
    files: Files,
    *,
    seconds: Seconds = 20.0,
    rate: Rate = 0,
    save: Save = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """A half and a quarter of the rate, and 8 kHz: by keeping every n-th sample, and by a proper filter.

    Both come back to the old rate and are held against the original; levels are in dB of it.
    """
    from voxlift.lab.studies.resampling import study

    target = (
        place(files[0], "resampling", save, size=size, usual_size="1500x950", overwrite=overwrite) if save else None
    )
    excerpts = _excerpts(files, seconds, rate)
    results = [study(excerpt.audio.samples, excerpt.audio.rate, excerpt.title) for excerpt in excerpts]
    _tell_resampling([row for rows in results for row in rows])
    if target:
        target.write(lambda layout: _draw_resampling(excerpts[0], results[0], layout), excerpts[0].title)


@study_app.command("spectrogram")
def spectrogram_command(
    files: Files,
    *,
    seconds: Seconds = 20.0,
    rate: Rate = 0,
    save: Save = None,
    size: Size = "",
    overwrite: Overwrite = False,
) -> None:
    """STFT of 513 bins against mel of 128 bands: what comes back of each, in dB, and what cannot."""
    from voxlift.lab.studies.spectrograms import study

    target = (
        place(files[0], "spectrogram", save, size=size, usual_size="1500x860", overwrite=overwrite) if save else None
    )
    excerpts = _excerpts(files, seconds, rate)
    studies = [study(excerpt.audio.samples, excerpt.audio.rate, excerpt.title) for excerpt in excerpts]
    _tell_spectrograms([result for result, _ in studies])
    if target:
        target.write(lambda layout: _draw_spectra(*studies[0], layout), excerpts[0].title)


def _tell_resampling(results: Sequence[resampling.Result]) -> None:
    from voxlift.cli.printing import say, say_table

    numbers = [
        "from, Hz",
        "to, Hz",
        "plain: error, dB",
        "SI-SDR, dB",
        "filtered: error, dB",
        " SI-SDR, dB",
        "aliases, dB",
    ]
    rows = [
        [row.title, str(row.rate), f"{row.new_rate:g}", f"{row.plain.error_db:.1f}", f"{row.plain.si_sdr_db:.1f}",
         f"{row.filtered.error_db:.1f}", f"{row.filtered.si_sdr_db:.1f}", f"{row.aliased_db:.1f}"]
        for row in results
    ]  # fmt: skip
    say_table(["recording", *numbers], rows, right=numbers)
    say()
    say("Aliases in each band, in dB of the sound that belongs there (above 0 they are louder than it):")
    widest = max((row.bands for row in results), key=len)
    headings = [f"from {band.low_hz:g} Hz" for band in widest]
    rows = []
    for row in results:
        levels = [f"{band.aliased_db - band.signal_db:.1f}" for band in row.bands]
        rows.append([row.title, f"{row.new_rate:g}", *levels, *[""] * (len(widest) - len(levels))])
    say_table(["recording", "to, Hz", *headings], rows, right=["to, Hz", *headings])


def _draw_resampling(excerpt: Excerpt, results: Sequence[resampling.Result], layout: Layout) -> bytes:
    from voxlift.lab.studies.resampling import there_and_back
    from voxlift.plots.resampling import Way, draw_resampling

    samples, rate = excerpt.audio.samples, excerpt.audio.rate
    ways = []
    for result in results:
        returned = there_and_back(samples, rate, result.new_rate)
        facts = f"aliases at {result.aliased_db:.1f} dB"
        ways.append(Way(result.new_rate, returned.plain, returned.filtered, facts))
    worst = results[-1]
    finding = (
        f"{excerpt.title}: decimated to {worst.new_rate / 1000:g} kHz, its aliases lie {-worst.aliased_db:.0f} dB "
        "under the sound; a filter leaves none"
    )
    return draw_resampling(samples, rate, ways, finding, layout)


def _excerpts(files: Sequence[Path], seconds: float, rate: int) -> list[Excerpt]:
    """Read all excerpts, and give them names that differ: the songs of a data set all have a `vocals.wav`."""
    from dataclasses import replace

    from voxlift.audio import Audio
    from voxlift.lab.studies.excerpt import loudest_excerpt
    from voxlift.lab.studies.resampling import resample

    names = [path.name for path in files]
    excerpts = []
    for path in files:
        excerpt = loudest_excerpt(path, seconds)
        if rate not in (0, excerpt.audio.rate):
            audio = Audio(resample(excerpt.audio.samples, excerpt.audio.rate, rate), rate)
            excerpt = replace(excerpt, audio=audio)
        if names.count(path.name) > 1:
            excerpt = replace(excerpt, title=f"{path.resolve().parent.name}/{path.name}")
        excerpts.append(excerpt)
    return excerpts


def _tell_spectrograms(results: Sequence[spectrograms.Result]) -> None:
    from voxlift.cli.printing import say, say_table

    numbers = ["SI-SDR, dB", "error, dB", "magnitudes' error, dB"]
    rows = [
        [result.title, way.way, f"{way.si_sdr_db:.1f}", f"{way.error_db:.1f}",
         f"{way.magnitude_db:.1f}" if way.magnitude_db > -150 else "none"]
        for result in results for way in result.inverses
    ]  # fmt: skip
    say_table(["recording", "kept", *numbers], rows, right=numbers)
    say()
    for result in results:
        say(
            f"{result.title}, {result.rate} Hz: of {result.bins} bins the {result.bands} bands keep {result.rank} "
            f"independent numbers; {100 * 10 ** (result.null_db / 10):.1f} % of the magnitudes' energy "
            f"({result.null_db:.1f} dB) lies where they see nothing"
        )
        octaves = (f"{part.low_hz:g} to {part.high_hz:g} Hz: {part.error_db:.1f} dB" for part in result.octaves)
        say(f"  magnitudes that came back, their error by band: {', '.join(octaves)}")


def _draw_spectra(result: spectrograms.Result, spectra: spectrograms.Spectra, layout: Layout) -> bytes:
    from voxlift.lab.studies.mel import middles_hz
    from voxlift.lab.studies.spectrograms import GRID
    from voxlift.plots.spectra import Shown, draw_spectra

    shown = Shown(
        stft=spectra.stft[0],
        mel=spectra.mel[0],
        back=spectra.back[0],
        middles_hz=middles_hz(result.rate, result.bands),
        hop_seconds=GRID.hop / result.rate,
        rate=result.rate,
    )
    best = result.inverses[3]
    finding = (
        f"{result.title}: the STFT comes back exactly, mel at {best.si_sdr_db:.1f} dB SI-SDR even with the true phase"
    )
    facts = f"magnitudes wrong by {best.magnitude_db:.1f} dB"
    return draw_spectra(shown, finding, facts, layout)
