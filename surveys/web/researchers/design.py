"""The tab Design: a study's texts, languages, rounds, themes, groups and scale, edited in place.

Every part is a form of its own. Where something cannot be kept, the page comes back with the reason beside
the form, and with what was typed still in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.delphi.scale import MOST_POINTS
from surveys.delphi.wording import LANGUAGES
from surveys.items import load_kind
from surveys.items.editing import settings_of
from surveys.models.base import db, transaction
from surveys.models.panel import StakeholderGroup
from surveys.models.round import RoundKind
from surveys.models.study import Study, Theme
from surveys.queries import panel
from surveys.queries import studies as reads
from surveys.queries.designs import mark
from surveys.services import framing
from surveys.services.problems import Refused
from surveys.web.clock import now
from surveys.web.filters import language_name
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs

# The parts of the page, as their forms are called.
TEXTS, LANGUAGE, ROUNDS, SCALE = "texts", "languages", "rounds", "scale"


def typed_texts(name: str) -> dict[str, str]:
    """A text per language, as a form sends it: "title-nl"."""
    return {code: request.form.get(f"{name}-{code}", "") for code in LANGUAGES}


def change(act: Callable[[Study], Any]) -> Any:
    """Do something to the study in one transaction, on rows read under the lock."""
    study_row = g.study.id
    g.study_id, g.actor = g.study.public_id, actor()
    with transaction(db.session):
        return act(db.session.get_one(Study, study_row))


def tried(act: Callable[[Study], Any]) -> list[str]:
    """Change the study; what stood in the way, in words."""
    try:
        change(act)
    except framing.StudyLocked:
        return [_("The study has been launched: what experts consented to is not changed.")]
    except framing.EditedMeanwhile:
        return [changed_meanwhile()]
    except Refused as refused:
        return [in_words(problem) for problem in refused.problems]
    return []


def changed_meanwhile() -> str:
    """A colleague was faster; what was typed stands in the form."""
    return _(
        "A colleague has changed this meanwhile. What you typed stands below, with what stands now "
        "beside it. Keep it again to put yours in its place."
    )


def kept(part: str) -> ResponseReturnValue:
    """Back to the part of the page, with a word that it is kept."""
    flash(_("Kept."), "success")
    return redirect(
        url_for("researchers.design", study=g.study_id) + f"#{part}", HTTPStatus.SEE_OTHER
    )


def answer(part: str, act: Callable[[Study], Any]) -> ResponseReturnValue:
    """Do it and go back to the part; or show the page with what stands in the way."""
    problems = tried(act)
    return design_page(part, problems) if problems else kept(part)


def design_page(part: str = "", problems: Sequence[str] = ()) -> ResponseReturnValue:
    """The page; with problems, those of one part, and what was typed into it."""
    study = db.session.get_one(Study, g.study.id)
    themes, groups = (
        framing.themes_of(db.session, study),
        panel.groups(db.session, study),
    )
    held = framing.items_by_theme(db.session, study)
    return render_template(
        "researchers/design/study.html",
        rounds=reads.rounds_of(db.session, study, now()),
        themes=themes,
        shown_themes=framing.themes_shown(db.session, study),
        held=held,
        groups=groups,
        sizes=framing.group_sizes(db.session, study),
        marks_of={
            "texts": framing.marked(study),
            "scale": mark(study.scale),
            **{f"theme-{theme.id}": framing.marked(theme) for theme in themes},
            **{f"group-{group.id}": framing.marked(group) for group in groups},
        },
        scale_line=scale_in_words(study),
        scale_settings=drawn(settings_of(request.form.items()) if part == SCALE else study.scale),
        languages=[(code, language_name(code)) for code in study.languages],
        others=[(code, language_name(code)) for code in LANGUAGES if code not in study.languages],
        locked=study.locked_at is not None,
        may_run=g.role in MAY_RUN,
        part=part,
        typed=request.form if problems else {},
        # The form of a new group is gone once the study is locked.
        problem_links=[
            ("groups" if part == "group-new" and study.locked_at else part, text)
            for text in problems
        ],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def scale_in_words(study: Study) -> str:
    """The scale in one line: "1 (fully disagree) to 5 (fully agree), or Unable to judge"."""
    kind = load_kind("likert", study.scale)
    face = kind.face(page_language())
    points = face["points"]
    ends = [
        point if name == point else f"{point} ({name})" for point, name in (points[0], points[-1])
    ]
    line = _("%(low)s to %(high)s", low=ends[0], high=ends[1])
    if face["unable_name"]:
        line = _("%(scale)s, or “%(unable)s”", scale=line, unable=face["unable_name"])
    return line


def drawn(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the templates draw them: the ends of a scale as numbers, also while it is typed."""
    made = dict(settings)
    scale = made.get("scale")
    if isinstance(scale, Mapping):
        ends = {
            name: int(value)
            for name, value in scale.items()
            if re.fullmatch(r"-?\d{1,4}", str(value).strip())
        }
        whole = {"low", "high"} <= set(ends) and 0 < ends["high"] - ends["low"] < MOST_POINTS
        made["scale"] = {**scale, **ends} if whole else {}
    return made


@researchers.get("/<study>/design")
def design() -> ResponseReturnValue:
    """The study as it is built."""
    return design_page()


