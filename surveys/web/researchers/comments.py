"""The moderator's inbox: what waits for a decision, and everything that was decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from surveys.delphi.giveaways import Giveaway, signs
from surveys.delphi.protocol import Protocol
from surveys.delphi.voices import Place, Side, Standing
from surveys.models.base import db, transaction
from surveys.models.round import Round
from surveys.queries import questionnaire, voices
from surveys.queries.voices import Written
from surveys.services import moderating, screening
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.paging import asked_for
from surveys.web.researchers.rounds import ActForm

# What each view of the page holds.
VIEWS: dict[str, frozenset[Standing]] = {
    "waiting": frozenset({Standing.WAITING}),
    "through": frozenset({Standing.PASSED, Standing.APPROVED, Standing.REDACTED}),
    "back": frozenset({Standing.KEPT_BACK}),
    "merged": frozenset({Standing.MERGED}),
    "all": frozenset(Standing),
}
FILTERS = ("view", "item", "flag", "page")


@dataclass(frozen=True, slots=True)
class Shown:
    """One comment as the inbox draws it."""

    written: Written
    standing: Standing
    # How many comments it speaks for.
    speaks_for: int

    @property
    def marked(self) -> Markup:
        """The text with the stretches marked that could give somebody away."""
        return marked(self.written.text, self.written.typed_in)


def names_of_flags() -> dict[Giveaway, str]:
    """What each finding is called."""
    return {
        Giveaway.EMAIL: _("e-mail address"),
        Giveaway.PHONE: _("telephone number"),
        Giveaway.LINK: _("link"),
        Giveaway.PERSON: _("names somebody"),
        Giveaway.PLACE: _("names a place"),
        Giveaway.ORGANISATION: _("names an organisation"),
        Giveaway.SELF: _("tells who writes"),
    }


def names_of_standings() -> dict[Standing, str]:
    """What each standing is called."""
    return {
        Standing.WAITING: _("waits for a decision"),
        Standing.PASSED: _("let through by the rule"),
        Standing.APPROVED: _("let through"),
        Standing.REDACTED: _("let through in other words"),
        Standing.KEPT_BACK: _("kept back"),
        Standing.MERGED: _("merged"),
    }


def names_of_views() -> dict[str, str]:
    """What each view is called."""
    return {
        "waiting": _("To decide"),
        "through": _("Let through"),
        "back": _("Kept back"),
        "merged": _("Merged"),
        "all": _("All"),
    }


def names_of_sides() -> dict[Side, str]:
    """What each side is called."""
    return {Side.FOR: _("For"), Side.AGAINST: _("Against"), Side.OTHER: _("Other remarks")}


def marked(text: str, language: str) -> Markup:
    """A text with what could give somebody away marked in it."""
    found = signs(text, language)
    edges = [0, *(edge for sign in found for edge in (sign.start, sign.end)), len(text)]
    parts = [Markup.escape(text[start:end]) for start, end in pairwise(edges)]
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


@researchers.get("/<study>/rounds/<int:number>/comments")
def comments(number: int) -> ResponseReturnValue:
    """What experts wrote beside their ratings, to be looked over before others read it."""
    found = round_or_404(number)
    round_id = found.id
    with transaction(db.session):
        screening.screen(db.session, db.session.get_one(Round, round_id), at=now())
    return inbox(round_or_404(number))


def inbox(
    found: Round, problem: str = "", wordings: dict[int, str] | None = None
) -> ResponseReturnValue:
    """The page, with what was typed where something could not be done."""
    approval = Protocol.from_json(g.study.protocol).comments.approval
    written = voices.of_round(db.session, found.id)
    speaks: dict[int, int] = {}
    for one in written:
        speaks[one.merged_into or one.comment_id] = (
            speaks.get(one.merged_into or one.comment_id, 0) + 1
        )
    shown = [
        Shown(
            one,
            one.standing(approval),
            speaks.get(one.comment_id, 1),
        )
        for one in written
    ]
    view = request.args.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    item, flag = request.args.get("item", ""), request.args.get("flag", "")
    chosen = [
        one
        for one in shown
        if one.standing in VIEWS[view]
        and (not item or one.written.item == item)
        and (not flag or flag in (one.written.flags or ()))
    ]
    asked = questionnaire.asked_round(db.session, g.study, found, page_language())
    sheet = asked_for(len(chosen))
    listed = chosen[sheet.after : sheet.last]
    # Of a list that is longer than a page, what stands beside the statements on this one.
    here = {one.written.item for one in (listed if sheet.pages > 1 else shown)}
    beside = [one for one in written if one.item in here]
    groups = voices.look_alikes(db.session, beside) if view in ("waiting", "all") else []
    return render_template(
        "researchers/comments.html",
        round=found,
        comments=listed,
        sheet=sheet,
        groups=[group for group in groups if not item or group[0].item == item],
        counts={
            name: sum(one.standing in standings for one in shown)
            for name, standings in VIEWS.items()
        },
        views=names_of_views(),
        view=view,
        item=item,
        flag=flag,
        items={one.written.item: None for one in shown},
        wording_of={one.code: one.wording for one in asked.items},
        flags=names_of_flags(),
        standings=names_of_standings(),
        sides=names_of_sides(),
        filters={name: request.args[name] for name in FILTERS if request.args.get(name)},
        problem=problem,
        wordings=wordings or {},
        approves_all=approval == "all",
        may_run=g.role in MAY_RUN,
        form=ActForm(),
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)


Act = Callable[..., None]


def act_of(name: str, ids: Sequence[int]) -> tuple[Act, tuple[Any, ...]]:
    """The service behind a button, and what it needs beside the round."""
    first = ids[0] if ids else 0
    if name == "redact":
        return moderating.redact, (first, request.form.get(f"wording-{first}", ""))
    if name == "hide":
        reason = request.form.get(f"reason-{first}", "") if len(ids) == 1 else ""
        return moderating.keep_back, (ids, reason or request.form.get("reason", ""))
    if name == "merge":
        into = numbers_in([request.form.get("into", "")])
        return moderating.merge, (into[0] if into else first, ids)
    places = {"first": Place.FIRST, "fold": Place.FOLDED, "by-rule": None}
    if name in places:
        return moderating.put, (ids, places[name])
    plain = {
        "approve": moderating.approve,
        "show": moderating.approve,
        "take-back": moderating.take_back,
        "part": moderating.part,
        "apart": moderating.tell_apart,
    }
    if name not in plain:
        abort(HTTPStatus.NOT_FOUND)
    return plain[name], (ids,)


@researchers.post("/<study>/rounds/<int:number>/comments")
@needs(MAY_RUN)
def decide(number: int) -> ResponseReturnValue:
    """Do what a button says to the comment it stands beside, or to all that are ticked, and go back."""
    name, _colon, one = request.form.get("act", "").partition(":")
    ids = numbers_in([one]) if one else numbers_in(request.form.getlist("comment"))
    found = round_or_404(number)
    back: dict[str, Any] = {key: request.args[key] for key in FILTERS if request.args.get(key)}
    public_id, round_id, who = g.study.public_id, found.id, actor()
    if not ActForm().validate_on_submit():
        return inbox(found, _("Nothing was done. Please press the button again."))
    if not ids:
        return inbox(found, _("Tick the comments first."))
    act, arguments = act_of(name, ids)
    try:
        with transaction(db.session):
            round_ = db.session.get_one(Round, round_id)
            act(db.session, round_, *arguments, actor=who, at=now())
    except moderating.NoSuchComment:
        abort(HTTPStatus.NOT_FOUND)
    except moderating.NotModerated as refused:
        said = " ".join(in_words(one) for one in refused.problems)
        typed = {one: request.form.get(f"wording-{one}", "") for one in ids}
        return inbox(round_or_404(number), said, typed)
    flash(ngettext("Done for %(num)s comment.", "Done for %(num)s comments.", len(ids)), "success")
    if request.args.get("to") == "next":
        return redirect(
            url_for(
                "researchers.propose",
                study=public_id,
                number=number,
                show=request.args.get("show") or None,
                _anchor=f"s-{request.args.get('item', '')}",
            ),
            HTTPStatus.SEE_OTHER,
        )
    return redirect(
        url_for("researchers.comments", study=public_id, number=number, **back) + "#inbox",
        HTTPStatus.SEE_OTHER,
    )
