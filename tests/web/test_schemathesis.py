"""The API against its own description: whatever is sent, it answers as it says, and never with a fault."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)  # fmt: skip

from tests.web.serving import JOBS, finish
from voxlift.web.api.operations import OPERATIONS, Operation
from voxlift.web.app import create_app
from voxlift.web.service import Service, open_service
from voxlift.web.settings import Settings
from voxlift.web.tokens import TOKEN_LENGTH

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


NOBODYS = "A" * TOKEN_LENGTH


@dataclass(frozen=True)
class Fuzzed:
    """A service, its description, and the tokens of jobs by their state."""

    service: Service
    app: Flask
    schema: BaseSchema

    def token(self, state: str) -> str:
        """Make a job, and bring it into a state."""
        client = self.app.test_client()
        token = str(client.post(JOBS, data={"file": (io.BytesIO(b"bytes"), "talk.wav")}).json["token"])
        if state == "done":
            finish(self.service, token)
        if state == "cancelled":
            client.post(f"{JOBS}/{token}/cancel")
        return NOBODYS if state == "nobody's" else token


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    many = "1000000 per minute"
    service = open_service(
        Settings(
            storage=tmp_path_factory.mktemp("fuzzed") / "storage", min_free_bytes=0, max_open_jobs=100_000,
            max_queued=100_000, upload_rate=many, request_rate=many, event_stream_seconds=0.05,
        )
    )  # fmt: skip
    app = create_app(service)
    inner = app.wsgi_app

    def whole(environ: Any, start_response: Any) -> list[bytes]:
        answer = inner(environ, start_response)
        try:
            return list(answer)
        finally:
            answer.close()  # as a server does, and the fuzzer does not

    app.wsgi_app = whole  # type: ignore[method-assign]
    yield Fuzzed(service, app, schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app))
    service.database.engine.dispose()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.endpoint)
def test_it_answers_as_it_says(fuzzed: Fuzzed, operation: Operation) -> None:
    described = fuzzed.schema.find_operation_by_id(operation.endpoint)
    states = ("nobody's", "queued", "done", "cancelled") if "{token}" in described.path else ("nobody's",)
    for state in states:
        hold(described, fuzzed.token(state))


def hold(described: APIOperation, token: str) -> None:
    """Call an operation with all kinds of things, about one job."""

    @given(case=described.as_strategy())
    @settings(max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=HealthCheck)
    def holds(case: schemathesis.Case) -> None:
        if "token" in case.path_parameters:
            case.path_parameters["token"] = token
        if "stem" in case.path_parameters:
            case.path_parameters["stem"] = "voice"
        case.call_and_validate(checks=CHECKS)

    holds()
