"""Owe researchers their mail: a link that signs in once, the news of a role in a study.

The link is made when the message goes out; only its hash is ever stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from surveys.mail.letter import Letter
from surveys.mail.wording import RECEIPT
from surveys.models.base import AnySession, insert_of
from surveys.models.invitation import AccountMail
from surveys.models.researcher import Researcher, Role
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import (
    auditing,
    letters,
    mail_texts,
    mailing,
    signing_in,
    stop_list,
    turnstile,
)
from surveys.services.linking import LinkMaker
from surveys.services.mail_texts import InUse

SIGN_IN = "sign-in"
ROLE = "role"
TRIAL = "trial"
# For an end that is not set yet, and a receipt that nobody has.
USUAL_TIME = timedelta(days=14)
SAMPLE_RECEIPT = "AAAA-BBBB-CCCC-DDDD"
# Who presses the button again and again gets one message in this time.
BETWEEN_LINKS = timedelta(minutes=10)
# A colleague who is invited on a Friday may read it on Monday.
INVITATION_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AccountLetter:
    """What a template needs to write one message to a researcher; kept nowhere."""

    template: str
    language: str
    name: str
    email: str
    message_id: str
    # Signs in once; empty where the reader has a password.
    token: str
    study_title: dict[str, str]
    study_id: str
    study_language: str
    role: Role | None
    # A message about a simulated study goes where all mail of the study goes.
    simulated: bool = False


def owe_sign_in(
    session: AnySession,
    email: str,
    client: str,
    *,
    links: LinkMaker,
    sender_host: str,
    at: datetime,
) -> None:
    """Owe whoever has an account under this address a link that signs in once.

    Nobody learns whether there is one: the same is written down either way.

    Raises turnstile.TooManyRequests.
    """
    request = turnstile.note(session, f"sign-in {email.strip()}", client, links=links, at=at)
    request.answered_at = at
    if request.passed_over:
        return
    researcher = signing_in.find(session, email)
    auditing.record(
        session, study_id=None, actor=auditing.SYSTEM, act="sign-in link asked for", at=at
    )
    if researcher is None or not researcher.active:
        return
    turn = int(at.timestamp() // BETWEEN_LINKS.total_seconds())
    _owe(session, researcher, f"{SIGN_IN}:{turn}", None, sender_host, at)


def owe_news_of_role(
    session: AnySession, researcher: Researcher, study: Study, *, sender_host: str, at: datetime
) -> None:
    """Owe a colleague the news that a study is open to them; asking twice adds none."""
    _owe(session, researcher, f"{ROLE}:{study.public_id}", study.id, sender_host, at)


def owe_trial(
    session: AnySession,
    researcher: Researcher,
    study: Study,
    round_number: int,
    *,
    message: str,
    language: str,
    sender_host: str,
    at: datetime,
) -> None:
    """Owe a researcher a message of a round as experts will get it; one a minute at most."""
    turn = int(at.timestamp() // 60)
    act = f"{trial_act(round_number, message)}{language}:{turn}"
    _owe(session, researcher, act, study.id, sender_host, at)


def trial_act(round_number: int, message: str) -> str:
    """How the acts of all trials of a message begin."""
    return f"{TRIAL}:{round_number}:{message}:"


def letter(
    session: AnySession, mail_id: int, links: LinkMaker, at: datetime
) -> AccountLetter | Letter | None:
    """What to write now, with a fresh link in it; None if the message has no purpose any more.

    A trial is the letter that experts get, with a link that leads nowhere.
    """
    mail = session.get_one(AccountMail, mail_id)
    researcher = session.get_one(Researcher, mail.researcher_id)
    template = mail.act.partition(":")[0]
    study = session.get(Study, mail.study_id) if mail.study_id else None
    if template == TRIAL:
        return _trial(session, mail, researcher, study, links, at)
    role = signing_in.role_in(session, researcher.id, study.id) if study else None
    if not researcher.active or (template == ROLE and role is None):
        return None
    token = ""
    if template == SIGN_IN:
        token = signing_in.offer(session, researcher, at)
    elif researcher.password is None:
        token = signing_in.offer(session, researcher, at, lifetime=INVITATION_LIFETIME)
    return AccountLetter(
        template=template,
        language=researcher.language or "",
        name=researcher.name,
        email=researcher.email,
        message_id=mail.message_id,
        token=token,
        study_title=study.title if study else {},
        study_id=study.public_id if study else "",
        study_language=study.default_language if study else "",
        role=role,
        simulated=bool(study and study.simulated),
    )


def _trial(
    session: AnySession,
    mail: AccountMail,
    researcher: Researcher,
    study: Study | None,
    links: LinkMaker,
    at: datetime,
) -> Letter | None:
    _trial_word, number, message, language, _turn = mail.act.split(":")
    round_ = session.scalar(
        select(Round).where(Round.study_id == mail.study_id, Round.number == int(number))
    )
    if study is None or round_ is None or not researcher.active:
        return None
    return sample(
        session,
        study,
        round_,
        message,
        mail_texts.in_use(session, study, message, language),
        name=researcher.name,
        email=researcher.email,
        message_id=mail.message_id,
        links=links,
        at=at,
    )


def sample(
    session: AnySession,
    study: Study,
    round_: Round,
    message: str,
    used: InUse,
    *,
    name: str,
    email: str,
    message_id: str,
    links: LinkMaker,
    at: datetime,
    trial: bool = True,
) -> Letter:
    """A letter as experts get it, to somebody who is none: its links lead nowhere.

    What is not known yet is made up so that every place shows something: an end, a receipt.
    """
    made = letters.write_out(
        session,
        study,
        round_,
        message,
        used,
        name=name,
        email=email,
        message_id=message_id,
        token=TRIAL,
        no_more=stop_list.secret(TRIAL, links),
        closes_at=(at + USUAL_TIME).replace(hour=19, minute=0),
        trial=trial,
        at=at,
    )
    return replace(made, receipt=SAMPLE_RECEIPT, submitted_at=at) if message == RECEIPT else made


def _owe(
    session: AnySession,
    researcher: Researcher,
    act: str,
    study_id: int | None,
    sender_host: str,
    at: datetime,
) -> None:
    row = {
        "researcher_id": researcher.id,
        "study_id": study_id,
        **mailing.queued(act, sender_host=sender_host, at=at),
    }
    session.execute(insert_of(session)(AccountMail).on_conflict_do_nothing().values(row))
