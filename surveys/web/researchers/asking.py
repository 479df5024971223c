"""How the items of a draft round are asked: in which order, and of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from surveys.delphi.asking import (
    AllOf,
    Answered,
    AnyOf,
    Chosen,
    Compared,
    Condition,
    Not,
    OfGroup,
    Relation,
    Unable,
)
from surveys.items import InvalidAnswer
from surveys.items.numbers import typed as typed_number
from surveys.models.base import db
from surveys.models.round import RoundItem
from surveys.queries.asking import AskedOf, conditions_of
from surveys.services import designing
from surveys.web.clock import now
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, needs, round_or_404
from surveys.web.researchers.rounds import act_on
from surveys.web.researchers.statements import launched
from surveys.web.researchers.words import say

# How a number is compared here; the others are contraries of these.
OFFERED = (Relation.AT_LEAST, Relation.AT_MOST, Relation.EQUALS)
# More rows than any condition needs that a person can still read.
ROOM, MOST_ROWS = 2, 8


@researchers.post("/<study>/rounds/<int:number>/order")
@needs(MAY_RUN)
def set_order(number: int) -> ResponseReturnValue:
    """Shuffle the items of the ticked sections, and of no others."""
    round_or_404(number)
    ticked = request.form.getlist("random")
    try:
        act_on(
            number,
            lambda study, round_: designing.set_order(
                db.session, study, round_, sections=ticked, actor=g.actor, at=now()
            ),
        )
    except designing.RoundLaunched:
        return launched(number)
    except designing.StatementRefused as refused:
        for problem in refused.problems:
            flash(in_words(problem), "warning")
    else:
        flash(_("The order is kept."), "success")
    return redirect(
        url_for("researchers.round", study=g.study_id, number=number) + "#items",
        HTTPStatus.SEE_OTHER,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a condition as its form has it: what is asked, the number, the contrary."""

    what: str = ""
    number: str = ""
    contrary: bool = False


@researchers.route(
    "/<study>/rounds/<int:number>/items/<int:placed_id>/condition", methods=["GET", "POST"]
)
@needs(MAY_RUN)
def condition(number: int, placed_id: int) -> ResponseReturnValue:
    """Say of whom an item of a draft round is asked."""
    found = round_or_404(number)
    here = next(
        (one for one in conditions_of(db.session, found) if one.round_item_id == placed_id), None
    )
    if here is None:
        abort(HTTPStatus.NOT_FOUND)
    if found.opened_at is not None:
        return launched(number)
    if request.method == "GET":
        return condition_page(number, here, *rows_of(here.condition), [])
    rows = [
        Row(
            request.form.get(f"what-{place}", ""),
            request.form.get(f"number-{place}", ""),
            request.form.get(f"contrary-{place}") == "yes",
        )
        for place in range(MOST_ROWS)
    ]
    every = request.form.get("join") != "any"
    made, problems = condition_from([row for row in rows if row.what], every)
    if not problems:
        try:
            act_on(
                number,
                lambda study, _round: designing.set_condition(
                    db.session,
                    study,
                    db.session.get_one(RoundItem, placed_id),
                    condition=made,
                    actor=g.actor,
                    at=now(),
                ),
            )
        except designing.RoundLaunched:
            return launched(number)
        except designing.ConditionRefused as refused:
            problems = [fault.sentence(page_language()) for fault in refused.faults]
    if problems:
        return condition_page(number, here, rows, every, problems)
    flash(
        _("Kept: it is asked of everyone.") if made is None else _("The condition is kept."),
        "success",
    )
    return redirect(
        url_for("researchers.round", study=g.study_id, number=number) + f"#item-{here.code}",
        HTTPStatus.SEE_OTHER,
    )


