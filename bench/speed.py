"""Print how fast `voxlift denoise` is, where its time goes, how fast it starts and how large it is.

    python bench/speed.py                         10 minutes of sound of every kind in `KINDS`, 1 and 2 threads
    python bench/speed.py --seconds 60 --model PATH
    python bench/speed.py --kind 'wav 48000 1' --threads 1

Four Markdown tables: processor (user + system) and wall seconds per second of sound, whole and with the start-up
taken off (the same command on a quarter of a second of sound); the part of each stage; times to start; bytes on disk.
One thread means one processor core for the whole process, decoding and encoding included.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import installed
from process import Cost, lift, run, voxlift
from sounds import write_sound
from stages import shares
from tables import machine, markdown, save
from voxlift.separate.card import TASKS

KINDS = ("wav 48000 1", "flac 48000 1", "mp3 48000 1", "wav 44100 2", "flac 44100 2", "mp3 44100 2", "wav 16000 1")
START_SECONDS = 0.25
STARTS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import voxlift": [sys.executable, "-c", "import voxlift"],
    "voxlift --help": voxlift("--help"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of recording."""

    suffix: str
    rate: int
    channels: int

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.suffix}, {self.rate / 1000:g} kHz {channels}"


@dataclass(frozen=True)
class Speed:
    """Seconds per second of sound: processor and wall, whole and without the start-up."""

    cpu: float
    wall: float
    cpu_warm: float
    wall_warm: float


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    print(f"{machine()}; {arguments.seconds:g} s of sound\n", flush=True)
    speeds, parts = {}, {}
    for kind in (parse(text) for text in arguments.kind or KINDS):
        with tempfile.TemporaryDirectory(prefix="voxlift-bench-") as folder:
            source, start = Path(folder, f"in.{kind.suffix}"), Path(folder, f"start.{kind.suffix}")
            write_sound(source, arguments.seconds, kind.rate, kind.channels)
            write_sound(start, START_SECONDS, kind.rate, kind.channels)
            for threads in arguments.threads:
                speeds[f"{kind}", threads] = speed(source, start, arguments, threads)
            parts[f"{kind}"] = shares(source, Path(folder, f"out.{kind.suffix}"), arguments.model or TASKS["denoise"])
    starts = {name: start_seconds(command, arguments.repeat) for name, command in STARTS.items()}
    sizes, bytecode = installed.sizes_bytes(), installed.bytecode_bytes()
    tables = [speed_table(speeds), stage_table(parts), start_table(starts), size_table(sizes, bytecode)]
    print("\n\n".join(tables))
    figures = {f"{kind}, {threads} threads": asdict(found) for (kind, threads), found in speeds.items()}
    save(
        arguments.json,
        {"speed": figures, "stages": parts, "start_seconds": starts, "bytes": sizes, "bytecode": bytecode},
    )


def parse(text: str) -> Kind:
    """Read a kind as `KINDS` writes it."""
    suffix, rate, channels = text.split()
    return Kind(suffix, int(rate), int(channels))


def speed(source: Path, start: Path, arguments: argparse.Namespace, threads: int) -> Speed:
    """Time the command on a long and on a very short file."""
    whole = _cost(source, arguments.model, threads)
    starts = [_cost(start, arguments.model, threads) for _ in range(3)]
    seconds = arguments.seconds
    started_cpu = statistics.median(cost.cpu_seconds for cost in starts)
    started_wall = statistics.median(cost.wall_seconds for cost in starts)
    warm_seconds = max(1e-9, seconds - START_SECONDS)
    return Speed(
        cpu=whole.cpu_seconds / seconds,
        wall=whole.wall_seconds / seconds,
        cpu_warm=max(0.0, whole.cpu_seconds - started_cpu) / warm_seconds,
        wall_warm=max(0.0, whole.wall_seconds - started_wall) / warm_seconds,
    )


def start_seconds(command: list[str], repeat: int) -> float:
    """Median wall time of a command that does next to nothing; its first run, which fills the caches, left out."""
    run(command)
    return statistics.median(run(command).wall_seconds for _ in range(repeat))


def speed_table(speeds: dict[tuple[str, int], Speed]) -> str:
    """Seconds per second of sound, and how many times faster than real time that is."""
    rows = [
        [
            kind,
            str(threads),
            f"{x.cpu:.5f}",
            f"{x.wall:.5f}",
            f"{x.cpu_warm:.5f}",
            f"{x.wall_warm:.5f}",
            f"{1 / x.wall:.1f}",
        ]
        for (kind, threads), x in speeds.items()
    ]
    header = ("sound", "threads", "CPU s/s", "wall s/s", "CPU s/s warm", "wall s/s warm", "times real time")
    return markdown(header, rows)


def stage_table(parts: dict[str, dict[str, float]]) -> str:
    """Each stage's part of the processor time."""
    stages = list(next(iter(parts.values())))
    rows = [[kind, *(f"{100 * part[stage]:.1f} %" for stage in stages)] for kind, part in parts.items()]
    return markdown(("part of the time", *stages), rows)


def start_table(starts: dict[str, float]) -> str:
    """Times to start."""
    return markdown(("start", "wall s"), [[f"`{name}`", f"{seconds:.3f}"] for name, seconds in starts.items()])


def size_table(sizes: dict[str, int], bytecode: int) -> str:
    """What the core takes on disk, the largest packages one by one."""
    ranked = sorted(sizes.items(), key=lambda item: -item[1])
    shown, small = ranked[:5], ranked[5:]
    rows = [*shown, (f"{len(small)} others", sum(size for _, size in small)), ("core", sum(sizes.values()))]
    rows.append(("compiled Python files that pip adds", bytecode))
    return markdown(("on disk", "MB"), [[name, f"{size / 1e6:.1f}"] for name, size in rows])


def _cost(source: Path, model: str | None, threads: int) -> Cost:
    target = source.with_name(f"out-{source.name}")
    return run(lift(source, target, model, threads), cores=threads)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="length of the sound")
    parser.add_argument("--kind", action="append", help="suffix, rate in Hz and channels; may be repeated")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=9, help="runs of which start-up is the median")
    parser.add_argument("--model", help="a model's name or a card's folder, instead of the default")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
