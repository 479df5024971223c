"""Owe researchers their mail: a link that signs in once, the news of a role in a study.

The link is made when the message goes out; only its hash is ever stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from surveys.models.base import AnySession, insert_of
from surveys.models.invitation import AccountMail
from surveys.models.researcher import Researcher, Role
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import auditing, mailing, signing_in

SIGN_IN = "sign-in"
ROLE = "role"
TRIAL = "trial"
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


def owe_sign_in(session: AnySession, email: str, *, sender_host: str, at: datetime) -> None:
    """Owe whoever has an account under this address a link that signs in once.

    Nobody learns whether there is one: the same is written down either way.
    """
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
    sender_host: str,
    at: datetime,
) -> None:
    """Owe a researcher the invitation of a round as experts will get it; one a minute at most."""
    turn = int(at.timestamp() // 60)
    _owe(session, researcher, f"{TRIAL}:{round_number}:{turn}", study.id, sender_host, at)


def letter(
    session: AnySession, mail_id: int, at: datetime
) -> AccountLetter | mailing.Letter | None:
    """What to write now, with a fresh link in it; None if the message has no purpose any more.

    A trial is the letter that experts get, with a link that leads nowhere.
    """
    mail = session.get_one(AccountMail, mail_id)
    researcher = session.get_one(Researcher, mail.researcher_id)
    template = mail.act.partition(":")[0]
    study = session.get(Study, mail.study_id) if mail.study_id else None
    if template == TRIAL:
        return _trial(session, mail, researcher, study)
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
    session: AnySession, mail: AccountMail, researcher: Researcher, study: Study | None
) -> mailing.Letter | None:
    round_ = session.scalar(
        select(Round).where(
            Round.study_id == mail.study_id, Round.number == int(mail.act.split(":")[1])
        )
    )
    if study is None or round_ is None or not researcher.active:
        return None
    spoken = researcher.language in study.languages
    return mailing.Letter(
        template=mailing.INVITATION,
        language=researcher.language if spoken else study.default_language,
        default_language=study.default_language,
        name=researcher.name,
        email=researcher.email,
        message_id=mail.message_id,
        token=TRIAL,
        study_title=study.title,
        round_number=round_.number,
        round_title=round_.title,
        closes_at=round_.closes_at,
        contact_name=study.settings.get("contact_name", ""),
        contact_email=study.settings.get("contact_email", ""),
        simulated=study.simulated,
        trial=True,
    )


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
