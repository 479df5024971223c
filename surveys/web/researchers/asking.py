"""How the items of a draft round are asked: in which order."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from surveys.models.base import db
from surveys.services import designing
from surveys.web.clock import now
from surveys.web.locale import in_words
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, needs, round_or_404
from surveys.web.researchers.rounds import act_on
from surveys.web.researchers.statements import launched


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
