"""Send many recordings to the web service at once, and print how it bears it.

    python bench/load.py                          200 uploads of 30 s recordings, all at the same time
    python bench/load.py --uploads 20 --seconds 5
    python bench/load.py --workers 4              jobs lifted at a time; default: the number of cores

It starts `voxlift serve` in a temporary folder ($TMPDIR), sends generated recordings from as many connections as there
are uploads, and asks for each job's state and page until all are done. Printed: how many were lost, the 50th and 95th
percentile of the time to upload and to answer a request for a state and for a page, and the memory of the web process
before, at its highest and after. Aim: none lost, and the memory flat.
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
from pathlib import Path

import numpy as np
import requests

from sounds import write_sound
from tables import machine, markdown, save

RATE = 48_000
LAST_STATES = ("done", "failed", "cancelled")
_ASK_SECONDS = 2.0


@dataclass
class Measured:
    """What was seen."""

    upload_seconds: list[float] = field(default_factory=list)
    status_seconds: list[float] = field(default_factory=list)
    page_seconds: list[float] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)
    wall_seconds: float = 0.0


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
        row("upload", measured.upload_seconds), row("state", measured.status_seconds),
        row("page", measured.page_seconds),
    ]))  # fmt: skip
    first, most, last = (
        value / 1e6 for value in (measured.memory_bytes[0], max(measured.memory_bytes), measured.memory_bytes[-1])
    )
    print(
        f"\ndone {done} of {arguments.uploads}, lost {arguments.uploads - done}; {measured.wall_seconds:.0f} s in all"
    )
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
            list(pool.map(lambda _: _one(address, recording, measured), range(uploads)))
        measured.wall_seconds = time.perf_counter() - begun
        stop.set()
        watcher.join()
        server.terminate()
    return measured


def row(name: str, seconds: Sequence[float]) -> tuple[str, str, str, str]:
    """Format one line of the table."""
    median, high = np.percentile(seconds, [50, 95])
    return name, f"{1000 * median:.0f} ms", f"{1000 * high:.0f} ms", f"{1000 * max(seconds):.0f} ms"


def _one(address: str, recording: Path, measured: Measured) -> None:
    with recording.open("rb") as file:
        start = time.perf_counter()
        answer = requests.post(f"{address}/api/v1/jobs", files={"file": file}, timeout=600)
        measured.upload_seconds.append(time.perf_counter() - start)
    if answer.status_code != 201:
        measured.states.append(f"refused with {answer.status_code}")
        return
    token = answer.json()["token"]
    while True:
        start = time.perf_counter()
        state = requests.get(f"{address}/api/v1/jobs/{token}", timeout=600).json()["state"]
        measured.status_seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        page = requests.get(f"{address}/r/{token}", timeout=600)
        measured.page_seconds.append(time.perf_counter() - start)
        page.raise_for_status()
        if state in LAST_STATES:
            measured.states.append(state)
            return
        time.sleep(_ASK_SECONDS)


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
