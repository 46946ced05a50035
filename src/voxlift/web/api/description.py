"""`/api/v1/openapi.json` (OpenAPI 3.1): made of the routes there are, the table of operations, and dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, jsonify

from voxlift import __version__
from voxlift.web.api import api
from voxlift.web.api.operations import OPERATIONS, Operation
from voxlift.web.api.results import KINDS
from voxlift.web.api.schemas import component, schema_of
from voxlift.web.offers import Offer
from voxlift.web.progress import ProgressView
from voxlift.web.speaking import TIMELINE_KINDS
from voxlift.web.tokens import TOKEN_LENGTH
from voxlift.web.views import FeedbackView, JobView, ModelView, StemView

_PROBLEM = {
    "type": "object",
    "description": "What was wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for people."},
    },
    "required": ["type", "title", "status", "detail"],
}
_PARTS: Mapping[str, Any] = {
    "token": {"type": "string", "minLength": TOKEN_LENGTH, "maxLength": TOKEN_LENGTH, "pattern": "^[A-Za-z0-9_-]+$"},
    "stem": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 32},
    "kind": {"type": "string", "enum": list(KINDS)},
    "view": {"type": "string", "enum": list(TIMELINE_KINDS)},
}
_ALWAYS = (429, 500)
EXAMPLE_ADDRESS = "http://127.0.0.1:8000"


@api.get("/openapi.json")
def describe() -> Response:
    """Describe the API."""
    return jsonify(document())


def document() -> dict[str, Any]:
    """Make the description."""
    known = {operation.endpoint: operation for operation in OPERATIONS}
    paths: dict[str, Any] = {}
    for rule in current_app.url_map.iter_rules():
        blueprint, _, endpoint = rule.endpoint.partition(".")
        if blueprint != api.name:
            continue
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule)
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for method in methods:
            paths.setdefault(path, {})[method.lower()] = _operation(known[endpoint], path)
    shown = (JobView, ModelView, StemView, ProgressView, FeedbackView, Offer)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voxlift",
            "version": __version__,
            "description": "Lifts the voice out of any recording.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": dict(sorted(paths.items())),
        "security": [{}, {"key": []}],
        "components": {
            "schemas": {**{component(cls): schema_of(cls) for cls in shown}, "Problem": _PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "a key of this service"}},
        },
    }


def _operation(operation: Operation, path: str) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": _PARTS[name]} for name in names]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()]
    parameters += [{"name": name, "in": "header", "schema": schema} for name, schema in operation.headers.items()]
    described: dict[str, Any] = {
        "operationId": operation.endpoint,
        "summary": operation.summary,
        "description": f"    {_curl(operation, path)}",
        "responses": _responses(operation),
    }
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": operation.body}
    return described


def _responses(operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, content in operation.gives.items():
        responses[str(status)] = {"description": HTTPStatus(status).phrase} | ({"content": content} if content else {})
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted({*operation.refuses, *_ALWAYS, 401}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return responses


def _curl(operation: Operation, path: str) -> str:
    address = operation.curl_path or path.removeprefix("/api/v1").replace("{token}", "$TOKEN")
    return f'curl {operation.curl} "{EXAMPLE_ADDRESS}/api/v1{address}"'.replace("curl  ", "curl ")
