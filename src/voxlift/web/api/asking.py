"""What the calls of the API share: the service, the job of an address, JSON in and JSON out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, jsonify, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from voxlift.web.desk import Desk
from voxlift.web.models import Job
from voxlift.web.on_demand import OnDemand
from voxlift.web.refusals import RefusalError
from voxlift.web.service import Service
from voxlift.web.tokens import TOKEN_LENGTH
from voxlift.web.views import job_view

TOKEN = f"<string(length={TOKEN_LENGTH}):token>"


def service() -> Service:
    """The service of this application."""
    found: Service = current_app.extensions["voxlift"]
    return found


def desk() -> Desk:
    """Its desk."""
    found: Desk = current_app.extensions["desk"]
    return found


def on_demand() -> OnDemand:
    """What makes its files on demand."""
    found: OnDemand = current_app.extensions["on_demand"]
    return found


@contextmanager
def looked_up(token: str) -> Iterator[tuple[Session, Job]]:
    """Find the job of an address."""
    with service().database.reading() as session:
        yield session, desk().find(session, token)


def job_answer(token: str, status: int = HTTPStatus.OK) -> Response:
    """Answer with a job."""
    with looked_up(token) as (session, job):
        response = jsonify(plain(job_view(session, job, token)))
    response.status_code = status
    return response


def body_fields() -> Mapping[str, Any]:
    """Read a JSON object.

    Raises
    ------
    RefusalError
        When the body is none.
    """
    try:
        body = request.get_json()
    except UnsupportedMediaType:
        raise RefusalError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON, as Content-Type: application/json") from None
    except (BadRequest, RecursionError):
        raise RefusalError(HTTPStatus.BAD_REQUEST, "the body is no JSON; send an object") from None
    if not isinstance(body, dict):
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, "the body is JSON, but no object")
    return body


def field(body: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """Take a value of a JSON object.

    Raises
    ------
    RefusalError
        When it is missing and there is no default, or of another type.
    """
    value = body.get(name, default)
    if not isinstance(value, kind):
        words = {bool: "true or false", str: "a text", list: "a list of texts"}
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: give {words[kind]}")
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: give a list of texts")
    if isinstance(value, str):
        # Halves of characters, which JSON can carry and no database takes.
        value = value.encode("utf-8", "replace").decode()
    return value


def plain(value: Any) -> Any:
    """Turn dataclasses into what JSON knows; None stays, as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value
