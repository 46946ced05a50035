"""What every answer says to the browser: nothing from elsewhere, no inline script, no frame, no guess of types."""

from __future__ import annotations

from flask import Flask, Response, request

from voxlift.web.settings import Settings

# The one style that a script brings: that of vendor/wavesurfer, with the height from js/lane.js. Another text, and the
# browser refuses it and prints the digest it wants; tests/web/browser sees that it refuses nothing.
WAVEFORM_STYLE = "sha256-fF0LBso7Nz75zaFRDBUefBDvPe19hjaiDnnc8lt+2Js="
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' '{WAVEFORM_STYLE}'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: the check against forged forms wants to see that a form came from here.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "X-Robots-Tag": "noindex",
}
_YEAR_SECONDS = 31_536_000


def secure(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path == "/":
            del response.headers["X-Robots-Tag"]
        if settings.https:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response
