"""Headers every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

from surveys.web.sessions import is_expert_path

# No 'unsafe-inline' and no nonces: scripts and styles are files. data: images are Bootstrap's icons.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)
A_YEAR = 31_536_000


def add_headers(app: Flask, *, https: bool) -> None:
    """Set the protective headers; HSTS only where the site is served over https."""

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
        if request.endpoint and request.endpoint.endswith("static"):
            # Addresses of static files carry their content's hash, so a year is safe.
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        else:
            # Answers and results must not be readable with the back button of a shared computer.
            response.headers["Cache-Control"] = "no-store"
        if is_expert_path(request.path):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
