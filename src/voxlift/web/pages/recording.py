"""The page of one recording behind its private link: waiting, result, verdict, consent, deletion."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from voxlift.web.api.asking import TOKEN, desk, looked_up, service
from voxlift.web.consents import VERSION, consent_text
from voxlift.web.handing_out import timeline_of
from voxlift.web.models import OPEN, REASONS
from voxlift.web.pages import pages
from voxlift.web.speaking import TABLE
from voxlift.web.views import JobView, common_formats, job_view
from voxlift.web.visitors import language
from voxlift.web.wishes import switch

PATH = f"/r/{TOKEN}"


@pages.get(PATH)
def show_recording(token: str) -> str:
    """Show how far a recording is, or what was made of it."""
    with looked_up(token) as (session, job):
        view = job_view(session, job, token)
    return render_template(
        "recording.html", job=view, waiting=view.state in OPEN, formats=common_formats(view.stems), reasons=REASONS,
        consent_text=consent_text(), consent_version=VERSION, turns=_turns(token, view),
    )  # fmt: skip


@pages.post(f"{PATH}/cancel")
def cancel(token: str) -> Response:
    """Stop the job."""
    desk().cancel(token)
    return _back(token)


@pages.post(f"{PATH}/delete")
def delete(token: str) -> Response:
    """Delete everything now."""
    desk().delete(token)
    return redirect(url_for("pages.show_form", deleted=1), HTTPStatus.SEE_OTHER)


@pages.post(f"{PATH}/feedback")
def judge(token: str) -> Response:
    """Take the verdict."""
    reasons = [reason for reason in request.form.getlist("reason") if reason]
    desk().judge(token, switch(request.form, "good"), reasons, request.form.get("comment", ""))
    return _back(token, "verdict")


@pages.post(f"{PATH}/consent")
def give_consent(token: str) -> Response:
    """Take the consent, where the box was ticked."""
    if switch(request.form, "consent"):
        desk().give_consent(token, request.form.get("version", ""), language(), consent_text())
    return _back(token, "consent")


@pages.post(f"{PATH}/withdraw")
def withdraw(token: str) -> Response:
    """Take the consent back."""
    if desk().withdraw(token):
        return redirect(url_for("pages.show_form", deleted=1), HTTPStatus.SEE_OTHER)
    return _back(token, "consent")


def _turns(token: str, view: JobView) -> dict[str, Any] | None:
    """Who speaks when, where it is known: for each speaker, the turns as shares of the recording's length."""
    if TABLE not in view.timeline:
        return None
    with looked_up(token) as (_, job):
        table = timeline_of(service(), job)
    if table is None or not table["seconds"]:
        return None
    lanes: dict[str, list[tuple[float, float]]] = {name: [] for name in table["talking_seconds"]}
    for turn in table["turns"]:
        start, end = turn["start"] / table["seconds"], turn["end"] / table["seconds"]
        lanes[turn["speaker"]].append((round(1000 * start, 2), round(1000 * (end - start), 2)))
    return {"lanes": lanes, "seconds": table["talking_seconds"]}


def _back(token: str, place: str | None = None) -> Response:
    return redirect(url_for("pages.show_recording", token=token, _anchor=place), HTTPStatus.SEE_OTHER)
