"""Bring a file of people onto the panel: keep it for a while, look at it again, add everybody in one act.

What was uploaded are names and addresses of people who know nothing of it yet. Until they are added it
lies in one row that only its researcher can open, and is erased with the act, or after an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from surveys.models.base import AnySession
from surveys.models.contact import Contact, RosterDraft
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.profile import FieldKind, FilledBy, ProfileValue
from surveys.models.study import Study
from surveys.queries import panel as reads
from surveys.queries import profiles
from surveys.queries.panel import plain
from surveys.services import auditing, framing, linking, mailing, profiling, recruiting
from surveys.services.linking import LinkMaker, opaque_id
from surveys.services.panel_files import (
    NEW,
    Draft,
    Examination,
    Known,
    Person,
    examine,
)
from surveys.services.profile_values import known_field

LIFETIME = timedelta(hours=1)
LONGEST_GROUP_CODE = 40
# The group of a study that names none (library/beginnings.yaml): it stands for the whole panel.
ONLY_GROUP = "panel"


class NotImported(Exception):
    """Somebody's row is wrong, or nobody is left to be added."""

    def __init__(self, examination: Examination) -> None:
        super().__init__()
        self.examination = examination


class NotThere(Exception):
    """The file was added, thrown away or erased meanwhile."""


@dataclass(frozen=True, slots=True)
class Added:
    """Who was added."""

    codes: tuple[str, ...]
    invited: bool


# --- the file, for a while


def keep(
    session: AnySession, study_id: int, researcher_id: int, draft: Draft, *, at: datetime
) -> str:
    """Keep what was read until it is added; return the key. An earlier file of theirs goes."""
    session.execute(
        delete(RosterDraft)
        .where(RosterDraft.study_id == study_id, RosterDraft.researcher_id == researcher_id)
        .execution_options(synchronize_session=False)
    )
    kept = RosterDraft(
        key=opaque_id(),
        study_id=study_id,
        researcher_id=researcher_id,
        created_at=at,
        content=draft.to_json(),
    )
    session.add(kept)
    session.flush()
    return kept.key


def find(
    session: AnySession, study_id: int, researcher_id: int, key: str, *, at: datetime
) -> RosterDraft | None:
    """The file of this researcher in this study; nobody else's, and none that is too old."""
    return session.scalar(
        select(RosterDraft).where(
            RosterDraft.key == key,
            RosterDraft.study_id == study_id,
            RosterDraft.researcher_id == researcher_id,
            RosterDraft.created_at > at - LIFETIME,
        )
    )


def hold(session: AnySession, kept_id: int) -> RosterDraft:
    """The file, held until the act is over. Raises NotThere if somebody, or a second click, was faster."""
    kept = session.get(RosterDraft, kept_id, with_for_update=True)
    if kept is None:
        raise NotThere
    return kept


def revise(session: AnySession, kept: RosterDraft, draft: Draft) -> None:
    """Keep what the researcher said about the file. Its hour does not begin again."""
    kept.content = draft.to_json()
    session.flush()


def throw_away(session: AnySession, kept: RosterDraft) -> None:
    """Erase a file."""
    session.delete(kept)
    session.flush()


def too_old(session: AnySession, at: datetime) -> bool:
    """Whether a file lies there whose hour is over."""
    return bool(
        session.scalar(
            select(func.count(RosterDraft.id)).where(RosterDraft.created_at <= at - LIFETIME)
        )
    )


def expire(session: AnySession, at: datetime) -> None:
    """Erase every file whose hour is over."""
    session.execute(
        delete(RosterDraft)
        .where(RosterDraft.created_at <= at - LIFETIME)
        .execution_options(synchronize_session=False)
    )


# --- the act


def known(session: AnySession, study: Study) -> Known:
    """What the study has already, for judging a file."""
    return Known(
        groups={group.code: group.name for group in reads.groups(session, study)},
        languages=tuple(study.languages),
        fields=tuple(known_field(field) for field in profiles.fields(session, study.id)),
        panel=tuple(reads.addresses(session, study)),
        simulated=study.simulated,
        may_make_groups=study.locked_at is None,
    )


