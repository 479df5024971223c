"""Begin a study: from the library, a spreadsheet, a study file, or nothing; add a spreadsheet to a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import Any

from flask import (
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from surveys.exports import statement_template
from surveys.exports.statement_template import Heading
from surveys.items import KINDS
from surveys.models.base import db, transaction
from surveys.models.item import Item
from surveys.models.researcher import Researcher
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.services import auditing, beginning, loading, statement_sheets, study_files
from surveys.services.beginning import NotBegun, Wish
from surveys.services.designing import RoundLaunched
from surveys.services.set_aside import SetAside, Shelf
from surveys.services.spreadsheets import Unreadable
from surveys.services.statement_sheets import Statements
from surveys.services.study_files import LANGUAGES, StudyFileBroken, StudyPlan
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.locale import in_words, own_name, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.statements import launched
from surveys.web.researchers.words import say

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NewStudyForm(FlaskForm):
    """Which ready study to begin with."""

    ready = SelectField(choices=[])


def ready_studies() -> list[SelectChoice]:
    """The studies of the library."""
    return [
        SelectChoice(path.parent.name, say(_title(path)))
        for path in sorted(loading.LIBRARY.glob("*/study.yaml"))
    ]


@cache
def _title(path: Path) -> dict[str, str]:
    """What a study of the library is called; the library does not change while the server runs."""
    return loading.read_file(path).title


@dataclass
class Typed:
    """What was typed in the forms of the page, and what is wrong with it, by the way it was taken."""

    way: str = ""
    problems: list[str] = field(default_factory=list)


# --- the page with the four ways


@researchers.get("/new")
def new_study() -> ResponseReturnValue:
    """Four ways to begin a study."""
    return new_study_page(Typed())


def new_study_page(typed: Typed) -> ResponseReturnValue:
    form = NewStudyForm()
    form.ready.choices = ready_studies()
    return render_template(
        "researchers/new_study.html",
        form=form,
        typed=typed,
        given=request.form,
        chosen_languages=request.form.getlist("languages") or [page_language()],
        offered=languages_offered(),
        scales=scale_names(),
        most_rounds=beginning.MOST_ROUNDS,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if typed.problems else HTTPStatus.OK)


@researchers.post("/")
def create_study() -> ResponseReturnValue:
    """Begin with a ready study of the library."""
    form = NewStudyForm()
    form.ready.choices = ready_studies()
    if not form.validate_on_submit():
        flash(_("Please choose a study from the list."), "warning")
        return redirect(url_for("researchers.new_study"), HTTPStatus.SEE_OTHER)
    return create(loading.read_file(loading.library_path(form.ready.data)))


@researchers.post("/new/nothing")
def begin_from_nothing() -> ResponseReturnValue:
    """Begin with the usual texts and no item."""
    try:
        return create(beginning.plan_of(wish(request.form.getlist("languages"))))
    except NotBegun as refused:
        return new_study_page(Typed("nothing", [in_words(one) for one in refused.problems]))


@researchers.post("/new/study-file")
def begin_from_file() -> ResponseReturnValue:
    """Begin from a study file that was sent, alone or in a zip with its evidence."""
    content, _name = sent_file()
    if not content:
        return new_study_page(Typed("file", [_("Please choose a file first.")]))
    try:
        return create(study_files.read_upload(content))
    except StudyFileBroken as broken:
        return new_study_page(Typed("file", list(broken.problems)))


def create(plan: StudyPlan) -> ResponseReturnValue:
    """Make the study; whoever begins it leads it."""
    researcher_id = current_user.id
    with transaction(db.session):
        study = loading.create_study(
            db.session,
            plan,
            lead=db.session.get_one(Researcher, researcher_id),
            actor=auditing.researcher(researcher_id),
            at=now(),
            uploads=current_app.extensions["rondo.uploads"],
        )
        public_id = study.public_id
    flash(_("The study has been created. What comes next stands below."), "success")
    return redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)


# --- a spreadsheet: look first, then make a study of it


@researchers.post("/new/spreadsheet")
def look_at_spreadsheet() -> ResponseReturnValue:
    """Keep a spreadsheet that was sent, and show what would be made of it."""
    content, name = sent_file()
    if not content:
        return new_study_page(Typed("spreadsheet", [_("Please choose a file first.")]))
    language = spoken(request.form.get("language", ""))
    try:
        statement_sheets.read_statements(content, language=language, compare=False)
    except Unreadable as refused:
        return new_study_page(Typed("spreadsheet", [in_words(one) for one in refused.problems]))
    token = shelf().put(
        content, owner=current_user.id, name=name, at=now(), language=language, study=None
    )
    return redirect(url_for("researchers.spreadsheet", token=token), HTTPStatus.SEE_OTHER)


@researchers.get("/new/spreadsheet/<token>")
def spreadsheet(token: str) -> ResponseReturnValue:
    """What would be made of a spreadsheet, and what is wrong in it, row by row."""
    kept = kept_file(token)
    return forgotten() if kept is None else spreadsheet_page(kept, [])


@researchers.post("/new/spreadsheet/<token>")
def begin_from_spreadsheet(token: str) -> ResponseReturnValue:
    """Make the study of a spreadsheet that was looked at."""
    kept = kept_file(token)
    if kept is None:
        return forgotten()
    statements = statements_of(kept)
    try:
        plan = beginning.plan_of(wish(statements.languages), statements)
        answer = create(plan)
    except NotBegun as refused:
        return spreadsheet_page(kept, [in_words(one) for one in refused.problems])
    shelf().drop(token)
    return answer


def spreadsheet_page(kept: SetAside, problems: list[str]) -> ResponseReturnValue:
    statements = statements_of(kept, compare=True)
    return render_template(
        "researchers/new_from_spreadsheet.html",
        **shown(kept, statements),
        problems=problems,
        given=request.form,
        title=request.form.get("title", title_of(kept.name)),
        scales=scale_names(),
        most_rounds=beginning.MOST_ROUNDS,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


@researchers.get("/new/template.<form>")
def template(form: str) -> ResponseReturnValue:
    """The spreadsheet to fill in, with examples, in the language of the page."""
    sheets = template_sheets(page_language())
    separator = ";" if request.args.get("separator") == "semicolon" else ","
    if form == "xlsx":
        content, mimetype = statement_template.workbook(sheets), XLSX
    elif form == "csv":
        examples = sheets[-1]
        content = statement_template.comma_separated(examples, separator=separator)
        mimetype = "text/csv"
    else:
        abort(HTTPStatus.NOT_FOUND)
    return attached(content, f"rondo-statements.{form}", mimetype)


# --- a spreadsheet into a draft round


@researchers.get("/<study>/rounds/<int:number>/spreadsheet")
@needs(MAY_RUN)
def more_from_spreadsheet(number: int) -> ResponseReturnValue:
    """Choose a spreadsheet whose statements come into a draft round."""
    found = round_or_404(number)
    return launched(number) if found.opened_at else more_page(found, [])


@researchers.post("/<study>/rounds/<int:number>/spreadsheet")
@needs(MAY_RUN)
def look_at_more(number: int) -> ResponseReturnValue:
    """Keep a spreadsheet that was sent, and show what it would add."""
    found = round_or_404(number)
    if found.opened_at:
        return launched(number)
    content, name = sent_file()
    if not content:
        return more_page(found, [_("Please choose a file first.")])
    language = str(g.study.languages[0])
    try:
        statement_sheets.read_statements(
            content, language=language, languages=g.study.languages, compare=False
        )
    except Unreadable as refused:
        return more_page(found, [in_words(one) for one in refused.problems])
    token = shelf().put(
        content,
        owner=current_user.id,
        name=name,
        at=now(),
        language=language,
        study=g.study.public_id,
    )
    return redirect(
        url_for("researchers.more_found", study=g.study.public_id, number=number, token=token),
        HTTPStatus.SEE_OTHER,
    )


@researchers.get("/<study>/rounds/<int:number>/spreadsheet/<token>")
@needs(MAY_RUN)
def more_found(number: int, token: str) -> ResponseReturnValue:
    """What a spreadsheet would add to a draft round."""
    found = round_or_404(number)
    if found.opened_at:
        return launched(number)
    kept = kept_file(token, g.study.public_id)
    if kept is None:
        return more_page(found, [no_longer_kept()])
    return more_found_page(found, kept, [])


@researchers.post("/<study>/rounds/<int:number>/spreadsheet/<token>")
@needs(MAY_RUN)
def add_more(number: int, token: str) -> ResponseReturnValue:
    """Put what a spreadsheet holds into a draft round."""
    found = round_or_404(number)
    kept = kept_file(token, g.study.public_id)
    if kept is None:
        return more_page(found, [no_longer_kept()])
    statements = statements_of(kept)
    study_id, public_id, round_id, who = g.study.id, g.study.public_id, found.id, actor()
    try:
        with transaction(db.session):
            added = beginning.add_to_round(
                db.session,
                db.session.get_one(Study, study_id),
                db.session.get_one(Round, round_id),
                statements,
                actor=who,
                at=now(),
            )
    except RoundLaunched:
        return launched(number)
    except NotBegun as refused:
        return more_found_page(
            round_or_404(number), kept, [in_words(one) for one in refused.problems]
        )
    shelf().drop(token)
    flash(
        ngettext("%(num)s item was added.", "%(num)s items were added.", added),
        "success",
    )
    return redirect(
        url_for("researchers.round", study=public_id, number=number), HTTPStatus.SEE_OTHER
    )


def more_page(found: Round, problems: list[str]) -> ResponseReturnValue:
    return render_template(
        "researchers/more_from_spreadsheet.html",
        round=found,
        problems=problems,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def more_found_page(found: Round, kept: SetAside, problems: list[str]) -> ResponseReturnValue:
    return render_template(
        "researchers/more_found.html",
        round=found,
        **shown(kept, statements_of(kept, compare=True)),
        problems=problems,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


# --- what the pages share


def shelf() -> Shelf:
    """Where files wait until the person decides."""
    kept: Shelf = current_app.extensions["rondo.shelf"]
    return kept


def kept_file(token: str, study: str | None = None) -> SetAside | None:
    """A file that whoever is signed in has set aside, for this study or for a new one."""
    kept = shelf().find(token, owner=current_user.id, at=now())
    return kept if kept is not None and kept.said.get("study") == study else None


def no_longer_kept() -> str:
    """Why a file has to be chosen again."""
    return _("That file is no longer kept. Please choose it again.")


def forgotten() -> ResponseReturnValue:
    """Back to the beginning, because what was looked at is not kept any more."""
    return new_study_page(Typed("spreadsheet", [no_longer_kept()]))


def statements_of(kept: SetAside, *, compare: bool = False) -> Statements:
    """What a file that was set aside holds: it was read before, so it can be read.

    compare : for a page that says what is alike; making a study of it needs no comparison.
    """
    study = getattr(g, "study", None)
    taken = db.session.scalars(select(Item.code).where(Item.study_id == study.id)) if study else ()
    return statement_sheets.read_statements(
        kept.content,
        language=str(kept.said["language"]),
        languages=study.languages if study else (),
        taken=list(taken),
        compare=compare,
    )


def shown(kept: SetAside, statements: Statements) -> dict[str, Any]:
    """What both pages that show a spreadsheet draw of it."""
    return {
        "kept": kept,
        "statements": statements,
        "several_sheets": len(
            {one.sheet for one in statements.found}
            | {one.sheet for one in (*statements.bad, *statements.odd)}
        )
        > 1,
        "bad": [(one, in_words(one.said)) for one in statements.bad],
        "odd": [(one, in_words(one.said)) for one in statements.odd],
        "kind_names": {name: _(kind.label) for name, kind in KINDS.items()},
    }


def sent_file() -> tuple[bytes, str]:
    """The file of the request, and what it was called."""
    sent = request.files.get("file")
    return (sent.read(), sent.filename or "") if sent else (b"", "")


def wish(languages: Sequence[str]) -> Wish:
    """What was typed of a study to come."""
    rounds = numbers_in([request.form.get("rounds", "")])
    return Wish(
        title=request.form.get("title", ""),
        languages=list(languages),
        scale=request.form.get("scale", ""),
        rounds=rounds[0] if rounds else 0,
        open_round="open_round" in request.form,
        groups=[
            line.strip() for line in request.form.get("groups", "").splitlines() if line.strip()
        ],
    )


def spoken(code: str) -> str:
    """A language of Rondo: the chosen one, else that of the page."""
    return code if code in LANGUAGES else page_language()


def languages_offered() -> list[tuple[str, str]]:
    """The languages of studies, that of the page first."""
    return sorted(
        ((code, own_name(code)) for code in LANGUAGES), key=lambda one: one[0] != page_language()
    )


def title_of(name: str) -> str:
    """A first title, from what the file is called."""
    stem = PurePath(name.replace("\\", "/")).stem
    words = " ".join(stem.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1 : beginning.LONGEST_TITLE]


def scale_names() -> dict[str, str]:
    """The scales to choose from, in words."""
    return {
        "agreement-5": _("Agreement, 1 to 5"),
        "agreement-7": _("Agreement, 1 to 7"),
        "importance-9": _("Importance, 1 to 9 (core outcome sets)"),
        "appropriateness-9": _("Appropriateness, 1 to 9 (RAND/UCLA)"),
        "relevance-4": _("Relevance, 1 to 4 (content validity)"),
    }


def template_sheets(language: str) -> list[statement_template.Sheet]:
    """The sheets of the template: to read, two to fill in, and examples last."""
    others = [code for code in LANGUAGES if code != language]
    wording = f"wording {language}"
    common = [Heading(f"wording {code}", "wide") for code in others]
    help_columns = [Heading(f"help {code}", "wide") for code in (language, *others)]
    statements = [
        Heading(wording, "wide", hint=_("The only column that is needed.")),
        Heading("theme"),
        Heading("mark", "narrow", ["opportunity", "risk", "condition"]),
        Heading("unable to judge", "narrow", ["yes", "no"]),
        Heading("code", "narrow"),
        Heading("note"),
        *common,
        *help_columns,
    ]
    questions = [
        Heading(wording, "wide", hint=_("The only column that is needed.")),
        Heading("theme"),
        Heading("code", "narrow"),
        Heading("note"),
        *common,
        *help_columns,
    ]
    examples = [
        statements[0],
        statements[1],
        statements[2],
        Heading("kind", "narrow", ["statement", "question"]),
        *statements[3:],
    ]
    rows: list[Mapping[str, str]] = [
        {
            wording: _("A shared care plan should be on paper before care starts."),
            "theme": _("Working together"),
            "mark": "condition",
            "kind": "statement",
        },
        {
            wording: _("Reminders on the telephone help patients to keep appointments."),
            "theme": _("Technology"),
            "mark": "opportunity",
            "kind": "statement",
            f"help {language}": _("Text messages count as reminders too."),
        },
        {
            wording: _("What makes working together hard in your practice?"),
            "theme": _("Working together"),
            "kind": "question",
        },
    ]
    return [
        statement_template.Sheet(
            "Read me",
            lines=[
                _("Statements and questions for Rondo"),
                _(
                    "One row for each statement on the sheet “Statements”. Only its wording is needed."
                ),
                _("Open questions go on the sheet “Questions”; they become an open first round."),
                _("Rows with the same theme become one theme of the study."),
                _("mark: what a statement speaks of: opportunity, risk, condition, or nothing."),
                _("unable to judge: no, where experts should not be able to choose it."),
                _("code: its short name in all files, such as S01. Without one, Rondo numbers."),
                _("note: for the team only; experts never see it."),
                _("Other languages: fill in their wording column; leave it empty otherwise."),
                _("help: an explanation below the wording."),
                _("The sheet “Examples” shows how it may look; it is not read."),
                _("A plain list in column A, without any heading, works too."),
            ],
        ),
        statement_template.Sheet("Statements", statements),
        statement_template.Sheet("Questions", questions),
        statement_template.Sheet("Examples", examples, rows),
    ]
