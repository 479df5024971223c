"""Results beside the locked ones: those who say they know a subject, or every rating by its weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.delphi.answer import Answer
from surveys.delphi.expertise import Level, Weighted
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts
from surveys.items import load_kind
from surveys.items.describing import describe
from surveys.models.base import db
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.round import Round
from surveys.queries import ratings, self_ratings
from surveys.queries.results import RoundResults, StatementResult
from surveys.web.researchers.words import verdict_names

WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class Part:
    """One item seen by expertise: the ratings of those who pass, or the weighted ones."""

    # Usable ratings that are looked at here, of those there are.
    n: int
    total: int
    # The item with the numbers of those who pass, for its kind's own template; None for nobody.
    narrowed: StatementResult | None = None
    # What the rule would say of these ratings alone.
    judged: str = ""
    # The weighted shares and mean as plain numbers.
    weighted: Mapping[str, float | None] | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is chosen to stand beside the results, and what there is to choose."""

    choices: list[tuple[str, str]]
    chosen: str
    title: str
    parts: Mapping[int, Part] = field(default_factory=dict)


def beside(
    round_: Round, stored: RoundResults, protocol: Protocol, chosen: str, locale: str
) -> Beside | None:
    """What to show beside a round's results; None where no expert said to know anything.

    Computed when it is asked for, from the answers that stand now; nothing of it is stored.
    """
    levels = self_ratings.levels_until(db.session, round_)
    if not any(levels.values()):
        return None
    choices = [
        (str(level.value), _("%(level)s and above", level=f"{level.value} {level.name_in(locale)}"))
        for level in list(Level)[1:]
    ]
    titles = dict(choices) | {WEIGHTED: _("weighted by expertise")}
    if chosen not in titles:
        return Beside([*titles.items()], "", "")
    answers = ratings.answers_by_expert(
        db.session, round_.id, only_submitted=not protocol.unsubmitted_count
    )
    looking = _Looking(round_, protocol, chosen, locale)
    parts = {
        item.round_item_id: looking.at(
            item, answers[item.round_item_id], levels[item.round_item_id]
        )
        for item in (*stored.statements, *stored.others)
    }
    return Beside([*titles.items()], chosen, titles[chosen], parts)


def _plain(weighted: Weighted) -> dict[str, float | None]:
    """Exact numbers as pages write them."""
    exact = {name: getattr(weighted, name) for name in ("share_low", "share_high", "mean")}
    return {
        "weight": weighted.weight,
        **{name: None if value is None else float(value) for name, value in exact.items()},
    }


class _Looking:
    """Looks at one item after the other in the chosen way."""

    def __init__(self, round_: Round, protocol: Protocol, chosen: str, locale: str) -> None:
        self.protocol = protocol
        self.rule = protocol.consensus.for_round(round_.number)
        self.level = None if chosen == WEIGHTED else Level(int(chosen))
        self.locale = locale
        self.groups = dict(
            db.session.execute(
                select(Expert.id, StakeholderGroup.code)
                .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
                .where(Expert.study_id == round_.study_id)
            ).all()
        )

    def at(
        self, item: StatementResult, answers: Mapping[int, Answer], levels: Mapping[int, Level]
    ) -> Part:
        """One item with the answers to it and what their experts say to know of it."""
        total = sum(answer.given for answer in answers.values())
        scale = Scale.from_json(item.settings["scale"]) if item.verdict else None
        if self.level is None:
            if scale is None:
                return Part(0, total)
            weighted = self_ratings.by_level(answers, levels, scale).weighted(scale)
            return Part(weighted.n, total, weighted=_plain(weighted))
        passing = {
            expert_id: answer
            for expert_id, answer in answers.items()
            if levels.get(expert_id, 0) >= self.level
        }
        n = sum(answer.given for answer in passing.values())
        if not n:
            return Part(0, total)
        if scale is None:
            return Part(n, total, self._summed_up(item, passing))
        counts = ItemCounts.from_answers(passing.values(), scale)
        (numbers,) = describe([counts], scale, self.protocol.quantile_method)
        narrowed = replace(item, numbers={**item.numbers, **numbers, "groups": {}})
        return Part(n, total, narrowed, self._judged(counts, scale, passing))

    def _summed_up(
        self, item: StatementResult, passing: Mapping[int, Answer]
    ) -> StatementResult | None:
        """The numbers of a kind that no rule judges."""
        numbers = load_kind(item.kind, item.settings).summarise(
            list(passing.values()), quantile_method=self.protocol.quantile_method
        )
        return None if numbers is None else replace(item, numbers=numbers)

    def _judged(self, counts: ItemCounts, scale: Scale, passing: Mapping[int, Answer]) -> str:
        """What the rule would say if these experts were the panel."""
        by_group: dict[str, list[Answer]] = {code: [] for code in self.groups.values()}
        for expert_id, answer in passing.items():
            by_group[self.groups[expert_id]].append(answer)
        groups = {code: ItemCounts.from_answers(given, scale) for code, given in by_group.items()}
        names = verdict_names(g.study, self.locale)
        return self.rule.judge(counts, scale, groups).sentence(self.locale, names)
