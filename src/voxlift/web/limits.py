"""How often one address may ask. Counted in the queue's Redis, where several web processes share it, or in memory."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter

from voxlift.web.refusals import RefusalError
from voxlift.web.settings import Settings
from voxlift.web.visitors import visitor


def add_limiter(app: Flask, settings: Settings) -> Limiter:
    """Limit all requests of an address together; uploads have a limit of their own besides."""
    return Limiter(
        _who,
        app=app,
        application_limits=[settings.request_rate],
        application_limits_exempt_when=has_key,
        storage_uri=settings.queue or "memory://",
        key_prefix="voxlift",
        # A Redis that is down must not take the pages with it.
        in_memory_fallback_enabled=True,
        swallow_errors=True,
    )


def _who() -> str:
    try:
        return visitor().name
    except RefusalError:  # a wrong key: the view says so, the limiter only counts
        return "wrong key"


def has_key() -> bool:
    """Whether a good key came with the request: it lifts the limits."""
    try:
        return visitor().api_key_id is not None
    except RefusalError:
        return False
