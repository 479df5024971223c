"""Edit the items of a draft round: add, word, set, duplicate, order, put back.

What experts have seen is not edited here: its wording goes through ``designing.reword``, which keeps the
old one, and its kind and settings stay as they were rated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import count, islice
from typing import Any

from sqlalchemy import func, select

from surveys.items import KINDS, load_kind
from surveys.items.base import N_
from surveys.models.audit import AuditEvent
from surveys.models.base import AnySession
from surveys.models.item import Aspect, Item, ItemRevision
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Study, Theme
from surveys.queries import lineage
from surveys.queries.designs import mark, translated_from
from surveys.services import auditing, designing
from surveys.services.designing import TAKEN_OUT, RoundLaunched
from surveys.services.framing import EditedMeanwhile, missing
from surveys.services.problems import Problem, Refused
from surveys.services.undoing import undoable

LONGEST_WORDING = 1_000
LONGEST_HELP = 2_000
LONGEST_NOTE = 500
MOST_LINES = 300
MOST_ITEMS = 500
# "1.", "2)", "a)", "-", "•", "S04:" before a line are a list's, not the statement's.
_BULLET = re.compile(r"^\s*(?:[-–—•*·▪]|\(?\d{1,3}[.):]|\(?[a-zA-Z][.)]|[A-Z]\d{1,3}\s*[:.)-])\s+")
# What a kind with these settings needs at least.
FEWEST_TWO = {
    "options": N_("Please give at least two options."),
    "dimensions": N_("Please give at least two dimensions."),
}
ENDS = ("low_name", "high_name")
# What the code of an item begins with, by what it is.
RATED, ASKED, TOLD = "S", "Q", "T"


class NotEdited(Refused):
    """The round cannot be edited as asked."""


@dataclass(frozen=True, slots=True)
class Typed:
    """All that is typed of one item.

    settings : as the form has them; ``load_kind`` reads them. still_right : languages whose text needs
    no change although the text it was translated from has changed.
    """

    wording: Mapping[str, str]
    help: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    theme: str | None = None
    aspect: Aspect | None = None
    note: str = ""
    comments: bool = True
    still_right: Collection[str] = ()


def marked(item: Item, placed: RoundItem, revision: ItemRevision) -> str:
    """The mark of all that an item's page shows of it."""
    return mark(
        revision.wording,
        revision.help or {},
        placed.settings,
        item.theme_id,
        item.aspect.value if item.aspect else "",
        item.note,
        placed.comments,
    )


@undoable("item added")
def add_item(
    session: AnySession,
    study: Study,
    round_: Round,
    kind: str,
    typed: Typed,
    *,
    actor: str,
    at: datetime,
) -> RoundItem:
    """Add an item of any kind to a draft round, behind the others of its theme.

    Raises RoundLaunched, or NotEdited with every problem at once.
    """
    _draft(round_)
    if kind not in KINDS:
        raise NotEdited([Problem(N_("There is no such kind of item."))])
    theme, settings, problems = _checked(session, study, kind, typed)
    problems += _room(session, round_, 1)
    if problems:
        raise NotEdited(problems)
    (code,) = free_codes(session, study, kind, 1)
    placed = _create(session, study, round_, code, kind, typed, theme, settings, at)
    _place(session, round_, placed, theme)
    _record(
        session, study, "item added", actor, at, item=code, round=round_.number, kind_of_item=kind
    )
    return placed


@undoable("item edited")
def edit_item(
    session: AnySession,
    study: Study,
    placed: RoundItem,
    typed: Typed,
    *,
    seen: str,
    actor: str,
    at: datetime,
) -> None:
    """Word and set an item that no expert has seen.

    Raises RoundLaunched, EditedMeanwhile, or NotEdited with every problem at once.
    """
    round_ = session.get_one(Round, placed.round_id)
    _draft(round_)
    item = session.get_one(Item, placed.item_id)
    revision = session.get_one(ItemRevision, placed.revision_id)
    if placed.item_id in lineage.shown_before(session, round_):
        raise NotEdited([Problem(N_("Experts have seen this item: give it a new wording."))])
    theme, settings, problems = _checked(session, study, placed.kind, typed)
    if problems:
        raise NotEdited(problems)
    if seen != marked(item, placed, revision):
        raise EditedMeanwhile
    wording, help_ = _texts(study, typed.wording), _texts(study, typed.help)
    revision.translated_from = translated_from(study, revision, wording, help_, typed.still_right)
    revision.heeded = {
        language: hints
        for language, hints in (revision.heeded or {}).items()
        if wording.get(language) == revision.wording.get(language)
    } or None
    revision.wording = _instead(study, revision.wording, wording)
    revision.help = _instead(study, revision.help or {}, help_) or None
    placed.settings, placed.comments = settings, typed.comments
    item.aspect, item.note = typed.aspect, typed.note.strip()
    if item.theme_id != (theme.id if theme else None):
        item.theme_id = theme.id if theme else None
        session.flush()
        _place(session, round_, placed, theme)
    session.flush()
    _record(session, study, "item edited", actor, at, item=item.code, round=round_.number)


