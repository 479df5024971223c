"""A file of people on its way to the panel: read, looked at, corrected, added in one act."""

from __future__ import annotations

from http import HTTPStatus

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

from surveys.exports import csv_file, roster_template
from surveys.models.base import db, leave_no_trace, transaction
from surveys.models.contact import RosterDraft
from surveys.models.study import Study
from surveys.queries.panel import plain
from surveys.services import importing, panel_files
from surveys.services.panel_files import FIELD, NEW, Draft, Examination, Known, Part
from surveys.services.problems import Problem
from surveys.services.spreadsheets import Unreadable
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.locale import in_words, own_name, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_SEE_IDENTITIES, actor, needs
from surveys.web.researchers.panel import links_of_app
from surveys.web.researchers.rounds import ActForm
from surveys.web.researchers.words import say

# How many rows can be corrected at once; the others are told and come next.
MOST_CORRECTED = 150
MOST_SHOWN = 25
MOST_DOUBTS = 100
LONGEST_CORRECTION = 400
CORRECTED = (Part.NAME.value, Part.EMAIL.value, Part.GROUP.value, Part.LANGUAGE.value)
CHOSEN = (Part.GROUP.value, Part.LANGUAGE.value)
ENDINGS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@researchers.get("/<study>/panel/import")
@needs(MAY_SEE_IDENTITIES)
def import_people() -> ResponseReturnValue:
    """Choose a file, or paste a list."""
    return choose_page("", [])


@researchers.get("/<study>/panel/import/template.<ending>")
@needs(MAY_SEE_IDENTITIES)
def people_template(ending: str) -> ResponseReturnValue:
    """An empty list with examples, in the language of the page, with this study's groups and fields."""
    if ending not in ENDINGS:
        abort(HTTPStatus.NOT_FOUND)
    known = importing.known(db.session, g.study)
    groups = [say(dict(names)) for names in known.groups.values()] or [_("Group")]
    languages = [own_name(code) for code in known.languages]
    headings = [_("Name"), _("E-mail address"), _("Group"), _("Language")]
    fields = [say(dict(one.label)) for one in known.fields]
    people = [("Anna Peeters", "anna"), ("Dr Zoë Müller", "zoe"), ("François Lefèvre", "francois")]
    examples = [
        # Mail cannot be sent to .test: whoever leaves an example in is told.
        [
            name,
            f"{box}@hospital.test",
            groups[place % len(groups)],
            languages[place % len(languages)],
            *("" for _field in fields),
        ]
        for place, (name, box) in enumerate(people)
    ]
    if ending == "xlsx":
        choices: dict[int, list[str]] = {2: groups, 3: languages}
        for column, one in enumerate(known.fields, start=4):
            if one.options:
                choices[column] = [say(dict(names)) for names in one.options.values()]
        made = roster_template.write(_("Experts"), [*headings, *fields], examples, choices)
    else:
        # Spreadsheets of these languages expect a semicolon between cells.
        separator = "," if page_language() == "en" else ";"
        made = csv_file.of_rows([[*headings, *fields], *examples], separator)
    return attached(made, f"rondo-{g.study.public_id}-experts.{ending}", ENDINGS[ending])


@researchers.post("/<study>/panel/import")
@needs(MAY_SEE_IDENTITIES)
def read_people() -> ResponseReturnValue:
    """Read what was sent; nobody is on the panel yet."""
    pasted = request.form.get("pasted", "")
    file = request.files.get("file")
    if not ActForm().validate_on_submit():
        return choose_page(pasted, [_("Please try again.")])
    content = file.read() if file is not None and file.filename else b""
    content = content or pasted.strip("\r\n").encode("utf-8", "replace")
    if not content.strip():
        return choose_page(pasted, [_("Please choose a file, or paste a list.")])
    try:
        draft = panel_files.read(content, importing.known(db.session, g.study))
    except Unreadable as refused:
        return choose_page(pasted, [in_words(problem) for problem in refused.problems])
    study_id, public_id, researcher_id = g.study.id, g.study.public_id, current_user.id
    with transaction(db.session):
        key = importing.keep(db.session, study_id, researcher_id, draft, at=now())
    return redirect(
        url_for("researchers.check_people", study=public_id, key=key), HTTPStatus.SEE_OTHER
    )


