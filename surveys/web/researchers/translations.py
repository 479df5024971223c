"""What still needs translating before experts who speak another language can read it."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from surveys.models.base import db, transaction
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import translations as reads
from surveys.queries.translations import PieceKind
from surveys.services import translating
from surveys.services.translating import Proposal
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs, round_or_404
from surveys.web.researchers.paging import asked_for
from surveys.web.researchers.rounds import ActForm


@researchers.get("/<study>/rounds/<int:number>/translations")
def translations(number: int) -> ResponseReturnValue:
    """The work list of one language, with how far every language is."""
    return work_list(round_or_404(number), {}, {})


def work_list(found: Round, problems: dict[str, str], typed: dict[str, str]) -> ResponseReturnValue:
    """The page, with what was typed where something could not be kept."""
    everything = request.args.get("all") == "yes"
    pieces = reads.pieces(db.session, g.study, found, needed_only=not everything)
    languages = reads.languages_read(db.session, g.study) or list(g.study.languages)
    progress = reads.progress(pieces, languages)
    into = request.args.get("into", "")
    if into not in languages:
        open_ones = [done.language for done in progress if done.done < done.total]
        into = (open_ones or languages)[0]
    chosen = [
        piece
        for piece in pieces
        if piece.language != into and (everything or (piece.needed and piece.lacks(into)))
    ]
    sheet = asked_for(len(chosen))
    return render_template(
        "researchers/translations.html",
        round=found,
        pieces=chosen[sheet.after : sheet.last],
        sheet=sheet,
        progress=progress,
        into=into,
        everything=everything,
        problems=problems,
        typed=typed,
        may_run=g.role in MAY_RUN,
        form=ActForm(),
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


@researchers.post("/<study>/rounds/<int:number>/translations")
@needs(MAY_RUN)
def translate(number: int) -> ResponseReturnValue:
    """Keep what was typed; what does not fit its text stays on the page with the reason."""
    found = round_or_404(number)
    if not ActForm().validate_on_submit():
        return work_list(found, {}, dict(request.form))
    public_id, study_id, round_id, who = g.study.public_id, g.study.id, found.id, actor()
    into = request.args.get("into", "")
    same = request.form.get("same", "")
    proposals = []
    keys = []
    for name in request.form:
        kind, _dash, which = name.removeprefix("text-").partition("-")
        ids = numbers_in([which])
        if not name.startswith("text-") or kind not in tuple(PieceKind) or not ids:
            continue
        key = f"{kind}-{which}"
        source = request.form.get(f"source-{key}", "")
        text = source if same == key else request.form[name]
        if text.strip() or request.args.get("all") == "yes":
            keys.append(key)
            proposals.append(Proposal(PieceKind(kind), ids[0], into, source, text))
    with transaction(db.session):
        outcome = translating.translate(
            db.session,
            db.session.get_one(Study, study_id),
            db.session.get_one(Round, round_id),
            proposals,
            actor=who,
            at=now(),
        )
    if outcome.refused:
        problems = {keys[place]: in_words(problem) for place, problem in outcome.refused.items()}
        typed = {keys[place]: proposals[place].text for place in outcome.refused}
        return work_list(round_or_404(number), problems, typed)
    flash(
        ngettext("%(num)s translation kept.", "%(num)s translations kept.", outcome.kept), "success"
    )
    return redirect(
        url_for("researchers.translations", study=public_id, number=number, into=into),
        HTTPStatus.SEE_OTHER,
    )
