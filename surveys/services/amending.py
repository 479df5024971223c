"""Change locked rules: with a reason, on the record, from now on.

Nothing that was computed is computed again: results keep the protocol they were made under in their
provenance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from surveys.delphi.protocol import Protocol
from surveys.items.base import N_
from surveys.models.amendment import Amendment
from surveys.models.base import AnySession
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import auditing, launching, ruling
from surveys.services.problems import Problem, Refused

LONGEST_REASON = 2_000


class NotLocked(Exception):
    """The rules are not locked yet; they are chosen, not amended."""


class AmendmentRefused(Refused):
    """The amendment cannot be made as it is."""


def amend(
    session: AnySession,
    study: Study,
    protocol: Protocol,
    *,
    based_on: str,
    reason: str,
    actor: str,
    at: datetime,
) -> Amendment:
    """Put other rules in force from now on, and keep what they were.

    based_on : hash of the rules that the form showed. The groups are those the study has now.

    Raises NotLocked, and AmendmentRefused with everything that is wrong at once.
    """
    if study.locked_at is None:
        raise NotLocked
    before = Protocol.from_json(study.protocol)
    after = launching.with_groups(session, study, protocol)
    reason = reason.strip()
    problems = [
        *([ruling.CHANGED_MEANWHILE] if before.hash != based_on else []),
        *_wrong_reason(reason),
        *_out_of_time(session, study, before, after),
    ]
    if problems:
        raise AmendmentRefused(problems)
    ruling.rescale(session, study, before.scale, after.scale)
    study.protocol = after.to_json()
    made = Amendment(
        study_id=study.id,
        number=1 + (_last(session, study) or 0),
        before=before.to_json(),
        before_hash=before.hash,
        after=after.to_json(),
        after_hash=after.hash,
        reason=reason,
        after_round=last_closed(session, study),
        in_round=open_round(session, study),
        actor=actor,
        at=at,
    )
    session.add(made)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="protocol amended",
        at=at,
        number=made.number,
        parts=list(before.changes(after)),
        reason=reason,
        hash=made.after_hash,
    )
    return made


def last_closed(session: AnySession, study: Study) -> int | None:
    """The last round whose results stand already."""
    return session.scalar(
        select(func.max(Round.number)).where(
            Round.study_id == study.id, Round.closed_at.is_not(None)
        )
    )


def open_round(session: AnySession, study: Study) -> int | None:
    """The round that is open now."""
    return session.scalar(
        select(func.max(Round.number)).where(
            Round.study_id == study.id, Round.opened_at.is_not(None), Round.closed_at.is_(None)
        )
    )


def _last(session: AnySession, study: Study) -> int | None:
    return session.scalar(select(func.max(Amendment.number)).where(Amendment.study_id == study.id))


def _wrong_reason(reason: str) -> Iterator[Problem]:
    if not reason:
        yield Problem(N_("Please give the reason for the amendment: it stands in every report."))
    if len(reason) > LONGEST_REASON:
        yield Problem(
            N_("The reason is longer than %(longest)s characters."), {"longest": LONGEST_REASON}
        )


def _out_of_time(
    session: AnySession, study: Study, before: Protocol, after: Protocol
) -> Iterator[Problem]:
    """What can no longer be changed, or changes nothing."""
    if before == after:
        yield Problem(N_("Nothing has been changed yet."))
    if before.arms != after.arms or before.real_time != after.real_time:
        yield Problem(
            N_(
                "Arms of feedback and rounds in real time stay as they were locked: experts were drawn."
            )
        )
    running = open_round(session, study)
    shown = (before.feedback, before.comments) != (after.feedback, after.comments)
    if running is not None and shown:
        yield Problem(
            N_(
                "Round %(number)s is open, and what its experts are shown was settled at its "
                "launch. Feedback and comments can be amended once it is closed."
            ),
            {"number": running},
        )
    launched = session.scalar(
        select(func.max(Round.number)).where(
            Round.study_id == study.id, Round.opened_at.is_not(None)
        )
    )
    last = after.stopping.max_rounds
    if last is not None and launched is not None and last < launched:
        yield Problem(N_("Round %(number)s has been launched already."), {"number": launched})