def condition_page(
    number: int, here: AskedOf, rows: Sequence[Row], every: bool, problems: Sequence[str]
) -> ResponseReturnValue:
    """The form, with the condition as it stands in words above it."""
    locale = page_language()
    return render_template(
        "researchers/condition.html",
        round=round_or_404(number),
        here=here,
        said=here.condition.sentence(locale, here.around) if here.condition else "",
        faults=[fault.sentence(locale) for fault in here.faults],
        # What a study file wrote may say more than the rows can.
        fits=here.condition is None or any(row.what for row in rows_of(here.condition)[0]),
        rows=list(rows)[:MOST_ROWS],
        every=every,
        choices=choices(here),
        problem_links=[("what-0", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def choices(here: AskedOf) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be asked, item by item: (the item, [(value, name)])."""
    locale = page_language()
    offered = [
        (
            _("The expert’s group"),
            [
                (
                    f"group|{code}",
                    _("belongs to %(group)s", group=here.around.group_in(code, locale)),
                )
                for code in here.around.groups
            ],
        )
    ]
    for item, tells in here.around.items.items():
        asked = [(f"{item}|answered", _("is answered"))]
        asked += [(f"{item}|unable", _("cannot be judged"))] if tells.unable else []
        asked += [
            (
                f"{item}|chosen|{code}",
                _("the answer is %(option)s", option=tells.name_in(code, locale)),
            )
            for code in sorted(tells.options)
        ]
        for part in tells.numbers:
            about = f"{tells.name_in(part, locale)}: " if part else ""
            names = {
                Relation.AT_LEAST: _("at least …"),
                Relation.AT_MOST: _("at most …"),
                Relation.EQUALS: _("exactly …"),
            }
            asked += [(f"{item}|{one.value}|{part}", about + names[one]) for one in OFFERED]
        offered.append((f"{item} · {say(dict(here.wordings[item]))}", asked))
    return offered


def condition_from(rows: Sequence[Row], every: bool) -> tuple[Condition | None, list[str]]:
    """The condition that rows make together, and what is wrong with them."""
    made: list[Condition] = []
    problems = []
    for row in rows:
        try:
            made.append(leaf_from(row))
        except InvalidAnswer as error:
            problems.append(in_words(error.sentence))
    if problems or not made:
        return None, problems
    if len(made) == 1:
        return made[0], []
    return (AllOf if every else AnyOf)(tuple(made)), []


def leaf_from(row: Row) -> Condition:
    """The condition of one row. Raises InvalidAnswer for a number that is none."""
    item, _bar, rest = row.what.partition("|")
    word, _bar, code = rest.partition("|")
    leaf: Condition
    if item == "group":
        leaf = OfGroup((rest,))
    elif word == "unable":
        leaf = Unable(item)
    elif word == "chosen":
        leaf = Chosen(item, (code,))
    elif word in tuple(Relation):
        leaf = Compared(item, Relation(word), typed_number(row.number, 6), code)
    else:
        leaf = Answered(item)
    return Not(leaf) if row.contrary else leaf


def rows_of(condition: Condition | None) -> tuple[list[Row], bool]:
    """A condition as rows with room for more, and whether all of them must hold.

    One that rows cannot say gives empty ones.
    """
    parts = condition.conditions if isinstance(condition, AllOf | AnyOf) else [condition]
    rows = [row for part in parts if part is not None and (row := row_of(part))]
    if condition is not None and len(rows) < len(parts):
        rows = []
    room = [Row()] * max(ROOM, min(MOST_ROWS - len(rows), ROOM))
    return [*rows, *room], not isinstance(condition, AnyOf)


def row_of(part: Condition) -> Row | None:
    """One part of a condition as a row; None where a row cannot say it."""
    leaf = part.condition if isinstance(part, Not) else part
    contrary = isinstance(part, Not)
    match leaf:
        case OfGroup(groups=(group,)):
            return Row(f"group|{group}", "", contrary)
        case Answered(item=item):
            return Row(f"{item}|answered", "", contrary)
        case Unable(item=item):
            return Row(f"{item}|unable", "", contrary)
        case Chosen(item=item, options=(code,)):
            return Row(f"{item}|chosen|{code}", "", contrary)
        case Compared(item=item, relation=relation, limit=limit, part=code) if relation in OFFERED:
            return Row(f"{item}|{relation.value}|{code}", f"{limit:g}", contrary)
    return None
