"""What stands between a new study and its first launch, step by step, from plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from surveys.items import ASKING
from surveys.models.base import AnySession
from surveys.models.invitation import AccountMail, MailState
from surveys.models.panel import Expert
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.services.writing_to_researchers import TRIAL


class Step(StrEnum):
    """One thing to do before the first launch, in the order in which people do them."""

    DESIGN = "design"
    TEAM = "team"
    RULE = "rule"
    PANEL = "panel"
    MAIL = "mail"
    LAUNCH = "launch"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a step stands. count : of items, open settings or experts, where the step has any."""

    step: Step
    done: bool
    count: int = 0


def of_study(session: AnySession, study: Study) -> tuple[Standing, ...]:
    """The steps of a study whose first round is not launched yet; none once it is."""
    if study.locked_at is not None:
        return ()
    first = session.scalar(select(func.min(Round.number)).where(Round.study_id == study.id))
    items = session.scalar(
        select(func.count(RoundItem.id))
        .join(Round, Round.id == RoundItem.round_id)
        .where(Round.study_id == study.id, Round.number == first, RoundItem.kind.in_(ASKING))
    )
    experts = session.scalar(
        select(func.count(Expert.id)).where(
            Expert.study_id == study.id, Expert.withdrawn_at.is_(None)
        )
    )
    tried = session.scalar(
        select(func.count(AccountMail.id)).where(
            AccountMail.study_id == study.id,
            AccountMail.act.startswith(f"{TRIAL}:"),
            AccountMail.state == MailState.SENT,
        )
    )
    # A simulated panel speaks for nobody, and nobody is asked on behalf of an institution.
    unfilled = 0 if study.simulated else len(study.unfilled)
    steps = [
        Standing(Step.DESIGN, bool(items), items or 0),
        Standing(Step.TEAM, not unfilled, unfilled),
        Standing(Step.RULE, study.rule_chosen_at is not None),
        Standing(Step.PANEL, bool(experts), experts or 0),
        Standing(Step.MAIL, bool(tried)),
    ]
    return (*steps, Standing(Step.LAUNCH, all(one.done for one in steps)))
