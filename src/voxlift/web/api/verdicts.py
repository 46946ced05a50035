"""Verdicts and consent."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify

from voxlift.web.api import api
from voxlift.web.api.asking import TOKEN, body_fields, desk, field, job_answer, looked_up, plain
from voxlift.web.consents import VERSION, consent_text
from voxlift.web.refusals import RefusalError
from voxlift.web.views import feedback_view
from voxlift.web.visitors import language


@api.get(f"/jobs/{TOKEN}/feedback")
def show_feedback(token: str) -> Response:
    """Show the verdict."""
    with looked_up(token) as (_, job):
        if job.feedback is None:
            raise RefusalError(HTTPStatus.NOT_FOUND, "this job was not judged yet")
        return jsonify(plain(feedback_view(job.feedback)))


@api.put(f"/jobs/{TOKEN}/feedback")
def put_feedback(token: str) -> Response:
    """Judge, or judge anew."""
    body = body_fields()
    desk().judge(token, field(body, "good", bool), field(body, "reasons", list, []), field(body, "comment", str, ""))
    return show_feedback(token)


@api.get("/consent")
def show_consent() -> Response:
    """Show the words one agrees to."""
    return jsonify(version=VERSION, text=consent_text())


@api.put(f"/jobs/{TOKEN}/consent")
def put_consent(token: str) -> Response:
    """Agree that the recording is kept to learn from."""
    desk().give_consent(token, field(body_fields(), "version", str), language(), consent_text())
    return job_answer(token)


@api.delete(f"/jobs/{TOKEN}/consent")
def delete_consent(token: str) -> Response:
    """Take the consent back."""
    if desk().withdraw(token):
        return Response(status=HTTPStatus.NO_CONTENT)
    return job_answer(token)
