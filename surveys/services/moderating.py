"""Decide what other experts read of the comments: let through, reword, keep back, merge, put first.

Nothing is deleted and nothing an expert wrote is changed; every decision can be taken back, and each
leaves its line in the audit trail.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from surveys.delphi.voices import Place
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.moderation import CommentReview, CommentsApart
from surveys.models.response import Comment, Response
from surveys.models.round import Round
from surveys.queries import voices
from surveys.services import auditing, releasing, screening
from surveys.services.problems import Problem, Refused
from surveys.services.responding import LONGEST_COMMENT

Pair = tuple[Comment, CommentReview]


class NotModerated(Refused):
    """A decision cannot be taken as asked."""


class NoSuchComment(Exception):
    """A comment is not among those of the round that stand."""


def approve(
    session: AnySession, round_: Round, ids: Collection[int], *, actor: str, at: datetime
) -> None:
    """Let comments through as they were written. Raises NoSuchComment."""
    pairs = _looked_over(session, round_, ids, at)
    for pair in pairs:
        _undecide(pair)
        pair[1].approved_at = at
    _done(session, round_, pairs, "comment approved", actor, at)


def redact(
    session: AnySession, round_: Round, comment_id: int, wording: str, *, actor: str, at: datetime
) -> None:
    """Let a comment through in another wording; the expert's own is kept.

    Raises NoSuchComment, or NotModerated for a wording that is empty, too long or no other one.
    """
    wording = wording.replace("\r\n", "\n").replace("\x00", "").strip()
    (pair,) = _looked_over(session, round_, [comment_id], at)
    if not wording:
        raise NotModerated([Problem(N_("Please write what others should read."))])
    if len(wording) > LONGEST_COMMENT:
        raise NotModerated([Problem(N_("This wording is too long to be kept."))])
    if wording == pair[0].text:
        raise NotModerated([Problem(N_("This is what the expert wrote: nothing was changed."))])
    _undecide(pair)
    pair[1].approved_at = at
    pair[1].wording = wording
    _done(session, round_, [pair], "comment reworded", actor, at)


def keep_back(
    session: AnySession,
    round_: Round,
    ids: Collection[int],
    reason: str,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Keep comments from other experts. Raises NoSuchComment, or NotModerated without a reason."""
    reason = " ".join(reason.replace("\x00", "").split())
    pairs = _looked_over(session, round_, ids, at)
    if not reason:
        raise NotModerated([Problem(N_("Please say why it is kept back."))])
    for pair in pairs:
        _undecide(pair)
        pair[0].hidden_at = at
        pair[0].hidden_reason = reason
    _done(session, round_, pairs, "comment hidden", actor, at)


def take_back(
    session: AnySession, round_: Round, ids: Collection[int], *, actor: str, at: datetime
) -> None:
    """Undo what was decided of comments: they stand by the study's rule again. Raises NoSuchComment."""
    pairs = _looked_over(session, round_, ids, at)
    for pair in pairs:
        _undecide(pair)
    _done(session, round_, pairs, "decision taken back", actor, at)