def choose_page(pasted: str, problems: list[str]) -> ResponseReturnValue:
    """The ways to send a list."""
    return render_template(
        "researchers/import_people.html",
        pasted=pasted,
        problem_links=[("file", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def draft_of(key: str) -> RosterDraft | None:
    """The file of whoever is signed in; none once it was added, thrown away or an hour old."""
    return importing.find(db.session, g.study.id, current_user.id, key, at=now())


def gone() -> ResponseReturnValue:
    """Say why there is nothing to look at: back to where a list is sent."""
    flash(
        _(
            "This list is not here any more: it was added or thrown away, its hour is over, or it was "
            "sent by somebody else."
        ),
        "warning",
    )
    return redirect(
        url_for("researchers.import_people", study=g.study.public_id), HTTPStatus.SEE_OTHER
    )


@researchers.get("/<study>/panel/import/<key>")
@needs(MAY_SEE_IDENTITIES)
def check_people(key: str) -> ResponseReturnValue:
    """What was read, with everything that is wrong with it."""
    kept = draft_of(key)
    if kept is None:
        return gone()
    return check_page(key, kept, Draft.from_json(kept.content))


@researchers.post("/<study>/panel/import/<key>")
@needs(MAY_SEE_IDENTITIES)
def add_people(key: str) -> ResponseReturnValue:
    """Take what was corrected; add everybody, look again, or throw the file away."""
    kept = draft_of(key)
    if kept is None:
        return gone()
    if not ActForm().validate_on_submit():
        return check_page(key, kept, Draft.from_json(kept.content))
    act = request.form.get("act", "check")
    kept_id, study_id, public_id, who = kept.id, g.study.id, g.study.public_id, actor()
    draft = Draft.from_json(kept.content)
    take_corrections(draft, importing.known(db.session, g.study))
    if act == "leave_out":
        examined = panel_files.examine(draft, importing.known(db.session, g.study))
        draft.left_out |= {person.row for person in examined.faulty}
    added = None
    try:
        with transaction(db.session):
            kept = importing.hold(db.session, kept_id)
            if act == "throw_away":
                importing.throw_away(db.session, kept)
            else:
                importing.revise(db.session, kept, draft)
            if act in ("add", "leave_out"):
                added = importing.add_all(
                    db.session,
                    db.session.get_one(Study, study_id),
                    kept,
                    links=links_of_app(),
                    sender_host=current_app.extensions["rondo.host"],
                    actor=who,
                    at=now(),
                )
    except importing.NotThere:
        return gone()
    except importing.NotImported:
        return keep_refused(key, kept_id, draft)
    if act == "throw_away":
        leave_no_trace(db.session)
        flash(_("The file was erased. Nobody was added."))
        return redirect(url_for("researchers.import_people", study=public_id), HTTPStatus.SEE_OTHER)
    if added is None:
        return redirect(
            url_for("researchers.check_people", study=public_id, key=key), HTTPStatus.SEE_OTHER
        )
    leave_no_trace(db.session)
    number = len(added.codes)
    told = ngettext(
        "%(num)s expert was added to the panel: %(first)s.",
        "%(num)s experts were added to the panel: %(first)s to %(last)s.",
        number,
        first=added.codes[0],
        last=added.codes[-1],
    )
    if added.invited:
        current_app.extensions["rondo.wake"]()
        told = f"{told} " + _("They are invited to the open round.")
    flash(told, "success")
    return redirect(url_for("researchers.panel", study=public_id), HTTPStatus.SEE_OTHER)


def keep_refused(key: str, kept_id: int, draft: Draft) -> ResponseReturnValue:
    """Nobody was added, and with the act the corrections were rolled back: keep these, and tell why."""
    try:
        with transaction(db.session):
            importing.revise(db.session, importing.hold(db.session, kept_id), draft)
    except importing.NotThere:
        return gone()
    kept = draft_of(key)
    return check_page(key, kept, draft, refused=True) if kept is not None else gone()


def take_corrections(draft: Draft, known: Known) -> None:
    """Take over what the page says; what it does not show stays as it was."""
    typed = request.form
    may_hold = {part.value for part in Part} | {NEW} | {FIELD + one.code for one in known.fields}
    for column in range(len(draft.columns)):
        wanted = typed.get(f"column-{column}")
        if wanted in may_hold:
            draft.columns[column] = wanted
    if (usual := typed.get("usual_group")) is not None and usual in {"", *known.groups}:
        draft.usual_group = usual
    if typed.get("usual_language") in known.languages:
        draft.usual_language = typed["usual_language"]
    for place, word in enumerate(typed.getlist("group_word")):
        wanted = typed.get(f"group_of-{place}", "")
        if wanted in {"", NEW, *known.groups}:
            draft.groups[plain(word)] = wanted
    for place, word in enumerate(typed.getlist("language_word")):
        if typed.get(f"language_of-{place}") in {"", *known.languages}:
            draft.languages[plain(word)] = typed[f"language_of-{place}"]
    numbers = {number for number, _cells in draft.rows}
    for text in typed.getlist("shown"):
        if not text.isdecimal() or int(text) not in numbers:
            continue
        number = int(text)
        if typed.get(f"out-{number}"):
            draft.left_out.add(number)
        else:
            draft.left_out.discard(number)
        for part in (*CORRECTED, *(f"column-{column}" for column in range(len(draft.columns)))):
            new = typed.get(f"{part}-{number}")
            # Nothing chosen from a list leaves what the row says.
            if new is None or (part in CHOSEN and not new):
                continue
            draft.corrections.setdefault(number, {})[part] = new[:LONGEST_CORRECTION]


def check_page(
    key: str, kept: RosterDraft, draft: Draft, *, refused: bool = False
) -> ResponseReturnValue:
    """Everything about the file on one page."""
    known = importing.known(db.session, g.study)
    examined = panel_files.examine(draft, known)
    problems = problem_links(examined)
    if refused and not examined.ready and not problems:
        problems = [("rows", _("Nobody is left to be added."))]
    return render_template(
        "researchers/check_people.html",
        key=key,
        draft=draft,
        samples=[
            [cells[column] for _number, cells in draft.rows if cells[column]][:3]
            for column in range(len(draft.columns))
        ],
        examined=examined,
        faulty=examined.faulty[:MOST_CORRECTED],
        later=examined.faulty[MOST_CORRECTED:],
        doubtful=[person for person in examined.doubtful if not person.left_out][:MOST_DOUBTS],
        left_out=[person for person in examined.people if person.left_out],
        most_shown=MOST_SHOWN,
        parts=part_names(known),
        kinds_new=NEW,
        groups=[(code, say(dict(names))) for code, names in known.groups.items()],
        languages=[(code, own_name(code)) for code in known.languages],
        may_make_groups=known.may_make_groups,
        plain=plain,
        in_words=in_words,
        until=kept.created_at + importing.LIFETIME,
        refused=refused,
        problem_links=problems,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK)


def part_names(known: Known) -> list[tuple[str, str]]:
    """What a column may be said to hold."""
    return [
        (Part.IGNORE.value, _("ignore this column")),
        (Part.NAME.value, _("name")),
        (Part.FIRST.value, _("first name")),
        (Part.LAST.value, _("last name")),
        (Part.EMAIL.value, _("e-mail address")),
        (Part.GROUP.value, _("group")),
        (Part.LANGUAGE.value, _("language")),
        *(
            (FIELD + one.code, _("profile: %(name)s", name=say(dict(one.label))))
            for one in known.fields
        ),
        (NEW, _("a new profile field")),
    ]


def problem_links(examined: Examination) -> list[tuple[str, str]]:
    """Every bad row at once, each with its row, its column and what is wrong."""
    columns = {
        Part.NAME.value: _("name"),
        Part.EMAIL.value: _("e-mail address"),
        Part.GROUP.value: _("group"),
        Part.LANGUAGE.value: _("language"),
    }
    found = [("columns", in_words(problem)) for problem in examined.problems]
    for place, person in enumerate(examined.faulty):
        shown = place < MOST_CORRECTED
        for fault in person.faults:
            field = f"{fault.part}-{person.row}" if shown else "rows"
            found.append((field, row_in_words(person.row, columns.get(fault.part), fault.problem)))
    return found


def row_in_words(row: int, column: str | None, problem: Problem) -> str:
    """One mistake with its place."""
    if column is None:
        return _("Row %(row)s: %(problem)s", row=row, problem=in_words(problem))
    return _(
        "Row %(row)s, %(column)s: %(problem)s", row=row, column=column, problem=in_words(problem)
    )
