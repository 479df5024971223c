"""What a study writes: Rondo's own texts, or the researchers', version by version and never edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.mail.wording import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    MESSAGES,
    PLACES,
    Wording,
    standard,
)
from surveys.models.base import AnySession, insert_of
from surveys.models.invitation import Outbox
from surveys.models.mail import MailText
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused
from surveys.translations import IN_THE_CODE, LANGUAGES


@dataclass(frozen=True, slots=True)
class InUse:
    """The text of a message in one language as it would be sent now.

    language : in which it is written; another one than asked for where there is none. own : whether
    researchers wrote it. version : of theirs; 0 for Rondo's own.
    """

    wording: Wording
    language: str
    own: bool
    version: int


def in_use(session: AnySession, study: Study, message: str, language: str) -> InUse:
    """The text of a message for readers of a language.

    Where Rondo does not speak the language and nobody worded it, the study's first language stands in.
    """
    newest = _newest(session, study.id, message, language)
    if newest is not None and not newest.standard:
        return InUse(Wording(newest.subject, newest.body), language, True, newest.version)
    if language in LANGUAGES["experts"]:
        return InUse(standard(message, language), language, False, 0)
    if language != study.default_language:
        return in_use(session, study, message, study.default_language)
    return InUse(standard(message, IN_THE_CODE), IN_THE_CODE, False, 0)


def worded(session: AnySession, study: Study) -> dict[tuple[str, str], int]:
    """Which messages researchers worded in which language, with the version that is in use."""
    newest = (
        select(func.max(MailText.id))
        .where(MailText.study_id == study.id)
        .group_by(MailText.message, MailText.language)
    )
    return {
        (row.message, row.language): row.version
        for row in session.scalars(select(MailText).where(MailText.id.in_(newest)))
        if not row.standard
    }


def problems(message: str, wording: Wording) -> list[Problem]:
    """All that is wrong with a text; empty where it can be sent."""
    found = []
    if not wording.subject.strip():
        found.append(Problem(N_("The subject is empty.")))
    if not wording.body.strip():
        found.append(Problem(N_("The text is empty.")))
    if len(wording.subject) > LONGEST_SUBJECT:
        found.append(
            Problem(
                N_("The subject is longer than %(most)s characters."), {"most": LONGEST_SUBJECT}
            )
        )
    if len(wording.body) > LONGEST_BODY:
        found.append(
            Problem(N_("The text is longer than %(most)s characters."), {"most": LONGEST_BODY})
        )
    if "\n" in wording.subject.strip() or "\r" in wording.subject.strip():
        found.append(Problem(N_("The subject must be one line.")))
    if unknown := wording.unknown(message):
        found.append(
            Problem(
                N_("This message has no place called %(unknown)s. It has: %(known)s."),
                {"unknown": _named(unknown), "known": _named(sorted(PLACES[message]))},
            )
        )
    if wording.body.strip() and wording.lacks_link(message):
        found.append(
            Problem(
                N_(
                    "%(place)s is missing: without it experts read what is asked and have no way "
                    "to answer."
                ),
                {"place": "{link}"},
            )
        )
    return found


def keep(
    session: AnySession,
    study: Study,
    message: str,
    language: str,
    wording: Wording,
    *,
    actor: str,
    at: datetime,
) -> bool:
    """Put a text into use; whether anything changed. Messages already sent keep theirs.

    Raises Refused with all that is wrong.
    """
    _known(study, message, language)
    wording = Wording(" ".join(wording.subject.split()), wording.body.replace("\r\n", "\n").strip())
    if found := problems(message, wording):
        raise Refused(found)
    if in_use(session, study, message, language).wording == wording:
        return False
    _add(session, study.id, message, language, wording, standard_text=False, at=at)
    _note(session, study, "mail text changed", message, language, actor, at)
    return True


def back_to_standard(
    session: AnySession, study: Study, message: str, language: str, *, actor: str, at: datetime
) -> bool:
    """Write this message in Rondo's own words again; whether anything changed."""
    _known(study, message, language)
    newest = _newest(session, study.id, message, language)
    if newest is None or newest.standard:
        return False
    back = language if language in LANGUAGES["experts"] else IN_THE_CODE
    _add(session, study.id, message, language, standard(message, back), standard_text=True, at=at)
    _note(session, study, "mail text taken back", message, language, actor, at)
    return True


def note_sent(
    session: AnySession, outbox_id: int, study_id: int, used: InUse, message: str, at: datetime
) -> None:
    """Keep with which text a message is sent, Rondo's own text too."""
    newest = _newest(session, study_id, message, used.language)
    same = newest is not None and (newest.subject, newest.body) == (
        used.wording.subject,
        used.wording.body,
    )
    if newest is None or not same:
        newest = _add(
            session,
            study_id,
            message,
            used.language,
            used.wording,
            standard_text=not used.own,
            at=at,
        )
    session.get_one(Outbox, outbox_id).text_id = newest.id
    session.flush()


def versions(session: AnySession, study_id: int, message: str, language: str) -> list[MailText]:
    """Every version of a text, the newest first."""
    return list(
        session.scalars(
            select(MailText)
            .where(
                MailText.study_id == study_id,
                MailText.message == message,
                MailText.language == language,
            )
            .order_by(MailText.version.desc())
        )
    )


def _known(study: Study, message: str, language: str) -> None:
    if message not in MESSAGES or language not in study.languages:
        raise Refused([Problem(N_("This study has no such message."))])


def _newest(session: AnySession, study_id: int, message: str, language: str) -> MailText | None:
    return session.scalar(
        select(MailText)
        .where(
            MailText.study_id == study_id,
            MailText.message == message,
            MailText.language == language,
        )
        .order_by(MailText.version.desc())
        .limit(1)
    )


def _add(
    session: AnySession,
    study_id: int,
    message: str,
    language: str,
    wording: Wording,
    *,
    standard_text: bool,
    at: datetime,
) -> MailText:
    newest = _newest(session, study_id, message, language)
    # Of two workers that note the same text at once, one does, and both find it.
    session.execute(
        insert_of(session)(MailText)
        .values(
            study_id=study_id,
            message=message,
            language=language,
            version=1 + (newest.version if newest else 0),
            subject=wording.subject,
            body=wording.body,
            standard=standard_text,
            made_at=at,
        )
        .on_conflict_do_nothing()
    )
    newest = _newest(session, study_id, message, language)
    if newest is None:
        raise LookupError("a text that was just written is not there")
    return newest


def _note(
    session: AnySession,
    study: Study,
    act: str,
    message: str,
    language: str,
    actor: str,
    at: datetime,
) -> None:
    details: Mapping[str, str] = {"message": message, "language": language}
    auditing.record(session, study_id=study.id, actor=actor, act=act, at=at, **details)


def _named(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
