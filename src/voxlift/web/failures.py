"""How a failure is told to a visitor: one sentence, as a page or as problem+json, and never a trace."""

from __future__ import annotations

import errno
import json
import logging
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from voxlift.errors import InputError
from voxlift.web.receiving import disk_full, too_large
from voxlift.web.refusals import RefusalError
from voxlift.web.service import Service

log = logging.getLogger("voxlift.web")

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def add_failures(app: Flask, service: Service) -> None:
    """Handle every error."""

    @app.errorhandler(RefusalError)
    def refused(problem: RefusalError) -> Response:
        return answer(problem)

    @app.errorhandler(InputError)
    def bad_input(problem: InputError) -> Response:
        return answer(RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem)))

    @app.errorhandler(CSRFError)
    def forged(_problem: CSRFError) -> Response:
        sentence = _("This form is too old, or did not come from here; reload the page and send it again.")
        return answer(RefusalError(HTTPStatus.BAD_REQUEST, sentence))

    @app.errorhandler(HTTPException)
    def http(problem: HTTPException) -> Response:
        if problem.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return answer(too_large(service.settings.max_upload_bytes))
        status = problem.code or 500
        if status < 400:
            return Response(status=status, headers=dict(problem.get_headers()))
        told = answer(RefusalError(status, _sentence_of(status)))
        allow = problem.get_response().headers.get("Allow")
        if allow:
            told.headers["Allow"] = allow
        if isinstance(problem, RateLimitExceeded):
            told.headers["Retry-After"] = str(problem.limit.limit.get_expiry())
        return told

    @app.errorhandler(OSError)
    def system(problem: OSError) -> Response:
        if problem.errno in _FULL:
            return answer(disk_full())
        return broken(problem)

    @app.errorhandler(OperationalError)
    def database(problem: OperationalError) -> Response:
        log.error("the database does not answer: %s", problem.orig)
        sentence = _("The service cannot reach its database at the moment; try again later.")
        return answer(RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, sentence, retry_seconds=10))

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> Response:
        rule = request.url_rule.rule if request.url_rule else "none"
        log.error("%s %s failed", request.method, rule, exc_info=problem)
        return answer(RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, _sentence_of(500)))


def answer(refusal: RefusalError) -> Response:
    """Make the answer that fits who asked."""
    status = HTTPStatus(refusal.status)
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": str(refusal)}
        response = Response(json.dumps(problem), status, content_type="application/problem+json")
    else:
        page = render_template("error.html", status=int(status), sentence=str(refusal))
        response = Response(page, status, content_type="text/html; charset=utf-8")
    if refusal.retry_seconds is not None:
        response.headers["Retry-After"] = str(refusal.retry_seconds)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _sentence_of(status: int) -> str:
    sentences = {
        400: _("The request could not be understood; reload the page and try again."),
        404: _("There is nothing here; look at the address again."),
        405: _("This cannot be done here."),
        415: _("This kind of content is not taken here."),
        429: _("That was too often; wait a little and try again."),
        500: _("Something went wrong on our side; try again later."),
    }
    return sentences.get(status, HTTPStatus(status).phrase)