@researchers.post("/<study>/design/texts")
@needs(MAY_RUN)
def edit_texts() -> ResponseReturnValue:
    """Title and summary."""
    title, summary, seen = typed_texts("title"), typed_texts("summary"), request.form.get("seen")
    return answer(
        TEXTS,
        lambda study: framing.set_texts(
            db.session,
            study,
            title=title,
            summary=summary,
            seen=seen or "",
            actor=g.actor,
            at=now(),
        ),
    )


@researchers.post("/<study>/design/languages")
@needs(MAY_RUN)
def edit_languages() -> ResponseReturnValue:
    """Add a language, or take one away."""
    added, removed = request.form.get("add", ""), request.form.get("remove", "")
    act = framing.remove_language if removed else framing.add_language
    return answer(
        LANGUAGE,
        lambda study: act(db.session, study, removed or added, actor=g.actor, at=now()),
    )


@researchers.post("/<study>/design/themes")
@needs(MAY_RUN)
def add_theme() -> ResponseReturnValue:
    """One more theme."""
    title, description = typed_texts("title"), typed_texts("description")
    return answer(
        "theme-new",
        lambda study: framing.add_theme(
            db.session, study, title=title, description=description, actor=g.actor, at=now()
        ),
    )


@researchers.post("/<study>/design/themes/<int:theme_id>")
@needs(MAY_RUN)
def edit_theme(theme_id: int) -> ResponseReturnValue:
    """Name, describe, move or remove a theme."""
    of_study(Theme, theme_id)
    title, description = typed_texts("title"), typed_texts("description")
    act, seen = request.form.get("act", ""), request.form.get("seen", "")

    def do(study: Study) -> None:
        theme = db.session.get_one(Theme, theme_id)
        who: dict[str, Any] = {"actor": g.actor, "at": now()}
        if act in ("up", "down"):
            rows = framing.themes_of(db.session, study)
            framing.move(db.session, study, rows, theme, -1 if act == "up" else 1, **who)
        elif act == "remove":
            framing.remove_theme(db.session, study, theme, **who)
        else:
            framing.edit_theme(
                db.session, study, theme, title=title, description=description, seen=seen, **who
            )

    problems = tried(do)
    if problems:
        return design_page(f"theme-{theme_id}", problems)
    return kept("themes" if act == "remove" else f"theme-{theme_id}")


@researchers.post("/<study>/design/groups")
@needs(MAY_RUN)
def add_group() -> ResponseReturnValue:
    """One more stakeholder group."""
    name = typed_texts("name")
    return answer(
        "group-new",
        lambda study: framing.add_group(db.session, study, name=name, actor=g.actor, at=now()),
    )


@researchers.post("/<study>/design/groups/<int:group_id>")
@needs(MAY_RUN)
def edit_group(group_id: int) -> ResponseReturnValue:
    """Name, move or remove a group."""
    of_study(StakeholderGroup, group_id)
    name = typed_texts("name")
    act, seen = request.form.get("act", ""), request.form.get("seen", "")

    def do(study: Study) -> None:
        group = db.session.get_one(StakeholderGroup, group_id)
        who: dict[str, Any] = {"actor": g.actor, "at": now()}
        if act in ("up", "down"):
            rows = panel.groups(db.session, study)
            framing.move(db.session, study, rows, group, -1 if act == "up" else 1, **who)
        elif act == "remove":
            framing.remove_group(db.session, study, group, **who)
        else:
            framing.edit_group(db.session, study, group, name=name, seen=seen, **who)

    problems = tried(do)
    if problems:
        return design_page(f"group-{group_id}", problems)
    return kept("groups" if act == "remove" else f"group-{group_id}")


def of_study(kind: type[Theme] | type[StakeholderGroup], row_id: int) -> None:
    """Make sure that a row belongs to the study, or say that there is none."""
    theirs = select(kind.id).where(kind.id == row_id, kind.study_id == g.study.id)
    if db.session.scalar(theirs) is None:
        abort(HTTPStatus.NOT_FOUND)


@researchers.post("/<study>/design/scale")
@needs(MAY_RUN)
def edit_scale() -> ResponseReturnValue:
    """The scale with its names and bands."""
    settings = settings_of(request.form.items())
    seen = request.form.get("seen", "")
    return answer(
        SCALE,
        lambda study: framing.set_scale(
            db.session, study, settings, seen=seen, actor=g.actor, at=now()
        ),
    )


@researchers.post("/<study>/design/rounds")
@needs(MAY_RUN)
def add_round() -> ResponseReturnValue:
    """One more round."""
    kind = request.form.get("kind", "")
    if kind not in tuple(RoundKind):
        return design_page(ROUNDS, [_("Please say what the round asks for.")])
    title = typed_texts("title")
    made: list[int] = []
    problems = tried(
        lambda study: made.append(
            framing.add_round(
                db.session, study, kind=RoundKind(kind), title=title, actor=g.actor, at=now()
            ).number
        )
    )
    if problems:
        return design_page(ROUNDS, problems)
    return redirect(
        url_for("researchers.edit_round", study=g.study_id, number=made[0]), HTTPStatus.SEE_OTHER
    )
