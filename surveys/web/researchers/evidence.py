"""What an item of a draft rests on: attach a page, a text, a picture or a PDF, and take it off."""

from __future__ import annotations

from http import HTTPStatus

from flask import (
    Response,
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

from surveys.items.evidence import MOST_EVIDENCE
from surveys.items.media import LARGEST_PDF, LARGEST_PICTURE
from surveys.models.base import db
from surveys.models.round import RoundItem
from surveys.queries import questionnaire
from surveys.services import attaching, designing
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.evidence import file_of
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, needs, placed_or_404, round_or_404
from surveys.web.researchers.rounds import act_on
from surveys.web.researchers.statements import launched


@researchers.get("/<study>/evidence/<digest>")
def evidence_file(digest: str) -> Response:
    """A picture or a PDF of the study."""
    return file_of(g.study.id, digest)


@researchers.get("/<study>/rounds/<int:number>/items/<int:placed_id>/evidence")
@needs(MAY_RUN)
def evidence(number: int, placed_id: int) -> ResponseReturnValue:
    """What an item rests on, and a form for more."""
    found = round_or_404(number)
    if found.opened_at is not None:
        return launched(number)
    return evidence_page(number, placed_id, [])


@researchers.post("/<study>/rounds/<int:number>/items/<int:placed_id>/evidence")
@needs(MAY_RUN)
def attach_evidence(number: int, placed_id: int) -> ResponseReturnValue:
    """Attach one more piece, or take one off."""
    found = round_or_404(number)
    placed_or_404(found, placed_id)
    taken = numbers_in([request.form.get("take_off", "")])
    described = description()
    try:
        if taken:
            act_on(
                number,
                lambda study, _round: attaching.take_off(
                    db.session,
                    study,
                    db.session.get_one(RoundItem, placed_id),
                    taken[0],
                    actor=g.actor,
                    at=now(),
                ),
            )
        else:
            act_on(
                number,
                lambda study, _round: attaching.attach(
                    db.session,
                    study,
                    db.session.get_one(RoundItem, placed_id),
                    described,
                    store=current_app.extensions["rondo.uploads"],
                    actor=g.actor,
                    at=now(),
                ),
            )
    except designing.RoundLaunched:
        return launched(number)
    except attaching.NotAttached as refused:
        return evidence_page(number, placed_id, [in_words(one) for one in refused.problems])
    flash(_("The evidence was taken off.") if taken else _("The evidence was attached."), "success")
    return redirect(
        url_for("researchers.evidence", study=g.study_id, number=number, placed_id=placed_id),
        HTTPStatus.SEE_OTHER,
    )


def description() -> attaching.Described:
    """What was typed and chosen."""

    def per_language(name: str) -> dict[str, str]:
        return {code: request.form.get(f"{name}-{code}", "") for code in g.study.languages}

    sent = request.files.get("file")
    return attaching.Described(
        title=per_language("title"),
        url=request.form.get("url", ""),
        text=per_language("text"),
        file_name=(sent.filename or "") if sent else "",
        content=sent.read() if sent else b"",
        alt=per_language("alt"),
        source=per_language("source"),
    )


def evidence_page(number: int, placed_id: int, problems: list[str]) -> ResponseReturnValue:
    """The pieces there are, the form, and what is wrong with what was sent."""
    found = round_or_404(number)
    asked = questionnaire.asked_round(db.session, g.study, found, page_language())
    item = asked.by_id.get(placed_id)
    if item is None:
        abort(HTTPStatus.NOT_FOUND)
    return render_template(
        "researchers/evidence.html",
        round=found,
        item=item,
        languages=g.study.languages,
        typed=request.form,
        most=MOST_EVIDENCE,
        largest_picture=LARGEST_PICTURE // 1000,
        largest_pdf=LARGEST_PDF // 1000,
        problem_links=[(f"title-{g.study.languages[0]}", text) for text in problems],
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
