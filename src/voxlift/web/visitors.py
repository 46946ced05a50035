"""Who asks: an address or an API key, and in which language."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, current_app, g, request
from flask_babel import Babel, get_locale
from sqlalchemy import select

from voxlift.web.models import ApiKey
from voxlift.web.refusals import RefusalError
from voxlift.web.service import Service
from voxlift.web.tokens import digest, pseudonym, same

LANGUAGES = {"en": "English", "ko": "한국어", "fr": "Français"}
LANGUAGE_COOKIE = "language"


@dataclass(frozen=True)
class Visitor:
    """Who asks; `name` counts what they do, and cannot be turned back into an address."""

    name: str
    api_key_id: int | None = None


def visitor() -> Visitor:
    """Tell who asks; found once a request.

    Raises
    ------
    RefusalError
        When a key is given that is none of ours, or was revoked.
    """
    found = g.get("visitor")
    if found is None:
        found = g.visitor = _find()
    return found


def require_key(service: Service) -> None:
    """Refuse who has no key, where the settings want one."""
    if service.settings.api_keys == "required" and visitor().api_key_id is None:
        raise RefusalError(HTTPStatus.UNAUTHORIZED, "this service wants a key: send Authorization: Bearer KEY")


def add_languages(app: Flask) -> None:
    """Choose the language: what was switched to, else what the browser prefers; the API speaks English."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    Babel(app, locale_selector=_language, default_translation_directories="translations")
    app.jinja_env.globals.update(languages=LANGUAGES, language=language)


def language() -> str:
    """Code of the language of this answer."""
    return str(get_locale() or "en")


def _language() -> str:
    if request.path.startswith("/api/"):
        return "en"
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), "en")


def _find() -> Visitor:
    service: Service = current_app.extensions["voxlift"]
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return Visitor(pseudonym(service.secret, request.remote_addr or "nobody"))
    wanted = digest(key.strip())
    with service.database.reading() as session:
        found = session.scalar(select(ApiKey).where(ApiKey.sha256 == wanted, ApiKey.revoked_at.is_(None)))
    if found is None or not same(found.sha256, wanted):
        raise RefusalError(HTTPStatus.UNAUTHORIZED, "this key is not known here, or was revoked; ask for a new one")
    return Visitor(pseudonym(service.secret, f"key {found.name}"), found.id)
