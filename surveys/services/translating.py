"""Say in another language what an expert wrote, by the team: the original is kept and stays in reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.moderation import Translation
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import translations
from surveys.queries.translations import Piece, PieceKind
from surveys.services import auditing, releasing
from surveys.services.problems import Problem

LONGEST_TRANSLATION = 12_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a translator typed.

    source : the text as the translator saw it. text : what it says in ``language``; the same as the
    source where it is in that language already; empty to take back what stands.
    """

    kind: PieceKind
    id: int
    language: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many translations are new, and why others were not kept, by their place among the proposals."""

    kept: int
    refused: Mapping[int, Problem]


def translate(
    session: AnySession,
    study: Study,
    round_: Round,
    proposals: Sequence[Proposal],
    *,
    actor: str,
    at: datetime,
) -> Outcome:
    """Keep translations of what others may read of a round. The same again changes nothing.

    One that does not fit the text it speaks of is refused; the others are kept all the same.
    """
    pieces = {(one.kind, one.id): one for one in translations.pieces(session, study, round_)}
    kept, refused, said_anew = 0, {}, set()
    for place, proposal in enumerate(proposals):
        piece = pieces.get((proposal.kind, proposal.id))
        problem = _wrong(proposal, piece, study)
        if problem is not None or piece is None:
            refused[place] = problem or Problem(N_("Others cannot read this text any more."))
        elif _keep(session, round_, piece, proposal, actor, at):
            kept += 1
            said_anew.add(piece.round_item_id)
    session.flush()
    # In a round in real time, experts see it at once.
    releasing.renew_comments(session, said_anew, at=at)
    return Outcome(kept, refused)


def _wrong(proposal: Proposal, piece: Piece | None, study: Study) -> Problem | None:
    """Why a translation cannot be kept; None where it can."""
    if piece is None:
        return Problem(N_("Others cannot read this text any more."))
    if proposal.language not in study.languages:
        return Problem(N_("The study has no texts in this language."))
    if len(proposal.text) > LONGEST_TRANSLATION:
        return Problem(N_("This translation is too long to be kept. Please shorten it."))
    if _tidy(proposal.source) != _tidy(piece.text):
        return Problem(N_("The text has been reworded since. Please look at it again."))
    return None


def _keep(
    session: AnySession, round_: Round, piece: Piece, proposal: Proposal, actor: str, at: datetime
) -> bool:
    """Let a translation stand; whether anything is new."""
    text = _tidy(proposal.text)
    if text == _tidy(piece.text):
        text = piece.text
    about = {"comment_id" if piece.kind is PieceKind.COMMENT else "rating_id": piece.id}
    standing = session.scalar(
        select(Translation)
        .filter_by(**about)
        .where(Translation.language == proposal.language, Translation.latest)
    )
    if standing is None and not text:
        return False
    if standing is not None:
        if (standing.text, standing.source) == (text, piece.text):
            return False
        standing.latest = False
        session.flush()
    if text:
        session.add(
            Translation(
                **about,
                language=proposal.language,
                source=piece.text,
                text=text,
                translator=actor,
                made_at=at,
            )
        )
    auditing.record(
        session,
        study_id=round_.study_id,
        actor=actor,
        act="translation kept" if text else "translation taken back",
        at=at,
        round=round_.number,
        language=proposal.language,
        **{piece.kind.value: piece.id},
    )
    return True


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "").strip()
