"""Two cookies, one per audience, that never mix.

An expert's pages and a researcher's pages may stand open in one browser. Which cookie a request reads
and writes follows from its path alone, and each is signed under a salt of its own: one cannot be
replayed as the other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature

EXPERT_PATHS = ("/e/", "/p/")


def is_expert_path(path: str) -> bool:
    """Whether a path belongs to the experts' side."""
    return path.startswith(EXPERT_PATHS)


class _Audience(SecureCookieSessionInterface):
    """The cookie of one audience."""

    def __init__(self, cookie: str, salt: str, lifetime: timedelta) -> None:
        self.cookie = cookie
        self.salt = salt
        self.lifetime = lifetime

    def get_cookie_name(self, app: Flask) -> str:
        return self.cookie

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> Any:
        return None

    def open_session(self, app: Flask, request: Request) -> Any:
        # The signature's own age check uses the app's setting; ours differs per audience.
        serializer = self.get_signing_serializer(app)
        value = request.cookies.get(self.cookie)
        if serializer is None or not value:
            return self.session_class()
        try:
            return self.session_class(
                serializer.loads(value, max_age=int(self.lifetime.total_seconds()))
            )
        except BadSignature:
            return self.session_class()


class SessionsByAudience(SecureCookieSessionInterface):
    """Hands each request to its audience's cookie."""

    def __init__(self, expert_hours: int, researcher_hours: int) -> None:
        self.experts = _Audience("rondo_expert", "rondo.expert", timedelta(hours=expert_hours))
        self.researchers = _Audience(
            "rondo_researcher", "rondo.researcher", timedelta(hours=researcher_hours)
        )

    def open_session(self, app: Flask, request: Request) -> Any:
        return self._for(request.path).open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        from flask import request

        self._for(request.path).save_session(app, session, response)

    def _for(self, path: str) -> _Audience:
        return self.experts if is_expert_path(path) else self.researchers
