"""The frame of a study, while it is built: texts, languages, themes, groups, the scale, the rounds.

The first launch locks what experts consented to and what the rules speak of: texts, languages, groups,
the scale, and which rounds run in real time. A theme is fixed once a launched round has shown it; new
ones may come at any time, because panels bring some. What is sent says what its page showed (``seen``):
where a colleague has changed that meanwhile, nothing is overwritten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from surveys.delphi.ordering import ItemOrder
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.wording import LANGUAGES
from surveys.items import KINDS, load_kind
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.round import Round, RoundItem, RoundKind, RoundLayout, RoundMode
from surveys.models.study import Study, Theme
from surveys.queries import panel
from surveys.queries.designs import mark
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

LONGEST_TITLE = 200
LONGEST_TEXT = 5_000
LONGEST_CODE = 24

Texts = Mapping[str, str]


class StudyLocked(Exception):
    """The study has been launched: what experts consented to is not changed."""


class EditedMeanwhile(Exception):
    """A colleague has changed the same since the page was drawn."""


class NotFramed(Refused):
    """The study cannot be built as asked."""


def marked(part: Study | Theme | StakeholderGroup | Round) -> str:
    """The mark of what a page shows of a study's texts, a theme, a group, or a round's texts."""
    match part:
        case Study():
            return mark(part.title, part.summary)
        case Theme():
            return mark(part.title, part.description)
        case StakeholderGroup():
            return mark(part.name)
        case Round():
            return mark(part.title, part.introduction, part.layout.value, part.mode.value)


# --- the study's own texts, and its languages


def set_texts(
    session: AnySession,
    study: Study,
    *,
    title: Texts,
    summary: Texts,
    seen: str,
    actor: str,
    at: datetime,
) -> None:
    """What the study is called and what it is about.

    Raises StudyLocked, EditedMeanwhile, or NotFramed.
    """
    _unlocked(study)
    titles, summaries = _stripped(study, title), _stripped(study, summary)
    problems = _wrong_title(study, titles) + _too_long(summaries, LONGEST_TEXT)
    if problems:
        raise NotFramed(problems)
    _unchanged(seen, marked(study), mark(titles, summaries))
    study.title, study.summary = _over(study.title, titles), _over(study.summary, summaries)
    session.flush()
    _record(session, study, "study described", actor, at)


def add_language(
    session: AnySession, study: Study, language: str, *, actor: str, at: datetime
) -> None:
    """Ask in one more language; its texts are missing until somebody writes them.

    Raises StudyLocked or NotFramed.
    """
    _unlocked(study)
    if language not in LANGUAGES:
        raise NotFramed([Problem(N_("Rondo does not speak this language yet."))])
    if language in study.languages:
        raise NotFramed([Problem(N_("The study has this language already."))])
    study.languages = [*study.languages, language]
    session.flush()
    _record(session, study, "language added", actor, at, language=language)


def remove_language(
    session: AnySession, study: Study, language: str, *, actor: str, at: datetime
) -> None:
    """Ask in one language less. Its texts are kept, and are there again if it comes back.

    Raises StudyLocked or NotFramed.
    """
    _unlocked(study)
    if language not in study.languages:
        raise NotFramed([Problem(N_("The study does not have this language."))])
    if len(study.languages) == 1:
        raise NotFramed([Problem(N_("A study needs at least one language."))])
    readers = session.scalar(
        select(func.count(Expert.id)).where(
            Expert.study_id == study.id,
            Expert.language == language,
            Expert.withdrawn_at.is_(None),
        )
    )
    if readers:
        raise NotFramed(
            [
                Problem(
                    N_("%(experts)s experts of the panel read “%(language)s”; it stays."),
                    {"experts": readers, "language": language},
                )
            ]
        )
    study.languages = [one for one in study.languages if one != language]
    session.flush()
    _record(session, study, "language removed", actor, at, language=language)


# --- themes


def themes_of(session: AnySession, study: Study) -> list[Theme]:
    """The study's themes in their order."""
    return list(
        session.scalars(
            select(Theme).where(Theme.study_id == study.id).order_by(Theme.position, Theme.id)
        )
    )


