"""The stored results of a round, as pages, feedback and files read them. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import Round, RoundItem
from surveys.models.study import Theme


@dataclass(frozen=True, slots=True)
class StatementResult:
    """One statement's line."""

    round_item_id: int
    item_id: int
    code: str
    kind: str
    aspect: str | None
    theme: str | None
    theme_title: dict[str, Any]
    wording: dict[str, Any]
    settings: dict[str, Any]
    verdict: str
    stable: bool | None
    numbers: Mapping[str, Any]
    stability: Mapping[str, Any] | None
    # First against final answers; of rounds in real time alone.
    movement: Mapping[str, Any] | None
    proposal: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ThemeSummary:
    """How many statements of a theme came to which verdict."""

    code: str | None
    title: dict[str, Any]
    verdicts: Mapping[str, int]
    total: int


@dataclass(frozen=True, slots=True)
class RoundResults:
    """A round's results with their provenance."""

    number: int
    analysis: int
    computed_at: datetime
    provenance: Mapping[str, Any]
    participation: Mapping[str, Any]
    statements: tuple[StatementResult, ...]
    # Items whose kind is summed up and not judged.
    others: tuple[StatementResult, ...] = ()

    @property
    def verdicts(self) -> dict[str, int]:
        """How many statements came to which verdict."""
        found: dict[str, int] = {}
        for statement in self.statements:
            found[statement.verdict] = found.get(statement.verdict, 0) + 1
        return found

    @property
    def themes(self) -> tuple[ThemeSummary, ...]:
        """Consensus by theme, in the themes' order."""
        by_theme: dict[str | None, list[StatementResult]] = {}
        for statement in self.statements:
            by_theme.setdefault(statement.theme, []).append(statement)
        summaries = []
        for code, statements in by_theme.items():
            verdicts: dict[str, int] = {}
            for statement in statements:
                verdicts[statement.verdict] = verdicts.get(statement.verdict, 0) + 1
            summaries.append(
                ThemeSummary(code, statements[0].theme_title, verdicts, len(statements))
            )
        return tuple(summaries)


def of_round(session: AnySession, round_: Round) -> RoundResults | None:
    """The newest analysis of a round; None before its first."""
    result = session.scalar(
        select(RoundResult)
        .where(RoundResult.round_id == round_.id)
        .order_by(RoundResult.number.desc())
        .limit(1)
    )
    if result is None:
        return None
    rows = session.execute(
        select(ItemResult, RoundItem, Item, ItemRevision.wording, Theme)
        .join(RoundItem, RoundItem.id == ItemResult.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .where(ItemResult.round_result_id == result.id)
        .order_by(RoundItem.position)
    )
    items = tuple(
        StatementResult(
            round_item_id=placed.id,
            item_id=item.id,
            code=item.code,
            kind=placed.kind,
            aspect=item.aspect.value if item.aspect else None,
            theme=theme.code if theme else None,
            theme_title=theme.title if theme else {},
            wording=wording,
            settings=placed.settings,
            verdict=stored.verdict or "",
            stable=stored.stable,
            numbers=stored.numbers,
            stability=stored.stability,
            movement=stored.movement,
            proposal=stored.proposal,
        )
        for stored, placed, item, wording, theme in rows
    )
    return RoundResults(
        round_.number,
        result.number,
        result.computed_at,
        result.provenance,
        result.participation,
        tuple(item for item in items if item.verdict),
        tuple(item for item in items if not item.verdict),
    )
