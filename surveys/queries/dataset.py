"""Every answer of a study by pseudonym, for exports. Names and addresses are out of reach here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from surveys.delphi.answer import Answer, Missing
from surveys.items import ASKING
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision
from surveys.models.live import FirstAnswer
from surveys.models.panel import Channel, EarlierAnswers, Expert, StakeholderGroup
from surveys.models.response import Comment, Intake, NotAsked, Rating, Response, is_asked
from surveys.models.round import Round, RoundItem, ShownOrder
from surveys.models.study import Study, Theme
from surveys.queries import self_ratings
from surveys.queries.self_ratings import SelfRated


@dataclass(frozen=True, slots=True)
class AskedInRound:
    """One item in one launched round."""

    round_item_id: int
    round_number: int
    code: str
    kind: str
    settings: dict[str, Any]
    theme: str
    aspect: str
    revision: int
    wording: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PanelMember:
    """One expert as data sees them."""

    id: int
    code: str
    group: str
    language: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class StudyData:
    """All of a study's answers."""

    items: tuple[AskedInRound, ...]
    experts: tuple[PanelMember, ...]
    # (expert id, round item id) to the answer that stands; absent where none was given.
    answers: dict[tuple[int, int], Answer]
    comments: dict[tuple[int, int], str]
    # (expert id, round number) to whether the response was submitted; absent where none began.
    responses: dict[tuple[int, int], bool]
    # (expert id, round number) to the round's items in the order drawn for the expert.
    orders: dict[tuple[int, int], list[int]]
    # (expert id, round item id) to the first answer, given blind; of rounds in real time alone.
    first: dict[tuple[int, int], Answer]
    expertise: SelfRated
    # What the codes of groups and themes are called.
    groups: dict[str, dict[str, Any]]
    themes: dict[str, dict[str, Any]]
    # (expert id, round item id) of what an expert who took part was not asked.
    left_out: set[tuple[int, int]]
    # (expert id, round item id) to how an answer came that a researcher entered; absent for all others.
    channels: dict[tuple[int, int], Channel]

    def positions(self, expert: PanelMember) -> dict[int, int]:
        """At which place an expert was shown each question of the rounds they took part in.

        What they were not asked has its place in the order and no position here.
        """
        asked = defaultdict(list)
        for item in self.items:
            asked[item.round_number].append(item.round_item_id)
        places: dict[int, int] = {}
        for number, listed in asked.items():
            if (expert.id, number) not in self.responses:
                continue
            order = self.orders.get((expert.id, number), listed)
            questions = set(listed)
            # What only informs is in the order and not among the questions.
            shown = [item_id for item_id in order if item_id in questions]
            places |= {
                item_id: place
                for place, item_id in enumerate(shown, start=1)
                if (expert.id, item_id) not in self.left_out
            }
        return places

    def answer(self, expert: PanelMember, item: AskedInRound) -> Answer:
        """The standing answer, or why there is none."""
        if (expert.id, item.round_item_id) in self.left_out:
            return Answer.absent(Missing.NOT_SHOWN)
        given = self.answers.get((expert.id, item.round_item_id))
        return given or Answer.absent(self.why_none(expert, item.round_number))

    def why_none(self, expert: PanelMember, round_number: int) -> Missing:
        """Why an expert gave nothing in a round where something was asked."""
        if (expert.id, round_number) in self.responses:
            return Missing.SKIPPED
        return Missing.WITHDRAWN if expert.withdrawn else Missing.NOT_SHOWN


