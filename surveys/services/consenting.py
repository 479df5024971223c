"""Keep an expert's consent, with the wording that was agreed to; ask again when it has changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession, insert_of
from surveys.models.panel import Channel, Consent, Expert
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

LONGEST_TEXT = 20_000


def agree(
    session: AnySession,
    expert: Expert,
    *,
    version: str,
    language: str,
    text: str,
    at: datetime,
) -> None:
    """Keep that the expert consented to this wording, now. A second click changes nothing."""
    insert_if_new = insert_of(session)(Consent).on_conflict_do_nothing().returning(Consent.id)
    row = {"expert_id": expert.id, "version": version, "language": language, "text": text}
    if session.execute(insert_if_new.values({**row, "given_at": at})).first():
        auditing.record(
            session,
            study_id=expert.study_id,
            actor=auditing.expert(expert.code),
            act="consent given",
            at=at,
            version=version,
            language=language,
        )


def record(
    session: AnySession,
    expert: Expert,
    *,
    version: str,
    language: str,
    text: str,
    channel: Channel,
    given_at: datetime,
    actor: str,
    at: datetime,
) -> bool:
    """Keep that the expert agreed by phone or on paper; whether it was not known before."""
    insert_if_new = insert_of(session)(Consent).on_conflict_do_nothing().returning(Consent.id)
    row = {
        "expert_id": expert.id,
        "version": version,
        "language": language,
        "text": text,
        "given_at": given_at,
        "channel": channel,
        "recorded_by": actor,
    }
    new = session.execute(insert_if_new.values(row)).first() is not None
    if new:
        auditing.record(
            session,
            study_id=expert.study_id,
            actor=actor,
            act="consent recorded",
            at=at,
            expert=expert.code,
            version=version,
            channel=channel.value,
            taken_at=given_at.isoformat(),
        )
    return new


class ConsentRefused(Refused):
    """A consent text cannot be published as typed."""


def revise(
    session: AnySession,
    study: Study,
    *,
    text: Mapping[str, str],
    statement: Mapping[str, str],
    changes: Mapping[str, str],
    naming: bool,
    actor: str,
    at: datetime,
) -> str:
    """Let a new version of the consent text hold from now on; return its number.

    Whoever agreed to an earlier one is asked again at the next visit. Earlier consents stay as they
    were given. Only whether experts are asked about naming changes no version.

    Raises ConsentRefused with every problem at once.
    """
    texts = {name: _tidied(study, part) for name, part in _parts(text, statement, changes).items()}
    old = study.consent
    same = all(texts[name] == old[name] for name in ("text", "statement"))
    if same and naming == asks_about_naming(study):
        raise ConsentRefused([Problem(N_("Nothing has changed."))])
    if same:
        study.consent = {**old, "naming": naming}
        session.flush()
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="question about naming changed",
            at=at,
            found="yes" if naming else "no",
        )
        return str(old["version"])
    problems = _wrong_texts(study, texts, asked_before=bool(versions_given(session, study)))
    if problems:
        raise ConsentRefused(problems)
    version = _next_version(session, study)
    study.consent = {**old, **texts, "version": version, "naming": naming}
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="consent text changed",
        at=at,
        before=old["version"],
        version=version,
        hash=_hash(texts),
    )
    return version


def asks_about_naming(study: Study) -> bool:
    """Whether the consent page asks who wishes to be named; it does unless the study says no."""
    return bool(study.consent.get("naming", True))


def versions_given(session: AnySession, study: Study) -> dict[str, int]:
    """How many experts who are still here agreed to which version."""
    return dict(
        session.execute(
            select(Consent.version, func.count(Consent.id))
            .join(Expert, Expert.id == Consent.expert_id)
            .where(Expert.study_id == study.id, Expert.withdrawn_at.is_(None))
            .group_by(Consent.version)
            .order_by(func.min(Consent.given_at))
        ).all()
    )


def _parts(
    text: Mapping[str, str], statement: Mapping[str, str], changes: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    return {"text": text, "statement": statement, "changes": changes}


def _tidied(study: Study, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of the study's languages, with the line ends of one system."""
    return {
        language: texts.get(language, "").replace("\r\n", "\n").strip()
        for language in study.languages
    }


def _wrong_texts(
    study: Study, texts: Mapping[str, Mapping[str, str]], *, asked_before: bool
) -> list[Problem]:
    """What is wrong with typed consent texts, language by language."""
    problems = []
    for language in study.languages:
        here = {"language": language}
        if not texts["text"][language]:
            problems.append(Problem(N_("The consent text in “%(language)s” is empty."), here))
        if not texts["statement"][language]:
            problems.append(Problem(N_("The sentence to tick in “%(language)s” is empty."), here))
        if asked_before and not texts["changes"][language]:
            problems.append(
                Problem(
                    N_("Please say in “%(language)s” what has changed: experts are asked again."),
                    here,
                )
            )
        problems += [
            Problem(
                N_("The text in “%(language)s” holds {%(name)s}, which is no setting."),
                {"language": language, "name": name},
            )
            for name in re.findall(r"\{([^{}]*)\}", texts["text"][language])
            if name not in study.settings
        ]
        if max(len(part[language]) for part in texts.values()) > LONGEST_TEXT:
            problems.append(
                Problem(
                    N_("A text in “%(language)s” is longer than %(longest)s characters."),
                    {**here, "longest": LONGEST_TEXT},
                )
            )
    return problems


def _next_version(session: AnySession, study: Study) -> str:
    """The next whole number; never one that anybody agreed to, for that would count as agreement."""
    current = re.match(r"\d{1,9}", str(study.consent["version"]))
    number = 1 + (int(current[0]) if current else 0)
    taken = {*versions_given_ever(session, study), str(study.consent["version"])}
    while str(number) in taken:
        number += 1
    return str(number)


def versions_given_ever(session: AnySession, study: Study) -> set[str]:
    """Every version that anybody agreed to, whoever has left since."""
    return set(
        session.scalars(
            select(Consent.version)
            .join(Expert, Expert.id == Consent.expert_id)
            .where(Expert.study_id == study.id)
        )
    )


def _hash(texts: Mapping[str, Mapping[str, str]]) -> str:
    """A fingerprint of what experts read, for the trail."""
    said = json.dumps(texts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode("utf-8")).hexdigest()
