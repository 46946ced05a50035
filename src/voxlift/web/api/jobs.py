"""Jobs: made of an upload, looked at, cancelled, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, jsonify, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from voxlift.web.api import api
from voxlift.web.api.asking import TOKEN, desk, job_answer, plain, service
from voxlift.web.consents import consent_text
from voxlift.web.desk import Submission
from voxlift.web.offers import offers
from voxlift.web.receiving import Incoming, receive_form, receive_raw, tame_name
from voxlift.web.refusals import RefusalError
from voxlift.web.visitors import language, visitor
from voxlift.web.wishes import checked_key, switch, wish_from


@api.get("/tasks")
def list_tasks() -> Response:
    """List what can be asked for."""
    return jsonify(plain(offers()))


@api.post("/jobs")
def create_job() -> Response:
    """Take a recording, as a form or as the bare body, and queue it."""
    key = checked_key(request.headers.get("Idempotency-Key"))
    who = visitor()
    incoming, name, fields = _received()
    submission = Submission(
        wish_from(fields), name, who.name, language(), key, who.api_key_id,
        consent_text() if switch(fields, "consent") else None,
    )  # fmt: skip
    handed_in = desk().hand_in(incoming, submission)
    response = job_answer(handed_in.token, HTTPStatus.CREATED if handed_in.new else HTTPStatus.OK)
    response.headers["Location"] = url_for("api.show_job", token=handed_in.token)
    return response


@api.get(f"/jobs/{TOKEN}")
def show_job(token: str) -> Response:
    """Show a job."""
    return job_answer(token)


@api.post(f"/jobs/{TOKEN}/cancel")
def cancel_job(token: str) -> Response:
    """Stop a job."""
    desk().cancel(token)
    return job_answer(token)


@api.delete(f"/jobs/{TOKEN}")
def delete_job(token: str) -> Response:
    """Delete a job, its recording and its results, now."""
    desk().delete(token)
    return Response(status=HTTPStatus.NO_CONTENT)


def _received() -> tuple[Incoming, str, Mapping[str, str]]:
    if request.mimetype != "multipart/form-data":
        # Whatever it is called: what the bytes are, only the worker's decoder can tell.
        return receive_raw(), tame_name(request.args.get("name", "")), request.args
    if not request.mimetype_params.get("boundary"):
        raise RefusalError(HTTPStatus.BAD_REQUEST, "the form has no boundary; let your HTTP library write its header")
    try:
        received = receive_form()
    except RequestEntityTooLarge:
        if (request.content_length or 0) > service().settings.max_upload_bytes:
            raise
        raise RefusalError(HTTPStatus.BAD_REQUEST, "the form has too many fields, or one that is too long") from None
    if len(received) > 1:
        raise RefusalError(HTTPStatus.BAD_REQUEST, "one recording a job: send each file in a request of its own")
    return *received[0], request.form