@dataclass(frozen=True, slots=True)
class Lines:
    """What became of pasted lines: the codes that were added, and lines that were there already."""

    codes: tuple[str, ...]
    there: tuple[str, ...]


@undoable("items added")
def add_lines(
    session: AnySession,
    study: Study,
    round_: Round,
    text: str,
    *,
    theme: str | None,
    actor: str,
    at: datetime,
) -> Lines:
    """Add one item per line: statements to a rating round, questions to an open one.

    Columns of a spreadsheet, which are pasted with tabs between them, are the study's languages in
    their order. A line that says what an item of the round says already is left out.

    Raises RoundLaunched or NotEdited.
    """
    _draft(round_)
    kind = "likert" if round_.kind is RoundKind.RATING else "open_text"
    found = lines_of(text, study.languages)
    theme_row = _theme(session, study, theme)
    problems = [*_room(session, round_, len(found))]
    if theme and theme_row is None:
        problems.append(Problem(N_("There is no theme “%(theme)s”."), {"theme": theme}))
    if not found:
        problems.append(Problem(N_("There is no line with a text.")))
    if len(found) > MOST_LINES:
        problems.append(
            Problem(N_("At most %(most)s lines are added at once."), {"most": MOST_LINES})
        )
    for number, line in enumerate(found, start=1):
        if any(len(one) > LONGEST_WORDING for one in line.values()):
            problems.append(
                Problem(
                    N_("Line %(number)s is longer than %(longest)s characters."),
                    {"number": number, "longest": LONGEST_WORDING},
                )
            )
    if problems:
        raise NotEdited(problems)
    first = study.default_language
    said = {
        wording.get(first, "").casefold()
        for wording in session.scalars(
            select(ItemRevision.wording)
            .join(RoundItem, RoundItem.revision_id == ItemRevision.id)
            .where(RoundItem.round_id == round_.id)
        )
    }
    new: list[dict[str, str]] = []
    there: list[dict[str, str]] = []
    for line in found:
        (there if line[first].casefold() in said else new).append(line)
        said.add(line[first].casefold())
    settings = load_kind(kind, study.scale if KINDS[kind].uses_scale else {}).to_json()
    codes = free_codes(session, study, kind, len(new))
    for code, line in zip(codes, new, strict=True):
        typed = Typed(wording=line)
        placed = _create(session, study, round_, code, kind, typed, theme_row, settings, at)
        _place(session, round_, placed, theme_row)
    if new:
        _record(session, study, "items added", actor, at, items=list(codes), round=round_.number)
    return Lines(tuple(codes), tuple(line[first] for line in there))


def lines_of(text: str, languages: Sequence[str]) -> list[dict[str, str]]:
    """The texts of pasted lines, per language; bullets, numbers and empty lines are left out."""
    found = []
    for line in text.splitlines():
        columns = [_BULLET.sub("", column).strip() for column in line.split("\t")]
        # A column of nothing but numbers before the text is a spreadsheet's own.
        while len(columns) > 1 and (not columns[0] or columns[0].rstrip(".").isdigit()):
            columns.pop(0)
        if columns[0]:
            found.append(dict(zip(languages, columns, strict=False)))
    return found


