"""The editor of one round: its texts, its items by section, and the page of each item.

What was launched is shown and not edited. Everything works by plain forms; static/designing.js moves items by
drag and by keys, and saves at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from surveys.delphi import clarity
from surveys.delphi.clarity import Hint
from surveys.items import KINDS, ItemKind
from surveys.items.editing import settings_of
from surveys.models.base import db
from surveys.models.item import Aspect, Item, ItemRevision
from surveys.models.round import Round, RoundItem, RoundKind, RoundLayout, RoundMode
from surveys.models.study import Study
from surveys.queries import designs, lineage
from surveys.services import designing, editing, framing
from surveys.services.editing import Typed
from surveys.services.problems import Refused
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.filters import language_name
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.design import (
    changed_meanwhile,
    design_page,
    drawn,
    tried,
    typed_texts,
)
from surveys.web.researchers.guards import MAY_RUN, needs, placed_or_404, round_or_404
from surveys.web.researchers.rounds import act_on
from surveys.web.researchers.statements import launched
from surveys.web.researchers.words import say

# A kind that is rated most is offered first; the others unfold.
USUAL = {RoundKind.RATING: "likert", RoundKind.OPEN: "open_text"}
LISTS = ("options", "dimensions")
SCALE_PARTS = ("scale", "labels", "unable")


# --- the round


@researchers.get("/<study>/rounds/<int:number>/design")
def edit_round(number: int) -> ResponseReturnValue:
    """The round as it is built."""
    return editor_page(number)


def editor_page(number: int, part: str = "", problems: Sequence[str] = ()) -> ResponseReturnValue:
    """The editor; with problems, those of one part, and what was typed into it."""
    found = round_or_404(number)
    study = g.study
    draft = found.opened_at is None
    listed = designs.sections(db.session, study, found)
    return render_template(
        "researchers/design/round.html",
        round=found,
        draft=draft,
        may_run=g.role in MAY_RUN,
        edits=draft and g.role in MAY_RUN,
        sections=listed,
        items=sum(len(section.items) for section in listed),
        hints={
            item.id: hints_of(item.wording, item.help, item.heeded)
            for section in listed
            for item in section.items
        },
        themes=framing.themes_of(db.session, study),
        taken_out=editing.taken_out(db.session, found),
        kinds=[(kind.kind, _(kind.label)) for kind in KINDS.values()],
        usual=USUAL[found.kind],
        languages=[(code, language_name(code)) for code in study.languages],
        seen=framing.marked(found),
        locked=study.locked_at is not None,
        part=part,
        typed=request.form if problems else {},
        problem_links=[(part, text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def hints_of(
    wording: Mapping[str, str],
    help_: Mapping[str, str],
    heeded: Mapping[str, Sequence[str]],
) -> list[tuple[str, Hint]]:
    """The hints on a wording that nobody has put aside, each with its language."""
    return [
        (language, hint)
        for language in g.study.languages
        for hint in clarity.hints(wording.get(language, ""), language, help_.get(language, ""))
        if hint.what.value not in heeded.get(language, ())
    ]


@researchers.post("/<study>/rounds/<int:number>/design/texts")
@needs(MAY_RUN)
def describe_round(number: int) -> ResponseReturnValue:
    """Title, introduction, layout and mode of a draft round."""
    round_row = round_or_404(number).id
    layout, mode = request.form.get("layout", ""), request.form.get("mode", "")
    if layout not in tuple(RoundLayout) or mode not in tuple(RoundMode):
        return editor_page(number, "round", [_("Please choose one of the answers offered.")])
    said = framing.RoundTexts(
        typed_texts("title"), typed_texts("introduction"), RoundLayout(layout), RoundMode(mode)
    )
    seen = request.form.get("seen", "")
    problems = tried(
        lambda study: framing.edit_round(
            db.session,
            study,
            db.session.get_one(Round, round_row),
            said,
            seen=seen,
            actor=g.actor,
            at=now(),
        )
    )
    if problems:
        return editor_page(number, "round", problems)
    flash(_("Kept."), "success")
    return redirect(
        url_for("researchers.edit_round", study=g.study_id, number=number), HTTPStatus.SEE_OTHER
    )


@researchers.post("/<study>/rounds/<int:number>/design/remove")
@needs(MAY_RUN)
def remove_round(number: int) -> ResponseReturnValue:
    """Take a draft round away."""
    found = round_or_404(number)
    round_row, title = found.id, say(found.title)
    problems = tried(
        lambda study: framing.remove_round(
            db.session, study, db.session.get_one(Round, round_row), actor=g.actor, at=now()
        )
    )
    if problems:
        return design_page("rounds", problems)
    flash(_("Round %(number)s, “%(title)s”, was removed.", number=number, title=title), "success")
    return redirect(url_for("researchers.design", study=g.study_id), HTTPStatus.SEE_OTHER)


def to_editor(number: int, part: str = "") -> ResponseReturnValue:
    """Back to the round's editor, at an item or a part."""
    address = url_for("researchers.edit_round", study=g.study.public_id, number=number)
    return redirect(address + (f"#{part}" if part else ""), HTTPStatus.SEE_OTHER)


