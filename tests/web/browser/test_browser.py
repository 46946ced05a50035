"""Chromium drives the pages of a real `voxlift serve` as visitors would: with a mouse, by keys, without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.support import Translations

import voxlift
from tests.cli.command_line import save, sound
from tests.web.browser.driving import faults, forgive, hand_in, heard, opened, sounds, until, wait_for_result
from tests.web.serving import look
from voxlift import web

CATALOGS = Path(web.__file__).parent / "translations"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


def in_words(language: str, sentence: str) -> str:
    """A sentence as the page must say it."""
    return str(Translations.load(CATALOGS, [language]).gettext(sentence))


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_from_the_upload_to_the_deletion(browser: Any, address: str, interview: Path, language: str) -> None:
    seconds = voxlift.read(interview).seconds
    with opened(browser, address, locale=language) as page:
        assert page.get_attribute("html", "lang") == language
        assert not page.is_checked("[name=consent]")
        hand_in(page, interview)
        wait_for_result(page)
        link, token = page.url, page.url.rpartition("/")[2]
        assert [found["stem"] for found in sounds(page)] == ["before", "voice", "rest"]
        assert all(found["duration"] == pytest.approx(seconds, abs=0.05) for found in sounds(page))
        assert heard(page) == ["voice"]
        page.keyboard.press("x")
        assert heard(page) == ["before"]
        page.keyboard.press("x")
        assert heard(page) == ["voice"]

        page.check("[name=good][value=no]", force=True)
        page.check("[name=reason][value=noise_left]")
        page.fill("#comment", "<b>hum</b>")
        page.click("#verdict button")
        page.wait_for_selector(f"#verdict [role=status]:has-text('{in_words(language, 'You said: no.')}')")
        page.check("[name=good][value=yes]", force=True)
        page.click("#verdict button")
        page.wait_for_selector(f"#verdict [role=status]:has-text('{in_words(language, 'You said: yes.')}')")
        verdict = look(address, token)["feedback"]
        assert (verdict["good"], verdict["reasons"], verdict["revision"]) == (True, [], 2)

        assert not page.is_checked("#consent [name=consent]")
        page.check("#consent [name=consent]")
        page.click("#consent button")
        page.wait_for_selector("#consent [role=status]")
        assert look(address, token)["consent"]
        page.goto(link)
        wait_for_result(page)
        assert page.input_value("#link") == link
        assert page.is_checked("[name=good][value=yes]")
        page.click("#consent button")
        page.wait_for_selector("#consent [name=consent]")
        assert not look(address, token)["consent"]

        page.click("#keeping summary")
        page.click("#keeping button.danger")
        page.wait_for_url(f"{address}/?deleted=1")
        deleted = in_words(language, "The recording and all that was made of it were deleted.")
        assert page.inner_text("[role=status]") == deleted
        assert page.goto(link).status == 404
        forgive(page, 404)


def test_progress_is_seen_as_it_comes(browser: Any, address: str, long_interview: Path) -> None:
    shown: list[tuple[float, str]] = []
    with opened(browser, address) as page:
        page.expose_function("seen", lambda view: shown.append(view))  # noqa: PLW0108 - no builtin is taken
        page.add_init_script(
            """document.addEventListener("DOMContentLoaded", () => {
                const bar = document.querySelector("[data-bar]"), left = document.querySelector("[data-left-told]");
                if (bar) new MutationObserver(() => seen([bar.value, left.textContent]))
                    .observe(bar, { attributes: true });
            })"""
        )
        page.reload()
        hand_in(page, long_interview)
        wait_for_result(page)
    shares = [share for share, _ in shown]
    assert len(set(shares)) > 1, shown
    assert shares == sorted(shares)
    assert any(re.fullmatch(r"About \d+ seconds? left", left) for _, left in shown), shown


def test_without_event_streams_it_asks_again(browser: Any, address: str, interview: Path) -> None:
    with opened(browser, address) as page:
        page.route("**/events", lambda route: route.fulfill(status=503))
        hand_in(page, interview)
        wait_for_result(page)
        forgive(page, 503)


def test_all_stems_play_together_and_are_mixed(browser: Any, address: str, half_a_minute: Path) -> None:
    with opened(browser, address) as page:
        hand_in(page, half_a_minute)
        wait_for_result(page)
        page.click("[data-stem=rest] [data-mute]")
        assert heard(page) == ["voice", "rest"]
        page.fill("[data-stem=rest] [data-level]", "25")
        assert sounds(page)[2]["volume"] == 0.25
        page.click("[data-stem=rest] [data-solo]")
        assert heard(page) == ["rest"]
        page.click("[data-side=before]")
        assert heard(page) == ["before"]
        page.locator("[data-stem=voice] [data-picture]").click(position={"x": 200, "y": 30})
        places = [found["currentTime"] for found in sounds(page)]
        assert min(places) > 5
        assert max(places) - min(places) < 0.01
        page.keyboard.press("Space")
        until(page, f"document.querySelector('audio').currentTime > {max(places) + 1}")
        assert not any(found["paused"] for found in sounds(page))
        until(  # they may begin apart, and find together
            page,
            """(() => {
                const places = [...document.querySelectorAll("audio")].map((sound) => sound.currentTime);
                return Math.max(...places) - Math.min(...places) < 0.1;
            })()""",
        )
        page.keyboard.press("Space")
        assert all(found["paused"] for found in sounds(page))
        page.click(".keys summary")
        page.uncheck("[data-keys-on]")
        page.keyboard.press("x")
        assert heard(page) == ["before"], "the keys were turned off"


def test_a_format_is_made_when_it_is_downloaded(browser: Any, address: str, interview: Path) -> None:
    with opened(browser, address) as page:
        hand_in(page, interview)
        wait_for_result(page)
        link = page.locator("[data-stem=voice] .downloads a:has-text('mp3')")
        assert "kB" not in link.inner_text()
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename == "interview.voice.mp3"
        assert voxlift.read(download.value.path()).seconds == pytest.approx(voxlift.read(interview).seconds)
        page.reload()
        assert "kB" in link.inner_text()


def test_a_recording_from_the_microphone(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        page.click("[data-record]")
        page.wait_for_selector("[data-clock]:has-text('0:02')")
        page.click("[data-record]")
        page.wait_for_selector("[data-list] audio")
        page.click("button.main")
        wait_for_result(page)
        assert 1.5 < sounds(page)[0]["duration"] < 60


def test_several_files_at_a_time(browser: Any, address: str, interview: Path, tmp_path: Path) -> None:
    short = save(tmp_path / "short.wav", sound())
    with opened(browser, address) as page:
        page.set_input_files("#file", [interview])
        page.set_input_files("#file", [short])
        assert page.locator(".chosen li").count() == 2, "what was chosen first stays"
        page.click("button.main")
        page.wait_for_url(f"{address}/several?*")
        until(page, "document.querySelectorAll('.state.done').length === 2")
        assert page.locator(".several a").all_inner_texts() == ["interview.flac", "short.wav"]
        assert faults(page) == []


def test_speakers_are_counted_and_shown_over_time(browser: Any, address: str, tmp_path: Path) -> None:
    talk = save(tmp_path / "talk.wav", sound(16_000 * 6))
    with opened(browser, address) as page:
        assert not page.is_visible("#speakers")
        page.check("input[name=task][value=speakers]", force=True)
        page.select_option("#speakers", "2")
        hand_in(page, talk, task="speakers")
        wait_for_result(page)
        assert [found["stem"] for found in sounds(page)] == ["before", "speaker-1", "speaker-2", "rest"]
        assert heard(page) == ["speaker-1", "speaker-2"]
        assert page.locator(".turns rect").count() >= 2
        assert "2 people were heard" in page.inner_text(".timeline")
        assert faults(page) == []
        token = page.url.rpartition("/")[2]
        table = page.request.get(f"{address}/api/v1/jobs/{token}/timeline/json").json()
        assert (table["speakers_heard"], len(table["talking_seconds"])) == (2, 2)


def test_a_bad_file_is_refused_in_the_visitors_language(browser: Any, address: str, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound\n" * 100)
    with opened(browser, address, locale="fr") as page:
        hand_in(page, tmp_path / "text.wav")
        assert page.wait_for_selector("main [role=alert]").inner_text().startswith("Aucun son n’a été trouvé")
        assert faults(page) == []


def test_what_the_form_is_refused_for_is_said_beside_it(browser: Any, address: str, interview: Path) -> None:
    with opened(browser, address) as page:
        page.eval_on_selector("#hand-in", "(form) => (form.dataset.mostBytes = 100)")
        page.set_input_files("#file", [interview])
        assert "too large" in page.inner_text("[data-problem]")
        page.eval_on_selector("#hand-in", "(form) => (form.dataset.mostBytes = 1e9)")
        page.set_input_files("#file", [interview])
        page.eval_on_selector("[name=csrf_token] >> nth=1", "(field) => (field.value = 'forged')")
        page.click("button.main")
        page.wait_for_selector("[data-problem]:has-text('reload the page')")
        assert page.locator(".chosen li").count() == 1
        forgive(page, 400)


def test_without_scripts(browser: Any, address: str, interview: Path) -> None:
    with opened(browser, address, java_script_enabled=False) as page:
        page.set_input_files("#file", [interview])
        page.click("button.main")
        page.wait_for_selector("#result audio[controls]")
        assert page.locator("#result audio[controls]").count() == 3
        assert not page.is_visible("[data-transport]")
        page.check("[name=good][value=no]", force=True)
        page.check("[name=reason][value=other]")
        page.click("#verdict button")
        assert "You said: no." in page.inner_text("#verdict")
        page.wait_for_load_state("networkidle")  # sound that is still being fetched would be missed once it is deleted
        page.click("#keeping summary")
        page.click("#keeping button.danger")
        assert "deleted" in page.inner_text("[role=status]")


def test_waiting_and_cancelling(browser: Any, idle_address: str, interview: Path) -> None:
    with opened(browser, idle_address, locale="ko") as page:
        hand_in(page, interview)
        page.wait_for_selector("#progress")
        assert in_words("ko", "Waiting: this recording is next.") in page.inner_text("#progress")
        assert faults(page) == []
        page.click("#progress button")
        assert page.inner_text("main [role=status]").startswith(in_words("ko", "Cancelled."))
        assert faults(page) == []


def test_every_page_is_fit_for_everybody(browser: Any, address: str, interview: Path) -> None:
    with opened(browser, address) as page:
        assert faults(page) == []
        hand_in(page, interview)
        wait_for_result(page)
        page.check("[name=good][value=no]", force=True)
        for summary in page.locator("summary").all():
            summary.click()
        assert faults(page) == []
        link = page.url
        page.goto(f"{address}/nowhere")
        assert faults(page) == []
        forgive(page, 404)
    for language in ("en", "ko", "fr"):
        with opened(browser, address, "/", locale=language, **PHONE) as page:
            for path in ("/", link.removeprefix(address)):
                page.goto(f"{address}{path}")
                assert page.evaluate("document.documentElement.scrollWidth") == 360, f"{language} {path} is too wide"
                assert faults(page) == []


def test_by_keyboard_alone(browser: Any, address: str, interview: Path) -> None:
    with opened(browser, address) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "file"
        page.set_input_files("#file", [interview])  # the system's dialogue is no page
        page.focus("input[name=task]:checked")
        page.keyboard.press("ArrowDown")
        assert page.input_value("input[name=task]:checked") == "vocals"
        page.focus("button.main")
        page.keyboard.press("Enter")
        wait_for_result(page)
        page.focus("[data-play-button]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".playing")
        page.focus("[data-place]")
        page.keyboard.press("End")
        page.wait_for_selector("#result:not(.playing)")
        page.focus("[data-solo] >> nth=1")
        page.keyboard.press("Space")
        assert heard(page) == ["rest"]
