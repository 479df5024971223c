"""What the page of a round in real time asks for again and again: have the group's figures changed?

A script asks every few seconds, so the usual answer, that nothing has changed, costs one light query
beside the guard's. Whoever runs no script gets the figures with the page.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from surveys.models.base import db
from surveys.queries import live, questionnaire
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.experts import experts
from surveys.web.experts.access import visit
from surveys.web.experts.live import given_to, live_of, note_shown, page_items, tag_of
from surveys.web.experts.questionnaire import asked_now, asks_why_now, viewer_of


@experts.get("/rounds/<int:number>/figures")
def figures(number: int) -> ResponseReturnValue:
    """The figures that are newer than the page's, of the items that are open to the expert.

    after : the newest figures the page has. items : what was answered since on the page, whose
    figures are sent again with the expert's own answer in them. section : which one the page shows.
    """
    current = visit()
    if not current.consented:
        return jsonify(problem=_("Please give your consent first.")), HTTPStatus.FORBIDDEN
    standing = live.standing(db.session, current.study_id, number, current.expert_id)
    if standing is None:
        abort(HTTPStatus.NOT_FOUND)
    if not standing.dates.accepts(now()):
        return jsonify(closed=_("This round is closed. The figures no longer change."))
    tag = tag_of(standing.newest, standing.opened, current.language)
    answered = numbers_in(request.args.get("items", "").split(","))
    if not answered and request.if_none_match.contains_weak(tag):
        return tagged(Response(status=HTTPStatus.NOT_MODIFIED), tag)
    _round, asked = asked_now(number)
    shown = live_of(asked, viewer_of(asked))
    if shown is None:
        abort(HTTPStatus.NOT_FOUND)
    after = next(iter(numbers_in([request.args.get("after", "")])), 0)
    section = next(iter(numbers_in([request.args.get("section", "")])), None)
    own = questionnaire.own_answers(db.session, current.expert_id, asked)
    wanted = [
        item
        for item in page_items(asked, section)
        if (one := shown.released.get(item.id)) and (one.release_id > after or item.id in answered)
    ]
    body = {}
    for item in wanted:
        drawn = shown.item(item, given_to(own, item))
        why = asks_why_now(item, drawn.feedback)
        body[str(item.id)] = {
            "html": drawn.html,
            "middle": why.middle if why else "",
            "bands": why.bands if why else "",
        }
    note_shown(asked, shown, [item.id for item in wanted])
    return tagged(jsonify(newest=shown.newest, items=body), shown.tag)


def tagged(response: Response, tag: str) -> Response:
    """With the name by which the page asks whether it is still up to date."""
    response.set_etag(tag, weak=True)
    return response
