"""What experts wrote beside their ratings: as a moderator finds it, and as other experts may read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import and_, select

from surveys.delphi.alike import Said, proposals
from surveys.delphi.giveaways import Giveaway
from surveys.delphi.stored import fingerprint
from surveys.delphi.voices import (
    Approval,
    Decision,
    Place,
    Side,
    Standing,
    Voice,
    side_of,
    written_in,
)
from surveys.items import load_kind
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.moderation import CommentReview, CommentsApart, Translation
from surveys.models.panel import EarlierAnswers, Expert, StakeholderGroup
from surveys.models.response import Comment, Rating, Response, is_asked
from surveys.models.round import RoundItem


@dataclass(frozen=True)
class Written:
    """One standing comment, by pseudonym, with what was found in it and decided of it."""

    comment_id: int
    round_item_id: int
    # Code of the statement, pseudonym of the expert, code of the expert's group.
    item: str
    expert: str
    group: str
    text: str
    # Of the page on which it was typed.
    typed_in: str
    value: float | None
    side: Side
    # None where it was not looked over yet.
    flags: tuple[Giveaway, ...] | None
    decision: Decision
    kept_back_because: str
    place: Place | None
    merged_into: int | None
    given_at: datetime
    translations: Mapping[str, Translated] = field(default_factory=dict)

    @property
    def flagged(self) -> bool:
        """Whether it could give somebody away; what nobody looked over might."""
        return self.flags is None or bool(self.flags)

    @property
    def shown_text(self) -> str:
        """What others read of it."""
        return self.text if self.decision.wording is None else self.decision.wording

    @cached_property
    def said_in(self) -> dict[str, str]:
        """Its translations by language; those of another wording do not count."""
        return {
            language: made.text
            for language, made in self.translations.items()
            if made.source == self.shown_text
        }

    @cached_property
    def language(self) -> str:
        """The language its text is in."""
        return written_in(self.shown_text, self.typed_in, self.said_in)

    def standing(self, approval: Approval) -> Standing:
        """Whether others may read it."""
        return self.decision.standing(flagged=self.flagged, approval=approval)

    def alone(self, approval: Approval) -> Standing:
        """Whether others might read it if it were merged with nothing."""
        own = Decision(self.decision.kept_back, self.decision.approved, self.decision.wording)
        return own.standing(flagged=self.flagged, approval=approval)


@dataclass(frozen=True, slots=True)
class Translated:
    """What a text says in another language, and who says so."""

    text: str
    source: str
    translator: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What others read once: one comment's text, and all comments that it speaks for."""

    lead: Written
    sources: tuple[Written, ...]

    @property
    def voice(self) -> Voice:
        """As the rules of balance see it."""
        experts = len({source.expert for source in self.sources})
        return Voice(self.lead.shown_text, self.lead.side, experts, self.lead.place)


def of_round(session: AnySession, round_id: int) -> list[Written]:
    """The standing comments of a round, in the order of its statements."""
    return _read(session, RoundItem.round_id == round_id)


def of_items(
    session: AnySession, round_item_ids: Collection[int], *, until: int | None = None
) -> list[Written]:
    """The standing comments on some items of a round; ``until`` leaves out what was made later."""
    on_these = RoundItem.id.in_(list(round_item_ids))
    return _read(session, on_these if until is None else and_(on_these, Comment.id <= until))


