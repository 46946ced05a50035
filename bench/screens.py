"""Takes the pictures of the web service that the README shows: `python bench/screens.py`.

`docs/figures/web-upload.webp`: the first page. `docs/figures/web-result.webp`: a recording of ours, before and after.
Needs the extras `web`, `plot` and `dev`, and Debian's packages: `apt-get install chromium fonts-inter`.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "examples" / "interview.flac"
WIDTH, HEIGHT, SCALE = 920, 1060, 1.5
PATIENCE_MS = 300_000


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--recording", type=Path, default=RECORDING)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="voxlift-") as folder, served(Path(folder)) as address, chromium() as browser:
        light, dark = opened(browser, "light"), opened(browser, "dark")
        pictures = {"web-upload": upload(light, address), "web-result": result(dark, address, options.recording)}
    for name, png in pictures.items():
        target = options.out / f"{name}.webp"
        Image.open(io.BytesIO(png)).convert("RGB").save(target, "WEBP", quality=82, method=6)
        print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


@contextmanager
def served(storage: Path) -> Iterator[str]:
    """Start the service."""
    words = [sys.executable, "-m", "voxlift", "serve", "--port", "0", "--storage", str(storage)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's browser."""
    program = shutil.which("chromium") or sys.exit("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, scheme: Literal["light", "dark"]) -> Page:
    """Open a page for a picture."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, color_scheme=scheme,
        reduced_motion="reduce", locale="en-GB",
    )  # fmt: skip
    page.set_default_timeout(PATIENCE_MS)
    return page


def upload(page: Page, address: str) -> bytes:
    """Show the first page."""
    page.goto(address)
    page.wait_for_selector("[data-recorder]:not([hidden])")
    return page.screenshot()


def result(page: Page, address: str, recording: Path) -> bytes:
    """Lift the voice out of a recording, and show the result in the midst of it."""
    page.goto(address)
    page.set_input_files("#file", recording)
    page.click("button.main")
    page.wait_for_selector("#result.ready")
    for wave in page.locator("[data-wave] > div").all():
        wave.wait_for()
    page.wait_for_load_state("networkidle")
    page.locator("[data-place]").fill(f"{0.45 * float(page.get_attribute('[data-place]', 'max') or 0):.2f}")
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(500)
    return page.screenshot()


if __name__ == "__main__":
    main()
