"""`/metrics` for Prometheus, `/healthz` and `/readyz`; and the access log, which names no recording and no link."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from voxlift.errors import VoxliftError
from voxlift.web.models import STATES, Consent, Feedback, Job
from voxlift.web.service import Service

log = logging.getLogger("voxlift.access")
health = Blueprint("health", __name__)

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class _Jobs(Collector):
    """What the tables say, counted when it is asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count."""
        jobs = GaugeMetricFamily("voxlift_jobs", "Jobs in the table, by state", labels=["state"])
        verdicts = GaugeMetricFamily("voxlift_verdicts", "Verdicts, by what they say", labels=["good"])
        consents = GaugeMetricFamily("voxlift_consents", "Recordings kept with consent")
        with self._service.database.reading() as session:
            found = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())
            said = dict(session.execute(select(Feedback.good, func.count()).group_by(Feedback.good)).all())
            consents.add_metric([], session.scalar(select(func.count()).select_from(Consent)) or 0)
        for state in STATES:
            jobs.add_metric([state], found.get(state, 0))
        for good, word in ((True, "yes"), (False, "no")):
            verdicts.add_metric([word], said.get(good, 0))
        free = GaugeMetricFamily("voxlift_storage_free_bytes", "Free bytes of the storage folder's disk")
        free.add_metric([], self._service.storage.free_bytes())
        yield from (jobs, verdicts, consents, free)


def measure(app: Flask, service: Service) -> None:
    """Count and time every request, and write a line of the access log."""
    registry = CollectorRegistry()
    registry.register(_Jobs(service))
    requests = Counter("voxlift_requests", "Requests", ["method", "route", "status"], registry=registry)
    seconds = Histogram("voxlift_request_seconds", "Time to answer", ["route"], registry=registry, buckets=_BUCKETS)
    received = Counter("voxlift_received_bytes", "Bytes of requests", registry=registry)
    app.extensions["voxlift_registry"] = registry

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        # The rule and not the path: the path of a private link is a secret.
        route = request.url_rule.rule if request.url_rule else "none"
        took = time.perf_counter() - g.get("begun", time.perf_counter())
        requests.labels(request.method, route, response.status_code).inc()
        seconds.labels(route).observe(took)
        received.inc(request.content_length or 0)
        who = g.visitor.name[:8] if "visitor" in g else "-"
        log.info("%s %s %d %.0f ms %s", request.method, route, response.status_code, took * 1000, who)
        return response


@health.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether recordings can be taken: database, queue, disk."""
    service: Service = current_app.extensions["voxlift"]
    problems = {}
    try:
        service.database.check()
    except VoxliftError as problem:
        problems["database"] = str(problem)
    try:
        service.queue.waiting()
    except Exception:  # redis and sqlite3 have no error in common
        problems["queue"] = "the queue does not answer; jobs are taken, and wait until it does"
    if service.storage.free_bytes() < service.settings.min_free_bytes:
        problems["storage"] = "the disk is nearly full"
    ready = not (problems.keys() & {"database", "storage"})
    return jsonify(status="ready" if ready else "not ready", problems=problems), 200 if ready else 503


@health.get("/metrics")
def metrics() -> Response:
    """Give the figures to Prometheus."""
    figures = generate_latest(current_app.extensions["voxlift_registry"])
    return Response(figures, content_type=CONTENT_TYPE_LATEST)
