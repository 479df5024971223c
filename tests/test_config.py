"""Settings: where they come from, what is refused, and which secrets are made and kept."""

import json
import os
import stat
from dataclasses import fields

import pytest

from surveys import config
from surveys.config import Config, UnsafeConfiguration, load

SAFE = {
    "mode": "production",
    "public_url": "https://rondo.institute.example",
    "secret_key": "s" * 40,
    "link_key": "l" * 40,
    "mail_host": "smtp.institute.example",
    "mail_sender": "study@institute.example",
}


def refused(instance, environ=None, **given):
    with pytest.raises(UnsafeConfiguration) as error:
        load(instance, environ or {}, **given)
    return str(error.value).splitlines()


def test_a_laptop_needs_no_settings_at_all(tmp_path):
    made = load(tmp_path, {})
    assert made.mode == "laptop"
    assert made.database_url == f"sqlite:///{tmp_path / 'study.sqlite'}"
    assert made.mail_host == ""
    assert not made.secure_cookies


def test_two_different_keys_are_made_once_and_kept_for_their_owner_alone(tmp_path):
    first, second = load(tmp_path, {}), load(tmp_path, {})
    assert first.secret_key == second.secret_key
    assert first.link_key == second.link_key
    assert first.secret_key != first.link_key
    assert min(len(first.secret_key), len(first.link_key)) >= config.SHORTEST_KEY
    assert set(json.loads((tmp_path / "keys.json").read_text("utf-8"))) == {
        "secret_key",
        "link_key",
    }
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_another_installation_has_other_keys(tmp_path):
    one, other = load(tmp_path / "one", {}), load(tmp_path / "other", {})
    assert one.link_key != other.link_key


def test_the_file_is_overruled_by_the_environment_and_that_by_the_call(tmp_path):
    (tmp_path / "config.toml").write_text('link_days = 10\nmail_port = 26\nmail_host = "file"\n')
    environ = {"RONDO_LINK_DAYS": "20", "RONDO_MAIL_PORT": "27", "OTHER": "x"}
    made = load(tmp_path, environ, link_days=30)
    assert (made.link_days, made.mail_port, made.mail_host) == (30, 27, "file")


def test_every_setting_can_come_from_the_environment(tmp_path):
    for field in fields(Config):
        if field.name == "instance":
            continue
        value = {"mode": "laptop", "mail_security": "tls", "time_zone": "Europe/Berlin"}.get(
            field.name, "7" if isinstance(field.default, int) else "text"
        )
        made = load(tmp_path, {f"RONDO_{field.name.upper()}": value})
        assert str(getattr(made, field.name)) == value, field.name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"surprise": 1}, "surprise is not a setting of Rondo"),
        ({"mode": "test"}, "mode must be one of laptop, production, not 'test'"),
        ({"mail_security": "ssl"}, "mail_security must be one of none, starttls, tls, not 'ssl'"),
        ({"link_days": "many"}, "link_days must be a whole number, not 'many'"),
        ({"link_days": -1}, "link_days must not be negative, and is -1"),
        ({"public_url": 5}, "public_url must be text, not 5"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(tmp_path, given, said):
    assert refused(tmp_path, **given) == [said]


def test_everything_wrong_is_said_at_once(tmp_path):
    (tmp_path / "config.toml").write_text("surprise = 1\n")
    said = refused(tmp_path, {"RONDO_MODE": "test", "RONDO_LINK_DAYS": "x"})
    assert len(said) == 3


@pytest.mark.parametrize("content", [b"link_days = ", b"\xff\xfe", b"= 1", b"[a"])
def test_a_file_that_cannot_be_read_says_so(tmp_path, content):
    (tmp_path / "config.toml").write_bytes(content)
    assert any("config.toml cannot be read" in line for line in refused(tmp_path))


def test_a_time_zone_that_does_not_exist_is_refused(tmp_path):
    assert any("time_zone" in line for line in refused(tmp_path, time_zone="Europe/Gent"))


@pytest.mark.parametrize("spelling", ["postgres://", "postgresql://"])
def test_the_database_driver_is_named_however_the_host_spells_it(tmp_path, spelling):
    made = load(tmp_path, {}, database_url=f"{spelling}u@h/d")
    assert made.database_url == "postgresql+psycopg://u@h/d"


def test_production_starts_with_everything_in_place(tmp_path):
    made = load(tmp_path, {}, **SAFE)
    assert made.secure_cookies
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"secret_key": ""}, "secret_key needs at least 32 characters"),
        ({"link_key": "short"}, "link_key needs at least 32 characters"),
        ({"link_key": "s" * 40}, "secret_key and link_key must differ"),
        ({"public_url": "http://rondo.example"}, "public_url must begin with https://"),
        ({"mail_host": ""}, "mail_host must name the SMTP server"),
        ({"mail_sender": "rondo@localhost"}, "mail_sender must be an address"),
        ({"mail_sender": "nobody"}, "mail_sender must be an address"),
    ],
)
def test_production_refuses_what_would_leak_or_be_lost(tmp_path, change, said):
    lines = refused(tmp_path, **{**SAFE, **change})
    assert lines[0] == "Not started in production mode:"
    assert len(lines) == 2
    assert said in lines[1]


def test_production_says_everything_that_is_missing(tmp_path):
    assert len(refused(tmp_path, mode="production")) == 6


def test_a_traceback_shows_no_secret(tmp_path):
    made = load(tmp_path, {}, **SAFE, mail_password="hush", database_url="postgresql://u:pw@h/d")
    shown = repr(made) + str(made)
    for secret in (made.secret_key, made.link_key, "hush", "pw@h"):
        assert secret not in shown
    assert "rondo.institute.example" in shown
