"""Build the next questionnaire: statements from answers, new wordings, what comes along."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from surveys.delphi.asking import Condition, Fault
from surveys.delphi.expertise import AskedAbout
from surveys.delphi.ordering import ItemOrder
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.item import Aspect, Item, ItemOrigin, ItemRevision, Meaning
from surveys.models.response import Rating, Response
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Study, Theme
from surveys.queries import lineage
from surveys.queries.asking import conditions_of
from surveys.queries.designs import translated_from
from surveys.services import auditing
from surveys.services.problems import Problem, Refused
from surveys.services.undoing import undoable

LONGEST_WORDING = 1_000
LONGEST_REASON = 500
TAKEN_OUT = "statement taken out"
# What the trail keeps of an item that is taken out, so that it can be put back as it was.
KEPT_OF_PLACED = (
    "round_id",
    "item_id",
    "revision_id",
    "previous_id",
    "position",
    "kind",
    "settings",
    "ask_if",
    "evidence",
    "comments",
)


class RoundLaunched(Exception):
    """The round has been launched: what experts may have seen is never altered."""


class ConditionRefused(Exception):
    """A condition makes no sense where its item stands; ``faults`` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(fault.sentence("en") for fault in faults))
        self.faults = tuple(faults)


class StatementRefused(Refused):
    """A statement cannot be made as described."""


@undoable("statement added")
def add_statement(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    wording: Mapping[str, str],
    theme: str | None,
    aspect: Aspect | None,
    from_ratings: Sequence[int] = (),
    note: str = "",
    actor: str,
    at: datetime,
) -> RoundItem:
    """Add a statement to a draft rating round, and keep which answers it came from.

    ``from_ratings`` are versions of open answers given in an earlier round of the same study.

    Raises RoundLaunched, or StatementRefused with every problem at once.
    """
    if round_.opened_at is not None:
        raise RoundLaunched
    texts = {language: wording.get(language, "").strip() for language in study.languages}
    problems = wrong_wordings(texts)
    if round_.kind is not RoundKind.RATING:
        problems.append(Problem(N_("Statements belong to a rating round.")))
    theme_row = theme_of(session, study, theme)
    if theme and theme_row is None:
        problems.append(Problem(N_("There is no theme “%(theme)s”."), {"theme": theme}))
    origins = _answers_of(session, study, from_ratings)
    if len(origins) != len(set(from_ratings)):
        problems.append(Problem(N_("An answer it should come from is not part of this study.")))
    if problems:
        raise StatementRefused(problems)

    item, revision = new_item(
        session,
        study,
        theme_id=theme_row.id if theme_row else None,
        code=next_code(session, study),
        kind="likert",
        aspect=aspect,
        note=note,
        basis="panel" if origins else "ours",
        wording=texts,
        at=at,
    )
    session.add_all(
        ItemOrigin(item_id=item.id, rating_id=rating_id, created_at=at) for rating_id in origins
    )
    session.flush()
    placed = RoundItem(
        round_id=round_.id,
        item_id=item.id,
        revision_id=revision.id,
        position=1 + (last_position(session, round_) or 0),
        kind="likert",
        settings=study.scale,
    )
    session.add(placed)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="statement added",
        at=at,
        item=item.code,
        round=round_.number,
        from_answers=list(origins),
    )
    return placed