def put(
    session: AnySession,
    round_: Round,
    ids: Collection[int],
    place: Place | None,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Put comments first, or among those that are unfolded; None for where the rule puts them.

    Raises NoSuchComment.
    """
    pairs = [pair for pair in _looked_over(session, round_, ids, at) if pair[1].place is not place]
    for pair in pairs:
        pair[1].place = place
    named = place.value if place else "by the rule"
    _done(session, round_, pairs, "comment placed", actor, at, place=named)


def merge(
    session: AnySession,
    round_: Round,
    into: int,
    ids: Collection[int],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Let one comment speak for others that say the same: they are counted, and not read themselves.

    What had been merged into one of the others comes along.

    Raises NoSuchComment, or NotModerated unless they stand on one side of one statement.
    """
    chosen = {into, *ids}
    pairs = {pair[0].id: pair for pair in _looked_over(session, round_, chosen, at)}
    written = [one for one in voices.of_round(session, round_.id) if one.comment_id in chosen]
    if len(chosen) < 2:
        raise NotModerated([Problem(N_("Choose at least two comments."))])
    if len({(one.round_item_id, one.side) for one in written}) != 1:
        raise NotModerated(
            [Problem(N_("Only comments on one side of one statement can be merged."))]
        )
    if any(one.decision.kept_back for one in written):
        raise NotModerated([Problem(N_("A comment that is kept back cannot be merged."))])
    pairs[into][1].merged_into_id = None
    others = [pairs[number] for number in sorted(chosen - {into})]
    for comment, review in others:
        review.merged_into_id = into
        _lead_anew(session, comment.id, into)
    _done(session, round_, others, "comments merged", actor, at, into=into)


def part(
    session: AnySession, round_: Round, ids: Collection[int], *, actor: str, at: datetime
) -> None:
    """Take comments out of what they were merged into. Raises NoSuchComment."""
    pairs = [
        pair
        for pair in _looked_over(session, round_, ids, at)
        if pair[1].merged_into_id is not None
    ]
    for pair in pairs:
        pair[1].merged_into_id = None
    _done(session, round_, pairs, "merge taken back", actor, at)


def tell_apart(
    session: AnySession, round_: Round, ids: Collection[int], *, actor: str, at: datetime
) -> None:
    """Note that comments look alike and do not say the same, so that nobody is asked again.

    Raises NoSuchComment, or NotModerated for fewer than two.
    """
    chosen = sorted(set(ids))
    looked_over = _looked_over(session, round_, chosen, at)
    if len(chosen) < 2:
        raise NotModerated([Problem(N_("Choose at least two comments."))])
    known = voices.told_apart(session, chosen)
    session.add_all(
        CommentsApart(comment_id=one, other_id=other)
        for place, one in enumerate(chosen)
        for other in chosen[place + 1 :]
        if (one, other) not in known
    )
    _done(session, round_, looked_over, "comments told apart", actor, at)


def leave_merges(session: AnySession, expert_id: int) -> None:
    """Before an expert's comments are erased, let others speak for what was merged into them."""
    theirs = (
        select(Comment.id)
        .join(Response, Response.id == Comment.response_id)
        .where(Response.expert_id == expert_id)
    )
    followers: dict[int, list[CommentReview]] = {}
    for review in session.scalars(
        select(CommentReview)
        .where(CommentReview.merged_into_id.in_(theirs), CommentReview.comment_id.not_in(theirs))
        .order_by(CommentReview.comment_id)
    ):
        followers.setdefault(review.merged_into_id or 0, []).append(review)
    for reviews in followers.values():
        for review in reviews:
            review.merged_into_id = reviews[0].comment_id if review is not reviews[0] else None
    session.flush()


def _looked_over(
    session: AnySession, round_: Round, ids: Collection[int], at: datetime
) -> list[Pair]:
    """The comments with their reviews, which are made where nobody has looked yet."""
    screening.screen(session, round_, at=at)
    rows = session.execute(
        select(Comment, CommentReview)
        .join(CommentReview, CommentReview.comment_id == Comment.id)
        .join(Response, Response.id == Comment.response_id)
        .where(Comment.id.in_(list(ids)), Response.round_id == round_.id, Comment.latest)
        .order_by(Comment.id)
    ).all()
    if not ids or len(rows) != len(set(ids)):
        raise NoSuchComment
    return [(comment, review) for comment, review in rows]


def _undecide(pair: Pair) -> None:
    comment, review = pair
    comment.hidden_at = None
    comment.hidden_reason = ""
    review.approved_at = None
    review.wording = None


def _lead_anew(session: AnySession, old: int, new: int) -> None:
    """Let what was merged into one comment be merged into another."""
    session.execute(
        update(CommentReview)
        .where(CommentReview.merged_into_id == old, CommentReview.comment_id != new)
        .values(merged_into_id=new)
    )


def _done(
    session: AnySession,
    round_: Round,
    pairs: Sequence[Pair],
    act: str,
    actor: str,
    at: datetime,
    **details: Any,
) -> None:
    """Write decisions into the trail: which comment, never what it says.

    In a round in real time, experts see at once what was decided.
    """
    session.flush()
    for comment, _review in pairs:
        auditing.record(
            session,
            study_id=round_.study_id,
            actor=actor,
            act=act,
            at=at,
            round=round_.number,
            comment=comment.id,
            **details,
        )
    releasing.renew_comments(session, {comment.round_item_id for comment, _review in pairs}, at=at)