def of_study(session: AnySession, study: Study) -> StudyData:
    """Read everything. Experts who had their answers erased appear without any."""
    items = tuple(
        AskedInRound(
            placed.id,
            number,
            item.code,
            placed.kind,
            placed.settings,
            theme or "",
            item.aspect.value if item.aspect else "",
            revision.number,
            revision.wording,
        )
        for placed, number, item, revision, theme in session.execute(
            select(RoundItem, Round.number, Item, ItemRevision, Theme.code)
            .join(Round, Round.id == RoundItem.round_id)
            .join(Item, Item.id == RoundItem.item_id)
            .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
            .outerjoin(Theme, Theme.id == Item.theme_id)
            .where(
                Round.study_id == study.id,
                Round.opened_at.is_not(None),
                RoundItem.kind.in_(ASKING),
            )
            .order_by(Round.number, RoundItem.position)
        )
    )
    experts = tuple(
        PanelMember(expert.id, expert.code, group, expert.language, expert.withdrawn_at is not None)
        for expert, group in session.execute(
            select(Expert, StakeholderGroup.code)
            .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
            .where(Expert.study_id == study.id)
            .order_by(Expert.id)
        )
    )
    stands = or_(Expert.withdrawn_at.is_(None), Expert.earlier_answers == EarlierAnswers.KEEP)
    answers = {
        (expert_id, round_item_id): Answer(value, detail, missing)
        for expert_id, round_item_id, value, detail, missing in session.execute(
            select(
                Response.expert_id,
                Rating.round_item_id,
                Rating.value,
                Rating.detail,
                Rating.missing,
            )
            .join(Response, Response.id == Rating.response_id)
            .join(Expert, Expert.id == Response.expert_id)
            .where(Expert.study_id == study.id, Rating.latest, stands)
        )
    }
    comments = {
        (expert_id, round_item_id): text
        for expert_id, round_item_id, text in session.execute(
            select(Response.expert_id, Comment.round_item_id, Comment.text)
            .join(Response, Response.id == Comment.response_id)
            .join(Expert, Expert.id == Response.expert_id)
            .where(
                Expert.study_id == study.id,
                Comment.latest,
                Comment.text != "",
                stands,
                is_asked(Comment),
            )
        )
    }
    responses = {
        (expert_id, number): submitted is not None
        for expert_id, number, submitted in session.execute(
            select(Response.expert_id, Round.number, Response.submitted_at)
            .join(Round, Round.id == Response.round_id)
            .join(Expert, Expert.id == Response.expert_id)
            .where(Expert.study_id == study.id, stands)
        )
    }
    orders = {
        (expert_id, number): order
        for expert_id, number, order in session.execute(
            select(ShownOrder.expert_id, Round.number, ShownOrder.items)
            .join(Round, Round.id == ShownOrder.round_id)
            .where(Round.study_id == study.id)
        )
    }
    first = {
        (expert_id, round_item_id): Answer(value, detail, missing)
        for expert_id, round_item_id, value, detail, missing in session.execute(
            select(
                Response.expert_id,
                FirstAnswer.round_item_id,
                Rating.value,
                Rating.detail,
                Rating.missing,
            )
            .join(Response, Response.id == FirstAnswer.response_id)
            .join(Rating, Rating.id == FirstAnswer.rating_id)
            .join(Expert, Expert.id == Response.expert_id)
            .where(Expert.study_id == study.id, stands)
        )
    }
    groups = session.execute(
        select(StakeholderGroup.code, StakeholderGroup.name)
        .where(StakeholderGroup.study_id == study.id)
        .order_by(StakeholderGroup.position)
    )
    themes = session.execute(
        select(Theme.code, Theme.title).where(Theme.study_id == study.id).order_by(Theme.position)
    )
    left_out = {
        (expert_id, round_item_id)
        for expert_id, round_item_id in session.execute(
            select(Response.expert_id, NotAsked.round_item_id)
            .join(Response, Response.id == NotAsked.response_id)
            .join(Expert, Expert.id == Response.expert_id)
            .where(Expert.study_id == study.id, stands)
        )
    }
    channels = {
        (expert_id, round_item_id): channel
        for expert_id, round_item_id, channel in session.execute(
            select(Response.expert_id, Rating.round_item_id, Intake.channel)
            .join(Response, Response.id == Rating.response_id)
            .join(Intake, Intake.id == Rating.intake_id)
            .join(Expert, Expert.id == Response.expert_id)
            .where(Expert.study_id == study.id, Rating.latest, stands)
        )
    }
    return StudyData(
        items,
        experts,
        answers,
        comments,
        responses,
        orders,
        first,
        self_ratings.of_study(session, study),
        groups=dict(groups.all()),
        themes=dict(themes.all()),
        left_out=left_out,
        channels=channels,
    )
