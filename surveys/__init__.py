"""Rondo's one package, and the place where everything is put together.

`surveys` is the product's word, not the domain's: a study is a Study, a questionnaire a Round. Only
app.py, the tests and the command line import this module.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(__file__).resolve().parent


def create_app(instance: Path | str | None = None, **settings: Any) -> Flask:
    """Make the application. ``settings`` win over file and environment (config.py).

    Everything is imported here and not above, so that the pure packages can be used without Flask.
    """
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from surveys import cli, config, web, worker
    from surveys.models.base import open_database
    from surveys.services.linking import LinkMaker
    from surveys.services.set_aside import Shelf
    from surveys.services.uploading import UploadStore
    from surveys.web import extensions
    from surveys.web.locale import select_locale
    from surveys.web.sessions import SessionsByAudience

    where = Path(instance or os.environ.get("RONDO_INSTANCE") or ROOT / "instance").resolve()
    settings.pop("instance", None)
    environ = {k: v for k, v in os.environ.items() if k != "RONDO_INSTANCE"}
    configured = config.load(where, environ, **settings)
    # Opinions and addresses lie in it: nobody else on the machine may read them.
    where.mkdir(mode=0o700, parents=True, exist_ok=True)

    app = Flask(
        "surveys",
        root_path=str(PACKAGE),
        instance_path=str(where),
        template_folder=str(ROOT / "templates"),
    )
    app.config.update(
        SECRET_KEY=configured.secret_key,
        SQLALCHEMY_DATABASE_URI=configured.database_url,
        # Parameters hold answers and addresses; they must reach no log.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        MAX_CONTENT_LENGTH=configured.largest_request_kilobytes * 1024,
        MAX_FORM_MEMORY_SIZE=configured.largest_request_kilobytes * 1024,
        MAX_FORM_PARTS=5_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=configured.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        # One folder per domain: the extension pairs the two lists.
        BABEL_TRANSLATION_DIRECTORIES=";".join([str(PACKAGE / "translations")] * 2),
        BABEL_DOMAIN="experts;researchers",
        BABEL_DEFAULT_TIMEZONE=configured.time_zone,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "application/json",
            "image/svg+xml",
            "text/csv",
        ],
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=3,
        COMPRESS_LEVEL=4,
    )
    if configured.trusted_proxies:
        hops = configured.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    app.session_interface = SessionsByAudience(
        configured.expert_session_hours, configured.researcher_session_hours
    )
    app.extensions["rondo.config"] = configured
    app.extensions["rondo.uploads"] = UploadStore(where / "uploads")
    app.extensions["rondo.shelf"] = Shelf(where / "set_aside")
    app.extensions["rondo.links"] = LinkMaker(configured.link_key, configured.link_days)

    open_database(app)
    extensions.babel.init_app(app, locale_selector=select_locale)
    extensions.csrf.init_app(app)
    extensions.compress.init_app(app)
    web.register(app, configured)
    worker.register(app, configured)
    cli.register(app)
    return app
