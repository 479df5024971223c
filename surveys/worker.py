"""Deferred work: send what the outbox owes, close rounds whose time is over.

The tables are the truth about what is due; the job library only wakes somebody up. A job that dies
with its process is therefore found again by the next sweep (docs/architecture.md).
"""

from __future__ import annotations

import logging
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template
from flask_babel import force_locale, format_date, format_time, to_user_timezone
from flask_babel import gettext as _
from huey import SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer

from surveys.config import Config
from surveys.mail.delivery import Delivery, FolderDelivery, NotSent, SmtpDelivery
from surveys.mail.message import Message
from surveys.models.base import db, transaction
from surveys.models.invitation import AccountMail, Outbox, Owed
from surveys.queries.questionnaire import in_language
from surveys.services import closing, joining, lost_links, mailing, writing_to_researchers
from surveys.services.writing_to_researchers import AccountLetter
from surveys.translations import locale_of, spoken_to

log = logging.getLogger("rondo.worker")


def register(app: Flask, configured: Config) -> None:
    """Give the app its queue and its ways out for mail."""
    instance = Path(configured.instance)
    app.extensions["rondo.jobs"] = jobs = make_jobs(app, instance)
    app.extensions["rondo.folder"] = FolderDelivery(instance / "outbox")
    app.extensions["rondo.delivery"] = delivery_of(configured, instance)
    app.extensions["rondo.wake"] = jobs.wake
    app.extensions["rondo.host"] = message_host(configured)


def delivery_of(configured: Config, instance: Path) -> Delivery:
    """The mail server of the settings, or a folder where none is named."""
    if not configured.mail_host:
        return FolderDelivery(instance / "outbox")
    return SmtpDelivery(
        configured.mail_host,
        configured.mail_port,
        configured.mail_security,
        configured.mail_username,
        configured.mail_password,
    )


class Jobs:
    """The queue with its two jobs."""

    def __init__(self, app: Flask, huey: Huey) -> None:
        self.app = app
        self.huey = huey

        @huey.task()
        def sweep_now() -> None:
            sweep(app)

        @huey.periodic_task(crontab(minute="*"))
        def sweep_every_minute() -> None:
            sweep(app)

        self._sweep_now = sweep_now

    def wake(self) -> None:
        """Ask for a sweep now. A queue that cannot be reached is no loss: the next minute's finds all."""
        try:
            self._sweep_now()
        except Exception as error:
            log.warning("could not wake the worker: %s", type(error).__name__)

    def run(self) -> None:
        """Work until the process ends."""
        self.huey.create_consumer(workers=2, check_worker_health=True).run()

    def run_in_background(self) -> None:
        """Work in threads of this process, for an installation on one laptop."""
        consumer = _BackgroundConsumer(
            self.huey, workers=1, initial_delay=0.2, max_delay=2.0, check_worker_health=False
        )
        threading.Thread(target=consumer.run, name="rondo-worker", daemon=True).start()


class _BackgroundConsumer(Consumer):
    """A consumer that leaves the process's signals alone: they belong to the web server."""

    def _set_signal_handlers(self) -> None:
        return None


def make_jobs(app: Flask, instance: Path) -> Jobs:
    """A durable queue in a file of its own beside the database."""
    return Jobs(app, SqliteHuey("rondo", filename=str(instance / "jobs.sqlite"), fsync=True))


def sweep(app: Flask, at: datetime | None = None) -> int:
    """Close what is due, send what is owed; return how many messages went out."""
    with app.app_context():
        moment = at or datetime.now(UTC)
        with transaction(db.session):
            closed = closing.close_due(db.session, moment)
        if closed:
            log.info("closed %s rounds whose time was over", len(closed))
        if lost_links.waiting(db.session, moment):
            with transaction(db.session):
                lost_links.answer(
                    db.session,
                    links=app.extensions["rondo.links"],
                    sender_host=app.extensions["rondo.host"],
                    at=moment,
                )
        sent = _send_all(Outbox, moment) + _send_all(AccountMail, moment)
        db.session.remove()
        return sent


def _send_all(box: type[Owed], at: datetime) -> int:
    """Send what one box owes; return how many messages went out."""
    sent = 0
    while due := mailing.due(db.session, at, box=box):
        progressed = [deliver(owed_id, at, box=box) for owed_id in due]
        sent += progressed.count(True)
        if not any(claimed is not None for claimed in progressed):
            break
    return sent


