"""What is written to an expert, made when it goes out: one letter from rows, for whatever message.

A trial to a researcher and the preview on the page are the same letter with other names in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, select

from surveys.mail import calendar
from surveys.mail.letter import Letter
from surveys.mail.wording import (
    INVITATION,
    LOST_LINK,
    LOST_LINK_WHILE_WAITING,
    NEXT_ROUND,
    RECEIPT,
    REMINDER,
    RESULT,
    Wording,
)
from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.invitation import Outbox
from surveys.models.mail import MailText
from surveys.models.panel import Expert
from surveys.models.response import Response
from surveys.models.round import Round
from surveys.models.study import RehearsalKind, Study
from surveys.queries import pace, questionnaire
from surveys.queries.questionnaire import in_language
from surveys.services import mail_texts, mailing, stop_list
from surveys.services.linking import LinkMaker, LinkUnknown, plain_token
from surveys.services.mail_texts import InUse

# They go out after the close as well.
AFTER_THE_CLOSE = frozenset({RECEIPT, LOST_LINK, RESULT})
WITH_CALENDAR = frozenset({INVITATION, NEXT_ROUND, REMINDER})
SHORTEST_MINUTES = 1


class Pointless(StrEnum):
    """Why a message is not sent any more; kept as its problem."""

    LEFT = "left"
    CLOSED = "closed"
    SUBMITTED = "submitted"
    NO_LINK = "no link"
    STOP_LIST = "stop list"


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter, and the text it is written with."""

    letter: Letter
    study_id: int
    used: InUse


def letter(
    session: AnySession, outbox_id: int, links: LinkMaker, at: datetime
) -> Ready | Pointless:
    """What to write now, or why nothing is to be written any more.

    Once it may have gone out, a repeat has the text that it had, whatever was changed since.
    """
    row = session.execute(
        select(Outbox, Expert, Contact, Round, Study, Response)
        .join(Expert, Expert.id == Outbox.expert_id)
        .join(Contact, Contact.expert_id == Expert.id)
        .join(Round, Round.id == Outbox.round_id)
        .join(Study, Study.id == Round.study_id)
        .outerjoin(
            Response, and_(Response.round_id == Round.id, Response.expert_id == Outbox.expert_id)
        )
        .where(Outbox.id == outbox_id)
    ).first()
    if row is None:
        return Pointless.LEFT
    owed, expert, contact, round_, study, response = row
    act = owed.act.partition(":")[0]
    if expert.withdrawn_at is not None:
        return Pointless.LEFT
    if round_.closed_at is not None and act not in AFTER_THE_CLOSE:
        return Pointless.CLOSED
    if act == REMINDER and not mailing.is_unfinished(session, round_, expert):
        return Pointless.SUBMITTED
    if stop_list.holds(session, study.id, contact.email, links):
        return Pointless.STOP_LIST
    try:
        token = plain_token(session, expert, links)
    except LinkUnknown:
        return Pointless.NO_LINK
    message = message_of(act, round_)
    used = mail_texts.in_use(session, study, message, expert.language)
    if owed.possibly_twice and owed.text_id is not None:
        before = session.get_one(MailText, owed.text_id)
        used = InUse(
            Wording(before.subject, before.body),
            before.language,
            not before.standard,
            before.version,
        )
    takes_answers = round_.opened_at is not None and round_.closed_at is None
    made = write_out(
        session,
        study,
        round_,
        message,
        used,
        name=contact.name,
        email=contact.email,
        message_id=owed.message_id,
        # A receipt after the close leads to nothing that could be changed.
        token=token if takes_answers or act != RECEIPT else "",
        no_more=stop_list.secret(expert.participation, links),
        response=response,
        at=at,
    )
    return Ready(made, study.id, used)


def write_out(
    session: AnySession,
    study: Study,
    round_: Round,
    message: str,
    used: InUse,
    *,
    name: str,
    email: str,
    message_id: str,
    token: str,
    no_more: str,
    at: datetime,
    response: Response | None = None,
    closes_at: datetime | None = None,
    trial: bool = False,
) -> Letter:
    """The letter with everything the round and the study say in it.

    closes_at : an end to show where the round has none yet.
    """
    language = used.language

    def say(texts: object) -> str:
        if isinstance(texts, Mapping):
            return str(in_language(dict(texts), language, study.default_language))
        return str(texts or "")

    ends = round_.closes_at or closes_at
    open_end = ends if round_.closed_at is None else None
    file = b""
    if message in WITH_CALENDAR and open_end is not None:
        file = calendar_of(study, round_, language, closes_at=open_end, at=at)
    return Letter(
        message=message,
        language=language,
        wording=used.wording,
        name=name,
        email=email,
        message_id=message_id,
        token=token,
        no_more=no_more,
        study=say(study.title),
        round_number=round_.number,
        round_title=say(round_.title),
        contact_name=say(study.settings.get("contact_name", "")),
        contact_email=say(study.settings.get("contact_email", "")),
        simulated=study.simulated,
        pilot=study.rehearsal_kind is RehearsalKind.PILOT,
        closes_at=open_end,
        minutes=minutes_of(session, study, round_, language, at)
        if "minutes" in used.wording.places
        else 0,
        receipt=(response.receipt or "") if response else "",
        submitted_at=response.submitted_at if response else None,
        calendar=file,
        trial=trial,
    )


def message_of(act: str, round_: Round) -> str:
    """Which message an act of the outbox sends."""
    if act == INVITATION:
        return INVITATION if round_.number == 1 else NEXT_ROUND
    if act == LOST_LINK and (round_.opened_at is None or round_.closed_at is not None):
        return LOST_LINK_WHILE_WAITING
    return act


def minutes_of(
    session: AnySession, study: Study, round_: Round, language: str, at: datetime
) -> int:
    """About how long an expert takes; 0 where nothing is asked yet."""
    if round_.opened_at is not None:
        asked = questionnaire.launched_round(session, study.public_id, round_.id, language)
        known = pace.of_panel(session, study.public_id, round_.id, language, at=at)
    else:
        asked = questionnaire.asked_round(session, study, round_, language)
        known = pace.Pace()
    if not asked.asking:
        return 0
    return max(SHORTEST_MINUTES, round(known.seconds(asked.asking) / 60))


def calendar_of(
    study: Study, round_: Round, language: str, *, closes_at: datetime, at: datetime
) -> bytes:
    """The end of a round as a calendar file: one entry per round, which a later file takes over.

    Its sequence is the version of the round's row, which grows with every change of the end.
    """
    return calendar.deadline(
        uid=f"{study.public_id}-round-{round_.number}@rondo",
        sequence=round_.version_id or 0,
        study=str(in_language(study.title, language, study.default_language)),
        number=round_.number,
        closes_at=closes_at,
        language=language,
        at=at,
    )
