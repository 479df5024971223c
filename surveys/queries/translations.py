"""What has to be translated before experts who speak another language can read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from surveys.delphi.protocol import Protocol
from surveys.delphi.voices import Side, written_in
from surveys.models.base import AnySession
from surveys.models.moderation import Translation
from surveys.models.panel import Expert
from surveys.models.round import Round, RoundKind
from surveys.models.study import Study
from surveys.queries import answers, voices
from surveys.queries.voices import Translated


class PieceKind(StrEnum):
    """What is translated."""

    COMMENT = "comment"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Piece:
    """One text that others may read, and what it says in other languages.

    ``needed`` tells whether it is fed to others: a comment is, an answer only where a statement has
    been made from it. ``outdated`` are translations of a wording that no longer stands.
    """

    kind: PieceKind
    id: int
    round_item_id: int
    item: str
    expert: str
    side: Side | None
    experts: int
    text: str
    language: str
    said_in: Mapping[str, Translated]
    outdated: Mapping[str, Translated]
    used_in: tuple[str, ...]
    needed: bool

    def lacks(self, language: str) -> bool:
        """Whether readers of a language would have to read it in another one."""
        return language not in (self.language, *self.said_in)


@dataclass(frozen=True, slots=True)
class Done:
    """How far the translations into one language are: so many of so many texts."""

    language: str
    done: int
    total: int


def languages_read(session: AnySession, study: Study) -> list[str]:
    """The languages of the experts who are still with the study, in the study's order."""
    spoken = set(
        session.scalars(
            select(Expert.language)
            .where(Expert.study_id == study.id, Expert.withdrawn_at.is_(None))
            .distinct()
        )
    )
    return [language for language in study.languages if language in spoken]


def pieces(
    session: AnySession, study: Study, round_: Round, *, needed_only: bool = False
) -> list[Piece]:
    """Everything of a round that may have to be translated, in the order of its items.

    needed_only : leave out what nobody is fed, as most answers to open questions.
    """
    if round_.kind is RoundKind.OPEN:
        return _answers(session, round_, used_only=needed_only)
    approval = Protocol.from_json(study.protocol).comments.approval
    return [
        Piece(
            kind=PieceKind.COMMENT,
            id=one.lead.comment_id,
            round_item_id=one.lead.round_item_id,
            item=one.lead.item,
            expert=one.lead.expert,
            side=one.lead.side,
            experts=one.voice.experts,
            text=one.lead.shown_text,
            language=one.lead.language,
            used_in=(),
            needed=True,
            **_sorted_out(one.lead.translations, one.lead.shown_text),
        )
        for one in voices.heard(voices.of_round(session, round_.id), approval)
    ]


def progress(found: Iterable[Piece], languages: Sequence[str]) -> list[Done]:
    """How far each language is, over the texts that are fed to others and are not in it already."""
    found = [piece for piece in found if piece.needed]
    return [
        Done(
            language,
            sum(language in piece.said_in for piece in found if piece.language != language),
            sum(piece.language != language for piece in found),
        )
        for language in languages
    ]


def _answers(session: AnySession, round_: Round, *, used_only: bool) -> list[Piece]:
    questions = answers.open_answers(session, round_.id, used_only=used_only)
    ids = [answer.rating_id for question in questions for answer in question.answers]
    made = voices.translations(session, Translation.rating_id, ids)
    found = []
    for question in questions:
        for answer in question.answers:
            sorted_out = _sorted_out(made.get(answer.rating_id, {}), answer.text)
            said = {language: one.text for language, one in sorted_out["said_in"].items()}
            found.append(
                Piece(
                    kind=PieceKind.ANSWER,
                    id=answer.rating_id,
                    round_item_id=question.round_item_id,
                    item=question.code,
                    expert=answer.expert,
                    side=None,
                    experts=1,
                    text=answer.text,
                    language=written_in(answer.text, answer.language, said),
                    used_in=tuple(one.code for one in answer.became),
                    needed=bool(answer.became),
                    **sorted_out,
                )
            )
    return [piece for piece in found if piece.text]


def _sorted_out(made: Mapping[str, Translated], text: str) -> dict[str, Any]:
    """Translations of this wording, and those of an earlier one."""
    return {
        "said_in": {lang: one for lang, one in made.items() if one.source == text},
        "outdated": {lang: one for lang, one in made.items() if one.source != text},
    }
