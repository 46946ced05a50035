"""Chromium as tests use it: one that hears a made-up microphone, and pages that remember what went wrong in them."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

AXE = Path(__file__).resolve().parent / "axe" / "axe.min.js"
PATIENCE_MS = 180_000
"""How busy a machine may be; nothing waits so long on one that is not."""
_OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start the system's Chromium, or skip."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(browser: Any, address: str, path: str = "/", **options: Any) -> Iterator[Any]:
    """Open a page that must not complain: no error in a script, nothing the policy refuses, nothing from elsewhere."""
    context = browser.new_context(**{"locale": "en-GB", "permissions": ["clipboard-write"], **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda problem: wrong.append(f"error: {problem}"))
    page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}") if said.type == "error" else None)
    page.on("request", lambda request: None if _ours(request.url, address) else wrong.append(f"asked {request.url}"))
    page.wrong = wrong
    page.goto(f"{address}{path}")
    yield page
    context.close()
    assert wrong == [], wrong


def forgive(page: Any, status: int) -> None:
    """Take back that the browser complained of a status that the test asked for."""
    page.wrong[:] = [told for told in page.wrong if f"a status of {status}" not in told]


def hand_in(page: Any, *files: Path, task: str = "denoise") -> None:
    """Choose recordings and send them."""
    page.set_input_files("#file", list(files))
    page.check(f"input[name=task][value={task}]", force=True)
    page.click("button.main")


def wait_for_result(page: Any) -> None:
    """Wait until the result can be played."""
    page.wait_for_selector("#result.ready")
    until(page, "[...document.querySelectorAll('audio')].every((sound) => sound.duration > 0)")


def until(page: Any, expression: str) -> None:
    """Wait for an expression to become true; Playwright's own way needs an `eval` that the policy refuses."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"waited in vain for {expression}"
        page.wait_for_timeout(100)


def sounds(page: Any) -> list[dict[str, Any]]:
    """Give what each player is doing, in the order of the page."""
    found: list[dict[str, Any]] = page.evaluate(
        """[...document.querySelectorAll("[data-stem]")].map((lane) => {
            const { currentTime, duration, muted, paused, volume } = lane.querySelector("audio");
            return { stem: lane.dataset.stem, currentTime, duration, muted, paused, volume };
        })"""
    )
    return found


def heard(page: Any) -> list[str]:
    """List the stems that are not mute."""
    return [sound["stem"] for sound in sounds(page) if not sound["muted"]]


def faults(page: Any) -> list[str]:
    """Let axe look at the page, in light at all and in dark at its colours; list what is serious."""
    found = []
    page.evaluate(AXE.read_text("utf-8"))
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for violation in page.evaluate("(rules) => axe.run({ preload: false, ...rules })", rules)["violations"]:
            if violation["impact"] in ("serious", "critical"):
                places = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append(f"{page.url}, {scheme}: {violation['id']} ({violation['help']}): {places}")
    return found


def _ours(url: str, address: str) -> bool:
    return url.startswith((address, "blob:", "data:"))