def themes_shown(session: AnySession, study: Study) -> set[int]:
    """The themes under which experts have been asked something."""
    return {
        theme
        for theme in session.scalars(
            select(Item.theme_id)
            .join(RoundItem, RoundItem.item_id == Item.id)
            .join(Round, Round.id == RoundItem.round_id)
            .where(Round.study_id == study.id, Round.opened_at.is_not(None))
            .distinct()
        )
        if theme is not None
    }


def items_by_theme(session: AnySession, study: Study) -> dict[int, int]:
    """How many items of the study's rounds stand under each theme."""
    rows = session.execute(
        select(Item.theme_id, func.count(func.distinct(Item.id)))
        .join(RoundItem, RoundItem.item_id == Item.id)
        .where(Item.study_id == study.id)
        .group_by(Item.theme_id)
    )
    return {theme: items for theme, items in rows if theme is not None}


def add_theme(
    session: AnySession,
    study: Study,
    *,
    title: Texts,
    description: Texts,
    actor: str,
    at: datetime,
) -> Theme:
    """One more theme, the last of all. Raises NotFramed."""
    titles, descriptions = _stripped(study, title), _stripped(study, description)
    problems = _wrong_title(study, titles) + _too_long(descriptions, LONGEST_TEXT)
    if problems:
        raise NotFramed(problems)
    there = themes_of(session, study)
    theme = Theme(
        study_id=study.id,
        code=free_code(titles[study.default_language], {one.code for one in there}, "theme"),
        title=titles,
        description=descriptions,
        position=1 + max((one.position for one in there), default=0),
    )
    session.add(theme)
    session.flush()
    _record(session, study, "theme added", actor, at, theme=theme.code)
    return theme


def edit_theme(
    session: AnySession,
    study: Study,
    theme: Theme,
    *,
    title: Texts,
    description: Texts,
    seen: str,
    actor: str,
    at: datetime,
) -> None:
    """Name and describe a theme that no launched round has shown.

    Raises EditedMeanwhile or NotFramed.
    """
    titles, descriptions = _stripped(study, title), _stripped(study, description)
    problems = _wrong_title(study, titles) + _too_long(descriptions, LONGEST_TEXT)
    if theme.id in themes_shown(session, study):
        problems = [
            Problem(N_("Experts have been asked under this theme: its name and description stay."))
        ]
    if problems:
        raise NotFramed(problems)
    _unchanged(seen, marked(theme), mark(titles, descriptions))
    theme.title = _over(theme.title, titles)
    theme.description = _over(theme.description, descriptions)
    session.flush()
    _record(session, study, "theme edited", actor, at, theme=theme.code)


def remove_theme(
    session: AnySession, study: Study, theme: Theme, *, actor: str, at: datetime
) -> None:
    """Take away a theme that holds no item. Raises NotFramed."""
    placed = session.scalars(
        select(Item.code)
        .join(RoundItem, RoundItem.item_id == Item.id)
        .where(Item.theme_id == theme.id)
        .distinct()
    ).all()
    if placed:
        raise NotFramed(
            [
                Problem(
                    N_("This theme holds items: %(codes)s. Move them first."),
                    {"codes": ", ".join(sorted(placed))},
                )
            ]
        )
    for item in session.scalars(select(Item).where(Item.theme_id == theme.id)):
        # Taken out of every round: if it is put back, it has no theme.
        item.theme_id = None
    code = theme.code
    for round_ in rounds_of(session, study):
        _forget_section(round_, code)
    session.flush()
    session.delete(theme)
    session.flush()
    _record(session, study, "theme removed", actor, at, theme=code)


def _forget_section(round_: Round, theme: str) -> None:
    """Shuffle a draft round's other sections as before, without a theme that is gone."""
    if round_.item_order is None or round_.opened_at is not None:
        return
    order = ItemOrder.from_json(round_.item_order)
    if order.sections is not None and theme in order.sections:
        left = tuple(one for one in order.sections if one != theme)
        round_.item_order = ItemOrder(left, order.seed).to_json() if left else None