# --- what is done to items in the list


@researchers.post("/<study>/rounds/<int:number>/design/items")
@needs(MAY_RUN)
def act_on_item(number: int) -> ResponseReturnValue:
    """Move, duplicate, take out or put back an item, by a button of the list; or move a section."""
    round_or_404(number)
    act, _colon, which = request.form.get("act", "").partition(":")
    ids = numbers_in([which])
    if not ids:
        return to_editor(number)
    chosen = ids[0]

    def do(study: Study, round_: Round) -> int:
        who: dict[str, Any] = {"actor": g.actor, "at": now()}
        if act in ("section-up", "section-down"):
            by = -1 if act == "section-up" else 1
            editing.shift_section(db.session, study, round_, chosen, by, **who)
            return 0
        if act == "put-back":
            return editing.put_back(db.session, study, round_, chosen, **who).id
        placed = placed_or_404(round_, chosen)
        if act in ("up", "down"):
            editing.shift(db.session, study, placed, -1 if act == "up" else 1, **who)
        elif act == "duplicate":
            return editing.duplicate(db.session, study, placed, **who).id
        elif act == "take-out":
            designing.remove(db.session, study, placed, **who)
            return 0
        return placed.id

    try:
        at_item = act_on(number, do)
    except designing.RoundLaunched:
        return launched(number)
    except Refused as refused:
        for problem in refused.problems:
            flash(in_words(problem), "warning")
        return to_editor(number, f"item-{chosen}")
    if act == "take-out":
        flash(_("The item was taken out. It can be put back at the foot of the list."), "success")
        return to_editor(number, "taken-out")
    return to_editor(number, f"item-{at_item}" if at_item else "items")


@researchers.post("/<study>/rounds/<int:number>/design/order")
@needs(MAY_RUN)
def arrange_items(number: int) -> ResponseReturnValue:
    """Keep the order of a script: "12:care" for every item. The script reads the answer."""
    round_or_404(number)
    order = []
    for entry in request.form.getlist("item"):
        item, _colon, theme = entry.partition(":")
        ids = numbers_in([item])
        if not ids:
            return jsonify(problem=_("This order cannot be read.")), HTTPStatus.BAD_REQUEST
        order.append((ids[0], theme or None))
    try:
        act_on(
            number,
            lambda study, round_: editing.arrange(
                db.session, study, round_, order, actor=g.actor, at=now()
            ),
        )
    except designing.RoundLaunched:
        text = _(
            "Round %(number)s has been launched: what experts see is not changed any more.",
            number=number,
        )
        return jsonify(problem=text), HTTPStatus.CONFLICT
    except framing.EditedMeanwhile:
        text = _("A colleague has added or taken out an item. Open the page anew.")
        return jsonify(problem=text), HTTPStatus.CONFLICT
    except Refused as refused:
        text = " ".join(in_words(problem) for problem in refused.problems)
        return jsonify(problem=text), HTTPStatus.UNPROCESSABLE_ENTITY
    return jsonify(kept=_("Kept."))