@undoable("item duplicated")
def duplicate(
    session: AnySession, study: Study, placed: RoundItem, *, actor: str, at: datetime
) -> RoundItem:
    """A second item like this one, right behind it, with a code of its own.

    It has no history: neither answers it came from nor an earlier rating.

    Raises RoundLaunched or NotEdited.
    """
    round_ = session.get_one(Round, placed.round_id)
    _draft(round_)
    if problems := _room(session, round_, 1):
        raise NotEdited(problems)
    item = session.get_one(Item, placed.item_id)
    revision = session.get_one(ItemRevision, placed.revision_id)
    (code,) = free_codes(session, study, placed.kind, 1)
    copy, worded = designing.new_item(
        session,
        study,
        theme_id=item.theme_id,
        code=code,
        kind=placed.kind,
        aspect=item.aspect,
        note=item.note,
        basis=item.basis,
        wording=revision.wording,
        help_=revision.help,
        at=at,
    )
    worded.translated_from, worded.heeded = revision.translated_from, revision.heeded
    second = RoundItem(
        round_id=round_.id,
        item_id=copy.id,
        revision_id=worded.id,
        position=placed.position,
        kind=placed.kind,
        settings=placed.settings,
        ask_if=placed.ask_if,
        evidence=placed.evidence,
        comments=placed.comments,
    )
    order = _placed(session, round_)
    session.add(second)
    order.insert(order.index(placed) + 1, second)
    _number(session, order)
    _record(
        session,
        study,
        "item duplicated",
        actor,
        at,
        item=item.code,
        as_item=code,
        round=round_.number,
    )
    return second


@undoable("items ordered")
def arrange(
    session: AnySession,
    study: Study,
    round_: Round,
    order: Sequence[tuple[int, str | None]],
    *,
    actor: str,
    at: datetime,
) -> None:
    """Put the items of a draft round in this order, each under a theme.

    order : every placed item once, with the code of its theme; None for no theme.

    Raises RoundLaunched; EditedMeanwhile where the round no longer has just these items; NotEdited for
    a theme that is none, or another one for what experts saw under its own.
    """
    _draft(round_)
    rows = {row.id: row for row in _placed(session, round_)}
    if sorted(rows) != sorted(number for number, _theme_code in order):
        raise EditedMeanwhile
    themes: dict[str | None, Theme | None] = {
        theme.code: theme
        for theme in session.scalars(select(Theme).where(Theme.study_id == study.id))
    }
    themes[None] = None
    items = {
        item.id: item
        for item in session.scalars(
            select(Item).where(Item.id.in_([row.item_id for row in rows.values()]))
        )
    }
    seen = lineage.shown_before(session, round_)
    moved = []
    for number, code in order:
        if code not in themes:
            raise NotEdited([Problem(N_("There is no theme “%(theme)s”."), {"theme": code})])
        theme, item = themes[code], items[rows[number].item_id]
        if item.theme_id != (theme.id if theme else None):
            if item.id in seen:
                raise NotEdited([_stays_under(item)])
            item.theme_id = theme.id if theme else None
            moved.append(item.code)
    before = [row.id for row in rows.values()]
    if not moved and before == [number for number, _theme_code in order]:
        return
    _number(session, [rows[number] for number, _theme_code in order])
    _record(
        session,
        study,
        "items ordered",
        actor,
        at,
        round=round_.number,
        order=[items[rows[number].item_id].code for number, _theme_code in order],
        moved=moved,
    )


def shift(
    session: AnySession, study: Study, placed: RoundItem, by: int, *, actor: str, at: datetime
) -> None:
    """Move an item one place up (-1) or down (1); at the edge of its section, into the next one.

    What experts saw under its theme stays in its section. Raises RoundLaunched.
    """
    round_ = session.get_one(Round, placed.round_id)
    _draft(round_)
    order = themed(session, round_)
    here = next(place for place, (number, _theme) in enumerate(order) if number == placed.id)
    there = here + (1 if by > 0 else -1)
    theme = order[here][1]
    if not 0 <= there < len(order):
        return
    if order[there][1] == theme:
        order[here], order[there] = order[there], order[here]
    elif placed.item_id in lineage.shown_before(session, round_):
        raise NotEdited([_stays_under(session.get_one(Item, placed.item_id))])
    else:
        # It stays where it is, and becomes the last of the section above, or the first of the one below.
        order[here] = (placed.id, order[there][1])
    arrange(session, study, round_, order, actor=actor, at=at)


