"""Deferred work: send what the outbox owes, close rounds whose time is over.

The tables are the truth about what is due; the job library only wakes somebody up. A job that dies
with its process is therefore found again by the next sweep (docs/architecture.md).
"""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from huey import SqliteHuey, crontab
from huey.api import Huey
from huey.consumer import Consumer

from surveys.config import Config
from surveys.mail.delivery import Delivery, FolderDelivery, NotSent, SmtpDelivery, Ways
from surveys.mail.letter import Letter
from surveys.mail.letter import write as letter_as_message
from surveys.mail.message import Message
from surveys.models.base import db, leave_no_trace, transaction
from surveys.models.invitation import AccountMail, Outbox, Owed
from surveys.queries.questionnaire import in_language
from surveys.services import (
    closing,
    importing,
    joining,
    letters,
    lost_links,
    mail_texts,
    mailing,
    reminding,
    writing_to_researchers,
)
from surveys.services.letters import Pointless
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
    app.extensions["rondo.sending"] = threading.Lock()
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


class Clock:
    """What time it is: the machine's, or one that was set and has gone on since."""

    def __init__(self, at: datetime | None = None) -> None:
        self._start = at or datetime.now(UTC)
        self._since = time.monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._since)


def sweep(app: Flask, at: datetime | None = None) -> int:
    """Close what is due, remind by plan, send what is owed; return how many messages went out."""
    clock = Clock(at)
    with app.app_context():
        moment = clock()
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
        if importing.too_old(db.session, moment):
            with transaction(db.session):
                importing.expire(db.session, moment)
            leave_no_trace(db.session)
        if reminding.due(db.session, moment):
            with transaction(db.session):
                reminding.remind_by_plan(
                    db.session, sender_host=app.extensions["rondo.host"], at=moment
                )
        # Two sweeps of one process would only take messages out of each other's hands. The one
        # that sends goes on until nothing is owed, so what was just added goes out with it.
        sending: threading.Lock = app.extensions["rondo.sending"]
        sent = 0
        if sending.acquire(blocking=False):
            try:
                with Ways() as ways:
                    sent = _send_all(Outbox, clock, ways) + _send_all(AccountMail, clock, ways)
            finally:
                sending.release()
        db.session.remove()
        return sent


def _send_all(box: type[Owed], clock: Clock, ways: Ways) -> int:
    """Send what one box owes; return how many messages went out."""
    sent = 0
    while due := mailing.due(db.session, clock(), box=box):
        progressed = [attempt(owed_id, clock, ways, box=box) for owed_id in due]
        sent += progressed.count(True)
        if not any(claimed is not None for claimed in progressed):
            break
    return sent


def attempt(owed_id: int, clock: Clock, ways: Ways, *, box: type[Owed] = Outbox) -> bool | None:
    """Send one message; a slip of ours about one message keeps no other from going out."""
    try:
        return deliver(owed_id, clock, ways, box=box)
    except Exception as error:
        # The kind alone: what it says may hold a name or an address.
        kind = type(error).__name__
        log.error("message %s could not be sent: %s", owed_id, kind)
        with transaction(db.session):
            mailing.unwritten(
                db.session, owed_id, f"the message could not be written: {kind}", clock(), box=box
            )
        return False


def deliver(owed_id: int, clock: Clock, ways: Ways, *, box: type[Owed] = Outbox) -> bool | None:
    """Send one message. None if another worker has it, else whether it went out.

    The lease is counted from now and not from the beginning of the sweep, which may last longer.
    """
    with transaction(db.session):
        if not mailing.claim(db.session, owed_id, clock(), box=box):
            return None
        ready = _ready(owed_id, box, clock())
        if not isinstance(ready, Outgoing):
            mailing.stopped(db.session, owed_id, str(ready or ""), box=box)
            return False
    try:
        ways.by(ready.delivery).send(ready.message)
    except NotSent as trouble:
        with transaction(db.session):
            mailing.failed(
                db.session,
                owed_id,
                trouble.problem,
                final=trouble.final,
                uncertain=trouble.uncertain,
                not_before=reminding.decent_hours(db.session, owed_id) if box is Outbox else None,
                at=clock(),
                box=box,
            )
        return False
    with transaction(db.session):
        mailing.settled(db.session, owed_id, clock(), box=box)
    return True


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and the way it goes."""

    message: Message
    delivery: Delivery


def _ready(owed_id: int, box: type[Owed], at: datetime) -> Outgoing | Pointless | None:
    """What is to be sent and how; else why nothing is."""
    configured: Config = current_app.extensions["rondo.config"]
    links = current_app.extensions["rondo.links"]
    letter: Letter | AccountLetter | None
    if box is AccountMail:
        letter = writing_to_researchers.letter(db.session, owed_id, links, at)
        if letter is None:
            return None
    else:
        made = letters.letter(db.session, owed_id, links, at)
        if isinstance(made, Pointless):
            return made
        letter = made.letter
        mail_texts.note_sent(db.session, owed_id, made.study_id, made.used, letter.message, at)
    way = "rondo.folder" if letter.simulated else "rondo.delivery"
    if isinstance(letter, AccountLetter):
        message = write_to_researcher(letter, configured)
    else:
        message = write(letter, configured)
    return Outgoing(message, current_app.extensions[way])


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
        subject, body = _filled(f"mail/{letter.template}", texts)
        return Message(
            sender=configured.mail_sender,
            recipient_name=letter.name,
            recipient=letter.email,
            subject=subject,
            body=body,
            message_id=letter.message_id,
            language=language,
        )


def write(letter: Letter, configured: Config) -> Message:
    """A letter to an expert, as it goes out."""
    return letter_as_message(
        letter,
        sender=configured.mail_sender,
        public_url=configured.public_url,
        time_zone=configured.time_zone,
    )


def _filled(folder: str, texts: dict[str, Any]) -> tuple[str, str]:
    """Subject and body of a message."""
    subject = render_template(f"{folder}/subject.txt", **texts)
    body = render_template(f"{folder}/body.txt", **texts)
    # Parts that do not apply leave empty lines behind.
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"


def message_host(configured: Config) -> str:
    """The name that message ids end in."""
    return urlsplit(configured.public_url).hostname or "localhost"
