"""What became of every message: sent, waiting, failed with the server's words, stopped."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import abort, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from surveys.items.base import N_
from surveys.mail.wording import LOST_LINK, MESSAGES
from surveys.models.base import db, transaction
from surveys.queries import mail as reads
from surveys.queries.mail import Became
from surveys.services import mailing
from surveys.services.letters import Pointless
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_RUN, actor, needs
from surveys.web.researchers.mail import NAMES, rounds
from surveys.web.researchers.paging import ON_A_PAGE, asked_for
from surveys.web.researchers.rounds import ActForm

BECAME = {
    Became.SENT: N_("sent"),
    Became.WAITING: N_("waiting"),
    Became.TRIED_AGAIN: N_("tried again"),
    Became.FAILED: N_("failed"),
    Became.STOPPED: N_("stopped"),
    Became.TWICE: N_("possibly twice"),
}
WHY = {
    Pointless.LEFT: N_("The expert has left the study."),
    Pointless.CLOSED: N_("The round had closed."),
    Pointless.SUBMITTED: N_("The expert had submitted."),
    Pointless.NO_LINK: N_("The expert’s link was revoked."),
    Pointless.STOP_LIST: N_("The expert asked for no more mail."),
}


@researchers.get("/<study>/mail/log")
def mail_log() -> ResponseReturnValue:
    """Every message, by what became of it."""
    return render_template("researchers/mail_log.html", **seen(), audience="researcher")


@researchers.get("/<study>/mail/log/now")
def mail_log_now() -> ResponseReturnValue:
    """The same as it is now, without the page around it: for the page's script."""
    found = seen()
    return jsonify(
        html=render_template("researchers/mail_log_now.html", **found),
        waiting=found["all"].waiting,
    )


@researchers.post("/<study>/mail/log/<int:message>/again")
@needs(MAY_RUN)
def send_mail_again(message: int) -> ResponseReturnValue:
    """Try one that failed once more."""
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    if not ActForm().validate_on_submit():
        abort(HTTPStatus.BAD_REQUEST)
    with transaction(db.session):
        again = mailing.send_again(db.session, study_id, message, actor=who, at=now())
    if not again:
        abort(HTTPStatus.NOT_FOUND)
    current_app.extensions["rondo.wake"]()
    flash(_("It is tried again now."), "success")
    return redirect(url_for("researchers.mail_log", study=public_id), HTTPStatus.SEE_OTHER)


@researchers.post("/<study>/mail/log/again")
@needs(MAY_RUN)
def send_all_mail_again() -> ResponseReturnValue:
    """Try everything that failed once more."""
    study_id, public_id, who = g.study.id, g.study.public_id, actor()
    if ActForm().validate_on_submit():
        with transaction(db.session):
            again = mailing.send_all_again(db.session, study_id, actor=who, at=now())
        current_app.extensions["rondo.wake"]()
        flash(
            ngettext("%(num)s mail is tried again.", "%(num)s mails are tried again.", again),
            "success",
        )
    return redirect(url_for("researchers.mail_log", study=public_id), HTTPStatus.SEE_OTHER)


def seen() -> dict[str, Any]:
    """What is shown: the counts, and the messages of one page."""
    asked = request.args
    became = next((one for one in Became if one.value == asked.get("became")), None)
    message = asked.get("message", "")
    wanted = reads.Wanted(
        became,
        message if message in (*MESSAGES, LOST_LINK) else "",
        next(iter(numbers_in([asked.get("round", "")])), None),
    )
    sheet = asked_for(reads.how_many(db.session, g.study.id, wanted), ON_A_PAGE)
    kinds = reads.counts(db.session, g.study.id)
    further = {
        "became": wanted.became.value if wanted.became else "",
        "message": wanted.message,
        "round": wanted.round or "",
    }
    return {
        "kinds": kinds,
        "all": reads.totals(kinds),
        "entries": reads.log(db.session, g.study.id, wanted, after=sheet.after, most=sheet.most),
        "wanted": wanted,
        "further": {name: value for name, value in further.items() if value},
        "sheet": sheet,
        "names": {message: _(name) for message, name in NAMES.items()},
        "became_names": {one.value: _(name) for one, name in BECAME.items()},
        "why": {one.value: _(name) for one, name in WHY.items()},
        "rounds": rounds(),
        "may_run": g.role in MAY_RUN,
        "at": now(),
    }