def move(
    session: AnySession,
    study: Study,
    rows: Sequence[Theme] | Sequence[StakeholderGroup],
    chosen: Theme | StakeholderGroup,
    by: int,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Move a theme or a group up (-1) or down (1) among its like; at the end it stays.

    Raises StudyLocked for a group of a locked study.
    """
    if isinstance(chosen, StakeholderGroup):
        _unlocked(study)
    order: list[Theme | StakeholderGroup] = list(rows)
    here = order.index(chosen)
    there = here + (1 if by > 0 else -1)
    if not 0 <= there < len(order):
        return
    order[here], order[there] = order[there], order[here]
    for position, row in enumerate(order, start=1):
        row.position = position
    session.flush()
    act = "groups ordered" if isinstance(chosen, StakeholderGroup) else "themes ordered"
    _record(session, study, act, actor, at, order=[row.code for row in order])


# --- stakeholder groups


def group_sizes(session: AnySession, study: Study) -> dict[int, int]:
    """How many experts are, or were, in each group."""
    rows = session.execute(
        select(Expert.group_id, func.count(Expert.id))
        .where(Expert.study_id == study.id)
        .group_by(Expert.group_id)
    )
    return {group: size for group, size in rows if group is not None}


def add_group(
    session: AnySession, study: Study, *, name: Texts, actor: str, at: datetime
) -> StakeholderGroup:
    """One more stakeholder group, the last of all. Raises StudyLocked or NotFramed."""
    _unlocked(study)
    names = _stripped(study, name)
    if problems := _wrong_title(study, names):
        raise NotFramed(problems)
    there = panel.groups(session, study)
    group = StakeholderGroup(
        study_id=study.id,
        code=free_code(names[study.default_language], {one.code for one in there}, "group"),
        name=names,
        position=1 + max((one.position for one in there), default=0),
    )
    session.add(group)
    session.flush()
    _record(session, study, "group added", actor, at, group=group.code)
    return group


def edit_group(
    session: AnySession,
    study: Study,
    group: StakeholderGroup,
    *,
    name: Texts,
    seen: str,
    actor: str,
    at: datetime,
) -> None:
    """Name a group. Raises StudyLocked, EditedMeanwhile or NotFramed."""
    _unlocked(study)
    names = _stripped(study, name)
    if problems := _wrong_title(study, names):
        raise NotFramed(problems)
    _unchanged(seen, marked(group), mark(names))
    group.name = _over(group.name, names)
    session.flush()
    _record(session, study, "group edited", actor, at, group=group.code)


def remove_group(
    session: AnySession, study: Study, group: StakeholderGroup, *, actor: str, at: datetime
) -> None:
    """Take away a group that holds nobody and that no condition names.

    Raises StudyLocked or NotFramed.
    """
    _unlocked(study)
    problems = []
    if group_sizes(session, study).get(group.id):
        problems.append(Problem(N_("There are experts in this group. Move them first.")))
    asked = _asked_of_group(session, study, group.code)
    if asked:
        problems.append(
            Problem(
                N_("Conditions ask for this group: %(codes)s. Change them first."),
                {"codes": ", ".join(asked)},
            )
        )
    if problems:
        raise NotFramed(problems)
    code = group.code
    session.delete(group)
    session.flush()
    _record(session, study, "group removed", actor, at, group=code)


def _asked_of_group(session: AnySession, study: Study, group: str) -> list[str]:
    """The items that are asked, or not asked, of a group by its name."""
    rows = session.execute(
        select(Item.code, RoundItem.ask_if)
        .join(Item, Item.id == RoundItem.item_id)
        .where(Item.study_id == study.id, RoundItem.ask_if.is_not(None))
        .order_by(RoundItem.id)
    )
    return [code for code, stored in rows if stored and group in _groups_named(stored)]


def _groups_named(stored: Any) -> set[str]:
    """The groups that a stored condition names, however deep it stands."""
    if isinstance(stored, Mapping):
        named = stored.get("group", ())
        own = {named} if isinstance(named, str) else set(named or ())
        return own.union(*(_groups_named(part) for part in stored.values()), set())
    if isinstance(stored, Sequence) and not isinstance(stored, str):
        return set().union(*(_groups_named(part) for part in stored))
    return set()


# --- the scale


def set_scale(
    session: AnySession,
    study: Study,
    settings: Mapping[str, Any],
    *,
    seen: str,
    actor: str,
    at: datetime,
) -> None:
    """The scale on which statements are rated, with its names; items that stood on it follow.

    Its bands are those that the rules speak of. Raises StudyLocked, EditedMeanwhile or NotFramed.
    """
    _unlocked(study)
    try:
        made = load_kind("likert", settings).to_json()
        scale = Scale.from_json(made["scale"])
        rules = replace(Protocol.from_json(study.protocol), scale=scale)
    except ValueError as error:
        raise NotFramed(
            [Problem(N_("This scale cannot be used: %(why)s."), {"why": str(error)})]
        ) from None
    _unchanged(seen, mark(study.scale), mark(made))
    names = {str(point) for point in scale.points}
    made["labels"] = {
        language: {point: name for point, name in labels.items() if point in names}
        for language, labels in made["labels"].items()
    }
    before = study.scale
    for placed in session.scalars(
        select(RoundItem)
        .join(Round, Round.id == RoundItem.round_id)
        .where(Round.study_id == study.id, Round.opened_at.is_(None))
    ):
        if KINDS[placed.kind].uses_scale and all(
            placed.settings.get(name) == before.get(name) for name in before
        ):
            placed.settings = {**placed.settings, **made}
    study.scale = made
    study.protocol = rules.to_json()
    session.flush()
    _record(session, study, "scale set", actor, at, points=len(scale))


# --- rounds


def rounds_of(session: AnySession, study: Study) -> list[Round]:
    """The study's rounds in their order."""
    return list(
        session.scalars(select(Round).where(Round.study_id == study.id).order_by(Round.number))
    )


def add_round(
    session: AnySession,
    study: Study,
    *,
    kind: RoundKind,
    title: Texts,
    actor: str,
    at: datetime,
) -> Round:
    """One more round, the last of all: a draft without items. Raises NotFramed."""
    titles = _stripped(study, title)
    if problems := _wrong_title(study, titles):
        raise NotFramed(problems)
    there = rounds_of(session, study)
    round_ = Round(
        study_id=study.id,
        number=1 + len(there),
        kind=kind,
        title=titles,
        introduction={},
        layout=there[-1].layout if there else RoundLayout.PAGE,
        mode=RoundMode.CLASSICAL,
    )
    session.add(round_)
    session.flush()
    _record(session, study, "round added", actor, at, round=round_.number)
    return round_


@dataclass(frozen=True, slots=True)
class RoundTexts:
    """What is said of a draft round beside its items."""

    title: Texts
    introduction: Texts
    layout: RoundLayout
    mode: RoundMode


def edit_round(
    session: AnySession,
    study: Study,
    round_: Round,
    said: RoundTexts,
    *,
    seen: str,
    actor: str,
    at: datetime,
) -> None:
    """Title, introduction, layout, and whether a draft round runs in real time.

    Raises StudyLocked where the rules would change with the mode, EditedMeanwhile or NotFramed.
    """
    titles, introductions = _stripped(study, said.title), _stripped(study, said.introduction)
    problems = _wrong_title(study, titles) + _too_long(introductions, LONGEST_TEXT)
    if round_.opened_at is not None:
        problems = [Problem(N_("This round has been launched: what experts see is not changed."))]
    if said.mode is RoundMode.REAL_TIME and round_.kind is not RoundKind.RATING:
        problems.append(Problem(N_("Only a rating round can run in real time.")))
    if problems:
        raise NotFramed(problems)
    now = mark(titles, introductions, said.layout.value, said.mode.value)
    _unchanged(seen, marked(round_), now)
    changed = {"mode": said.mode.value} if said.mode is not round_.mode else {}
    if changed:
        _set_real_time(study, round_, said.mode)
    round_.title = _over(round_.title, titles)
    round_.introduction = _over(round_.introduction, introductions)
    round_.layout, round_.mode = said.layout, said.mode
    session.flush()
    _record(session, study, "round described", actor, at, round=round_.number, **changed)


def _set_real_time(study: Study, round_: Round, mode: RoundMode) -> None:
    """Say in the rules which rounds run in real time. Raises StudyLocked or NotFramed."""
    _unlocked(study)
    rules = Protocol.from_json(study.protocol)
    live = set(rules.real_time) - {round_.number}
    if mode is RoundMode.REAL_TIME:
        live.add(round_.number)
    study.protocol = _with_real_time(rules, live).to_json()


def _with_real_time(rules: Protocol, live: Collection[int]) -> Protocol:
    try:
        return replace(rules, real_time=tuple(live))
    except ValueError:
        raise NotFramed(
            [
                Problem(
                    N_(
                        "In real time every answer counts from the moment it is given, but by the "
                        "protocol answers that were not submitted do not count. Change that first."
                    )
                )
            ]
        ) from None


def remove_round(
    session: AnySession, study: Study, round_: Round, *, actor: str, at: datetime
) -> None:
    """Take away a draft round with the items that no other round asks; later drafts move up.

    Raises NotFramed for a launched round, or for the only one.
    """
    rounds = rounds_of(session, study)
    if round_.opened_at is not None:
        raise NotFramed([Problem(N_("This round has been launched: it stays."))])
    if len(rounds) == 1:
        raise NotFramed([Problem(N_("A study needs at least one round."))])
    number = round_.number
    rules = Protocol.from_json(study.protocol)
    later_live = [live for live in rules.real_time if live >= number]
    if later_live and study.locked_at is not None:
        raise NotFramed(
            [Problem(N_("The locked protocol names this round or a later one: it stays."))]
        )
    placed = session.scalars(select(RoundItem).where(RoundItem.round_id == round_.id)).all()
    items = [row.item_id for row in placed]
    for row in placed:
        session.delete(row)
    session.flush()
    elsewhere = set(session.scalars(select(RoundItem.item_id).where(RoundItem.item_id.in_(items))))
    for item in session.scalars(select(Item).where(Item.id.in_(set(items) - elsewhere))):
        session.delete(item)
    session.delete(round_)
    session.flush()
    for later in rounds:
        if later.number > number:
            later.number -= 1
            session.flush()
    if later_live:
        live = {one - (one > number) for one in rules.real_time if one != number}
        study.protocol = _with_real_time(rules, live).to_json()
    session.flush()
    _record(session, study, "round removed", actor, at, round=number, items=len(items))


# --- what all of them need


def free_code(text: str, taken: Collection[str], stem: str) -> str:
    """A short code made of a text: small letters, digits and underscores, and not taken yet."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    made = made.lstrip("0123456789_")[:LONGEST_CODE].rstrip("_") or stem
    code, number = made, 2
    while code in taken:
        code = f"{made[: LONGEST_CODE - 3]}_{number}"
        number += 1
    return code


def _unlocked(study: Study) -> None:
    if study.locked_at is not None:
        raise StudyLocked


def _unchanged(seen: str, standing: str, wanted: str) -> None:
    """Whether what stands is what the page showed, or what is wanted already."""
    if standing not in (seen, wanted):
        raise EditedMeanwhile


def _stripped(study: Study, texts: Texts) -> dict[str, str]:
    """The texts of the study's languages, as they are kept: no space around them."""
    return {language: texts.get(language, "").strip() for language in study.languages}


def _over(before: Mapping[str, Any], texts: Texts) -> dict[str, str]:
    """New texts over the old ones; those of languages that were removed stay for their return."""
    return {**before, **texts}


def _wrong_title(study: Study, texts: Texts) -> list[Problem]:
    """The first language stands in for the others, so that one needs a text."""
    first = study.default_language
    problems = [] if texts.get(first) else [missing(first)]
    return problems + _too_long(texts, LONGEST_TITLE)


def missing(language: str) -> Problem:
    """The text of the study's first language is empty."""
    return Problem(N_("The text in “%(language)s” is empty."), {"language": language})


def _too_long(texts: Texts, longest: int) -> list[Problem]:
    return [
        Problem(
            N_("The text in “%(language)s” is longer than %(longest)s characters."),
            {"language": language, "longest": longest},
        )
        for language, text in texts.items()
        if len(text) > longest
    ]


def _record(
    session: AnySession, study: Study, act: str, actor: str, at: datetime, **details: Any
) -> None:
    auditing.record(session, study_id=study.id, actor=actor, act=act, at=at, **details)