@researchers.post("/<study>/rounds/<int:number>/design/lines")
@needs(MAY_RUN)
def add_lines(number: int) -> ResponseReturnValue:
    """One item per pasted line."""
    round_or_404(number)
    text, theme = request.form.get("lines", ""), request.form.get("theme", "")
    try:
        made = act_on(
            number,
            lambda study, round_: editing.add_lines(
                db.session, study, round_, text, theme=theme or None, actor=g.actor, at=now()
            ),
        )
    except designing.RoundLaunched:
        return launched(number)
    except Refused as refused:
        return editor_page(number, "lines", [in_words(one) for one in refused.problems])
    flash(
        ngettext("%(num)s item was added.", "%(num)s items were added.", len(made.codes)),
        "success",
    )
    if made.there:
        flash(
            _(
                "Left out, because this round says it already: %(lines)s",
                lines="; ".join(made.there),
            ),
            "warning",
        )
    return to_editor(number, "items")


# --- the page of one item


@researchers.route("/<study>/rounds/<int:number>/design/new", methods=["GET", "POST"])
@needs(MAY_RUN)
def new_item(number: int) -> ResponseReturnValue:
    """Word and set a new item of any kind."""
    found = round_or_404(number)
    if found.opened_at is not None:
        return launched(number)
    kind = request.values.get("kind", USUAL[found.kind])
    if kind not in KINDS:
        abort(HTTPStatus.NOT_FOUND)
    if request.method == "GET":
        theme = request.args.get("theme", "")
        usual = g.study.scale if KINDS[kind].uses_scale else {}
        return item_page(found, KINDS[kind], Typed({}, settings=usual, theme=theme or None))
    typed = typed_item(KINDS[kind])
    try:
        placed_id = act_on(
            number,
            lambda study, round_: (
                editing.add_item(db.session, study, round_, kind, typed, actor=g.actor, at=now()).id
            ),
        )
    except designing.RoundLaunched:
        return launched(number)
    except Refused as refused:
        problems = [in_words(one) for one in refused.problems]
        return item_page(round_or_404(number), KINDS[kind], typed, problems=problems)
    flash(_("The item was added."), "success")
    if request.form.get("act") == "next":
        return redirect(
            url_for(
                "researchers.new_item",
                study=g.study_id,
                number=number,
                kind=kind,
                theme=typed.theme or None,
            ),
            HTTPStatus.SEE_OTHER,
        )
    return to_editor(number, f"item-{placed_id}")


@researchers.route(
    "/<study>/rounds/<int:number>/design/items/<int:placed_id>", methods=["GET", "POST"]
)
@needs(MAY_RUN)
def edit_item(number: int, placed_id: int) -> ResponseReturnValue:
    """Word and set an item of a draft round that nobody has seen."""
    found = round_or_404(number)
    placed = placed_or_404(found, placed_id)
    if found.opened_at is not None:
        return launched(number)
    kind = KINDS[placed.kind]
    if request.method == "GET":
        return item_page(found, kind, stored_item(placed), placed=placed)
    typed, seen = typed_item(kind), request.form.get("seen", "")
    aside = request.form.get("aside", "").partition(":")

    def do(study: Study, _round: Round) -> None:
        row = db.session.get_one(RoundItem, placed_id)
        who: dict[str, Any] = {"actor": g.actor, "at": now()}
        editing.edit_item(db.session, study, row, typed, seen=seen, **who)
        if aside[2] in tuple(clarity.Unclear) and aside[0] in study.languages:
            editing.put_aside(db.session, study, row, aside[0], aside[2], **who)

    problems = []
    try:
        act_on(number, do)
    except designing.RoundLaunched:
        return launched(number)
    except framing.EditedMeanwhile:
        problems = [changed_meanwhile()]
    except Refused as refused:
        problems = [in_words(one) for one in refused.problems]
    if problems:
        row = db.session.get_one(RoundItem, placed_id)
        return item_page(round_or_404(number), kind, typed, placed=row, problems=problems)
    flash(_("Kept."), "success")
    onward = following(number, placed_id) if request.form.get("act") == "next" else None
    if aside[2] or onward:
        return redirect(
            url_for(
                "researchers.edit_item",
                study=g.study_id,
                number=number,
                placed_id=onward or placed_id,
            ),
            HTTPStatus.SEE_OTHER,
        )
    return to_editor(number, f"item-{placed_id}")


def following(number: int, placed_id: int) -> int | None:
    """The item after this one in the round; None after the last."""
    order = [one for one, _theme in editing.themed(db.session, round_or_404(number))]
    place = order.index(placed_id) + 1
    return order[place] if place < len(order) else None


