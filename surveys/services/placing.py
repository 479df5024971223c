"""An expert's place on the panel: move it to another group, change its language, take it away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.invitation import Outbox
from surveys.models.panel import Consent, Expert, StakeholderGroup
from surveys.models.response import Response
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

LONGEST_REASON = 500


class NotMoved(Refused):
    """An expert's place cannot be changed as asked."""


class NotRemoved(Refused):
    """An expert who was written to is not removed as if nothing had been."""


def move(
    session: AnySession,
    study: Study,
    expert: Expert,
    *,
    group: str,
    language: str,
    reason: str,
    actor: str,
    at: datetime,
) -> bool:
    """Give an expert another group or language; say whether anything changed.

    Before the first launch a group is a matter of filling in. Afterwards results were or will be
    computed by it, so that a change needs a reason. Stored results stay as they are.

    Raises NotMoved with every problem at once.
    """
    before = session.get(StakeholderGroup, expert.group_id) if expert.group_id else None
    wanted = session.scalar(
        select(StakeholderGroup).where(
            StakeholderGroup.study_id == study.id, StakeholderGroup.code == group
        )
    )
    told = " ".join(reason.split())
    problems = []
    if expert.withdrawn_at is not None:
        problems.append(Problem(N_("%(code)s has left the study."), {"code": expert.code}))
    if wanted is None:
        problems.append(Problem(N_("There is no group “%(group)s”."), {"group": group}))
    if language not in study.languages:
        problems.append(
            Problem(N_("The study has no language “%(language)s”."), {"language": language})
        )
    moves = wanted is not None and wanted.id != expert.group_id
    if moves and study.locked_at is not None and not told:
        problems.append(
            Problem(N_("A round was launched already: please give the reason for another group."))
        )
    if len(told) > LONGEST_REASON:
        problems.append(
            Problem(
                N_("Please keep the reason under %(longest)s characters."),
                {"longest": LONGEST_REASON},
            )
        )
    if problems or wanted is None:
        raise NotMoved(problems)
    if moves:
        expert.group_id = wanted.id
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="group changed",
            at=at,
            expert=expert.code,
            before=before.code if before else "",
            group=wanted.code,
            reason=told,
        )
    speaks = language != expert.language
    if speaks:
        expert.language = language
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="language changed",
            at=at,
            expert=expert.code,
            language=language,
        )
    session.flush()
    return moves or speaks


def remove(session: AnySession, expert: Expert, *, actor: str, at: datetime) -> None:
    """Take somebody off the panel who was put there by mistake; nothing of them is kept.

    The code is not given to anybody else. Raises NotRemoved once a mail is owed, or anything was
    agreed to or answered: from then on an expert withdraws.
    """
    for about in (Outbox, Consent, Response):
        if session.scalar(select(func.count(about.id)).where(about.expert_id == expert.id)):
            raise NotRemoved(
                [
                    Problem(
                        N_(
                            "%(code)s was written to already and cannot be removed. Let the "
                            "expert leave the study instead."
                        ),
                        {"code": expert.code},
                    )
                ]
            )
    study_id, code = expert.study_id, expert.code
    session.delete(expert)
    session.flush()
    auditing.record(
        session, study_id=study_id, actor=actor, act="expert removed", at=at, expert=code
    )
