"""Print how far apart the sounds of a result play in a browser: `python bench/players.py`.

It lifts a recording of ours in the web service, plays before, voice and rest in Chromium for some seconds, goes to
another place and switches between before and after on the way, and asks all players again and again where they are.
Printed: the median, the 95th percentile and the worst of the distances from the one that is heard, in milliseconds,
after the first two seconds of each stretch (in which the others come near). Needs what `bench/screens.py` needs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Page

from screens import RECORDING, chromium, opened, result, served
from tables import machine, markdown, save

PLACES = """[...document.querySelectorAll("#result audio")].map((sound) => [sound.currentTime, sound.muted])"""
JUMP = """
    const place = document.querySelector("[data-place]");
    place.value = 0;
    for (const kind of ["input", "change"]) place.dispatchEvent(new Event(kind));
"""
ACTS = {
    "from the start": JUMP + "document.querySelector('[data-play-button]').click()",
    "after a switch": "document.querySelector('[data-side=before]').click()",
    "after a jump": JUMP,
}
PLAYING = """document.querySelector("#result").classList.contains("playing")"""
EVERY_MS = 100
SETTLING_SECONDS = 2.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--recording", type=Path, default=RECORDING)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each of the three stretches")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="voxlift-") as folder, served(Path(folder)) as address, chromium() as browser:
        page = opened(browser, "light")
        result(page, address, arguments.recording)
        apart = {name: stretch(page, act, arguments.seconds) for name, act in ACTS.items()}
    print(f"{machine()}\n")
    print(markdown(("ms apart", "median", "95th percentile", "worst"), [
        (name, *(f"{value:.1f}" for value in (*np.percentile(ms, [50, 95]), max(ms)))) for name, ms in apart.items()
    ]))  # fmt: skip
    save(arguments.json, apart)


def stretch(page: Page, act: str, seconds: float) -> list[float]:
    """Do something with the player, and see how far apart the sounds are then, in milliseconds."""
    page.evaluate(f"() => {{ {act} }}")
    page.wait_for_timeout(1000 * SETTLING_SECONDS)
    apart, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        assert page.evaluate(PLAYING), "the recording is too short for this"
        places = page.evaluate(PLACES)
        heard = next(place for place, muted in places if not muted)
        apart += [1000 * abs(place - heard) for place, muted in places if muted]
        page.wait_for_timeout(EVERY_MS)
    return apart


if __name__ == "__main__":
    main()
