"""Open a round: lock the protocol, freeze what is asked and shown, owe the invitations."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from surveys.delphi.protocol import Protocol
from surveys.delphi.round import Permission
from surveys.delphi.stored import fingerprint
from surveys.items import ASKING
from surveys.models.base import AnySession
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.queries import locked, voices
from surveys.queries.asking import conditions_of
from surveys.queries.carrying import finished_after
from surveys.queries.voices import Written
from surveys.services import auditing, feeding, mailing, ordering, releasing, screening
from surveys.services.linking import LinkMaker, renew_links


class NotLaunched(Exception):
    """The round cannot be launched now; ``permission`` knows every obstacle."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.sentence("en"))
        self.permission = permission


def may_launch(
    session: AnySession, round_: Round, closes_at: datetime | None, at: datetime
) -> Permission:
    """Whether the round could open now with this closing date."""
    items = session.scalar(
        select(func.count(RoundItem.id)).where(
            RoundItem.round_id == round_.id, RoundItem.kind.in_(ASKING)
        )
    )
    experts = session.scalar(
        select(func.count(Expert.id)).where(
            Expert.study_id == round_.study_id, Expert.withdrawn_at.is_(None)
        )
    )
    earlier = session.scalar(
        select(Round).where(Round.study_id == round_.study_id, Round.number == round_.number - 1)
    )
    study = session.get_one(Study, round_.study_id)
    dates = type(round_.dates)(round_.opened_at, closes_at, round_.closed_at)
    return dates.may_launch(
        at,
        items=items or 0,
        experts=experts or 0,
        earlier=earlier.dates if earlier else None,
        filled_in=study.simulated or not study.unfilled,
        conditions_fit=not any(one.faults for one in conditions_of(session, round_)),
        finished=earlier is not None and finished_after(session, earlier),
    )


def launch(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    closes_at: datetime | None,
    links: LinkMaker,
    sender_host: str,
    actor: str,
    at: datetime,
) -> int:
    """Open the round and owe every expert an invitation; return how many.

    At the study's first launch its protocol is locked with hash and time.

    Raises NotLaunched with every obstacle at once.
    """
    permission = may_launch(session, round_, closes_at, at)
    if not permission:
        raise NotLaunched(permission)
    if study.locked_at is None:
        protocol = with_groups(session, study, Protocol.from_json(study.protocol))
        study.protocol = protocol.to_json()
        study.protocol_hash = protocol.hash
        study.locked_at = at
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="protocol locked",
            at=at,
            hash=study.protocol_hash,
        )
    if round_.real_time:
        # Nothing of the round before either: an answer that is given blind sees no group at all.
        releasing.begin(session, study, round_, at=at)
    else:
        for earlier in _fed_back(session, round_):
            screening.screen(session, earlier, at=at)
        feeding.freeze(session, study, round_, at=at)
    round_.items_hash = fingerprint(locked.round_items(session, round_))
    round_.opened_at = at
    round_.closes_at = closes_at
    experts = list(
        session.scalars(
            select(Expert)
            .where(Expert.study_id == study.id, Expert.withdrawn_at.is_(None))
            .order_by(Expert.id)
        )
    )
    feeding.allot(session, study, round_, at=at)
    ordering.draw(session, round_, experts, at=at)
    renew_links(session, [expert.id for expert in experts], links, at)
    owed = mailing.owe(session, experts, round_, mailing.INVITATION, sender_host=sender_host, at=at)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="round launched",
        at=at,
        round=round_.number,
        hash=round_.items_hash,
        invited=owed,
        closes_at=closes_at.isoformat() if closes_at else None,
        comments_withheld=len(withheld(session, study, round_)),
    )
    return owed


def with_groups(session: AnySession, study: Study, protocol: Protocol) -> Protocol:
    """The protocol with the stakeholder groups the study has now, by their codes."""
    codes = session.scalars(
        select(StakeholderGroup.code)
        .where(StakeholderGroup.study_id == study.id)
        .order_by(StakeholderGroup.position)
    ).all()
    return replace(protocol, groups=tuple(codes))


def withheld(session: AnySession, study: Study, round_: Round) -> list[Written]:
    """Comments that would be fed back in a round, were it not that nobody has decided on them yet."""
    protocol = Protocol.from_json(study.protocol)
    if not protocol.shows_comments:
        return []
    earlier = session.scalars(
        select(RoundItem.previous_id).where(
            RoundItem.round_id == round_.id, RoundItem.previous_id.is_not(None)
        )
    ).all()
    comments = voices.of_items(session, [place for place in earlier if place])
    return voices.waiting(comments, protocol.comments.approval)


def _fed_back(session: AnySession, round_: Round) -> list[Round]:
    """The rounds of which something is shown in this one."""
    before = aliased(RoundItem)
    places = (
        select(before.round_id)
        .join(RoundItem, RoundItem.previous_id == before.id)
        .where(RoundItem.round_id == round_.id)
    )
    return list(session.scalars(select(Round).where(Round.id.in_(places)).order_by(Round.id)))
