"""A receipt that an expert shows: is it genuine?"""

from __future__ import annotations

from http import HTTPStatus

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from surveys.models.base import db, transaction
from surveys.models.study import Study
from surveys.services import receipts as service
from surveys.web.clock import now
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs


class CheckForm(FlaskForm):
    """The code, as it is read out or copied."""

    receipt = StringField(validators=[DataRequired(), Length(max=60)])


@researchers.get("/<study>/receipts")
@needs(MAY_RUN)
def receipts() -> ResponseReturnValue:
    """Where a code can be typed."""
    return receipts_page()


@researchers.post("/<study>/receipts")
@needs(MAY_RUN)
def check_receipt() -> ResponseReturnValue:
    """Whether a code is genuine, and what it stands for. That it was asked is kept in the trail."""
    form = CheckForm()
    if not form.validate_on_submit():
        return receipts_page(problem=_("Please type the code that stands on the receipt."))
    typed, study_id, who = form.receipt.data or "", g.study.id, actor()
    with transaction(db.session):
        study = db.session.get_one(Study, study_id)
        found = service.check(db.session, study, typed, actor=who, at=now())
    return receipts_page(checked=service.as_written(typed), found=found)


def receipts_page(
    *, problem: str = "", checked: str = "", found: service.Genuine | None = None
) -> ResponseReturnValue:
    """The form, and below it what was found."""
    return render_template(
        "researchers/receipts.html",
        problem_links=[("receipt", problem)] if problem else [],
        problem=problem,
        typed=request.form.get("receipt", ""),
        checked=checked,
        found=found,
        audience="researcher",
    ), (HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)