@undoable("statement reworded")
def reword(
    session: AnySession,
    study: Study,
    placed: RoundItem,
    *,
    wording: Mapping[str, str],
    reasons: Mapping[str, str],
    meaning: Meaning | None,
    actor: str,
    at: datetime,
) -> ItemRevision:
    """Give an item of a draft round a new wording. One that nobody has seen is replaced in place.

    What experts have seen stays as it was: there is a new revision, with a reason in every language
    whose wording changed, and with the word of the team whether the meaning is the same. Where it
    is not, ratings are no longer compared across it. The wording that was seen, given again, takes
    an unseen revision back.

    Raises RoundLaunched or StatementRefused.
    """
    round_ = session.get_one(Round, placed.round_id)
    if round_.opened_at is not None:
        raise RoundLaunched
    texts = {language: wording.get(language, "").strip() for language in study.languages}
    problems = wrong_wordings(texts)
    before = lineage.shown_before(session, round_).get(placed.item_id)
    revision = session.get_one(ItemRevision, placed.revision_id)
    told: dict[str, str] = {}
    if before is None:
        meaning = None
    else:
        changed = [lang for lang, text in texts.items() if text != before.wording.get(lang)]
        told = {lang: reasons.get(lang, "").strip() for lang in changed}
        unseen = revision if revision.id != before.revision_id else None
        if not changed and unseen is None:
            problems.append(Problem(N_("This is the wording that experts have seen already.")))
        problems += wrong_reasons(told)
        if changed and meaning is None:
            problems.append(Problem(N_("Please say whether the statement still means the same.")))
    if problems:
        raise StatementRefused(problems)
    if before is None:
        revision.translated_from = translated_from(study, revision, texts, revision.help or {})
        revision.heeded = None
        revision.wording = texts
    elif not changed:
        placed.revision_id, placed.previous_id = before.revision_id, before.round_item_id
        session.flush()
        session.delete(revision)
        revision = session.get_one(ItemRevision, before.revision_id)
    else:
        if unseen is None:
            revision = ItemRevision(
                item_id=placed.item_id,
                number=1 + _last_revision(session, placed.item_id),
                help=revision.help,
                created_at=at,
            )
            session.add(revision)
        revision.wording, revision.reasons, revision.meaning = texts, told, meaning
        session.flush()
        placed.revision_id = revision.id
        placed.previous_id = before.round_item_id if meaning is Meaning.KEPT else None
    session.flush()
    item = session.get_one(Item, placed.item_id)
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="statement reworded",
        at=at,
        item=item.code,
        revision=revision.number,
        reasons=told,
        meaning=meaning.value if meaning else None,
    )
    return revision


def set_order(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    sections: Collection[str],
    actor: str,
    at: datetime,
) -> None:
    """Let the items of these themes stand in random order in a draft round, and of no others.

    All themes also means the items that have none. The seed that the study file gave stays.

    Raises RoundLaunched, or StatementRefused for a theme that is none of the study's.
    """
    if round_.opened_at is not None:
        raise RoundLaunched
    themes = list(
        session.scalars(
            select(Theme.code).where(Theme.study_id == study.id).order_by(Theme.position)
        )
    )
    strange = sorted(set(sections) - set(themes))
    if strange:
        raise StatementRefused(
            [Problem(N_("There is no theme “%(theme)s”."), {"theme": theme}) for theme in strange]
        )
    chosen = tuple(theme for theme in themes if theme in sections)
    seed = ItemOrder.from_json(round_.item_order).seed if round_.item_order else 1
    order = ItemOrder(None if len(chosen) == len(themes) else chosen, seed) if chosen else None
    round_.item_order = order.to_json() if order else None
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="order of items set",
        at=at,
        round=round_.number,
        random_in=list(chosen),
        seed=seed if chosen else None,
    )


@undoable("condition set")
def set_condition(
    session: AnySession,
    study: Study,
    placed: RoundItem,
    *,
    condition: Condition | None,
    actor: str,
    at: datetime,
) -> None:
    """Say of whom an item of a draft round is asked; None for everyone.

    Raises RoundLaunched or ConditionRefused.
    """
    round_ = session.get_one(Round, placed.round_id)
    if round_.opened_at is not None:
        raise RoundLaunched
    (here,) = [one for one in conditions_of(session, round_) if one.round_item_id == placed.id]
    faults = tuple(condition.faults(here.around)) if condition else ()
    if faults:
        raise ConditionRefused(faults)
    placed.ask_if = condition.to_json() if condition else None
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="condition set",
        at=at,
        item=here.code,
        round=round_.number,
        ask_if=placed.ask_if,
    )


@undoable("statement taken out")
def remove(
    session: AnySession, study: Study, placed: RoundItem, *, actor: str, at: datetime
) -> None:
    """Take an item out of a draft round; the item and its history stay.

    Raises RoundLaunched.
    """
    round_ = session.get_one(Round, placed.round_id)
    if round_.opened_at is not None:
        raise RoundLaunched
    item = session.get_one(Item, placed.item_id)
    kept = {name: getattr(placed, name) for name in KEPT_OF_PLACED}
    session.delete(placed)
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act=TAKEN_OUT,
        at=at,
        item=item.code,
        round=round_.number,
        placed=kept,
    )


