"""How well experts say they know what they judge: on what a round asks it, and what each has said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.answer import Answer
from surveys.delphi.expertise import AskedAbout, ByLevel, Level
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts
from surveys.items import ASKING
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.response import Response, SelfRating
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study, Theme
from surveys.queries.questionnaire import AskedRound, StudyText


@dataclass(frozen=True, slots=True)
class Subject:
    """What an expert may say to know: an item of a round, or a theme of it.

    ``key`` is its name on a page: "k12" is item 12, "t3" theme 3.
    """

    key: str
    round_item_id: int | None
    theme_id: int | None
    # The theme's title, or the item's code.
    name: str | StudyText


@dataclass(frozen=True, slots=True)
class Said:
    """What stands of one expert on one subject; no level where it was taken back or never given."""

    level: Level | None = None
    version: int = 0
    given_at: datetime | None = None


def subjects(asked: AskedRound) -> tuple[Subject, ...]:
    """On what a round asks experts how well they know it; what only informs is nothing to know."""
    if asked.expertise is AskedAbout.ITEM:
        questions = (item for item in asked.items if item.kind.asks)
        return tuple(Subject(f"k{item.id}", item.id, None, item.code) for item in questions)
    if asked.expertise is AskedAbout.THEME:
        titles = {item.theme_id: item.theme_title for item in asked.asking if item.theme_id}
        return tuple(Subject(f"t{theme}", None, theme, title) for theme, title in titles.items())
    return ()


def own(session: AnySession, expert_id: int, asked: AskedRound) -> dict[str, Said]:
    """What one expert has said in a round, by subject."""
    if asked.expertise is AskedAbout.NOTHING:
        return {}
    rows = session.execute(
        select(
            SelfRating.round_item_id,
            SelfRating.theme_id,
            SelfRating.level,
            SelfRating.version,
            SelfRating.given_at,
        )
        .join(Response, Response.id == SelfRating.response_id)
        .where(Response.round_id == asked.id, Response.expert_id == expert_id, SelfRating.latest)
    )
    return {
        f"k{row.round_item_id}" if row.round_item_id else f"t{row.theme_id}": Said(
            Level(row.level) if row.level else None, row.version, row.given_at
        )
        for row in rows
    }


def levels_until(session: AnySession, round_: Round) -> dict[int, dict[int, Level]]:
    """For every item of a round, expert to level: as last said until then, in this round or before.

    What was said of the item itself goes before what was said of its theme.
    """
    of_items: dict[int, dict[int, Level]] = defaultdict(dict)
    of_themes: dict[int | None, dict[int, Level]] = defaultdict(dict)
    said = (
        select(Response.expert_id, RoundItem.item_id, SelfRating.theme_id, SelfRating.level)
        .join(Response, Response.id == SelfRating.response_id)
        .join(Round, Round.id == Response.round_id)
        .outerjoin(RoundItem, RoundItem.id == SelfRating.round_item_id)
        .where(
            Round.study_id == round_.study_id,
            Round.number <= round_.number,
            SelfRating.latest,
            SelfRating.level.is_not(None),
        )
        .order_by(Round.number)
    )
    for row in session.execute(said):
        level = Level(row.level or 0)
        if row.theme_id is not None:
            of_themes[row.theme_id][row.expert_id] = level
        else:
            of_items[row.item_id][row.expert_id] = level
    return {
        placed: {**of_themes.get(theme, {}), **of_items.get(item, {})}
        for placed, item, theme in session.execute(
            select(RoundItem.id, Item.id, Item.theme_id)
            .join(Item, Item.id == RoundItem.item_id)
            .where(RoundItem.round_id == round_.id)
        )
    }


@dataclass(frozen=True, slots=True)
class AskedSubject:
    """A subject on which a launched round asked experts how well they know it."""

    round_number: int
    about: AskedAbout
    # Of the item, or of the theme.
    code: str
    # Of a theme: its place among the themes of the study, and its title.
    position: int = 0
    title: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SelfRated:
    """All that the experts of a study said to know."""

    subjects: tuple[AskedSubject, ...]
    # By expert id, number of the round, and whether it is the item or the theme of this code.
    levels: Mapping[tuple[int, int, AskedAbout, str], Level]

    def level(self, expert_id: int, round_number: int, item: str, theme: str) -> Level | None:
        """How well an expert said in this round to know an item, or else its theme."""
        return self.levels.get((expert_id, round_number, AskedAbout.ITEM, item)) or self.levels.get(
            (expert_id, round_number, AskedAbout.THEME, theme)
        )


def of_study(session: AnySession, study: Study) -> SelfRated:
    """What launched rounds asked and what experts said, for exports. What was erased is gone."""
    subjects: dict[AskedSubject, None] = {}
    for number, about, item, theme in session.execute(
        select(Round.number, Round.expertise, Item.code, Theme)
        .join(RoundItem, RoundItem.round_id == Round.id)
        .join(Item, Item.id == RoundItem.item_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .where(
            Round.study_id == study.id,
            Round.opened_at.is_not(None),
            Round.expertise != AskedAbout.NOTHING,
            RoundItem.kind.in_(ASKING),
        )
        .order_by(Round.number, RoundItem.position)
    ):
        if about is AskedAbout.ITEM:
            subjects.setdefault(AskedSubject(number, about, item))
        elif theme is not None:
            subjects.setdefault(
                AskedSubject(number, about, theme.code, theme.position, theme.title)
            )
    said = (
        select(
            Response.expert_id,
            Round.number,
            Item.code.label("item"),
            Theme.code.label("theme"),
            SelfRating.level,
        )
        .join(Response, Response.id == SelfRating.response_id)
        .join(Round, Round.id == Response.round_id)
        .outerjoin(RoundItem, RoundItem.id == SelfRating.round_item_id)
        .outerjoin(Item, Item.id == RoundItem.item_id)
        .outerjoin(Theme, Theme.id == SelfRating.theme_id)
        .where(Round.study_id == study.id, SelfRating.latest, SelfRating.level.is_not(None))
    )
    return SelfRated(
        tuple(subjects),
        {
            (
                row.expert_id,
                row.number,
                AskedAbout.ITEM if row.item else AskedAbout.THEME,
                row.item or row.theme,
            ): Level(row.level or 0)
            for row in session.execute(said)
        },
    )


def by_level(answers: Mapping[int, Answer], levels: Mapping[int, Level], scale: Scale) -> ByLevel:
    """One item's answers, by expert, as counts at each level."""
    parts: dict[Level | None, list[Answer]] = defaultdict(list)
    for expert_id, answer in answers.items():
        parts[levels.get(expert_id)].append(answer)
    unsaid = ItemCounts.from_answers(parts.pop(None, []), scale)
    named = {level: given for level, given in parts.items() if level is not None}
    return ByLevel(
        {level: ItemCounts.from_answers(given, scale) for level, given in named.items()}, unsaid
    )
