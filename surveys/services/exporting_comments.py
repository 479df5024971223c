"""The table of comments: what experts wrote, what was decided of it, and what it says elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surveys.delphi.protocol import Protocol
from surveys.delphi.voices import Side, Standing
from surveys.models.study import Study
from surveys.queries.translations import Piece
from surveys.queries.voices import Translated, Written
from surveys.services.exporting import SIMULATED, origin_of
from surveys.tables import Cell, Column, Measure, Table

SIDES = {
    Side.FOR.value: "came with a rating in the high band",
    Side.AGAINST.value: "came with a rating in the low band",
    Side.OTHER.value: "came with a rating between them, or with none",
}
STANDINGS = {
    Standing.WAITING.value: "held back until a moderator decides",
    Standing.PASSED.value: "let through by the study's rule",
    Standing.APPROVED.value: "let through by a moderator",
    Standing.REDACTED.value: "let through in other words",
    Standing.KEPT_BACK.value: "kept back by a moderator",
    Standing.MERGED.value: "counted with the comment in merged_into",
}


def comments_table(
    study: Study, rounds: Mapping[int, tuple[Sequence[Written], Sequence[Piece]]]
) -> Table:
    """One row per standing comment, and per open answer that a statement was made from or translated.

    rounds : by number, the comments and the open answers of each.
    """
    columns = (
        SIMULATED,
        Column("round", "Number of the round", Measure.NUMBER),
        Column("item", "Code of the item", Measure.NOMINAL),
        Column("what", "What it is", Measure.NOMINAL, {"comment": "comment", "answer": "answer"}),
        Column("id", "Its number, as in the audit trail", Measure.NUMBER),
        Column("expert", "Expert's pseudonym", Measure.NOMINAL),
        Column("group", "Stakeholder group, of comments", Measure.NOMINAL),
        Column("side", "Side of the rating it came with", Measure.NOMINAL, SIDES),
        Column("language", "Language it is in", Measure.NOMINAL),
        Column("text", "As the expert wrote it; may name somebody", Measure.TEXT),
        Column("moderation", "Whether others may read it", Measure.NOMINAL, STANDINGS),
        Column("found", "What could give somebody away", Measure.NOMINAL),
        Column("shown", "As others read it", Measure.TEXT),
        Column("reason", "Why it is kept back", Measure.TEXT),
        Column("merged_into", "The comment that speaks for it", Measure.NUMBER),
        Column("place", "Where a moderator put it", Measure.NOMINAL),
        *(
            column
            for language in study.languages
            for column in (
                Column(f"text_{language}", f"Translation: {language}", Measure.TEXT),
                Column(f"translator_{language}", f"Translator: {language}", Measure.NOMINAL),
                Column(f"translated_{language}", f"Day of it: {language}", Measure.NOMINAL),
            )
        ),
    )
    approval = Protocol.from_json(study.protocol).comments.approval
    rows: list[Sequence[Cell]] = []
    for number, (comments, answers) in sorted(rounds.items()):
        for one in comments:
            standing = one.standing(approval)
            rows.append(
                (
                    origin_of(study),
                    number,
                    one.item,
                    "comment",
                    one.comment_id,
                    one.expert,
                    one.group,
                    one.side.value,
                    one.language,
                    one.text,
                    standing.value,
                    " ".join(flag.value for flag in one.flags or ()) or None,
                    one.shown_text if standing.released else None,
                    one.kept_back_because or None,
                    one.merged_into,
                    one.place.value if one.place else None,
                    *_translated(study, one.translations, one.shown_text),
                )
            )
        for piece in answers:
            if piece.needed or piece.said_in:
                rows.append(
                    (
                        origin_of(study),
                        number,
                        piece.item,
                        "answer",
                        piece.id,
                        piece.expert,
                        None,
                        None,
                        piece.language,
                        piece.text,
                        *[None] * 6,
                        *_translated(study, piece.said_in, piece.text),
                    )
                )
    return Table("comments", columns, rows)


def _translated(study: Study, made: Mapping[str, Translated], text: str) -> list[Any]:
    """What a text says in each language of the study, by whom and on which day."""
    cells: list[Any] = []
    for language in study.languages:
        one = made.get(language)
        if one is None or one.source != text:
            cells += [None, None, None]
        else:
            cells += [one.text, one.translator, one.made_at.date().isoformat()]
    return cells