def add_all(
    session: AnySession,
    study: Study,
    kept: RosterDraft,
    *,
    links: LinkMaker,
    sender_host: str,
    actor: str,
    at: datetime,
) -> Added:
    """Add everybody of a file who is not left out, all or none, and erase the file.

    It is judged once more, under the lock: the panel may have grown meanwhile. New groups and fields
    are made on the way; into a round that is open everybody is invited.

    Raises NotImported.
    """
    draft = Draft.from_json(kept.content)
    examination = examine(draft, known(session, study))
    people = examination.ready
    if examination.faulty or examination.problems or not people:
        raise NotImported(examination)
    before = reads.groups(session, study)
    groups = _groups(session, study, people, actor=actor, at=at)
    experts = _experts(session, study, people, groups, at)
    if [group.code for group in before] == [ONLY_GROUP] and len(reads.groups(session, study)) > 1:
        _drop_only_group(session, study, before[0], actor=actor, at=at)
    linking.make_first_links(session, experts, links, at)
    _profiles(session, study, draft, people, experts, actor=actor, at=at)
    codes = tuple(expert.code for expert in experts)
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="experts imported",
        at=at,
        experts=list(codes),
        left_out=len(examination.people) - len(people),
    )
    session.delete(kept)
    session.flush()
    invited = mailing.invite_latecomers(
        session, experts, act=mailing.INVITATION, sender_host=sender_host, actor=actor, at=at
    )
    return Added(codes, invited)


def _drop_only_group(
    session: AnySession, study: Study, group: StakeholderGroup, *, actor: str, at: datetime
) -> None:
    """Take away the group that stood for the whole panel until the first list named others."""
    try:
        framing.remove_group(session, study, group, actor=actor, at=at)
    except framing.NotFramed:
        # Somebody is in it, or a condition asks for it: then it is a group like any other.
        return


def _groups(
    session: AnySession, study: Study, people: list[Person], *, actor: str, at: datetime
) -> dict[str, int]:
    """The groups by code, new ones made; these go by NEW and their name as well."""
    there = reads.groups(session, study)
    found = {group.code: group.id for group in there}
    position = max((group.position for group in there), default=0)
    for person in people:
        if person.group in found:
            continue
        position += 1
        name = person.typed["group"]
        group = StakeholderGroup(
            study_id=study.id,
            code=profiling.code_from(name, list(found))[:LONGEST_GROUP_CODE],
            name={study.default_language: name},
            position=position,
        )
        session.add(group)
        session.flush()
        found[group.code] = found[NEW + plain(name)] = group.id
        auditing.record(
            session, study_id=study.id, actor=actor, act="group added", at=at, group=group.code
        )
    return found


def _experts(
    session: AnySession,
    study: Study,
    people: list[Person],
    groups: dict[str, int],
    at: datetime,
) -> list[Expert]:
    """Everybody's place and, apart from it, who they are."""
    number = recruiting.next_number(session, study.id)
    experts = [
        Expert(
            study_id=study.id,
            group_id=groups[person.group],
            code=recruiting.code_of(number + place),
            participation=opaque_id(),
            language=person.language,
            created_at=at,
        )
        for place, person in enumerate(people)
    ]
    session.add_all(experts)
    session.flush()
    session.add_all(
        Contact(expert_id=expert.id, name=person.name, email=person.email)
        for expert, person in zip(experts, people, strict=True)
    )
    session.flush()
    return experts


def _profiles(
    session: AnySession,
    study: Study,
    draft: Draft,
    people: list[Person],
    experts: list[Expert],
    *,
    actor: str,
    at: datetime,
) -> None:
    """What the columns say beside name, address, group and language."""
    fields = {field.code: field.id for field in profiles.fields(session, study.id)}
    for column, what in enumerate(draft.columns):
        if what == NEW:
            label = draft.header[column] or f"{column + 1}"
            made = profiling.add_field(
                session,
                study,
                kind=FieldKind.TEXT,
                label={study.default_language: label[:120]},
                filled_by=FilledBy.TEAM,
                may_identify=True,
                actor=actor,
                at=at,
            )
            fields[f"{NEW}{column}"] = made.id
    session.add_all(
        ProfileValue(
            expert_id=expert.id,
            field_id=fields[code],
            value=value,
            given_by=FilledBy.TEAM,
            given_at=at,
        )
        for expert, person in zip(experts, people, strict=True)
        for code, value in person.values.items()
        if value
    )
    session.flush()
