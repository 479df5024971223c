"""Word the parts of a statement that is split, or the one that several are merged into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.models.base import db
from surveys.models.item import Item, ItemRevision
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study, Theme
from surveys.queries import voices
from surveys.services import redrawing
from surveys.services.problems import Refused
from surveys.services.redrawing import MOST_PARTS, Part
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, needs, round_or_404
from surveys.web.researchers.rounds import ActForm, act_on


@dataclass(frozen=True, slots=True)
class Old:
    """A statement as experts rated it."""

    place: int
    code: str
    wording: dict[str, Any]
    theme: str | None
    asked_of_some: bool
    kind: str


def old_ones(found: Round, places: Sequence[int]) -> list[Old]:
    """Those of these places that stand in the round, in its order."""
    return [
        Old(placed.id, item.code, wording, theme, placed.ask_if is not None, placed.kind)
        for placed, item, wording, theme in db.session.execute(
            select(RoundItem, Item, ItemRevision.wording, Theme.code)
            .join(Item, Item.id == RoundItem.item_id)
            .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
            .outerjoin(Theme, Theme.id == Item.theme_id)
            .where(RoundItem.round_id == found.id, RoundItem.id.in_(list(places)))
            .order_by(RoundItem.position)
        )
    ]


@researchers.route("/<study>/rounds/<int:number>/next/split/<int:place>", methods=["GET", "POST"])
@needs(MAY_RUN)
def split(number: int, place: int) -> ResponseReturnValue:
    """Put two or more statements in the place of one."""
    found = round_or_404(number)
    old = old_ones(found, [place])
    if not old:
        abort(HTTPStatus.NOT_FOUND)
    wanted = numbers_in([request.values.get("parts", "")]) or [2]
    parts = min(max(wanted[0], 2), MOST_PARTS)
    if request.method == "GET" or request.form.get("act") == "more":
        more = request.form.get("act") == "more"
        return page_of(found, old, min(parts + more, MOST_PARTS), "split")
    return made(
        found,
        old,
        parts,
        "split",
        lambda study, round_: [
            item.code
            for item in redrawing.split(
                db.session,
                study,
                round_,
                place,
                typed_parts(parts),
                reasons=typed_reasons(),
                actor=g.actor,
                at=now(),
            )
        ],
    )


@researchers.route("/<study>/rounds/<int:number>/next/merge", methods=["GET", "POST"])
@needs(MAY_RUN)
def merge(number: int) -> ResponseReturnValue:
    """Put one statement in the place of several."""
    found = round_or_404(number)
    places = numbers_in(request.values.getlist("of"))
    old = old_ones(found, places)
    if request.method == "GET":
        if len(old) < 2:
            flash(_("Tick at least two statements, then merge them."), "warning")
            return redirect(
                url_for("researchers.propose", study=g.study.public_id, number=number),
                HTTPStatus.SEE_OTHER,
            )
        return page_of(found, old, 1, "merge")
    return made(
        found,
        old,
        1,
        "merge",
        lambda study, round_: [
            redrawing.merge(
                db.session,
                study,
                round_,
                [one.place for one in old],
                typed_parts(1)[0],
                reasons=typed_reasons(),
                actor=g.actor,
                at=now(),
            ).code
        ],
    )


def typed_parts(parts: int) -> list[Part]:
    """The new statements as they were typed."""
    return [
        Part(
            {
                language: request.form.get(f"wording-{number}-{language}", "")
                for language in g.languages
            },
            request.form.get(f"theme-{number}") or None,
        )
        for number in range(1, parts + 1)
    ]


def typed_reasons() -> dict[str, str]:
    """The reasons as they were typed, by language."""
    return {language: request.form.get(f"reason-{language}", "") for language in g.languages}


def made(
    found: Round,
    old: list[Old],
    parts: int,
    how: str,
    act: Callable[[Study, Round], list[str]],
) -> ResponseReturnValue:
    """Do it and go back to the screen; or show the page again with what is wrong."""
    number = found.number
    g.languages, g.study_id = list(g.study.languages), g.study.public_id
    if not ActForm().validate_on_submit():
        return page_of(
            found, old, parts, how, [_("Nothing was done. Please press the button again.")]
        )
    try:
        codes = act_on(number, act)
    except Refused as refused:
        said = [in_words(problem) for problem in refused.problems]
        return page_of(round_or_404(number), old, parts, how, said)
    names = ", ".join(one.code for one in old)
    if how == "split":
        said_done = _("%(old)s was split into %(new)s.", old=names, new=", ".join(codes))
    else:
        said_done = _("%(old)s were merged into %(new)s.", old=names, new=", ".join(codes))
    flash(said_done, "success")
    return redirect(
        url_for("researchers.propose", study=g.study_id, number=number, _anchor=f"s-{old[0].code}"),
        HTTPStatus.SEE_OTHER,
    )


def page_of(
    found: Round, old: list[Old], parts: int, how: str, problems: Sequence[str] = ()
) -> ResponseReturnValue:
    """The page with the old statements, what was said of them, and fields for the new."""
    themes = db.session.execute(
        select(Theme.code, Theme.title).where(Theme.study_id == g.study.id).order_by(Theme.position)
    ).all()
    said = voices.of_items(db.session, [one.place for one in old])
    return render_template(
        "researchers/redraw.html",
        round=found,
        old=old,
        parts=parts,
        most=MOST_PARTS,
        how=how,
        themes=themes,
        comments={
            one.place: [comment for comment in said if comment.round_item_id == one.place]
            for one in old
        },
        languages=g.study.languages,
        problem_links=[("wording-1-" + g.study.languages[0], text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