def shift_section(
    session: AnySession,
    study: Study,
    round_: Round,
    number: int,
    by: int,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Move a whole section, counted from 1, one place up (-1) or down (1). Raises RoundLaunched."""
    _draft(round_)
    runs: list[list[tuple[int, str | None]]] = []
    for entry in themed(session, round_):
        if runs and runs[-1][0][1] == entry[1]:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    here, there = number - 1, number - 1 + (1 if by > 0 else -1)
    if 0 <= here < len(runs) and 0 <= there < len(runs):
        runs[here], runs[there] = runs[there], runs[here]
        order = [entry for run in runs for entry in run]
        arrange(session, study, round_, order, actor=actor, at=at)


def themed(session: AnySession, round_: Round) -> list[tuple[int, str | None]]:
    """The items of a round in their order, each with the code of its theme."""
    rows = session.execute(
        select(RoundItem.id, Theme.code)
        .join(Item, Item.id == RoundItem.item_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .where(RoundItem.round_id == round_.id)
        .order_by(RoundItem.position, RoundItem.id)
    )
    return [(number, code) for number, code in rows]


@dataclass(frozen=True, slots=True)
class TakenOut:
    """An item that was taken out of a draft round and can be put back."""

    event_id: int
    code: str
    wording: Mapping[str, str]


def taken_out(session: AnySession, round_: Round) -> list[TakenOut]:
    """What can be put back into a draft round, the last one first."""
    if round_.opened_at is not None:
        return []
    there = set(session.scalars(select(RoundItem.item_id).where(RoundItem.round_id == round_.id)))
    found: dict[int, TakenOut] = {}
    for event in session.scalars(
        select(AuditEvent)
        .where(AuditEvent.study_id == round_.study_id, AuditEvent.act == TAKEN_OUT)
        .order_by(AuditEvent.id.desc())
    ):
        kept = event.details.get("placed")
        if not kept or kept["round_id"] != round_.id or kept["item_id"] in there:
            continue
        revision = session.get(ItemRevision, kept["revision_id"])
        if revision is not None:
            code = str(event.details["item"])
            found.setdefault(kept["item_id"], TakenOut(event.id, code, revision.wording))
    return list(found.values())


@undoable("item put back")
def put_back(
    session: AnySession, study: Study, round_: Round, event_id: int, *, actor: str, at: datetime
) -> RoundItem:
    """Put an item back where it stood, as it was. Raises RoundLaunched or NotEdited."""
    _draft(round_)
    if event_id not in {one.event_id for one in taken_out(session, round_)}:
        raise NotEdited([Problem(N_("There is nothing to put back here."))])
    event = session.get_one(AuditEvent, event_id)
    kept = dict(event.details["placed"])
    order = _placed(session, round_)
    placed = RoundItem(**kept)
    session.add(placed)
    order.insert(max(0, kept["position"] - 1), placed)
    _number(session, order)
    _record(
        session,
        study,
        "item put back",
        actor,
        at,
        item=event.details["item"],
        round=round_.number,
    )
    return placed


def put_aside(
    session: AnySession,
    study: Study,
    placed: RoundItem,
    language: str,
    hint: str,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Put a hint on the wording in a language aside, until that wording changes.

    Raises RoundLaunched.
    """
    round_ = session.get_one(Round, placed.round_id)
    _draft(round_)
    revision = session.get_one(ItemRevision, placed.revision_id)
    aside = dict(revision.heeded or {})
    aside[language] = sorted({*aside.get(language, ()), hint})
    revision.heeded = aside
    session.flush()
    item = session.get_one(Item, placed.item_id)
    _record(session, study, "hint put aside", actor, at, item=item.code, language=language)


def free_codes(session: AnySession, study: Study, kind: str, wanted: int) -> list[str]:
    """So many free codes for items of a kind, as the study writes them: S37 after S36, Q3 after Q2."""
    stem = RATED if KINDS[kind].rates else ASKED if KINDS[kind].asks else TOLD
    codes = session.scalars(select(Item.code).where(Item.study_id == study.id))
    digits = [match[1] for code in codes if (match := re.fullmatch(rf"{stem}(\d{{1,4}})", code))]
    taken = {int(number) for number in digits}
    width = min(map(len, digits), default=2)
    free = (number for number in count(1) if number not in taken)
    return [f"{stem}{number:0{width}d}" for number in islice(free, wanted)]


def _create(
    session: AnySession,
    study: Study,
    round_: Round,
    code: str,
    kind: str,
    typed: Typed,
    theme: Theme | None,
    settings: dict[str, Any],
    at: datetime,
) -> RoundItem:
    wording, help_ = _texts(study, typed.wording), _texts(study, typed.help)
    item, revision = designing.new_item(
        session,
        study,
        theme_id=theme.id if theme else None,
        code=code,
        kind=kind,
        aspect=typed.aspect,
        note=typed.note.strip(),
        basis="ours",
        wording=wording,
        help_=help_ or None,
        at=at,
    )
    revision.translated_from = translated_from(study, revision, wording, help_)
    placed = RoundItem(
        round_id=round_.id,
        item_id=item.id,
        revision_id=revision.id,
        position=1 + (designing.last_position(session, round_) or 0),
        kind=kind,
        settings=settings,
        comments=typed.comments,
    )
    session.add(placed)
    session.flush()
    return placed


def _checked(
    session: AnySession, study: Study, kind: str, typed: Typed
) -> tuple[Theme | None, dict[str, Any], list[Problem]]:
    """The theme, the settings in full, and what is wrong with what was typed."""
    first = study.default_language
    wording, help_ = _texts(study, typed.wording), _texts(study, typed.help)
    problems = [] if wording.get(first) else [missing(first)]
    for texts, longest in ((wording, LONGEST_WORDING), (help_, LONGEST_HELP)):
        problems += [
            Problem(
                N_("The text in “%(language)s” is longer than %(longest)s characters."),
                {"language": language, "longest": longest},
            )
            for language, text in texts.items()
            if len(text) > longest
        ]
    if len(typed.note) > LONGEST_NOTE:
        problems.append(
            Problem(
                N_("The note is longer than %(longest)s characters."), {"longest": LONGEST_NOTE}
            )
        )
    theme = _theme(session, study, typed.theme)
    if typed.theme and theme is None:
        problems.append(Problem(N_("There is no theme “%(theme)s”."), {"theme": typed.theme}))
    settings: dict[str, Any] = {}
    if lacks := _lacking(kind, typed.settings):
        return theme, settings, [*problems, *lacks]
    try:
        usual = study.scale if KINDS[kind].uses_scale else {}
        settings = load_kind(kind, {**usual, **typed.settings}).to_json()
    except ValueError as error:
        problems.append(Problem(N_("The settings do not fit: %(why)s."), {"why": str(error)}))
    return theme, settings, problems


def _lacking(kind: str, settings: Mapping[str, Any]) -> list[Problem]:
    """What the settings of a kind need before anything else can be said of them."""
    own = {setting.name for setting in fields(KINDS[kind])}  # type: ignore[arg-type]
    problems = [
        Problem(said)
        for name, said in FEWEST_TWO.items()
        if name in own and len(settings.get(name) or ()) < 2
    ]
    if any(name in own and not settings.get(name) for name in ENDS):
        problems.append(Problem(N_("Please name both ends of the line.")))
    return problems


def _place(session: AnySession, round_: Round, placed: RoundItem, theme: Theme | None) -> None:
    """Move an item behind the others of its theme; where there are none, to the end."""
    order = [row for row in _placed(session, round_) if row.id != placed.id]
    like = session.scalars(
        select(RoundItem.id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(RoundItem.round_id == round_.id, Item.theme_id == (theme.id if theme else None))
    ).all()
    places = [place for place, row in enumerate(order) if row.id in set(like)]
    order.insert(places[-1] + 1 if places else len(order), placed)
    _number(session, order)


def _number(session: AnySession, order: Sequence[RoundItem]) -> None:
    for position, row in enumerate(order, start=1):
        row.position = position
    session.flush()


def _placed(session: AnySession, round_: Round) -> list[RoundItem]:
    return list(
        session.scalars(
            select(RoundItem)
            .where(RoundItem.round_id == round_.id)
            .order_by(RoundItem.position, RoundItem.id)
        )
    )


def _room(session: AnySession, round_: Round, more: int) -> list[Problem]:
    there = session.scalar(select(func.count(RoundItem.id)).where(RoundItem.round_id == round_.id))
    if (there or 0) + more <= MOST_ITEMS:
        return []
    return [Problem(N_("A round holds at most %(most)s items."), {"most": MOST_ITEMS})]


def _theme(session: AnySession, study: Study, code: str | None) -> Theme | None:
    if not code:
        return None
    return session.scalar(select(Theme).where(Theme.study_id == study.id, Theme.code == code))


def _texts(study: Study, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of the study's languages; what is not translated yet has none."""
    stripped = {language: texts.get(language, "").strip() for language in study.languages}
    return {language: text for language, text in stripped.items() if text}


def _instead(study: Study, before: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """New texts in place of the old ones; those of languages that were removed stay for their return."""
    kept = {language: text for language, text in before.items() if language not in study.languages}
    return {**kept, **texts}


def _stays_under(item: Item) -> Problem:
    return Problem(
        N_("Experts have seen %(code)s under its theme: it stays there."), {"code": item.code}
    )


def _draft(round_: Round) -> None:
    if round_.opened_at is not None:
        raise RoundLaunched


def _record(
    session: AnySession, study: Study, act: str, actor: str, at: datetime, **details: Any
) -> None:
    auditing.record(session, study_id=study.id, actor=actor, act=act, at=at, **details)
