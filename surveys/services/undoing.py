"""Undo the steps between a closed round and the launch of the next, one by one, exactly.

A step writes down what it changed, found by comparing all that belongs to the draft before and after it.
Undoing puts back what was. Rows are known by what they mean (the code of an item, the number of a
wording) and not by their ids, which a row that is made again may not get back. Once the next round has
been launched nothing is undone: what experts saw is never altered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import and_, select

from surveys.items.base import N_
from surveys.models.base import AnySession, UtcDateTime
from surveys.models.draft import CarryChoice, DraftStep, RoundDecision
from surveys.models.item import Item, ItemDescent, ItemOrigin, ItemRevision
from surveys.models.round import Round, RoundItem
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

P = ParamSpec("P")
R = TypeVar("R")
Key = tuple[str, ...]

# In this order rows are deleted: nothing refers to the first ones. In the other one they are made.
LEAVES = ("decision", "choice", "place", "descent", "origin")
ROOTS = ("revision", "item", "round")
ROWS: Mapping[str, Any] = {
    "round": Round,
    "item": Item,
    "revision": ItemRevision,
    "origin": ItemOrigin,
    "descent": ItemDescent,
    "place": RoundItem,
    "choice": CarryChoice,
    "decision": RoundDecision,
}
# What a row is found by, and what no step sets.
NOT_KEPT = {
    *("id", "study_id", "round_id", "item_id", "round_item_id", "revision_id"),
    *("version_id", "version"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A row, and what it held when it was looked at."""

    row: Any
    fields: dict[str, Any]


State = dict[tuple[str, Key], Kept]

# Whether a step is being done: what it does by way of other acts is one step with it.
_within: ContextVar[bool] = ContextVar("within a step", default=False)


class NotUndone(Refused):
    """A step cannot be undone (any more)."""


@contextmanager
def step(
    session: AnySession, earlier: Round | None, act: str, *, actor: str, at: datetime
) -> Iterator[list[str]]:
    """Let what is done inside be undone later. Without a closed round before it nothing is kept.

    What is put into the list names the items the step is about; else they are found in the changes.
    """
    about: list[str] = []
    if earlier is None or _within.get():
        # Part of another step, or of a draft with nothing before it.
        yield about
        return
    before = _state(session, earlier)
    entered = _within.set(True)
    try:
        yield about
    finally:
        _within.reset(entered)
    changes = _differences(before, _state(session, earlier))
    if changes:
        session.add(
            DraftStep(
                round_id=earlier.id,
                act=act,
                items=about or _codes(changes),
                changes=changes,
                actor=actor,
                made_at=at,
            )
        )
        session.flush()


