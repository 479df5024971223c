"""Choose what becomes of each statement of a closed round, and whether there is another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveys.delphi.carrying import Choice, Proposal
from surveys.delphi.consensus import Verdict
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.stopping import Decision, StoppingAdvice
from surveys.delphi.summary import ItemCounts
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.draft import CarryChoice, RoundDecision
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import carrying, results
from surveys.queries.results import RoundResults
from surveys.services import auditing, undoing
from surveys.services.problems import Problem, Refused

LONGEST_REASON = 500


class NotChosen(Refused):
    """A choice cannot be kept as asked."""


class ChosenMeanwhile(Exception):
    """Somebody else chose since the page was drawn; ``stands`` is their choice."""

    def __init__(self, stands: CarryChoice) -> None:
        super().__init__("somebody else chose meanwhile")
        self.stands = stands


def choose(
    session: AnySession,
    earlier: Round,
    place_id: int,
    choice: Choice | None,
    *,
    reason: str,
    seen: int,
    actor: str,
    at: datetime,
) -> int:
    """Choose for one item of a closed round; None lets the rule's proposal stand. The new version.

    seen : the version of the choice that the page showed, 0 for none. The same choice again changes
    nothing.

    Raises NotChosen after the launch of the next round, for an item without a proposal, or without a
    reason where it departs from the rule; ChosenMeanwhile where another choice was kept since.
    """
    reason = " ".join(reason.replace("\x00", "").split())
    undoing.refuse_after_launch(session, earlier)
    if earlier.closed_at is None:
        raise NotChosen([Problem(N_("The round before has to be closed first."))])
    found = {one.round_item_id: one for one in carrying.proposals(session, earlier)}
    if place_id not in found:
        raise NotChosen([Problem(N_("There is nothing to choose for this item."))])
    carried = found[place_id]
    stands = session.scalar(select(CarryChoice).where(CarryChoice.round_item_id == place_id))
    version = stands.version if stands else 0
    if (stands.choice if stands else None, stands.reason if stands else "") == (choice, reason):
        return version
    if stands is not None and version != seen:
        raise ChosenMeanwhile(stands)
    departs = choice is not None and choice.departs(Proposal(carried.proposal["proposal"]))
    if departs and not reason:
        raise NotChosen(
            [
                Problem(
                    N_("%(code)s: this departs from the rule, so please give a reason."),
                    {"code": carried.code},
                )
            ]
        )
    if len(reason) > LONGEST_REASON:
        raise NotChosen([Problem(N_("%(code)s: the reason is too long."), {"code": carried.code})])
    with undoing.step(session, earlier, "choice made", actor=actor, at=at):
        if stands is None:
            stands = CarryChoice(round_item_id=place_id, version=0)
            session.add(stands)
        stands.choice, stands.reason = choice, reason
        stands.version = version + 1
        stands.actor, stands.chosen_at = actor, at
        session.flush()
    auditing.record(
        session,
        study_id=earlier.study_id,
        actor=actor,
        act="choice made",
        at=at,
        round=earlier.number,
        item=carried.code,
        proposed=carried.proposal["proposal"],
        chosen=choice.value if choice else "by the rule",
        reason=reason,
    )
    return stands.version


def advice(study: Study, stored: RoundResults) -> StoppingAdvice:
    """Whether the stopping rule advises to go on, from the stored results of a round."""
    rule = Protocol.from_json(study.protocol).stopping
    outcomes = {}
    for statement in stored.statements:
        scale = Scale.from_json(statement.settings["scale"])
        counts = ItemCounts(tuple(statement.numbers["counts"]))
        verdict = Verdict(statement.verdict)
        outcomes[statement.code] = rule.classify(verdict, statement.stable, counts, scale)
    return rule.advise(outcomes, round=stored.number)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the team decided after a round; nothing yet where ``decision`` is None."""

    decision: Decision | None = None
    reason: str = ""
    actor: str = ""
    at: datetime | None = None


def decision_after(session: AnySession, earlier: Round) -> Decided:
    """Whether the team finished after a round or went on, if that was decided."""
    row = session.scalar(select(RoundDecision).where(RoundDecision.round_id == earlier.id))
    return Decided(row.decision, row.reason, row.actor, row.decided_at) if row else Decided()


def decide(
    session: AnySession,
    study: Study,
    earlier: Round,
    decision: Decision,
    *,
    reason: str,
    actor: str,
    at: datetime,
) -> None:
    """Finish the study after a closed round, or go on.

    Raises NotChosen after the launch of the next round, before there are results, or without a reason
    where it departs from the stopping rule's advice.
    """
    undoing.refuse_after_launch(session, earlier)
    with undoing.step(session, earlier, "decision made", actor=actor, at=at):
        note_decision(session, study, earlier, decision, reason=reason, actor=actor, at=at)


def note_decision(
    session: AnySession,
    study: Study,
    earlier: Round,
    decision: Decision,
    *,
    reason: str,
    actor: str,
    at: datetime,
) -> None:
    """The same as part of another step. Raises NotChosen."""
    reason = " ".join(reason.replace("\x00", "").split())
    stored = results.of_round(session, earlier)
    if stored is None:
        raise NotChosen([Problem(N_("The round before has to be closed first."))])
    departs = decision.departs(advice(study, stored))
    if departs and not reason:
        raise NotChosen(
            [Problem(N_("This departs from the stopping rule, so please give a reason."))]
        )
    if len(reason) > LONGEST_REASON:
        raise NotChosen([Problem(N_("The reason is too long."))])
    row = session.scalar(select(RoundDecision).where(RoundDecision.round_id == earlier.id))
    if row is None:
        row = RoundDecision(round_id=earlier.id)
        session.add(row)
    row.decision, row.reason, row.actor, row.decided_at = decision, reason, actor, at
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="decision made",
        at=at,
        round=earlier.number,
        decision=decision.value,
        against_stopping_rule="yes" if departs else "no",
        reason=reason,
    )
