"""The first page: the form, and what happens when it is sent; and the page of several recordings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from voxlift.web.api.asking import desk, looked_up, service
from voxlift.web.consents import VERSION, consent_text
from voxlift.web.desk import Submission, numbered
from voxlift.web.lifting import SPEAKERS
from voxlift.web.models import OPEN
from voxlift.web.offers import offers
from voxlift.web.pages import pages
from voxlift.web.receiving import receive_form
from voxlift.web.refusals import RefusalError
from voxlift.web.views import job_view
from voxlift.web.visitors import LANGUAGE_COOKIE, LANGUAGES, language, visitor
from voxlift.web.wishes import checked_key, switch, wish_from

STRENGTHS_DB = (24, 12, 6)
_YEAR_SECONDS = 31_536_000


@pages.get("/")
def show_form() -> str:
    """Show the form; its own key makes one submission one job, however often it is sent."""
    return render_template(
        "front.html", offers=offers(), strengths_db=STRENGTHS_DB, settings=service().settings,
        submission=secrets.token_urlsafe(24), consent_text=consent_text(), consent_version=VERSION,
    )  # fmt: skip


@pages.post("/")
def hand_in() -> AnyResponse:
    """Take the form's recordings; one leads to its page, several to a page of them all."""
    received = receive_form()
    most = service().settings.max_files
    if len(received) > most:
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, _("Send %(most)s recordings at a time at most.", most=most))
    who = visitor()
    key = checked_key(request.form.get("submission") or None)
    consent = consent_text() if switch(request.form, "consent") else None
    wanted = wish_from(_meant(request.form))
    tokens = []
    for number, (incoming, name) in enumerate(received):
        submission = Submission(wanted, name, who.name, language(), key, who.api_key_id, consent)
        tokens.append(desk().hand_in(incoming, numbered(submission, number)).token)
    if len(tokens) == 1:
        return redirect(url_for("pages.show_recording", token=tokens[0]), HTTPStatus.SEE_OTHER)
    return redirect(url_for("pages.show_several", r=tokens), HTTPStatus.SEE_OTHER)


@pages.get("/several")
def show_several() -> str:
    """Show how far several recordings are; those that were deleted are left out."""
    jobs = []
    for token in request.args.getlist("r")[: service().settings.max_files]:
        with suppress(RefusalError), looked_up(token) as (session, job):
            jobs.append(job_view(session, job, token))
    return render_template("several.html", jobs=jobs, waiting=any(job.state in OPEN for job in jobs))


@pages.post("/language")
def choose_language() -> AnyResponse:
    """Switch the language, and go back to the page."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"no language {chosen[:20]!r}: {', '.join(LANGUAGES)}")
    response: Response = make_response(redirect(_own_path(request.form.get("next", "")), HTTPStatus.SEE_OTHER))
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax",
        secure=service().settings.https,
    )  # fmt: skip
    return response


def _meant(form: Mapping[str, str]) -> dict[str, str]:
    """Leave out the number of speakers, which the form holds for every task, where it means nothing."""
    return {name: value for name, value in form.items() if name != SPEAKERS or form.get("task") == SPEAKERS}


def _own_path(path: str) -> str:
    """Take only a path of ours: no other site is ever redirected to."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if ours else url_for("pages.show_form")
