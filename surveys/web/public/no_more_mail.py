"""No more mail about a study: the address in the foot of every mail, and its one-press form.

Looking changes nothing, because mail scanners open links; a press of the mail program is a POST without
cookie or token (RFC 8058), and the address itself is the authority: it opens nothing else.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from surveys.models.base import db, transaction
from surveys.models.panel import Expert
from surveys.models.study import Study
from surveys.queries.questionnaire import in_language
from surveys.services import linking, stop_list
from surveys.web.clock import now
from surveys.web.extensions import csrf
from surveys.web.public import public

BY_THEMSELVES = "expert"


@public.get("/no-more-mail/<participation>/<proof>")
def no_more_mail(participation: str, proof: str) -> ResponseReturnValue:
    """Whether mail is sent, and the button that changes it."""
    return no_more_mail_page(whose(participation, proof))


@public.post("/no-more-mail/<participation>/<proof>")
@csrf.exempt
def stop_mail(participation: str, proof: str) -> ResponseReturnValue:
    """Send no more mail; or, where the button says so, send it again. Answered without redirecting."""
    expert_id = whose(participation, proof).id
    again = request.form.get("act") == "again"
    with transaction(db.session):
        expert = db.session.get_one(Expert, expert_id)
        if again:
            stop_list.resume_for(
                db.session, expert, links=links_of_app(), actor=BY_THEMSELVES, at=now()
            )
        else:
            stop_list.stop(
                db.session,
                expert,
                reason="",
                actor=BY_THEMSELVES,
                links=links_of_app(),
                at=now(),
            )
    return no_more_mail_page(whose(participation, proof), just_done=True)


def whose(participation: str, proof: str) -> Expert:
    """The expert to whom the mail went."""
    expert = stop_list.asking(db.session, participation, proof, links_of_app())
    if expert is None:
        abort(HTTPStatus.NOT_FOUND)
    g.language = expert.language
    refresh()
    return expert


def no_more_mail_page(expert: Expert, *, just_done: bool = False) -> ResponseReturnValue:
    """How it stands."""
    study = db.session.get_one(Study, expert.study_id)
    g.simulated = study.simulated
    return render_template(
        "public/no_more_mail.html",
        study_title=in_language(study.title, expert.language, study.default_language),
        gone=expert.withdrawn_at is not None,
        stopped=stop_list.is_stopped(db.session, expert, links_of_app()),
        just_done=just_done,
        audience="public",
    )


def links_of_app() -> linking.LinkMaker:
    """The maker of links of this installation."""
    links: linking.LinkMaker = current_app.extensions["rondo.links"]
    return links
