"""Look over comments before anybody reads them: could they give somebody away?

The only part of moderation that may know names. It keeps what kind of giveaway it found and nothing
else: neither which member of the panel is named nor that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from surveys.delphi.giveaways import Giveaway, flags
from surveys.models.base import AnySession
from surveys.models.contact import Contact
from surveys.models.moderation import CommentReview
from surveys.models.panel import Expert
from surveys.models.response import Comment, Response
from surveys.models.round import Round

# Parts of names that are too short, or too common as words, to point at somebody.
SHORTEST_PART = 3
_PARTICLES = (
    "van",
    "von",
    "der",
    "den",
    "des",
    "del",
    "ten",
    "ter",
    "the",
    "zum",
    "zur",
    "saint",
    "sint",
)
_PART = re.compile(r"[^\W\d_](?:[^\W\d_]|['’\-](?=[^\W\d_]))*")


def screen(session: AnySession, round_: Round, *, at: datetime) -> int:
    """Look over every standing comment of a round that nobody has looked over; return how many."""
    rows = session.execute(
        select(Comment.id, Comment.text, Comment.language)
        .join(Response, Response.id == Comment.response_id)
        .outerjoin(CommentReview, CommentReview.comment_id == Comment.id)
        .where(
            Response.round_id == round_.id,
            Comment.latest,
            Comment.text != "",
            CommentReview.id.is_(None),
        )
        .order_by(Comment.id)
    ).all()
    if not rows:
        return 0
    names = list(
        session.scalars(
            select(Contact.name)
            .join(Expert, Expert.id == Contact.expert_id)
            .where(Expert.study_id == round_.study_id)
        )
    )
    on_panel = naming(names)
    for comment_id, text, language in rows:
        found = set(flags(text, language))
        if on_panel is not None and on_panel.search(text):
            found.add(Giveaway.PERSON)
        session.add(
            CommentReview(
                comment_id=comment_id,
                flags=[kind.value for kind in Giveaway if kind in found],
                screened_at=at,
            )
        )
    session.flush()
    return len(rows)


def naming(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds members of the panel; None for a panel without names.

    A full name however it is written; a part of one only as it is written in the panel's list, with
    its capital: "Wolf" is a colleague, a wolf is not.
    """
    whole, parts = set(), set()
    for name in names:
        words = _PART.findall(name)
        if len(words) > 1:
            whole.add(r"\s+".join(re.escape(word) for word in words))
        parts |= {
            re.escape(word)
            for word in words
            if len(word) >= SHORTEST_PART
            and word[0].isupper()
            and word.casefold() not in _PARTICLES
        }
    alternatives = [f"(?i:{'|'.join(sorted(whole))})"] if whole else []
    alternatives += sorted(parts)
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)") if alternatives else None
