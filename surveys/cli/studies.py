"""`study` and `researcher`: make studies and accounts from the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from surveys.models.base import db, transaction
from surveys.models.study import Study
from surveys.services import auditing, loading, signing_in, writing_study_files
from surveys.translations import LANGUAGES

study = AppGroup("study", help="Studies.")
researcher = AppGroup("researcher", help="Accounts of researchers.")

SPEAKS = click.option(
    "--language",
    type=click.Choice(LANGUAGES["researchers"]),
    help="In which the researcher's pages speak; until one is chosen, what the browser asks for.",
)


@study.command("check")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check a study file and name its mistakes with their lines."""
    try:
        plan = loading.read_file(file)
    except loading.StudyFileBroken as broken:
        raise click.ClickException("\n".join(broken.problems)) from broken
    items = sum(len(round_.items) for round_ in plan.rounds)
    print(f"{plan.code}: {len(plan.rounds)} rounds, {items} items, {', '.join(plan.languages)}")


@study.command("load")
@click.argument("source")
@click.option("--lead", required=True, help="E-mail address of the researcher who leads it.")
@SPEAKS
@with_appcontext
def load(source: str, lead: str, language: str | None) -> None:
    """Make a study from a file, or from the library by its name."""
    try:
        path = Path(source)
        plan = loading.read_file(path if path.suffix else loading.library_path(source))
        at = datetime.now(UTC)
        with transaction(db.session):
            person = signing_in.account(db.session, lead, "", at, language=language)
            made = loading.create_study(
                db.session,
                plan,
                lead=person,
                actor=auditing.researcher(person.id),
                at=at,
                uploads=current_app.extensions["rondo.uploads"],
            )
            public_id = made.public_id
    except loading.StudyFileBroken as broken:
        raise click.ClickException("\n".join(broken.problems)) from broken
    except signing_in.AccountRefused as refused:
        raise click.ClickException(str(refused)) from refused
    base = current_app.extensions["rondo.config"].public_url.rstrip("/")
    print(f"{base}/studies/{public_id}")


@study.command("write")
@click.argument("public_id")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@with_appcontext
def write(public_id: str, folder: Path) -> None:
    """Write the design of a study into a folder, as a study file or a zip with its evidence."""
    found = db.session.scalar(select(Study).where(Study.public_id == public_id))
    if found is None:
        raise click.ClickException(f"there is no study {public_id}")
    file = writing_study_files.packed(db.session, found, current_app.extensions["rondo.uploads"])
    (folder / file.name).write_bytes(file.content)
    print(folder / file.name)


@researcher.command("sign-in")
@click.argument("email")
@click.option("--name", default="", help="Used when the account is new.")
@SPEAKS
@with_appcontext
def sign_in(email: str, name: str, language: str | None) -> None:
    """Print a link that signs a researcher in once; the account is made if there is none."""
    at = datetime.now(UTC)
    try:
        with transaction(db.session):
            person = signing_in.account(db.session, email, name, at, language=language)
            token = signing_in.offer(db.session, person, at)
    except signing_in.AccountRefused as refused:
        raise click.ClickException(str(refused)) from refused
    base = current_app.extensions["rondo.config"].public_url.rstrip("/")
    print(f"{base}/sign-in/once/{token}")
