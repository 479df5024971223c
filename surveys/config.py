"""Typed settings: defaults, then instance/config.toml, then RONDO_* variables.

Read once by ``create_app`` and passed on as values; nothing else imports this module. The table of
settings in the README is compared with these fields by a house test.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

Mode = Literal["laptop", "production"]
MailSecurity = Literal["none", "starttls", "tls"]

SHORTEST_KEY = 32


class UnsafeConfiguration(Exception):
    """The settings would start a service that cannot be trusted; the text says what to set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Every setting of an installation. Paths are absolute once loaded."""

    mode: Mode = "laptop"
    public_url: str = "http://127.0.0.1:5000"
    database_url: str = ""
    secret_key: str = ""
    link_key: str = ""
    mail_sender: str = "rondo@localhost"
    mail_host: str = ""
    mail_port: int = 25
    mail_security: MailSecurity = "none"
    mail_username: str = ""
    mail_password: str = ""
    link_days: int = 180
    time_zone: str = "Europe/Brussels"
    expert_session_hours: int = 12
    researcher_session_hours: int = 12
    largest_request_kilobytes: int = 512
    trusted_proxies: int = 0
    instance: str = ""

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies may travel over https alone."""
        return self.public_url.startswith("https://")

    def __repr__(self) -> str:
        """Show the settings without their secrets: tracebacks and logs end up in many places."""
        hidden = {"secret_key", "link_key", "mail_password", "database_url"}
        shown = (
            f"{f.name}={'…' if f.name in hidden else repr(getattr(self, f.name))}"
            for f in fields(self)
        )
        return f"Config({', '.join(shown)})"


def load(instance: Path, environ: Mapping[str, str] | None = None, **given: Any) -> Config:
    """Read the settings of the installation in ``instance``; ``given`` values win over all.

    Raises UnsafeConfiguration naming each setting that is unknown, ill-formed or unsafe, all at once.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    problems: list[str] = []
    known = {f.name for f in fields(Config)}

    path = instance / "config.toml"
    if path.exists():
        try:
            values.update(tomllib.loads(path.read_text("utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{path.name} cannot be read: {error}")
    for name in known:
        if (value := environ.get("RONDO_" + name.upper())) is not None:
            values[name] = value
    values.update(given)

    for name in sorted(set(values) - known):
        problems.append(f"{name} is not a setting of Rondo")
        del values[name]
    for name, value in list(values.items()):
        try:
            values[name] = _typed(name, value)
        except ValueError as error:
            problems.append(str(error))
            del values[name]
    if problems:
        raise UnsafeConfiguration("\n".join(problems))

    values["instance"] = str(instance)
    mode = values.get("mode", "laptop")
    if not values.get("database_url"):
        values["database_url"] = f"sqlite:///{instance / 'study.sqlite'}"
    values["database_url"] = _with_driver(values["database_url"])
    if mode == "laptop":
        values = {**_kept_keys(instance), **{k: v for k, v in values.items() if v != ""}}
    config = Config(**values)
    if mode == "production":
        _refuse_unsafe(config)
    return config


def _typed(name: str, value: Any) -> Any:
    """Bring one value to its field's type, or say what it should be."""
    default = next(f.default for f in fields(Config) if f.name == name)
    choices = {"mode": get_args(Mode), "mail_security": get_args(MailSecurity)}.get(name)
    if choices and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    if isinstance(default, int):
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be a whole number, not {value!r}") from None
        if number < 0:
            raise ValueError(f"{name} must not be negative, and is {number}")
        return number
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {value!r}")
    if name == "time_zone" and value not in available_timezones():
        raise ValueError(f"time_zone must be one like Europe/Brussels, not {value!r}")
    return value


def _with_driver(url: str) -> str:
    """Name the PostgreSQL driver, however the host spells the address."""
    for spelling in ("postgres://", "postgresql://"):
        if url.startswith(spelling):
            return "postgresql+psycopg://" + url.removeprefix(spelling)
    return url


def _kept_keys(instance: Path) -> dict[str, str]:
    """Make the two secret keys of a laptop installation at its first start, and keep them.

    They live beside the database and not in it: whoever has only the database can make no link.
    """
    path = instance / "keys.json"
    if not path.exists():
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = {"secret_key": secrets.token_urlsafe(48), "link_key": secrets.token_urlsafe(48)}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(keys, file)
    loaded = json.loads(path.read_text("utf-8"))
    return {name: str(loaded[name]) for name in ("secret_key", "link_key")}


def _refuse_unsafe(config: Config) -> None:
    """Stop a production start that would lose mail, leak links or forge sessions."""
    problems = []
    for name in ("secret_key", "link_key"):
        if len(getattr(config, name)) < SHORTEST_KEY:
            problems.append(f"{name} needs at least {SHORTEST_KEY} characters")
    if config.secret_key and config.secret_key == config.link_key:
        problems.append("secret_key and link_key must differ")
    if urlsplit(config.public_url).scheme != "https":
        problems.append("public_url must begin with https://")
    if not config.mail_host:
        problems.append("mail_host must name the SMTP server")
    if "@" not in config.mail_sender or config.mail_sender.endswith("@localhost"):
        problems.append("mail_sender must be an address that experts can answer")
    if problems:
        raise UnsafeConfiguration("Not started in production mode:\n" + "\n".join(problems))