def undoable(act: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a service that changes a draft round one step that can be undone.

    The service takes the session, the study, and the draft round or a place in it.
    """

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def done(*args: P.args, **more: P.kwargs) -> R:
            session: Any = args[0]
            about: Any = args[2]
            draft = about if isinstance(about, Round) else session.get(Round, about.round_id)
            actor: Any = more["actor"]
            at: Any = more["at"]
            with step(session, closed_before(session, draft), act, actor=actor, at=at):
                return service(*args, **more)

        return done

    return decorate


def closed_before(session: AnySession, draft: Round) -> Round | None:
    """The closed round after which a draft comes; None where there is none, or it was launched."""
    if draft.opened_at is not None:
        return None
    return session.scalar(
        select(Round).where(
            Round.study_id == draft.study_id,
            Round.number == draft.number - 1,
            Round.closed_at.is_not(None),
        )
    )


def steps(session: AnySession, earlier: Round) -> list[DraftStep]:
    """The steps after a round that stand, the newest first."""
    return list(
        session.scalars(
            select(DraftStep)
            .where(DraftStep.round_id == earlier.id, DraftStep.undone_at.is_(None))
            .order_by(DraftStep.id.desc())
        )
    )


def undo(session: AnySession, earlier: Round, step_id: int, *, actor: str, at: datetime) -> str:
    """Put back what was before the newest step; the act that was undone.

    Raises NotUndone when the next round was launched, when another step is the newest, or when what
    the step changed has been changed since in a way that is no step.
    """
    refuse_after_launch(session, earlier)
    standing = steps(session, earlier)
    if not standing or standing[0].id != step_id:
        raise NotUndone(
            [Problem(N_("Something else was done meanwhile. Please look again, then undo."))]
        )
    newest = standing[0]
    _refuse_what_changed(session, earlier, newest)
    _put_back(session, earlier, newest)
    newest.undone_at = at
    session.flush()
    auditing.record(
        session,
        study_id=earlier.study_id,
        actor=actor,
        act="step undone",
        at=at,
        round=earlier.number + 1,
        undone=newest.act,
        items=newest.items,
    )
    return newest.act


def throw_away(session: AnySession, earlier: Round, *, actor: str, at: datetime) -> int:
    """Undo every step after a round, whatever was changed between them; how many there were.

    Raises NotUndone when the next round was launched.
    """
    refuse_after_launch(session, earlier)
    standing = steps(session, earlier)
    for one in standing:
        _put_back(session, earlier, one)
        one.undone_at = at
        session.flush()
    if standing:
        auditing.record(
            session,
            study_id=earlier.study_id,
            actor=actor,
            act="draft thrown away",
            at=at,
            round=earlier.number + 1,
            steps=len(standing),
        )
    return len(standing)


def refuse_after_launch(session: AnySession, earlier: Round) -> None:
    """Raise NotUndone once experts were asked to the round after ``earlier``."""
    draft = _draft(session, earlier)
    if draft is not None and draft.opened_at is not None:
        raise NotUndone(
            [Problem(N_("The next round has been launched: what experts saw is never altered."))]
        )


def _refuse_what_changed(session: AnySession, earlier: Round, newest: DraftStep) -> None:
    """A field that holds something else than the step wrote would be lost unseen."""
    now = _state(session, earlier)
    strange = set()
    for kind, key, _was, become in newest.changes:
        stands = now.get((kind, tuple(key)))
        if become is None:
            differs = stands is not None
        elif stands is None:
            # What the step made is gone already, as when an expert's answers were erased.
            differs = bool(become)
        else:
            differs = any(stands.fields[name] != value for name, value in become.items())
        if differs:
            strange.add(key[0] if key else kind)
    if strange:
        raise NotUndone(
            [
                Problem(
                    N_("This was changed since in another way: %(items)s. Take that back first."),
                    {"items": ", ".join(sorted(strange))},
                )
            ]
        )


def _put_back(session: AnySession, earlier: Round, done: DraftStep) -> None:
    """Delete what the step made, make again what it deleted, and write back what it changed.

    What others refer to (wordings, items, the round) goes last and comes first.
    """
    standing = _state(session, earlier)
    changes = [(kind, tuple(key), was) for kind, key, was, _become in done.changes]

    def delete(kinds: Sequence[str]) -> None:
        for wanted in kinds:
            for kind, key, was in changes:
                stands = standing.get((kind, key))
                if kind == wanted and was is None and stands is not None:
                    session.delete(stands.row)
            session.flush()

    delete(LEAVES)
    for wanted in (*reversed(ROOTS), *reversed(LEAVES)):
        for kind, key, was in changes:
            if kind == wanted and was is not None:
                stands = standing.get((kind, key))
                _write(session, earlier, kind, key, was, stands.row if stands else None)
        session.flush()
    delete(ROOTS)


def _write(
    session: AnySession,
    earlier: Round,
    kind: str,
    key: Key,
    was: Mapping[str, Any],
    row: Any,
) -> None:
    """Write a row's earlier fields into it, or into a new row where there is none."""
    new = row is None
    if new:
        row = ROWS[kind]()
        for name, value in _identity(session, earlier, kind, key).items():
            setattr(row, name, value)
    columns = ROWS[kind].__table__.columns
    for name, value in was.items():
        if name == "revision":
            row.revision_id = _revision(session, earlier, key[0], value)
        else:
            setattr(row, name, _typed(columns[name], value))
    if kind == "choice":
        row.version = 1 if new else row.version + 1
    if new:
        session.add(row)


def _identity(session: AnySession, earlier: Round, kind: str, key: Key) -> dict[str, Any]:
    """What the fields that a row is known by are in the database now."""
    if kind == "round":
        return {"study_id": earlier.study_id, "number": int(key[0])}
    if kind == "decision":
        return {"round_id": earlier.id}
    if kind == "item":
        return {"study_id": earlier.study_id, "code": key[0]}
    item_id = _item(session, earlier, key[0])
    if kind == "revision":
        return {"item_id": item_id, "number": int(key[1])}
    if kind == "origin":
        return {"item_id": item_id, "rating_id": int(key[1])}
    if kind == "descent":
        return {"item_id": item_id, "parent_id": int(key[1])}
    if kind == "choice":
        place = session.scalars(
            select(RoundItem.id).where(
                RoundItem.round_id == earlier.id, RoundItem.item_id == item_id
            )
        ).one()
        return {"round_item_id": place}
    # A place is made again after its round was, if that had gone too.
    return {"item_id": item_id, "round_id": _draft_id(session, earlier)}


def _item(session: AnySession, earlier: Round, code: str) -> int:
    return session.scalars(
        select(Item.id).where(Item.study_id == earlier.study_id, Item.code == code)
    ).one()


def _revision(session: AnySession, earlier: Round, code: str, number: int) -> int:
    return session.scalars(
        select(ItemRevision.id).where(
            ItemRevision.item_id == _item(session, earlier, code), ItemRevision.number == number
        )
    ).one()


def _draft_id(session: AnySession, earlier: Round) -> int:
    return session.scalars(
        select(Round.id).where(
            Round.study_id == earlier.study_id, Round.number == earlier.number + 1
        )
    ).one()


def _draft(session: AnySession, earlier: Round) -> Round | None:
    return session.scalar(
        select(Round).where(Round.study_id == earlier.study_id, Round.number == earlier.number + 1)
    )


def _state(session: AnySession, earlier: Round) -> State:
    """All rows that a step between two rounds may change, by kind and by what they mean."""
    session.flush()
    state: State = {}

    def keep(kind: str, key: Key, row: Any, **more: Any) -> None:
        state[kind, key] = Kept(row, {**_fields(row), **more})

    draft = _draft(session, earlier)
    if draft is not None:
        keep("round", (str(draft.number),), draft)
        for placed, code, number in session.execute(
            select(RoundItem, Item.code, ItemRevision.number)
            .join(Item, Item.id == RoundItem.item_id)
            .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
            .where(RoundItem.round_id == draft.id)
        ):
            keep("place", (code,), placed, revision=number)
    launched = Round.opened_at.is_not(None)
    shown = select(RoundItem.revision_id).join(Round, Round.id == RoundItem.round_id)
    known = select(RoundItem.item_id).join(Round, Round.id == RoundItem.round_id)
    unseen = and_(Item.study_id == earlier.study_id, Item.id.not_in(known.where(launched)))
    for item in session.scalars(select(Item).where(unseen)):
        keep("item", (item.code,), item)
    for revision, code in session.execute(
        select(ItemRevision, Item.code)
        .join(Item, Item.id == ItemRevision.item_id)
        .where(
            Item.study_id == earlier.study_id,
            ItemRevision.id.not_in(shown.where(launched)),
        )
    ):
        keep("revision", (code, str(revision.number)), revision)
    for origin, code in session.execute(
        select(ItemOrigin, Item.code).join(Item, Item.id == ItemOrigin.item_id).where(unseen)
    ):
        keep("origin", (code, str(origin.rating_id)), origin)
    for descent, code in session.execute(
        select(ItemDescent, Item.code).join(Item, Item.id == ItemDescent.item_id).where(unseen)
    ):
        keep("descent", (code, str(descent.parent_id)), descent)
    for choice, code in session.execute(
        select(CarryChoice, Item.code)
        .join(RoundItem, RoundItem.id == CarryChoice.round_item_id)
        .join(Item, Item.id == RoundItem.item_id)
        .where(RoundItem.round_id == earlier.id)
    ):
        keep("choice", (code,), choice)
    decision = session.scalar(select(RoundDecision).where(RoundDecision.round_id == earlier.id))
    if decision is not None:
        keep("decision", (), decision)
    return state


def _fields(row: Any) -> dict[str, Any]:
    """What a row holds, as JSON can hold it, but for what it is known by."""
    return {
        column.name: _plain(getattr(row, column.name))
        for column in row.__table__.columns
        if column.name not in NOT_KEPT
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else deepcopy(value)


def _typed(column: Any, value: Any) -> Any:
    """A stored field as the row holds it."""
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    enum = getattr(column.type, "enum_class", None)
    return enum(value) if enum else value


def _differences(before: State, after: State) -> list[list[Any]]:
    """[kind, key, what was, what became] of every row that is not the same any more.

    Of a row that was made only that it is there is kept, of one that was changed the fields concerned.
    """
    changes: list[list[Any]] = []
    for kind, key in sorted(
        {*before, *after}, key=lambda one: ((*LEAVES, *ROOTS).index(one[0]), one[1])
    ):
        was, become = before.get((kind, key)), after.get((kind, key))
        if was is None:
            changes.append([kind, list(key), None, {}])
        elif become is None:
            changes.append([kind, list(key), was.fields, None])
        elif names := [name for name in was.fields if was.fields[name] != become.fields[name]]:
            changes.append(
                [
                    kind,
                    list(key),
                    {name: was.fields[name] for name in names},
                    {name: become.fields[name] for name in names},
                ]
            )
    return changes


def _codes(changes: Sequence[Sequence[Any]]) -> list[str]:
    """The items that a step is about: those it chose, made or took out, not those that moved up."""
    return sorted(
        {
            key[0]
            for kind, key, was, become in changes
            if key
            and kind != "round"
            and not (kind == "place" and set(become or was or ()) == {"position"})
        }
    )
