"""The lineage of a study: every wording, round by round, and how one came from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import func, select

from surveys.delphi.carrying import Choice
from surveys.delphi.descent import Descent
from surveys.items import KINDS
from surveys.models.base import AnySession
from surveys.models.draft import CarryChoice
from surveys.models.item import Item, ItemDescent, ItemOrigin, ItemRevision, Meaning
from surveys.models.result import ItemResult, RoundResult
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Study, Theme


class Link(StrEnum):
    """How a statement came to stand in a round, or that it left; stable codes for the file."""

    NEW = "new"
    KEPT = "kept"
    REWORDED = "reworded"
    CHANGED = "meaning changed"
    SPLIT = "split"
    MERGED = "merged"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Node:
    """One wording in one rating round."""

    place: int
    item_id: int
    code: str
    theme: str | None
    round_number: int
    position: int
    revision: int
    wording: Mapping[str, str]
    # None where no rule judged it, or not yet.
    verdict: str | None
    # The round is a draft: nobody has seen it yet.
    draft: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """What happened to a statement from one round to the next.

    ``before`` is None of a new one, ``after`` of one that left. ``reasons`` are per language, or under
    "" where one person wrote it for the team. ``sources`` is the number of answers it was made from.
    """

    link: Link
    before: Node | None
    after: Node | None
    reasons: Mapping[str, str]
    paired: bool
    sources: int = 0

    @property
    def round_number(self) -> int:
        """The round in which it shows: of one that left, the first without it."""
        return self.after.round_number if self.after else (self.before_round + 1)

    @property
    def before_round(self) -> int:
        """The round before."""
        return self.before.round_number if self.before else 0


@dataclass(frozen=True, slots=True)
class Lineage:
    """All wordings of a study's rating rounds, and how they follow from each other."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def rounds(self) -> tuple[int, ...]:
        """The rounds that are drawn."""
        return tuple(sorted({node.round_number for node in self.nodes}))

    def around(self, code: str) -> Lineage:
        """What a statement was made from, and all that was made of it or of these."""
        near = {code}
        joined = [
            (edge.before.code, edge.after.code)
            for edge in self.edges
            if edge.before and edge.after and edge.before.code != edge.after.code
        ]
        grown = True
        while grown:
            more = {other for pair in joined for other in pair if near.intersection(pair)} - near
            near |= more
            grown = bool(more)
        return self.only(lambda node: node.code in near)

    def only(self, wanted: Callable[[Node], bool]) -> Lineage:
        """The part of it that these nodes make."""
        return Lineage(
            tuple(node for node in self.nodes if wanted(node)),
            tuple(
                edge
                for edge in self.edges
                if any(node and wanted(node) for node in (edge.before, edge.after))
            ),
        )


def of_study(session: AnySession, study: Study) -> Lineage:
    """How every statement of a study came about, round by round, the draft of the next one included."""
    nodes, previous = _nodes(session, study)
    by_item: dict[int, list[Node]] = {}
    for node in nodes:
        by_item.setdefault(node.item_id, []).append(node)
    revisions = {
        (item_id, number): (meaning, reasons or {})
        for item_id, number, meaning, reasons in session.execute(
            select(
                ItemRevision.item_id,
                ItemRevision.number,
                ItemRevision.meaning,
                ItemRevision.reasons,
            ).where(ItemRevision.item_id.in_(list(by_item)), ItemRevision.number > 1)
        )
    }
    made: dict[int, list[tuple[Descent, Node, Mapping[str, str]]]] = {}
    places = {node.place: node for node in nodes}
    for descent in session.scalars(
        select(ItemDescent).where(ItemDescent.item_id.in_(list(by_item))).order_by(ItemDescent.id)
    ):
        if descent.parent_id in places:
            made.setdefault(descent.item_id, []).append(
                (descent.act, places[descent.parent_id], descent.reasons)
            )
    sources: dict[int, int] = dict(
        session.execute(
            select(ItemOrigin.item_id, func.count(ItemOrigin.id))
            .where(ItemOrigin.item_id.in_(list(by_item)))
            .group_by(ItemOrigin.item_id)
        ).all()
    )
    notes: dict[int, str] = dict(
        session.execute(select(Item.id, Item.note).where(Item.id.in_(list(by_item)))).all()
    )
    edges = []
    for item_id, stands in by_item.items():
        first = stands[0]
        for act, parent, reasons in made.get(item_id, ()):
            edges.append(Edge(Link(act.value), parent, first, reasons, paired=False))
        if item_id not in made:
            note = {"": notes[item_id]} if notes[item_id] else {}
            edges.append(
                Edge(Link.NEW, None, first, note, paired=False, sources=sources.get(item_id, 0))
            )
        for before, after in pairwise(stands):
            edges.append(_step(before, after, revisions, paired=previous[after.place] is not None))
    became_something = {edge.before.place for edge in edges if edge.before}
    last = max((node.round_number for node in nodes), default=0)
    choices = {
        choice.round_item_id: choice.reason
        for choice in session.scalars(
            select(CarryChoice).where(
                CarryChoice.round_item_id.in_(
                    [node.place for node in nodes if node.round_number < last]
                ),
                CarryChoice.choice == Choice.LEAVES,
            )
        )
    }
    for node in nodes:
        if node.place not in became_something and node.round_number < last:
            reason = choices.get(node.place, "")
            edges.append(Edge(Link.LEFT, node, None, {"": reason} if reason else {}, paired=False))
    edges.sort(
        key=lambda edge: (edge.round_number, (edge.after or edge.before or nodes[0]).position)
    )
    return Lineage(tuple(nodes), tuple(edges))


def _step(
    before: Node,
    after: Node,
    revisions: Mapping[tuple[int, int], tuple[Meaning | None, Mapping[str, str]]],
    *,
    paired: bool,
) -> Edge:
    """From one round to the next: the same words, other words, or another meaning."""
    if before.revision == after.revision:
        return Edge(Link.KEPT, before, after, {}, paired)
    between = [
        revisions[after.item_id, number]
        for number in range(before.revision + 1, after.revision + 1)
        if (after.item_id, number) in revisions
    ]
    changed = any(meaning is not Meaning.KEPT for meaning, _reasons in between)
    reasons = between[-1][1] if between else {}
    return Edge(Link.CHANGED if changed else Link.REWORDED, before, after, reasons, paired)


def _nodes(session: AnySession, study: Study) -> tuple[list[Node], dict[int, int | None]]:
    """Every wording in every rating round that has any, and with which place each is compared."""
    newest: dict[int, str | None] = {}
    for place, verdict in session.execute(
        select(ItemResult.round_item_id, ItemResult.verdict)
        .join(RoundResult, RoundResult.id == ItemResult.round_result_id)
        .join(Round, Round.id == RoundResult.round_id)
        .where(Round.study_id == study.id)
        .order_by(RoundResult.number)
    ):
        newest[place] = verdict
    nodes, previous = [], {}
    for placed, item, revision, theme, number, opened_at in session.execute(
        select(RoundItem, Item, ItemRevision, Theme.code, Round.number, Round.opened_at)
        .join(Round, Round.id == RoundItem.round_id)
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .where(Round.study_id == study.id, Round.kind == RoundKind.RATING)
        .order_by(Round.number, RoundItem.position)
    ):
        if not KINDS[placed.kind].asks:
            continue
        previous[placed.id] = placed.previous_id
        nodes.append(
            Node(
                placed.id,
                item.id,
                item.code,
                theme,
                number,
                placed.position,
                revision.number,
                revision.wording,
                newest.get(placed.id),
                opened_at is None,
            )
        )
    return nodes, previous
