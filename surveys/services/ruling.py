"""Choose the rules of a study, as long as they are not locked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

LARGEST_PANEL = 2_000


class RulesLocked(Exception):
    """The study was launched; from then on rules are amended, not chosen."""


class RulesRefused(Refused):
    """The rules cannot be kept as they are."""


def choose(
    session: AnySession,
    study: Study,
    protocol: Protocol,
    *,
    based_on: str,
    planned_experts: int | None,
    actor: str,
    at: datetime,
) -> Sequence[str]:
    """Keep the rules; return the parts that changed. Keeping them as they are is a choice too.

    based_on : hash of the rules that the form showed.

    Raises RulesLocked, and RulesRefused when somebody else changed them meanwhile.
    """
    if study.locked_at is not None:
        raise RulesLocked
    before = Protocol.from_json(study.protocol)
    if before.hash != based_on:
        raise RulesRefused([CHANGED_MEANWHILE])
    rescale(session, study, before.scale, protocol.scale)
    study.protocol = protocol.to_json()
    study.rule_chosen_at = at
    study.planned_experts = planned_experts
    session.flush()
    changes = before.changes(protocol)
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="rules chosen",
        at=at,
        parts=list(changes),
        hash=protocol.hash,
    )
    return changes


def rescale(session: AnySession, study: Study, before: Scale, after: Scale) -> None:
    """Bring the bands to the items of draft rounds that are rated on the study's scale.

    What was launched keeps the bands it was asked with.
    """
    if before == after:
        return
    study.scale = {**study.scale, "scale": after.to_json()}
    written = before.to_json()
    for placed in session.scalars(
        select(RoundItem)
        .join(Round, Round.id == RoundItem.round_id)
        .where(Round.study_id == study.id, Round.opened_at.is_(None))
    ):
        if placed.settings.get("scale") == written:
            placed.settings = {**placed.settings, "scale": after.to_json()}


CHANGED_MEANWHILE = Problem(
    N_("Somebody changed the rules while this page was open. Look at them as they are now.")
)
