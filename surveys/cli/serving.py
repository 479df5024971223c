"""`serve`: the web server with its worker; `work`: a worker alone."""

from __future__ import annotations

import logging
import socket
import sys
from dataclasses import replace
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from surveys.cli.migrating import bring_up_to_date
from surveys.config import Config
from surveys.models.base import db
from surveys.models.researcher import Membership
from surveys.models.study import Study

THREADS = 8


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5000, show_default=True)
@click.option("--demo", "with_demo", is_flag=True, help="Begin with a demonstration study.")
@with_appcontext
def serve(host: str, port: int, with_demo: bool) -> None:
    """Serve Rondo on this machine, with the worker in the same process."""
    import waitress

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    refuse_taken_port(host, port)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.extensions["rondo.config"] = reached_at(app.extensions["rondo.config"], host, port)
    try:
        bring_up_to_date()
        if with_demo:
            welcome()
    except OperationalError as error:
        sys.exit(f"The database cannot be used: {error.orig}. Is its folder writable?")
    db.session.remove()
    app.extensions["rondo.jobs"].run_in_background()
    print(f"Rondo runs at http://{host}:{port}; stop it with Ctrl-C.", flush=True)
    waitress.serve(app, host=host, port=port, threads=THREADS, ident=None, _quiet=True)


@click.command()
@with_appcontext
def work() -> None:
    """Run a worker alone, beside web processes: mail and closing dates."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    current_app.extensions["rondo.jobs"].run()


def refuse_taken_port(host: str, port: int) -> None:
    """Say in a sentence that another program has the port, rather than fail in a traceback."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            sys.exit(
                f"Port {port} is taken by another program. Choose another one:\n"
                f"  python3 run.py --port {port + 1}"
            )


def reached_at(configured: Config, host: str, port: int) -> Config:
    """The settings with links that lead to this server, where no other address was set."""
    if configured.mode != "laptop" or configured.public_url != Config().public_url:
        return configured
    here = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    return replace(configured, public_url=f"http://{here}:{port}")


def one_per_language(invitations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two doors into the study, in two languages if there are two, to experts who have not begun."""
    waiting = [one for one in invitations if not one["begun"]] or invitations
    first = waiting[:1]
    other = [one for one in waiting[1:] if one["language"] != first[0]["language"]]
    return first + (other or waiting[1:])[:1]


def welcome() -> None:
    """Make the demonstration where there is no study, and print the ways in on one screen."""
    # Here, because a server without a demonstration needs neither.
    from surveys.cli import demonstration

    if not db.session.scalar(select(func.count(Study.id))):
        from surveys.services import simulating

        print("Making the demonstration study (once) …", flush=True)
        demonstration.build(
            demonstration.STUDY, simulating.DEFAULT_EXPERTS, simulating.DEFAULT_SEED
        )
    study = db.session.scalar(select(Study).where(Study.simulated).order_by(Study.id).limit(1))
    if study is None:
        return
    lead = db.session.scalar(
        select(Membership.researcher_id).where(Membership.study_id == study.id).limit(1)
    )
    if lead is None:
        return
    found = demonstration.links_into(study.id, lead)
    print(f"\n{found['title']}\n(a demonstration: its experts and answers are simulated)\n")
    print(f"Researcher  {found['address']}")
    print(f"  sign in   {found['researcher']['sign_in']}   (works once)")
    for invitation in one_per_language(found["invitations"]):
        print(f"Expert      {invitation['link']}")
        print(f"            {invitation['group'].replace('_', ' ')}, {invitation['language']}")
    print()
