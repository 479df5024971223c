"""How answers moved within a round in real time, as the results show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveys.delphi.movement import Movement
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityRule
from surveys.delphi.summary import PairCounts
from surveys.queries.results import RoundResults, StatementResult
from surveys.web.researchers.surroundings import points_of

Bar = Sequence[tuple[int, str, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """First against final ratings of one statement: in words, and as two bars of the same experts."""

    sentence: str
    first: Bar
    final: Bar


def of_round(stored: RoundResults, rule: StabilityRule, locale: str) -> dict[int, Moved]:
    """Every statement's movement, by round item; empty for a classical round."""
    return {
        statement.round_item_id: moved(statement, rule, locale)
        for statement in stored.statements
        if statement.movement
    }


def moved(statement: StatementResult, rule: StabilityRule, locale: str) -> Moved:
    """One statement's movement, from the stored table."""
    pairs = PairCounts(tuple(tuple(row) for row in (statement.movement or {})["table"]))
    scale = Scale.from_json(statement.settings["scale"])

    def bar(counts: Sequence[int]) -> Bar:
        named = points_of(statement)
        return [(point, name, n) for (point, name, _), n in zip(named, counts, strict=True)]

    said = Movement.within_a_round(pairs, scale, rule).sentence(locale)
    return Moved(said, bar(pairs.earlier), bar(pairs.later))