@researchers.post("/<study>/design/hints")
def hint() -> ResponseReturnValue:
    """The hints on what is being typed, for a script. Nothing is kept."""
    locale = page_language()
    wording, help_ = typed_texts("wording"), typed_texts("help")
    return jsonify(
        {
            language: [
                one.sentence(locale)
                for one in clarity.hints(wording[language], language, help_[language])
            ]
            for language in g.study.languages
        }
    )


def stored_item(placed: RoundItem) -> Typed:
    """An item as it stands, as its form has it."""
    item = db.session.get_one(Item, placed.item_id)
    revision = db.session.get_one(ItemRevision, placed.revision_id)
    theme = next(
        (one.code for one in framing.themes_of(db.session, g.study) if one.id == item.theme_id),
        None,
    )
    return Typed(
        wording=revision.wording,
        help=revision.help or {},
        settings=placed.settings,
        theme=theme,
        aspect=item.aspect,
        note=item.note,
        comments=placed.comments,
    )


def typed_item(kind: type[ItemKind]) -> Typed:
    """An item as it was typed; options without a code get one made of their name."""
    settings = settings_of(request.form.items())
    if kind.uses_scale and request.form.get("own_scale") != "yes":
        settings = {name: value for name, value in settings.items() if name not in SCALE_PARTS}
        settings |= g.study.scale
    elif kind.uses_scale:
        # A scale of its own takes no names from that of the study.
        settings = {"labels": {}, "unable": {}, **settings}
    for name in LISTS:
        if isinstance(settings.get(name), list):
            settings[name] = with_codes(settings[name])
    aspect = request.form.get("aspect", "")
    return Typed(
        wording=typed_texts("wording"),
        help=typed_texts("help"),
        settings=settings,
        theme=request.form.get("theme") or None,
        aspect=Aspect(aspect) if aspect in tuple(Aspect) else None,
        note=request.form.get("note", ""),
        comments=not kind.takes_comment or request.form.get("comments") == "yes",
        still_right=request.form.getlist("still_right"),
    )


def with_codes(options: Sequence[Any]) -> list[Any]:
    """Options, each with a code for files: the one that was typed, else one made of its name."""
    taken = {option["code"] for option in options if "code" in option}
    made = []
    for option in options:
        names = option.get("name") if isinstance(option, Mapping) else None
        if isinstance(names, Mapping) and names and not option.get("code"):
            name = names.get(g.study.default_language) or next(iter(names.values()))
            option = {"code": framing.free_code(str(name), taken, "option"), **option}
            taken.add(option["code"])
        made.append(option)
    return made


def item_page(
    found: Round,
    kind: type[ItemKind],
    typed: Typed,
    *,
    placed: RoundItem | None = None,
    problems: Sequence[str] = (),
) -> ResponseReturnValue:
    """The form of an item, with hints and the state of its translations."""
    study = g.study
    item = db.session.get_one(Item, placed.item_id) if placed else None
    revision = db.session.get_one(ItemRevision, placed.revision_id) if placed else None
    before = lineage.shown_before(db.session, found).get(item.id) if item else None
    hints: dict[str, list[Hint]] = {code: [] for code in study.languages}
    heeded = (revision.heeded or {}) if revision else {}
    for language, one in hints_of(typed.wording, typed.help, heeded):
        hints[language].append(one)
    own_scale = kind.uses_scale and any(
        typed.settings.get(name) != study.scale.get(name) for name in SCALE_PARTS
    )
    return render_template(
        "researchers/design/item.html",
        round=found,
        item=item,
        placed=placed,
        kind=kind.kind,
        kind_label=_(kind.label),
        takes_comment=kind.takes_comment,
        typed=typed,
        settings=drawn(typed.settings),
        own_scale=own_scale,
        seen=editing.marked(item, placed, revision) if item and placed and revision else "",
        before=before,
        stands=stored_item(placed) if placed and problems else None,
        outdated=designs.outdated(study, revision) if revision else (),
        hints=hints,
        languages=[(code, language_name(code)) for code in study.languages],
        themes=[(theme.code, say(theme.title)) for theme in framing.themes_of(db.session, study)],
        aspects=list(Aspect),
        problem_links=[(f"wording-{study.languages[0]}", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
