"""The translations: whole, compiled, and also of what the worker and the decoder said in English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale

from voxlift import web
from voxlift.errors import InputError
from voxlift.media.faults import not_sound
from voxlift.media.formats import Format, Info
from voxlift.web import ledger, worker
from voxlift.web.lifting import Request, check_limits
from voxlift.web.told import told
from voxlift.web.visitors import LANGUAGES

PAGES = Path(web.__file__).parent
OTHERS = [language for language in LANGUAGES if language != "en"]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def catalog(language: str, kind: str) -> Catalog:
    path = PAGES / "translations" / language / "LC_MESSAGES" / f"messages.{kind}"
    with path.open("rb") as file:
        return read_po(file, locale=language) if kind == "po" else read_mo(file)


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """Singular and plural, or the one form there is."""
    return (text,) if isinstance(text, str) else tuple(text)


def places(text: str) -> set[str]:
    """What is put into a sentence."""
    return set(re.findall(r"%\(\w+\)s|%%", text))


@pytest.fixture(scope="module")
def sentences() -> set[object]:
    return {found[2] for found in extract_from_dir(PAGES, METHODS)}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language: str, sentences: set[object]) -> None:
    messages = [message for message in catalog(language, "po") if message.id]
    assert {message.id for message in messages} == sentences, "run make translations, and translate what is new"
    for message in messages:
        assert message.string, message.id
        assert not message.fuzzy
        for form in forms(message.string):
            assert form
            assert places(form) == places(forms(message.id)[-1]), form


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    written, compiled = (
        {forms(message.id): forms(message.string) for message in found if message.id}
        for found in (catalog(language, "po"), catalog(language, "mo"))
    )
    assert compiled == written, "run make translations"


def limits(channels: int, seconds: float, rate: int = 48_000, most_seconds: float = 60.0) -> str:
    request = Request("", "", "", "", "", None, None, "cpu", (), most_seconds, 2, 0, 0)
    info = Info(Path("x"), Format("WAV", "PCM_16", rate, channels), None, seconds, {})
    with pytest.raises(InputError) as problem:
        check_limits(info, seconds, request)
    return str(problem.value)


SAID = [
    worker.TOO_LONG, worker.TOO_MUCH_MEMORY, worker.OUR_FAULT, ledger.WORKERS_DIED, limits(6, 1), limits(1, 90),
    limits(1, 900), limits(1, 9000, most_seconds=3600), limits(2, 59, rate=768_000),
    str(not_sound(Path("x"))).removeprefix("x: "), "12 samples of voice were clipped",
    "damaged or cut short; 1.00 s of 2.00 s could be read", "damaged or cut short; 1.00 s could be read",
]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_what_was_said_in_english_is_told_in_the_visitors_language(app: Flask, said: str) -> None:
    with app.test_request_context():
        with force_locale("ko"):
            korean = str(told(said))
        with force_locale("en"):
            english = str(told(said))
    assert english.rstrip(".").lower() == said.rstrip(".").lower()
    assert re.search("[가-힣]", korean), korean
    assert set(re.findall(r"\d+", said)) == set(re.findall(r"\d+", korean))


def test_what_nobody_translated_is_marked_as_english(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert told("odd <b>thing</b>") == '<span lang="en">Odd &lt;b&gt;thing&lt;/b&gt;.</span>'


def test_the_player_reads_what_the_service_wrote(app: Flask) -> None:
    """Lengths and sizes as people write them."""
    labels = app.jinja_env.globals
    with app.test_request_context():
        assert [labels["clock_label"](s) for s in (0, 65, 3725)] == ["0:00", "1:05", "1:02:05"]
        assert [labels["size_label"](n) for n in (9, 330_000, 1_250_000, 48_000_000)] == [
            "1 kB", "330 kB", "1.2 MB", "48 MB",
        ]  # fmt: skip
        assert [labels["left_label"](s) for s in (0.0, 12, 200)] == [
            "About 1 second left", "About 12 seconds left", "About 3 minutes left",
        ]  # fmt: skip
