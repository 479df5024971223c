"""What a researcher who edits a draft sees of its items: texts per language, and what still lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select

from surveys.delphi.asking import Condition, Fault, Surroundings
from surveys.delphi.stored import fingerprint
from surveys.items import ItemKind, load_kind
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study, Theme
from surveys.queries import lineage
from surveys.queries.asking import conditions_of


def mark(*content: Any) -> str:
    """What a page says it has shown: another one as soon as anything of it changed."""
    return fingerprint(list(content))[:16]


@dataclass(frozen=True, slots=True)
class Designed:
    """One item of a round as its editor lists it."""

    id: int
    code: str
    kind: ItemKind
    theme: str | None
    wording: Mapping[str, str]
    help: Mapping[str, str]
    # Languages in which something has no text, and those whose text is older than its source.
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    # Hints that somebody has put aside, per language.
    heeded: Mapping[str, Sequence[str]]
    # The launched round in which experts saw it last; None for what nobody has seen.
    seen_in: int | None
    reworded: bool
    around: Surroundings
    condition: Condition | None
    faults: tuple[Fault, ...]
    evidence: int
    comments: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The items of one theme that follow one another."""

    number: int
    theme: str | None
    title: Mapping[str, str]
    items: tuple[Designed, ...]


def placed_in(
    session: AnySession, round_: Round
) -> list[tuple[RoundItem, Item, ItemRevision, Theme | None]]:
    """The items of a round in their order, each with its wording and its theme."""
    rows = session.execute(
        select(RoundItem, Item, ItemRevision, Theme)
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .where(RoundItem.round_id == round_.id)
        .order_by(RoundItem.position, RoundItem.id)
    )
    return [(placed, item, revision, theme) for placed, item, revision, theme in rows]


def sections(session: AnySession, study: Study, round_: Round) -> list[Section]:
    """The items of a round by section, in their order."""
    asked = {one.round_item_id: one for one in conditions_of(session, round_)}
    seen = lineage.shown_before(session, round_)
    rows = placed_in(session, round_)
    found = []
    for number, (_theme_id, group) in enumerate(groupby(rows, lambda row: row[1].theme_id), 1):
        listed = list(group)
        theme = listed[0][3]
        items = []
        for placed, item, revision, _theme in listed:
            kind = load_kind(placed.kind, placed.settings)
            before = seen.get(item.id)
            here = asked[placed.id]
            items.append(
                Designed(
                    id=placed.id,
                    code=item.code,
                    kind=kind,
                    theme=theme.code if theme else None,
                    wording=revision.wording,
                    help=revision.help or {},
                    missing=missing_in(study, revision, kind),
                    outdated=outdated(study, revision),
                    heeded=revision.heeded or {},
                    seen_in=before.round_number if before else None,
                    reworded=bool(before and before.revision_id != revision.id),
                    around=here.around,
                    condition=here.condition,
                    faults=here.faults,
                    evidence=len(placed.evidence or ()),
                    comments=placed.comments,
                )
            )
        found.append(
            Section(
                number,
                theme.code if theme else None,
                theme.title if theme else {},
                tuple(items),
            )
        )
    return found


def missing_in(study: Study, revision: ItemRevision, kind: ItemKind) -> tuple[str, ...]:
    """The languages of the study in which an item is not whole."""
    first, helped = study.default_language, revision.help or {}
    named = list(kind.texts().values())
    return tuple(
        language
        for language in study.languages
        if not revision.wording.get(language)
        or (helped.get(first) and not helped.get(language))
        or any(not texts.get(language) for texts in named)
    )


def source_of(study: Study, wording: Mapping[str, str], help_: Mapping[str, str]) -> str:
    """The mark of the text that translations are made from: that of the study's first language."""
    first = study.default_language
    return mark(wording.get(first, ""), help_.get(first, ""))


def outdated(study: Study, revision: ItemRevision) -> tuple[str, ...]:
    """The languages whose text is older than the one it was translated from."""
    now = source_of(study, revision.wording, revision.help or {})
    return tuple(
        language
        for language, source in (revision.translated_from or {}).items()
        if language in study.languages and revision.wording.get(language) and source != now
    )


def translated_from(
    study: Study,
    revision: ItemRevision,
    wording: Mapping[str, str],
    help_: Mapping[str, str],
    still_right: Collection[str] = (),
) -> dict[str, str] | None:
    """From which text of the study's first language each translation was made, by its mark.

    A translation that is left alone while that text changes keeps the mark of the old one.
    """
    helped = revision.help or {}
    before, now = source_of(study, revision.wording, helped), source_of(study, wording, help_)
    made = {}
    for language in study.languages[1:]:
        if not wording.get(language):
            continue
        touched = (wording[language], help_.get(language, "")) != (
            revision.wording.get(language, ""),
            helped.get(language, ""),
        )
        known = (revision.translated_from or {}).get(language, before)
        made[language] = now if touched or language in still_right else known
    return made or None
