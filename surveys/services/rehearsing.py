"""A dry run: a copy of the study, answered round after round by a simulated panel.

The copy is a study of its own, so nothing of it can stand among the data of the study it rehearses.
Its experts answer through the same services as people, and its rounds are launched, closed, evaluated
and prepared by the same acts and the locked rules. Each step is short enough for one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, islice
from typing import Any

import numpy as np
from sqlalchemy import delete, select, update

from surveys.items import ItemKind, load_kind
from surveys.models.base import AnySession
from surveys.models.invitation import MailState, Outbox
from surveys.models.item import Item
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.researcher import Membership, Researcher
from surveys.models.response import Intake, Response
from surveys.models.result import RoundResult
from surveys.models.round import ItemFeedback, Round, RoundItem
from surveys.models.study import RehearsalKind, Study, Theme
from surveys.services import (
    auditing,
    closing,
    consenting,
    copying,
    launching,
    preparing,
    recruiting,
    responding,
)
from surveys.services.linking import LinkMaker
from surveys.services.simulated_answers import (
    Leaning,
    answer_at,
    leaning,
    may_say_unable,
    remark,
    unable,
)
from surveys.services.simulating import in_proportion
from surveys.services.study_files import StudyPlan
from surveys.services.uploading import UploadStore

SMALLEST, USUAL, LARGEST = 2, 12, 60
DRY_RUN = {"en": "dry run", "nl": "proefloop", "fr": "essai à blanc", "de": "Probelauf"}
PILOT = {"en": "pilot", "nl": "piloot", "fr": "pilote", "de": "Pilot"}
ACTOR = "simulation"
# How long a simulated round lies back and lasts.
APART, LASTS = timedelta(days=14), timedelta(days=12)
TOGETHER = 12

TAKES_PART, COMES_BACK, SUBMITS = 0.94, 0.92, 0.93
SKIPS, CANNOT_JUDGE, COMMENTS = 0.03, 0.04, 0.2
LOOKS_AGAIN = 0.4


@dataclass(frozen=True, slots=True)
class Cast:
    """How many simulated experts there are, in which groups and languages."""

    groups: Mapping[str, int]
    languages: Mapping[str, int]
    experts: int


def planned_cast(session: AnySession, study: Study, experts: int | None = None) -> Cast:
    """The panel as it stands, or as it is planned, or a usual one; so many at most as are quickly played."""
    panel = session.execute(
        select(StakeholderGroup.code, Expert.language)
        .join(Expert, Expert.group_id == StakeholderGroup.id)
        .where(Expert.study_id == study.id, Expert.withdrawn_at.is_(None))
    ).all()
    codes = session.scalars(
        select(StakeholderGroup.code)
        .where(StakeholderGroup.study_id == study.id)
        .order_by(StakeholderGroup.position)
    ).all()
    groups = Counter(row.code for row in panel) or Counter(codes)
    languages = Counter(row.language for row in panel) or Counter(study.languages)
    wanted = experts or len(panel) or study.planned_experts or USUAL
    return Cast(groups, languages, min(max(wanted, SMALLEST), LARGEST))


def begin(
    session: AnySession,
    study: Study,
    plan: StudyPlan,
    kind: RehearsalKind,
    *,
    lead: Researcher,
    actor: str,
    at: datetime,
    uploads: UploadStore,
) -> Study:
    """Make the copy that is rehearsed; who has a role in the study has the same in the copy."""
    mark = DRY_RUN if kind is RehearsalKind.DRY_RUN else PILOT
    made = copying.duplicate(
        session,
        study,
        plan,
        lead=lead,
        actor=actor,
        at=at,
        uploads=uploads,
        mark=mark,
        rehearsal=kind,
    )
    made.planned_experts = study.planned_experts
    session.add_all(
        Membership(
            study_id=made.id, researcher_id=other.researcher_id, role=other.role, created_at=at
        )
        for other in session.scalars(
            select(Membership).where(
                Membership.study_id == study.id, Membership.researcher_id != lead.id
            )
        )
    )
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="dry run begun" if kind is RehearsalKind.DRY_RUN else "pilot begun",
        at=at,
        study=made.public_id,
    )
    return made


class DryRun:
    """The steps that play a copy through. Each is called inside a transaction of its own."""

    def __init__(
        self,
        session: AnySession,
        study_id: int,
        cast: Cast,
        *,
        links: LinkMaker,
        sender_host: str,
        seed: int,
        at: datetime,
    ) -> None:
        self.session, self.study_id, self.cast = session, study_id, cast
        self.links, self.sender_host, self.at = links, sender_host, at
        self.draw = np.random.default_rng(seed)
        self.leanings: dict[int, Leaning] = {}
        # (expert, item) to where the expert stands; the side of each where the panel is divided.
        self.places: dict[tuple[int, int], float] = {}
        self.camps: dict[int, int] = {}
        self.groups: dict[int, str] = {}
        self.came: set[int] = set()

    def steps(self) -> Iterator[Callable[[], None]]:
        """Recruit, then for each round launch, answer, close and prepare; until one cannot be launched."""
        yield self.recruit
        numbers = self.session.scalars(
            select(Round.number).where(Round.study_id == self.study_id).order_by(Round.number)
        ).all()
        for number in numbers:
            opened = self.at - APART * (len(numbers) - number + 1)
            if not self._may_launch(number, opened):
                return
            yield partial(self.launch, number, opened)
            experts = self.session.scalars(
                select(Expert.id).where(Expert.study_id == self.study_id).order_by(Expert.id)
            ).all()
            for first in range(0, len(experts), TOGETHER):
                yield partial(self.answer, number, opened, experts[first : first + TOGETHER])
            if self._round(number).real_time:
                yield partial(self.look_again, number, opened)
            last = number == numbers[-1]
            yield partial(self.close, number, opened + LASTS, prepare=not last)

    def recruit(self) -> None:
        """Fill the panel in the proportions of the cast."""
        study = self.session.get_one(Study, self.study_id)
        groups = in_proportion(self.cast.groups, self.cast.experts)
        languages = list(
            islice(cycle(in_proportion(self.cast.languages, self.cast.experts)), len(groups))
        )
        self.draw.shuffle(languages)
        for number, (group, language) in enumerate(zip(groups, languages, strict=True), start=1):
            expert = recruiting.add_expert(
                self.session,
                study,
                recruiting.Newcomer(
                    name=f"Simulated expert {number}",
                    email=f"expert{number}@simulated.test",
                    group=group,
                    language=language,
                ),
                links=self.links,
                actor=ACTOR,
                at=self.at - APART * 8,
            )
            self.groups[expert.id], self.camps[expert.id] = group, number % 2

    def launch(self, number: int, opened: datetime) -> None:
        """Open a round; its invitations stay unsent."""
        round_ = self._round(number)
        launching.launch(
            self.session,
            self.session.get_one(Study, self.study_id),
            round_,
            closes_at=opened + LASTS,
            links=self.links,
            sender_host=self.sender_host,
            actor=ACTOR,
            at=opened,
        )
        self.session.execute(
            update(Outbox)
            .where(Outbox.round_id == round_.id)
            .values(state=MailState.STOPPED)
            .execution_options(synchronize_session=False)
        )

    def answer(self, number: int, opened: datetime, experts: Sequence[int]) -> None:
        """Let some of the experts answer a round; most come, most of those come back, most submit."""
        round_ = self._round(number)
        asked, panel = self._asked(round_), self._panel_before(round_)
        for expert_id in experts:
            chance = COMES_BACK if expert_id in self.came else TAKES_PART
            if (self.came and expert_id not in self.came and number > 1) or not self._happens(
                chance
            ):
                self.came.discard(expert_id)
                continue
            self.came.add(expert_id)
            expert = self.session.get_one(Expert, expert_id)
            moment = opened + LASTS * float(self.draw.uniform(0.02, 0.9))
            self._consent(expert, moment)
            submits = self._happens(SUBMITS)
            done = asked if submits else asked[: int(len(asked) * self.draw.uniform(0.3, 0.9))]
            offers = {
                placed.id: offer
                for placed, kind, fed_back in done
                if (offer := self._offer(expert, placed, kind, panel if fed_back else {}))
            }
            if not offers:
                continue
            responding.keep(
                self.session, expert_id, round_.id, offers, language=expert.language, at=moment
            )
            if submits:
                responding.submit(self.session, expert_id, round_.id, at=moment)

    def look_again(self, number: int, opened: datetime) -> None:
        """In a round in real time: let some see the group's figures and move."""
        round_ = self._round(number)
        asked = self._asked(round_)
        now_standing = self._middle_of(asked)
        responded = self.session.scalars(
            select(Response.expert_id).where(Response.round_id == round_.id).order_by(Response.id)
        ).all()
        for expert_id in responded:
            if not self._happens(LOOKS_AGAIN):
                continue
            expert = self.session.get_one(Expert, expert_id)
            offers = {}
            for placed, kind, _fed_back in asked:
                key = (expert_id, placed.item_id)
                if key not in self.places:
                    continue
                where = self.leanings[placed.item_id].after(
                    self.places[key], now_standing.get(placed.item_id), self.draw
                )
                self.places[key] = where
                offers[placed.id] = responding.Offer(
                    answer_at(kind, where, self.draw, expert.language), seen=99
                )
            moment = opened + LASTS * float(self.draw.uniform(0.91, 0.99))
            if offers:
                responding.keep(
                    self.session, expert_id, round_.id, offers, language=expert.language, at=moment
                )

    def close(self, number: int, at: datetime, *, prepare: bool) -> None:
        """Close a round and, where another follows, prepare it by the rule."""
        study, round_ = self.session.get_one(Study, self.study_id), self._round(number)
        closing.close(self.session, study, round_, actor=ACTOR, at=at)
        if prepare and round_.kind == "rating":
            try:
                preparing.prepare(self.session, study, round_, actor=ACTOR, at=at)
            except preparing.NotPrepared:
                # Nothing comes back: the run ends here, and its page says so.
                return

    def _may_launch(self, number: int, opened: datetime) -> bool:
        return bool(launching.may_launch(self.session, self._round(number), opened + LASTS, opened))

    def _round(self, number: int) -> Round:
        return self.session.scalars(
            select(Round).where(Round.study_id == self.study_id, Round.number == number)
        ).one()

    def _asked(self, round_: Round) -> list[tuple[RoundItem, ItemKind, bool]]:
        """What a round asks, bound to its kind, and whether experts see the panel's answer on it."""
        groups = list(self.cast.groups)
        found = []
        for placed, shown in self.session.execute(
            select(RoundItem, ItemFeedback.id)
            .join(Item, Item.id == RoundItem.item_id)
            .outerjoin(ItemFeedback, ItemFeedback.round_item_id == RoundItem.id)
            .where(RoundItem.round_id == round_.id)
            .order_by(RoundItem.position)
        ):
            kind = load_kind(placed.kind, placed.settings)
            if not kind.asks:
                continue
            if placed.item_id not in self.leanings:
                self.leanings[placed.item_id] = leaning(groups, self.draw)
            found.append((placed, kind, shown is not None))
        return found

    def _panel_before(self, round_: Round) -> dict[int, float]:
        """Where the panel stood on each item before this round; nothing in the first."""
        earlier: dict[int, list[float]] = {}
        for (_expert, item_id), place in self.places.items():
            earlier.setdefault(item_id, []).append(place)
        before = {item_id: float(np.median(places)) for item_id, places in earlier.items()}
        return {} if round_.real_time else before

    def _middle_of(self, asked: list[tuple[RoundItem, ItemKind, bool]]) -> dict[int, float]:
        items = {placed.item_id for placed, _kind, _shown in asked}
        standing: dict[int, list[float]] = {}
        for (_expert, item_id), place in self.places.items():
            if item_id in items:
                standing.setdefault(item_id, []).append(place)
        return {item_id: float(np.median(places)) for item_id, places in standing.items()}

    def _offer(
        self, expert: Expert, placed: RoundItem, kind: ItemKind, panel: Mapping[int, float]
    ) -> responding.Offer | None:
        """One expert's answer to one item, with a comment now and then; None where it is skipped."""
        if self._happens(SKIPS):
            return None
        if may_say_unable(kind) and self._happens(CANNOT_JUDGE):
            return responding.Offer(unable())
        key, leans = (expert.id, placed.item_id), self.leanings[placed.item_id]
        if key in self.places:
            where = leans.after(self.places[key], panel.get(placed.item_id), self.draw)
        else:
            where = leans.place(self.groups[expert.id], self.camps[expert.id], self.draw)
        self.places[key] = where
        says = kind.takes_comment and self._happens(COMMENTS)
        return responding.Offer(
            answer_at(kind, where, self.draw, expert.language),
            remark(where, expert.language, self.draw) if says else None,
        )

    def _consent(self, expert: Expert, at: datetime) -> None:
        consent = self.session.get_one(Study, self.study_id).consent
        texts: Mapping[str, Any] = consent["text"]
        consenting.agree(
            self.session,
            expert,
            version=consent["version"],
            language=expert.language,
            text=str(texts.get(expert.language) or next(iter(texts.values()), "")),
            at=at,
        )

    def _happens(self, probability: float) -> bool:
        return bool(self.draw.random() < probability)


