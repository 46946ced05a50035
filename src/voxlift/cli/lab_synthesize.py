"""`voxlift lab synthesize`: songs, singers and singers over songs, by the thousand, to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voxlift.cli.needing import need_lab
from voxlift.errors import InputError

DEFAULT_SECONDS = {"songs": 30.0, "singers": 12.0, "sung": 30.0}


def synthesize(
    kind: Annotated[str, typer.Argument(metavar="songs|singers|sung", help="What to make; 'sung' is both together.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The folder; trainings read it as data.more.")],
    *,
    count: Annotated[int, typer.Option("--count", min=1, help="How many there shall be.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another one makes other sound.")] = 1,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Length of each; songs 30, singers 12.")] = None,
    voices: Annotated[
        Path | None, typer.Option("--voices", metavar="DIR", help="A corpus with speech: who is made to sing.")
    ] = None,
    corpus: Annotated[str, typer.Option("--corpus", metavar="KIND", help="Its layout; 'auto' looks.")] = "auto",
    soundfont: Annotated[
        list[Path] | None, typer.Option("--soundfont", help="SF2 or SF3 to play with; may be repeated.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes.")] = 1,
) -> None:
    """Make sound to train on that belongs to nobody. Ctrl-C stops it; the same command goes on."""
    need_lab("voxlift lab synthesize", "scipy", "pyworld")
    from voxlift.cli.printing import say
    from voxlift.cli.progress import Bar, stderr_is_terminal
    from voxlift.lab.synthesis.producing import MAKERS, SINGERS, SONGS, Plan, plan_jobs, produce, speakers_of
    from voxlift.lab.synthesis.rendering import find_soundfonts
    from voxlift.schema import nearest

    if kind not in MAKERS:
        raise InputError(f"lab synthesize {kind}{nearest(kind, list(MAKERS))}")
    if kind != SONGS and voices is None:
        raise InputError(f"lab synthesize {kind}: say who is made to sing, by --voices and a corpus with speech")
    fonts = () if kind == SINGERS else tuple(find_soundfonts(soundfont or ()))
    plan = Plan(kind, seed, DEFAULT_SECONDS[kind] if seconds is None else seconds, fonts)
    speakers = speakers_of(voices, corpus) if voices is not None and kind != SONGS else []
    planned = plan_jobs(plan, count, out, speakers)
    with Bar(float(count), count, stderr_is_terminal()) as bar:

        def progress(done: int) -> None:
            bar.update(done, 1.0)
            bar.finish(done, 1.0)

        made = produce(planned, jobs, progress)
    size = sum(path.stat().st_size for path in out.rglob("*.flac"))
    whose = f" of {len({job.speaker.group for job in planned if job.speaker})} speakers" if speakers else ""
    say(
        f"{out}: {count} {kind}{whose}, {count * plan.seconds / 3600:.2f} h, {size / 1e6:.0f} MB; "
        f'{made} made now, {count - made} were there; train on them with data.more = ["{out.as_posix()}"]'
    )