def ask_expertise(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    about: AskedAbout,
    actor: str,
    at: datetime,
) -> None:
    """Decide on what a draft round asks experts how well they know it. Raises RoundLaunched."""
    if round_.opened_at is not None:
        raise RoundLaunched
    if round_.expertise is about:
        return
    round_.expertise = about
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="expertise asked",
        at=at,
        round=round_.number,
        about=about.value,
    )


def wrong_wordings(texts: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a statement's wordings, language by language."""
    problems = [
        Problem(N_("The wording in “%(language)s” is empty."), {"language": language})
        for language, text in texts.items()
        if not text
    ]
    problems += [
        Problem(
            N_("The wording in “%(language)s” is longer than %(longest)s characters."),
            {"language": language, "longest": LONGEST_WORDING},
        )
        for language, text in texts.items()
        if len(text) > LONGEST_WORDING
    ]
    return problems


def wrong_reasons(reasons: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the reasons for a new wording, language by language."""
    problems = [
        Problem(
            N_("Experts have seen the earlier wording: please give the reason in “%(language)s”."),
            {"language": language},
        )
        for language, text in reasons.items()
        if not text
    ]
    problems += [
        Problem(
            N_("The reason in “%(language)s” is longer than %(longest)s characters."),
            {"language": language, "longest": LONGEST_REASON},
        )
        for language, text in reasons.items()
        if len(text) > LONGEST_REASON
    ]
    return problems


def _last_revision(session: AnySession, item_id: int) -> int:
    """The number of an item's newest wording."""
    return (
        session.scalar(select(func.max(ItemRevision.number)).where(ItemRevision.item_id == item_id))
        or 0
    )


def fill_in(
    session: AnySession, study: Study, typed: Mapping[str, str], *, actor: str, at: datetime
) -> None:
    """Keep the settings that experts read, as typed: "contact_email", "controller-nl".

    What is not among the study's settings is passed over; an emptied text keeps what stood there.
    Raises RoundLaunched once the study is locked.
    """
    if study.locked_at is not None:
        raise RoundLaunched
    settings: dict[str, Any] = {}
    for name, value in study.settings.items():
        if isinstance(value, dict):
            settings[name] = {
                language: typed.get(f"{name}-{language}", "").strip() or value.get(language, "")
                for language in study.languages
            }
        else:
            settings[name] = typed.get(name, "").strip() or value
    study.settings = settings
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="settings filled in",
        at=at,
        open=len(study.unfilled),
    )


def theme_of(session: AnySession, study: Study, code: str | None) -> Theme | None:
    if not code:
        return None
    return session.scalar(select(Theme).where(Theme.study_id == study.id, Theme.code == code))


def _answers_of(session: AnySession, study: Study, rating_ids: Sequence[int]) -> list[int]:
    """Those of the answer versions that were given in this study."""
    return list(
        session.scalars(
            select(Rating.id)
            .join(Response, Response.id == Rating.response_id)
            .join(Round, Round.id == Response.round_id)
            .where(Round.study_id == study.id, Rating.id.in_(list(rating_ids)))
        )
    )


def new_item(
    session: AnySession,
    study: Study,
    *,
    code: str,
    kind: str,
    theme_id: int | None,
    aspect: Aspect | None,
    basis: str,
    wording: Mapping[str, Any],
    at: datetime,
    note: str = "",
    help_: Mapping[str, Any] | None = None,
) -> tuple[Item, ItemRevision]:
    """Make an item with its first wording; placing it in a round is the caller's."""
    item = Item(
        study_id=study.id,
        theme_id=theme_id,
        code=code,
        kind=kind,
        aspect=aspect,
        note=note,
        basis=basis,
        created_at=at,
    )
    session.add(item)
    session.flush()
    revision = ItemRevision(item_id=item.id, number=1, wording=wording, help=help_, created_at=at)
    session.add(revision)
    session.flush()
    return item, revision


def next_code(session: AnySession, study: Study) -> str:
    """The next free statement code: S37 after S36."""
    taken = set(session.scalars(select(Item.code).where(Item.study_id == study.id)))
    number = 1
    while f"S{number:02d}" in taken:
        number += 1
    return f"S{number:02d}"


def last_position(session: AnySession, round_: Round) -> int | None:
    return session.scalar(
        select(func.max(RoundItem.position)).where(RoundItem.round_id == round_.id)
    )
