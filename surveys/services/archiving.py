"""Put a study away and bring it back. While it is away nothing in it can be changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused


class NotPutAway(Refused):
    """A study whose round is open cannot be put away: experts are answering."""


def archive(session: AnySession, study: Study, *, actor: str, at: datetime) -> None:
    """Put a study away. Doing it twice changes nothing. Raises NotPutAway."""
    if study.archived_at is not None:
        return
    rounds = session.scalars(
        select(Round).where(Round.study_id == study.id, Round.opened_at.is_not(None))
    )
    if still_open := [one.number for one in rounds if one.closed_at is None]:
        raise NotPutAway(
            [
                Problem(
                    N_("Round %(number)s is open. Close it before you archive the study."),
                    {"number": still_open[0]},
                )
            ]
        )
    study.archived_at = at
    session.flush()
    auditing.record(session, study_id=study.id, actor=actor, act="study archived", at=at)


def bring_back(session: AnySession, study: Study, *, actor: str, at: datetime) -> None:
    """Let a study that was put away be worked on again. Doing it twice changes nothing."""
    if study.archived_at is None:
        return
    study.archived_at = None
    session.flush()
    auditing.record(session, study_id=study.id, actor=actor, act="study brought back", at=at)