def deliver(owed_id: int, at: datetime, *, box: type[Owed] = Outbox) -> bool | None:
    """Send one message. None if another worker has it, else whether it went out."""
    configured: Config = current_app.extensions["rondo.config"]
    with transaction(db.session):
        if not mailing.claim(db.session, owed_id, at, box=box):
            return None
        letter: mailing.Letter | AccountLetter | None
        if box is AccountMail:
            letter = writing_to_researchers.letter(db.session, owed_id, at)
        else:
            letter = mailing.letter(db.session, owed_id, current_app.extensions["rondo.links"])
        if letter is None:
            mailing.stopped(db.session, owed_id, box=box)
            return False
    way = "rondo.folder" if letter.simulated else "rondo.delivery"
    delivery: Delivery = current_app.extensions[way]
    if isinstance(letter, AccountLetter):
        message = write_to_researcher(letter, configured)
    else:
        message = write(letter, configured)
    try:
        delivery.send(message)
    except NotSent as trouble:
        with transaction(db.session):
            mailing.failed(
                db.session, owed_id, trouble.problem, final=trouble.final, at=at, box=box
            )
        return False
    with transaction(db.session):
        mailing.settled(db.session, owed_id, datetime.now(UTC), box=box)
    return True


def write_to_researcher(letter: AccountLetter, configured: Config) -> Message:
    """Fill the template of a letter to a researcher."""
    language = spoken_to("researchers", letter.language)
    address = configured.public_url.rstrip("/")
    way_in = f"/sign-in/once/{letter.token}" if letter.token else f"/studies/{letter.study_id}"
    texts: dict[str, Any] = {
        "name": letter.name,
        "study": in_language(letter.study_title, letter.language, letter.study_language),
        "link": address + way_in,
        "once": bool(letter.token),
    }
    with force_locale(locale_of(language)):
        texts["role_name"] = _(joining.ROLE_NAMES[letter.role]) if letter.role else ""
        return Message(
            sender=configured.mail_sender,
            recipient_name=letter.name,
            recipient=letter.email,
            **_filled(f"mail/{letter.template}", texts),
            message_id=letter.message_id,
            language=language,
        )


def write(letter: mailing.Letter, configured: Config) -> Message:
    """Fill the template of a letter in its language; the link exists only in the result."""
    default, language = letter.default_language, spoken_to("experts", letter.language)
    texts: dict[str, Any] = {
        "name": letter.name,
        "study": in_language(letter.study_title, letter.language, default),
        "round_number": letter.round_number,
        "round_title": in_language(letter.round_title, letter.language, default),
        "link": f"{configured.public_url.rstrip('/')}/p/{letter.token}",
        "contact_name": _text(letter.contact_name, letter.language, default),
        "contact_email": _text(letter.contact_email, letter.language, default),
        "simulated": letter.simulated,
        "receipt": letter.receipt,
        "takes_answers": letter.takes_answers,
        "trial": letter.trial,
    }
    with force_locale(locale_of(language)):
        texts["closes_at"] = _moment(letter.closes_at) if letter.closes_at else ""
        texts["submitted_at"] = _moment(letter.submitted_at) if letter.submitted_at else ""
        subject_and_body = _filled(f"mail/{letter.template}", texts)
    return Message(
        sender=configured.mail_sender,
        recipient_name=letter.name,
        recipient=letter.email,
        **subject_and_body,
        message_id=letter.message_id,
        language=language,
    )


def _filled(folder: str, texts: dict[str, Any]) -> dict[str, str]:
    """Subject and body of a message."""
    subject = render_template(f"{folder}/subject.txt", **texts)
    body = render_template(f"{folder}/body.txt", **texts)
    return {
        # On one line; the no-break spaces of French stay.
        "subject": re.sub(r"[^\S\u00a0\u202f]+", " ", subject).strip(),
        # Parts that do not apply leave empty lines behind.
        "body": re.sub(r"\n{3,}", "\n\n", body).strip() + "\n",
    }


def message_host(configured: Config) -> str:
    """The name that message ids end in."""
    return urlsplit(configured.public_url).hostname or "localhost"


def _moment(at: datetime) -> str:
    """A moment in a mail names its time zone: mails are read elsewhere."""
    moment = _(
        "%(day)s, %(time)s",
        day=format_date(to_user_timezone(at), "long"),
        time=format_time(at, "short"),
    )
    zone = str(format_time(at, "zzz"))
    # Some languages have no short name for a zone; nobody lives by an offset.
    return f"{moment} {zone}" if zone.isalpha() else f"{moment} ({format_time(at, 'vvvv')})"


def _text(value: object, language: str, default: str) -> str:
    return in_language(value, language, default) if isinstance(value, dict) else str(value or "")
