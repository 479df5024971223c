"""Make a study of a plan that was read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from surveys.models.base import AnySession
from surveys.models.item import Item, ItemDescent, ItemRevision, Meaning
from surveys.models.mail import MailText, ReminderPlan
from surveys.models.panel import StakeholderGroup
from surveys.models.profile import ProfileField
from surveys.models.researcher import Membership, Researcher, Role
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study, Theme
from surveys.services import auditing, uploading
from surveys.services.linking import opaque_id
from surveys.services.study_files import (
    LARGEST_FILE,
    LIBRARY,
    PlannedItem,
    PlannedRound,
    StudyFileBroken,
    StudyPlan,
    library_path,
    read,
    read_file,
)
from surveys.services.uploading import UploadStore

__all__ = [
    "LARGEST_FILE",
    "LIBRARY",
    "StudyFileBroken",
    "StudyPlan",
    "create_study",
    "library_path",
    "read",
    "read_file",
]


def create_study(
    session: AnySession,
    plan: StudyPlan,
    *,
    lead: Researcher,
    actor: str,
    at: datetime,
    simulated: bool = False,
    uploads: UploadStore | None = None,
) -> Study:
    """Make a study of a plan: themes, groups, draft rounds with their items; ``lead`` leads it.

    uploads : where the files of its evidence are kept; a plan without any needs none.
    """
    study = Study(
        public_id=opaque_id(),
        title=plan.title,
        summary=plan.summary,
        languages=list(plan.languages),
        settings=plan.settings,
        consent=plan.consent,
        scale=plan.scale,
        verdicts=plan.verdicts,
        protocol=plan.protocol.to_json(),
        rule_chosen_at=at if plan.rule_chosen else None,
        planned_experts=plan.planned_experts,
        conflicts=plan.conflicts,
        source={"file": plan.code, "version": plan.version, **plan.source},
        simulated=simulated,
        created_at=at,
    )
    session.add(study)
    session.flush()
    session.add(Membership(study_id=study.id, researcher_id=lead.id, role=Role.LEAD, created_at=at))
    for position, (code, name) in enumerate(plan.groups, start=1):
        session.add(StakeholderGroup(study_id=study.id, code=code, name=name, position=position))
    themes = {}
    for position, (code, title, description) in enumerate(plan.themes, start=1):
        themes[code] = Theme(
            study_id=study.id, code=code, title=title, description=description, position=position
        )
    session.add_all(themes.values())
    session.flush()
    placed: dict[str, RoundItem] = {}
    for planned in plan.rounds:
        placed |= _create_round(session, study, planned, themes, placed, actor, at)
    _create_letters(session, study, plan, at)
    for file_name, content in plan.files.items():
        if uploads is None:
            raise ValueError(f"nowhere to keep “{file_name}”")
        uploading.keep(session, study, uploads, content, file_name, at=at)
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="study created",
        at=at,
        file=plan.code,
        version=plan.version,
    )
    return study


def _create_round(
    session: AnySession,
    study: Study,
    planned: PlannedRound,
    themes: Mapping[str, Theme],
    before: Mapping[str, RoundItem],
    actor: str,
    at: datetime,
) -> dict[str, RoundItem]:
    """Make one draft round and the items it begins with; they come back by their codes.

    before : where items of earlier rounds stood last.
    """
    round_ = Round(
        study_id=study.id,
        number=planned.number,
        kind=planned.kind,
        title=planned.title,
        introduction=planned.introduction,
        layout=planned.layout,
        item_order=planned.order.to_json() if planned.order else None,
        expertise=planned.expertise,
        mode=planned.mode,
    )
    session.add(round_)
    session.flush()
    if planned.reminders is not None:
        own = planned.reminders.to_json()
        session.add(ReminderPlan(study_id=study.id, round_id=round_.id, plan=own, made_at=at))
    made = {}
    for position, entry in enumerate(planned.items, start=1):
        earlier = before[entry.code] if entry.again else None
        item_id = earlier.item_id if earlier else _create_item(session, study, entry, themes, at)
        revision_id = (
            earlier.revision_id
            if earlier and not entry.reworded
            else _create_revision(session, item_id, entry, at)
        )
        # Ratings are compared only across the same meaning.
        comparable = earlier is not None and entry.reworded is not Meaning.CHANGED
        made[entry.code] = RoundItem(
            round_id=round_.id,
            item_id=item_id,
            revision_id=revision_id,
            previous_id=earlier.id if earlier and comparable else None,
            position=position,
            kind=entry.kind,
            settings=entry.settings,
            ask_if=entry.ask_if,
            evidence=[one.to_json() for one in entry.evidence] or None,
            comments=entry.comments,
        )
    session.add_all(made.values())
    session.flush()
    session.add_all(
        ItemDescent(
            item_id=made[entry.code].item_id,
            parent_id=before[code].id,
            act=entry.made.by,
            reasons=entry.made.reasons,
            actor=actor,
            made_at=at,
        )
        for entry in planned.items
        if entry.made
        for code in entry.made.of
    )
    session.flush()
    return made


def _create_letters(session: AnySession, study: Study, plan: StudyPlan, at: datetime) -> None:
    """Make what the study asks of its experts beside its rounds, and what it writes to them."""
    for position, one in enumerate(plan.profile, start=1):
        session.add(
            ProfileField(
                study_id=study.id,
                code=one.code,
                kind=one.kind,
                label=one.label,
                options=list(one.options),
                filled_by=one.filled_by,
                may_identify=one.may_identify,
                position=position,
            )
        )
    for (message, language), wording in plan.mails.items():
        session.add(
            MailText(
                study_id=study.id,
                message=message,
                language=language,
                version=1,
                subject=wording.subject,
                body=wording.body,
                made_at=at,
            )
        )
    if plan.reminders is not None:
        plan_of_all = plan.reminders.to_json()
        session.add(ReminderPlan(study_id=study.id, plan=plan_of_all, made_at=at))
    session.flush()


def _create_item(
    session: AnySession,
    study: Study,
    entry: PlannedItem,
    themes: Mapping[str, Theme],
    at: datetime,
) -> int:
    """Make an item; its id."""
    item = Item(
        study_id=study.id,
        theme_id=themes[entry.theme].id if entry.theme else None,
        code=entry.code,
        kind=entry.kind,
        aspect=entry.aspect,
        note=entry.note,
        basis=entry.basis,
        created_at=at,
    )
    session.add(item)
    session.flush()
    return item.id


def _create_revision(session: AnySession, item_id: int, entry: PlannedItem, at: datetime) -> int:
    """Make the next wording of an item; its id."""
    last = session.scalar(
        select(func.max(ItemRevision.number)).where(ItemRevision.item_id == item_id)
    )
    revision = ItemRevision(
        item_id=item_id,
        number=1 + (last or 0),
        wording=entry.wording,
        help=entry.help,
        reasons=entry.reasons,
        meaning=entry.reworded,
        created_at=at,
    )
    session.add(revision)
    session.flush()
    return revision.id
