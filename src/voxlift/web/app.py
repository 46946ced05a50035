"""Makes the Flask application of a service."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from voxlift import __version__
from voxlift.web.api import api
from voxlift.web.desk import Desk
from voxlift.web.failures import add_failures
from voxlift.web.limits import add_limiter, has_key
from voxlift.web.measuring import health, measure
from voxlift.web.on_demand import OnDemand
from voxlift.web.pages import pages
from voxlift.web.receiving import FORM_SLACK_BYTES, UPLOADS, UploadRequest, drop_incoming, refuse_early
from voxlift.web.security import secure
from voxlift.web.service import Service
from voxlift.web.visitors import add_languages

_FIELD_BYTES, _FIELDS = 500_000, 60  # the parser also holds a piece of a file in what it counts as fields


def create_app(service: Service) -> Flask:
    """Make the application; it keeps nothing but what the service holds."""
    settings = service.settings
    app = Flask(__name__)
    app.request_class = UploadRequest
    app.config.update(
        SECRET_KEY=service.secret,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + FORM_SLACK_BYTES,
        MAX_FORM_MEMORY_SIZE=_FIELD_BYTES,
        MAX_FORM_PARTS=_FIELDS,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.retention_hours),
        WTF_CSRF_TIME_LIMIT=24 * 3600,
        WTF_CSRF_SSL_STRICT=settings.https,
    )
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["version"] = __version__
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["voxlift"], app.extensions["desk"] = service, Desk(service)
    app.extensions["on_demand"] = OnDemand(service)
    app.extensions["voxlift_streams"] = threading.BoundedSemaphore(settings.event_streams)
    measure(app, service)
    secure(app, settings)
    add_languages(app)
    add_failures(app, service)
    limiter = add_limiter(app, settings)
    app.before_request(refuse_early)  # the check against forged forms, which comes next, reads the whole body
    app.teardown_request(drop_incoming)
    protection = CSRFProtect(app)
    protection.exempt(api)  # it knows no cookies: a forged form would carry no right with it
    for blueprint in (pages, api, health):
        app.register_blueprint(blueprint)
    limiter.exempt(health)
    for endpoint in UPLOADS:
        limited: Any = limiter.limit(settings.upload_rate, exempt_when=has_key)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited
    return app
