"""`voxlift lab data`: what a corpus holds, whether it is whole, training sets cut from it, and its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voxlift.cli.crew import Cluster, crew_of
from voxlift.cli.needing import need_lab
from voxlift.errors import DataError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from voxlift.audio import Audio
    from voxlift.lab.corpora import Track
    from voxlift.lab.datasets.verify import Report

data_app = typer.Typer(help="Corpora: describe, verify, cut, pack, listen.", no_args_is_help=True)

Root = Annotated[Path, typer.Argument(metavar="DIR", help="Where the corpus lies.")]
Kind = Annotated[str, typer.Option("--corpus", metavar="KIND", help="Its layout; 'auto' looks which one fits.")]
Split = Annotated[str | None, typer.Option("--split", metavar="train|dev|test", help="Only this one.")]
Noise = Annotated[Path | None, typer.Option("--noise", metavar="DIR", help="A second folder, whose sounds are noise.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Processes.")]
Snr = Annotated[
    tuple[float, float] | None,
    typer.Option("--snr", metavar="LOW HIGH", help="Mix speech with noise at a ratio from this range, in dB."),
]
Layout = Annotated[
    str | None, typer.Option("--layout", metavar="pairs|songs|speakers", help="Where a corpus has several.")
]
_LISTED = 200


@data_app.command()
def describe(
    root: Root,
    *,
    corpus: Kind = "auto",
    split: Split = None,
    noise: Noise = None,
    save: Annotated[Path | None, typer.Option("--save", help="Write a row a track: .csv, .parquet or .xlsx.")] = None,
    jobs: Jobs = 1,
) -> None:
    """Say what a corpus holds: time, rates, channels, levels by split and part; styles, rooms, noises, languages."""
    need_lab("voxlift lab data describe", "pandas")
    tracks = _tracks(root, corpus, split, noise)
    from voxlift.cli.printing import say
    from voxlift.lab.datasets.describe import describe as describe_tracks
    from voxlift.lab.datasets.describe import save_table

    sounds = len({part for track in tracks for part in track.parts.values()})
    with _bar(sounds) as progress:
        frame = describe_tracks(tracks, jobs, progress)
    _say_totals(frame)
    broken = int((frame["problem"] != "").sum())
    if broken:
        say(f"\n{broken} tracks could not be read whole: voxlift lab data verify {root} says why")
    if save:
        save_table(frame, save)
        say(f"\n{save}: {len(frame)} rows, {len(frame.columns)} columns")


@data_app.command()
def verify(
    root: Root,
    *,
    corpus: Kind = "auto",
    noise: Noise = None,
    tolerance: Annotated[
        float | None, typer.Option("--residual", metavar="DB", help="Most that mixture and sum may differ.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List what is in order, too.")] = False,
    jobs: Jobs = 1,
) -> None:
    """Prove that every mixture is the sum of its stems, and find what is broken; the status is then 2."""
    tracks = _tracks(root, corpus, None, noise)
    from voxlift.cli.printing import say
    from voxlift.lab.datasets.verify import verify as verify_tracks

    with _bar(len(tracks)) as progress:
        report = verify_tracks(tracks, jobs, progress, tolerance)
    _say_verdicts(report, every)
    for problem in report.problems:
        say(problem)
    if report.broken or report.problems:
        several = f", and {len(report.problems)} faults between splits" if report.problems else ""
        raise DataError(f"{root}: {len(report.broken)} of {len(report.verdicts)} tracks are broken{several}")


@data_app.command()
def cut(
    root: Root,
    out: Annotated[Path, typer.Option("-o", "--output", help="The folder of the training set.")],
    *,
    corpus: Kind = "auto",
    split: Split = None,
    noise: Noise = None,
    seconds: Annotated[float, typer.Option("--seconds", help="Length of a segment.")] = 4.0,
    overlap: Annotated[float, typer.Option("--overlap", help="Share that the next repeats, such as 0.5.")] = 0.0,
    rest: Annotated[str, typer.Option("--rest", metavar="pad|drop", help="What is too short at the end.")] = "drop",
    silence: Annotated[float, typer.Option("--silence-db", help="Leave out what is quieter.")] = -60.0,
    snr: Snr = None,
    seed: Annotated[int, typer.Option("--seed", help="Of noises and ratios.")] = 1,
    layout: Layout = None,
    jobs: Jobs = 1,
    cluster: Cluster = None,
) -> None:
    """Cut a corpus into segments of one length, as FLAC. Ctrl-C stops it; the same command goes on."""
    if cluster is not None:  # a worker's folder is another
        root, noise, out = root.absolute(), noise and noise.absolute(), out.absolute()
    tracks = _tracks(root, corpus, split, noise)
    from voxlift.cli.printing import say
    from voxlift.lab.datasets.cut import INDEX
    from voxlift.lab.datasets.cut import cut as cut_jobs
    from voxlift.lab.datasets.plan import LAYOUTS, Options, plan

    if rest not in ("pad", "drop"):
        raise InputError(f"--rest {rest}: choose pad or drop")
    if layout is not None and layout not in LAYOUTS:
        raise InputError(f"--layout {layout}: choose {', '.join(LAYOUTS)}")
    options = Options(seconds, overlap, rest == "pad", silence, snr, seed)
    planned = plan(tracks, out, options, layout)
    with _bar(len(planned)) as progress:
        done = cut_jobs(planned, crew_of(cluster, jobs), progress)
    rows = [row for result in done for row in result.rows]
    written = sum(result.written for result in done)
    say(
        f"{out}: {planned[0].layout}, {len(rows)} segments of {seconds:g} s from {len(planned)} tracks, "
        f"{sum(row.seconds for row in rows) / 3600:.2f} h; {written} written now, {len(rows) - written} were there, "
        f"{sum(result.silent for result in done)} too quiet; {out / INDEX} says where each comes from"
    )


@data_app.command()
def pack(
    root: Root,
    out: Annotated[Path, typer.Option("--output", "-o", help="The folder of the pack.")],
    *,
    corpus: Kind = "auto",
    split: Split = "train",
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="CORPUS", help="Of a pack, this one; may be repeated.")
    ] = None,
    rate: Annotated[int, typer.Option("--rate", metavar="HZ", help="Opus's; the net's or above.")] = 16000,
    kbits: Annotated[float, typer.Option("--kbits", help="Kilobits for a second of sound.")] = 28.0,
    jobs: Jobs = 1,
) -> None:
    """Make a corpus small, as mono Opus, to train on another machine. Ctrl-C stops it; the same command goes on."""
    tracks = _tracks(root, corpus, split, None)
    from voxlift.cli.printing import say
    from voxlift.lab.datasets.packing import pack as pack_jobs
    from voxlift.lab.datasets.packing import plan

    if only:
        known = sorted({track.corpus for track in tracks})
        if strange := [name for name in only if name not in known]:
            raise DataError(f"--only {strange[0]}: {root} holds {', '.join(known)}")
        tracks = [track for track in tracks if track.corpus in only]
    planned = plan(tracks, out, rate, kbits)
    with _bar(len(planned)) as progress:
        packed = pack_jobs(planned, jobs, progress)
    hours = sum(float(sound.row["seconds"]) for sound in packed) / 3600
    written = sum(sound.written for sound in packed)
    say(
        f"{out}: {len(packed)} sounds, {hours:.2f} h, {sum(sound.bytes for sound in packed) / 1e6:.1f} MB; {written} "
        f"written now, {len(packed) - written} were there; train on it with data.root={out}"
    )


@data_app.command()
def listen(
    root: Root,
    *,
    corpus: Kind = "auto",
    track: Annotated[str | None, typer.Option("--track", metavar="NAME", help="A piece of its name will do.")] = None,
    part: Annotated[str | None, typer.Option("--part", metavar="NAME", help="Such as vocals.")] = None,
    split: Split = None,
    noise: Noise = None,
    start: Annotated[float, typer.Option("--start", min=0, metavar="SECONDS", help="Where to begin.")] = 0.0,
    seconds: Annotated[float, typer.Option("--seconds", min=0.01, help="How long.")] = 10.0,
    save: Annotated[Path | None, typer.Option("--save", help="Write the excerpt there in place of playing it.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
) -> None:
    """Play a piece of a track; where there is no loudspeaker, write it to a file."""
    tracks = _tracks(root, corpus, split, noise)
    from voxlift.cli.printing import say
    from voxlift.lab.datasets.listening import choose, excerpt
    from voxlift.media import write

    choice = choose(tracks, track, part)
    sound = excerpt(choice.part, start, seconds)
    told = f"{choice.track.name}, {choice.name}, {sound.seconds:.1f} s from {start:g} s"
    why = _played(sound) if save is None else ""
    if why is None:
        say(told)
        return
    target = save or Path(f"{Path(choice.track.name).name}-{choice.name}.flac")
    write(target, sound, overwrite=overwrite)
    say(f"{why}{told}: written to {target}")


def _tracks(root: Path, corpus: str, split: str | None, noise: Path | None) -> Sequence[Track]:
    from voxlift.cli.printing import say
    from voxlift.lab.corpora import AUTO, find_corpus, list_tracks

    found = find_corpus(corpus, root)
    tracks = [track for track in list_tracks(found.name, root, noise) if split is None or track.split == split]
    if corpus == AUTO:
        say(f"{root}: {found.name} ({found.title})")
    if not tracks:
        wanted = "" if split is None else f" of the split {split!r}"
        raise DataError(f"{root}: no recording{wanted} in it, read as {found.name}; it should hold {found.title}")
    return tracks


@contextmanager
def _bar(count: int) -> Iterator[Callable[[int], None]]:
    from voxlift.cli.progress import Bar, stderr_is_terminal

    with Bar(float(count), count, stderr_is_terminal()) as bar:

        def progress(done: int) -> None:
            bar.update(done, 1.0)
            bar.finish(done, 1.0)

        yield progress


def _say_totals(frame: pd.DataFrame) -> None:
    from voxlift.cli.printing import say, say_table
    from voxlift.lab.datasets.describe import kinds, totals

    sums = totals(frame)
    if not sums.empty:
        headings = ["split", "part", "tracks", "hours", "rates Hz", "channels", "mean RMS dB", "peak dB"]
        rows = [
            [str(row.split), str(row.part), str(row.tracks), f"{row.hours:.2f}", str(row.rates), str(row.channels),
             f"{row.mean_rms_db:.1f}", f"{row.peak_db:.1f}"]
            for row in sums.itertuples()
        ]  # fmt: skip
        say_table(headings, rows, right=("tracks", "hours", "mean RMS dB", "peak dB"))
        say(f"\n{len(frame)} tracks, {sums['hours'].sum():.2f} h of sound in all parts")
    for column, counts in kinds(frame).items():
        say(f"{column}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def _say_verdicts(report: Report, every: bool) -> None:
    from voxlift.cli.printing import say, say_table

    shown = report.verdicts if every else report.broken
    rows = [
        [verdict.split, verdict.name, _decibels(verdict.residual_db), "; ".join(verdict.problems) or "in order"]
        for verdict in shown[:_LISTED]
    ]
    if rows:
        say_table(["split", "track", "residual dB", "what was found"], rows, right=("residual dB",))
    if len(shown) > _LISTED:
        say(f"... and {len(shown) - _LISTED} more")
    residuals = [verdict.residual_db for verdict in report.verdicts if verdict.residual_db is not None]
    proof = f"; mixture = sum of its parts within {max(residuals):.1f} dB at worst" if residuals else ""
    sound = len(report.verdicts) - len(report.broken)
    say(f"{sound} of {len(report.verdicts)} tracks are in order{proof}")


def _decibels(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _played(sound: Audio) -> str | None:
    """Play a sound; where that is not possible, say why, as the beginning of a sentence."""
    from voxlift.media.devices import play

    try:
        play([sound.samples], sound.rate, sound.channels)
    except InputError as problem:
        return f"no sound can be played here ({problem}); "
    return None
