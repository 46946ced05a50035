"""Print how fast segments reach a net and what memory that takes: streamed from disk, against everything loaded.

    python bench/feeding.py                   1, 10 and 100 times two minutes (minutes, 1 GB of disk)
    python bench/feeding.py --minutes 10      1, 10 and 100 times ten minutes (5 GB of disk)

The sound is generated and lies in a temporary folder ($TMPDIR). Each row is a process of its own. *Streamed* is what
trainings do: `lab/segments.py` decodes every recording once into one file on disk and reads the segments asked for.
*Loaded* holds every recording decoded in memory, as most notebooks do. "Ready" is the time to the first segment, once
with nothing in the cache and once with the cache of the run before. "Examples" are whole training examples: voices,
noises, equalisers, levels.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from process import run
from sounds import write_sound
from tables import machine, markdown, save

RATE = 16_000
FILE_SECONDS = 30.0
SEGMENT_SECONDS = 4.0
TIMES = (1, 10, 100)
SEGMENTS, EXAMPLES = 5_000, 300


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    if arguments.child:
        way, root, out = arguments.child
        Path(out).write_text(json.dumps(WAYS[way](Path(root))), "utf-8")
        return
    figures = [
        measure(way, times, arguments.minutes) for times in TIMES for way in ("streamed", "streamed again", "loaded")
    ]
    print(f"{machine()}; {arguments.minutes:g} minutes at {RATE // 1000} kHz, segments of {SEGMENT_SECONDS:g} s\n")
    header = ("data", "minutes", "peak memory", "ready after", "segments a second", "examples a second")
    print(markdown(header, [_row(figure) for figure in figures]))
    save(arguments.json, {"rows": figures})


_FOLDERS: dict[int, tempfile.TemporaryDirectory[str]] = {}


def measure(way: str, times: int, minutes: float) -> dict[str, Any]:
    """Run one way over so many times the data in a process of its own."""
    if times not in _FOLDERS:
        for old in _FOLDERS.values():
            old.cleanup()
        _FOLDERS.clear()
        _FOLDERS[times] = tempfile.TemporaryDirectory(prefix="voxlift-bench-")
        _make_corpus(Path(_FOLDERS[times].name), times, minutes)
    root = Path(_FOLDERS[times].name)
    out = root / "figures.json"
    cost = run([sys.executable, __file__, "--child", way.split(maxsplit=1)[0], str(root), str(out)], cores=1)
    return {"way": way, "times": times, "minutes": times * minutes, "peak_bytes": cost.peak_bytes} | json.loads(
        out.read_text("utf-8")
    )


def streamed(root: Path) -> dict[str, float]:
    """Feed as trainings do."""
    from voxlift.lab.corpora import read_corpus  # noqa: PLC0415  (only the child pays for it)
    from voxlift.lab.mixing import make_mixer  # noqa: PLC0415
    from voxlift.lab.recipe import resolve  # noqa: PLC0415
    from voxlift.lab.segments import Pool  # noqa: PLC0415

    start = time.perf_counter()
    pool = Pool(read_corpus("folders", root, "train"), "speech", RATE, root / "cache")
    ready = time.perf_counter() - start
    rng = np.random.default_rng(0)
    length = round(SEGMENT_SECONDS * RATE)
    front = {"rate": RATE, "window": 512, "hop": 256, "view": "log_magnitude", "mask": "ratio"}
    recipe = resolve(
        {
            "name": "feeding",
            "task": "denoise",
            "summary": "",
            "front": front,
            "net": {"kind": "logistic"},
            "data": {"corpus": "folders", "root": str(root), "seconds": SEGMENT_SECONDS, "rooms": 0},
        }
    )
    mixer = make_mixer(recipe, root / "cache")
    return {
        "ready_seconds": ready,
        "segments_per_second": _pace(lambda _: pool.segment(rng, length), SEGMENTS),
        "examples_per_second": _pace(mixer.example, EXAMPLES),
    }


def loaded(root: Path) -> dict[str, float]:
    """Hold everything in memory."""
    from voxlift import read  # noqa: PLC0415

    start = time.perf_counter()
    sounds = [np.array(read(path).samples[0]) for path in sorted((root / "clean").iterdir())]
    ready = time.perf_counter() - start
    rng = np.random.default_rng(0)
    length = round(SEGMENT_SECONDS * RATE)

    def segment(_: int) -> Any:
        sound = sounds[int(rng.integers(len(sounds)))]
        begin = int(rng.integers(len(sound) - length + 1))
        return sound[begin : begin + length].copy()

    return {"ready_seconds": ready, "segments_per_second": _pace(segment, SEGMENTS)}


WAYS: dict[str, Callable[[Path], dict[str, float]]] = {"streamed": streamed, "loaded": loaded}


def _pace(make: Callable[[int], Any], count: int) -> float:
    start = time.perf_counter()
    for number in range(count):
        make(number)
    return count / (time.perf_counter() - start)


def _make_corpus(root: Path, times: int, minutes: float) -> None:
    """Two minutes of speech and of noise, and links to them for the rest: as many files as there would be."""
    for folder in ("clean", "noise"):
        (root / folder).mkdir()
        for number in range(max(1, round(60 * minutes / FILE_SECONDS))):
            first = root / folder / f"{number}-0.flac"
            write_sound(first, FILE_SECONDS, RATE, channels=1)
            for copy in range(1, times):
                os.link(first, root / folder / f"{number}-{copy}.flac")


def _row(figure: dict[str, Any]) -> tuple[str, ...]:
    examples = figure.get("examples_per_second")
    return (
        f"{figure['times']} x, {figure['way']}",
        f"{figure['minutes']:g}",
        f"{figure['peak_bytes'] / 1e6:.0f} MB",
        f"{figure['ready_seconds']:.1f} s",
        f"{figure['segments_per_second']:,.0f}",
        f"{examples:,.0f}" if examples else "",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2, help="sound of the smallest corpus")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