def throw_away(
    session: AnySession, study: Study, rehearsal: Study, *, actor: str, at: datetime
) -> None:
    """Delete a rehearsal with everything in it. Only a rehearsal can be deleted, and only its own study's.

    Raises ValueError for any other study.
    """
    if rehearsal.rehearsal_of_id != study.id:
        raise ValueError("only a rehearsal of this study can be thrown away")
    kind, public_id, doomed = rehearsal.rehearsal_kind, rehearsal.public_id, rehearsal.id
    session.expunge(rehearsal)
    rounds = select(Round.id).where(Round.study_id == doomed)
    # What points at rows that go with another parent goes first.
    for statement in (
        delete(Response).where(Response.round_id.in_(rounds)),
        delete(Intake).where(Intake.round_id.in_(rounds)),
        delete(RoundResult).where(RoundResult.round_id.in_(rounds)),
        delete(RoundItem).where(RoundItem.round_id.in_(rounds)),
        delete(Round).where(Round.study_id == doomed),
        delete(Item).where(Item.study_id == doomed),
        delete(Theme).where(Theme.study_id == doomed),
        delete(Expert).where(Expert.study_id == doomed),
        delete(Study).where(Study.id == doomed),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    session.flush()
    session.expire_all()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="dry run thrown away" if kind is RehearsalKind.DRY_RUN else "pilot thrown away",
        at=at,
        study=public_id,
    )
