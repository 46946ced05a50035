"""Send many recordings to the web service at once, and print how it bears it.

    python bench/load.py                          200 uploads of 30 s recordings, all at the same time
    python bench/load.py --uploads 20 --seconds 5
    python bench/load.py --workers 4              jobs lifted at a time; default: the number of cores

It starts `voxlift serve` in a temporary folder ($TMPDIR) and has as many visitors come at the same time as there are
uploads. Each does what a browser does: sends a recording, opens its page, asks how far it is as often as the page's
script would (`follow.js`), follows the events where it gets a stream, and at the end opens the page with the result and
takes the voice. Printed: how many were lost; the 50th and 95th percentile, and the worst, of the time to upload and to
answer requests for progress and page; the processor time of web process, worker and visitors; and the memory of the web
process before, at its highest, and after. Aim: none lost, and the memory flat.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import numpy as np
import requests

from sounds import write_sound
from tables import machine, markdown, save
from visiting import Visitor

RATE = 48_000


@dataclass
class Measured:
    """What was seen."""

    upload_seconds: list[float] = field(default_factory=list)
    progress_seconds: list[float] = field(default_factory=list)
    page_seconds: list[float] = field(default_factory=list)
    waited_seconds: list[float] = field(default_factory=list)
    """From sending a recording to seeing its result."""
    states: list[str] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)
    wall_seconds: float = 0.0
    cpu_seconds: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="voxlift-bench-") as folder:
        recording = Path(folder, "recording.wav")
        write_sound(recording, arguments.seconds, RATE, channels=1)
        measured = measure(recording, Path(folder, "storage"), arguments.uploads, arguments.workers)
        size = recording.stat().st_size
    done = measured.states.count("done")
    sent = f"{arguments.uploads} uploads of {arguments.seconds:g} s ({size / 1e6:.1f} MB) at the same time"
    print(f"{machine()}; {sent}, {arguments.workers} lifted at a time\n")
    print(markdown(("what", "median", "95th percentile", "worst"), [
        row("upload", measured.upload_seconds), row("progress", measured.progress_seconds),
        row("page", measured.page_seconds), row("from sending to the result", measured.waited_seconds),
    ]))  # fmt: skip
    first, most, last = (
        value / 1e6 for value in (measured.memory_bytes[0], max(measured.memory_bytes), measured.memory_bytes[-1])
    )
    print(
        f"\ndone {done} of {arguments.uploads}, lost {arguments.uploads - done}; {measured.wall_seconds:.0f} s in all"
    )
    print("; ".join(f"{who}: {seconds:.0f} s of processor" for who, seconds in measured.cpu_seconds.items()))
    print(f"memory of the web process: {first:.0f} MB before, {most:.0f} MB at most, {last:.0f} MB after")
    save(arguments.json, vars(measured))


def measure(recording: Path, storage: Path, uploads: int, workers: int) -> Measured:
    """Send the recording so often at once, and wait until all are done."""
    unlimited = {
        "VOXLIFT_UPLOAD_RATE": "1000000 per minute", "VOXLIFT_REQUEST_RATE": "1000000 per minute",
        "VOXLIFT_MAX_OPEN_JOBS": "1000000", "VOXLIFT_MAX_QUEUED": "1000000",
    }  # fmt: skip
    words = ["serve", "--port", "0", "--storage", str(storage), "--workers", str(workers)]
    measured = Measured()
    with subprocess.Popen(
        [sys.executable, "-m", "voxlift", *words], env=os.environ | unlimited, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        requests.get(address, timeout=60)
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(server.pid, measured, stop))
        watcher.start()
        begun = time.perf_counter()
        with ThreadPoolExecutor(uploads) as pool:
            for _number in range(uploads):
                pool.submit(_one, address, recording, measured)
        measured.wall_seconds = time.perf_counter() - begun
        measured.cpu_seconds = _processor_seconds(server.pid)
        stop.set()
        watcher.join()
        server.terminate()
    return measured


def row(name: str, seconds: Sequence[float]) -> tuple[str, str, str, str]:
    """Format one line of the table."""
    median, high = np.percentile(seconds, [50, 95])
    return name, f"{1000 * median:.0f} ms", f"{1000 * high:.0f} ms", f"{1000 * max(seconds):.0f} ms"


def _one(address: str, recording: Path, measured: Measured) -> None:
    visitor = Visitor(address, measured)
    begun = time.perf_counter()
    try:
        state = visitor.come(recording)
    except (OSError, HTTPException, AssertionError) as problem:
        state = f"{type(problem).__name__}: {problem}"
    measured.states.append(state)
    measured.waited_seconds.append(time.perf_counter() - begun)


def _processor_seconds(web: int) -> dict[str, float]:
    """Tell who took how much of the processors; of the worker with all processes that lifted for it."""
    own = os.times()
    (worker,) = Path(f"/proc/{web}/task/{web}/children").read_text("ascii").split()
    spent = {name: _stat(pid)[11:15] for name, pid in (("web process", web), ("worker", int(worker)))}
    ticks = os.sysconf("SC_CLK_TCK")
    return {
        **{name: sum(map(int, times)) / ticks for name, times in spent.items()}, "visitors": own.user + own.system
    }  # fmt: skip


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()


def _watch(pid: int, measured: Measured, stop: threading.Event) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    while True:
        resident = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        measured.memory_bytes.append(resident * page)
        if stop.wait(0.2):
            return


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30, help="length of each recording")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="jobs lifted at a time")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