def _read(session: AnySession, where: Any) -> list[Written]:
    rows = session.execute(
        select(
            Comment.id,
            Comment.round_item_id,
            Comment.text,
            Comment.language,
            Comment.hidden_at,
            Comment.hidden_reason,
            Comment.given_at,
            CommentReview.flags,
            CommentReview.approved_at,
            CommentReview.wording,
            CommentReview.merged_into_id,
            CommentReview.place,
            CommentReview.comment_id.is_not(None).label("reviewed"),
            Item.code.label("item"),
            Expert.code.label("expert"),
            StakeholderGroup.code.label("group"),
            Rating.value,
        )
        .join(RoundItem, RoundItem.id == Comment.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .join(Response, Response.id == Comment.response_id)
        .join(Expert, Expert.id == Response.expert_id)
        .outerjoin(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .outerjoin(CommentReview, CommentReview.comment_id == Comment.id)
        .outerjoin(
            Rating,
            (Rating.response_id == Response.id)
            & (Rating.round_item_id == RoundItem.id)
            & Rating.latest,
        )
        .where(
            where,
            Response.round_id == RoundItem.round_id,
            Comment.latest,
            is_asked(Comment),
            Comment.text != "",
            Expert.withdrawn_at.is_(None) | (Expert.earlier_answers == EarlierAnswers.KEEP),
        )
        .order_by(RoundItem.position, Comment.id)
    ).all()
    translated = translations(session, Translation.comment_id, [row.id for row in rows])
    # Once for each item and not for each comment: a scale is long to read.
    scales = {
        place: load_kind(kind, settings).rating_scale
        for place, kind, settings in session.execute(
            select(RoundItem.id, RoundItem.kind, RoundItem.settings).where(
                RoundItem.id.in_({row.round_item_id for row in rows})
            )
        )
    }
    return [
        Written(
            comment_id=row.id,
            round_item_id=row.round_item_id,
            item=row.item,
            expert=row.expert,
            group=row.group or "",
            text=row.text,
            typed_in=row.language,
            value=row.value,
            side=side_of(row.value, scales[row.round_item_id]),
            flags=tuple(Giveaway(flag) for flag in row.flags) if row.reviewed else None,
            decision=Decision(
                kept_back=row.hidden_at is not None,
                approved=row.approved_at is not None,
                wording=row.wording,
                merged=bool(row.merged_into_id),
            ),
            kept_back_because=row.hidden_reason,
            place=row.place,
            merged_into=row.merged_into_id,
            given_at=row.given_at,
            translations=translated.get(row.id, {}),
        )
        for row in rows
    ]


def translations(
    session: AnySession, of: Any, ids: Sequence[int]
) -> dict[int, dict[str, Translated]]:
    """The translations that stand, of comments or of answers, by id and language."""
    found: dict[int, dict[str, Translated]] = {}
    for made, about in session.execute(
        select(Translation, of)
        .where(of.in_(list(ids)), Translation.latest)
        .order_by(Translation.id)
    ):
        found.setdefault(about, {})[made.language] = Translated(
            made.text, made.source, made.translator, made.made_at
        )
    return found


def heard(comments: Iterable[Written], approval: Approval) -> list[Heard]:
    """What others may read of comments: each once, with those that were merged into it.

    Where the one that was to speak for all may not be read itself (it was kept back, taken back or
    rated anew since, and so stands on another side), another one speaks in its place.
    """
    comments = [one for one in comments if not one.decision.kept_back]
    groups: dict[tuple[int, Side], list[Written]] = {}
    for one in comments:
        groups.setdefault((one.merged_into or one.comment_id, one.side), []).append(one)
    found = []
    for (root, _side), members in groups.items():
        able = [one for one in members if one.alone(approval).released]
        if able:
            lead = min(able, key=lambda one: (one.comment_id != root, fingerprint(one.text)))
            found.append(Heard(lead, tuple(members)))
    return found


def waiting(comments: Iterable[Written], approval: Approval) -> list[Written]:
    """The comments that nobody reads before a moderator decides."""
    return [one for one in comments if one.standing(approval) is Standing.WAITING]


def told_apart(session: AnySession, ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """Pairs of comments that look alike and do not say the same, as a moderator found."""
    return frozenset(
        (row.comment_id, row.other_id)
        for row in session.execute(
            select(CommentsApart.comment_id, CommentsApart.other_id).where(
                CommentsApart.comment_id.in_(list(ids))
            )
        )
    )


def look_alikes(session: AnySession, comments: Iterable[Written]) -> list[tuple[Written, ...]]:
    """Comments on one item that seem to say the same and that nobody has decided on yet."""
    open_ones = [one for one in comments if not one.decision.kept_back and not one.decision.merged]
    apart = told_apart(session, [one.comment_id for one in open_ones])
    by_item: dict[int, list[Written]] = {}
    for one in open_ones:
        by_item.setdefault(one.round_item_id, []).append(one)
    found = []
    for ones in by_item.values():
        said = [Said(one.comment_id, one.shown_text, one.language, one.side) for one in ones]
        known = {one.comment_id: one for one in ones}
        found += [tuple(known[key] for key in group) for group in proposals(said, apart)]
    return found
