"""Everything that answers a request: blueprints by audience, error pages, headers."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g

from surveys.config import Config
from surveys.web import errors, filters, security
from surveys.web.addresses import Number
from surveys.web.experts import experts, links
from surveys.web.locale import page_language
from surveys.web.public import public
from surveys.web.researchers import accounts, researchers, signing_in
from surveys.web.uploads import RequestWithFile


def register(app: Flask, configured: Config) -> None:
    """Bind pages, errors and headers to the app."""
    app.url_map.converters["int"] = Number
    app.request_class = RequestWithFile
    signing_in.register(app, configured)
    app.register_blueprint(accounts.accounts)
    app.register_blueprint(public)
    app.register_blueprint(links)
    app.register_blueprint(experts)
    app.register_blueprint(researchers)
    errors.register_errors(app)
    filters.register_filters(app)
    security.add_headers(app, https=configured.secure_cookies)

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        me = g.visit.me if "visit" in g else None
        return {
            "language": page_language(),
            "me": me,
            # Last, for the line above may have come upon one more.
            "stand_ins": sorted(g.visit.stand_ins) if me else [],
            "simulated": getattr(g, "simulated", False),
            "pilot": getattr(g, "pilot", False),
        }

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        """Put a file's content hash into its address, so that it may be cached for a year."""
        if endpoint == "static" and "filename" in values and app.static_folder:
            values.setdefault("v", _fingerprint(Path(app.static_folder) / values["filename"]))


@lru_cache(maxsize=256)
def _fingerprint(path: Path) -> str:
    """A short hash of a static file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"
