"""Print the peak memory of `voxlift denoise`, or another command, on a short and on a long recording, and their ratio.

    python bench/memory.py                        10 minutes and 3 hours, 48 kHz mono wav (2.5 GB of disk, minutes)
    python bench/memory.py --format flac --model PATH
    python bench/memory.py --task vocals --channels 2 --minutes 5 --hours 1
    python bench/memory.py --minutes 1 --hours 0.1

The sound is generated (speech-like, in noise) and lies in a temporary folder ($TMPDIR). The memory is the largest
resident set that the system counted for the process, libraries and all. Aim: a ratio under 1.1, a peak under 400 MB.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from process import Cost, lift, run
from sounds import FORMATS, write_sound
from tables import machine, markdown, save
from voxlift.separate.card import TASKS

RATE = 48_000
RATIO_AIM, PEAK_AIM_BYTES = 1.1, 400e6


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    durations = [60 * arguments.minutes, 3600 * arguments.hours]
    costs = [measure(arguments, seconds) for seconds in durations]
    rows = [row(seconds, cost) for seconds, cost in zip(durations, costs, strict=True)]
    ratio = costs[1].peak_bytes / costs[0].peak_bytes
    peak_bytes = max(cost.peak_bytes for cost in costs)
    met = "met" if ratio < RATIO_AIM and peak_bytes < PEAK_AIM_BYTES else "missed"
    sound = f"{RATE // 1000} kHz, {arguments.channels} channel(s), {arguments.format}"
    print(f"{machine()}; {arguments.task}, {sound}\n")
    print(markdown(("length", "peak memory", "time", "times real time"), rows))
    print(f"\nratio {ratio:.3f}, peak {peak_bytes / 1e6:.0f} MB (aim: under {RATIO_AIM} and 400 MB): {met}")
    save(arguments.json, {"seconds": durations, "peak_bytes": [cost.peak_bytes for cost in costs], "ratio": ratio})


def measure(arguments: argparse.Namespace, seconds: float) -> Cost:
    """Lift the voices out of so much sound in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="voxlift-bench-") as folder:
        source, target = Path(folder, f"in.{arguments.format}"), Path(folder, "out")
        target.mkdir()
        write_sound(source, seconds, RATE, arguments.channels)
        return run(lift(source, target, arguments.model, task=arguments.task))


def row(seconds: float, cost: Cost) -> tuple[str, str, str, str]:
    """Format one line of the table."""
    length = (
        f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
    )
    return length, f"{cost.peak_bytes / 1e6:.1f} MB", f"{cost.wall_seconds:.1f} s", f"{seconds / cost.wall_seconds:.1f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="length of the short recording")
    parser.add_argument("--hours", type=float, default=3, help="length of the long recording")
    parser.add_argument("--task", choices=TASKS, default="denoise", help="the command")
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--format", choices=FORMATS, default="wav")
    parser.add_argument("--model", help="a model's name or a card's folder, instead of the default")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
