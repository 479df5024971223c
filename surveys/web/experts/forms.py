"""From a posted page to answers: WTForms says whether each has the shape of an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form

from surveys.items import InvalidAnswer
from surveys.queries.questionnaire import AskedItem, AskedRound
from surveys.services.responding import COMMENT_TOO_LONG, LONGEST_COMMENT, Offer

_FIELD = re.compile(r"[acv]-(\d{1,12})")


class UnknownItem(Exception):
    """The page sent an answer to something that this round does not ask."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page sent: well-formed offers, and what is wrong with the others."""

    offers: Mapping[int, Offer]
    problems: Mapping[int, str]


def read_answers(asked: AskedRound, data: MultiDict[str, str]) -> Sent:
    """Read every item that the page speaks of. Raises UnknownItem."""
    spoken = {int(match[1]) for name in data if (match := _FIELD.fullmatch(name))}
    if not spoken <= set(asked.by_id):
        raise UnknownItem
    items = [asked.by_id[number] for number in sorted(spoken)]
    form = _form(asked, items)(data)
    form.validate()
    offers, problems = {}, {}
    for item in items:
        field = form[f"a-{item.id}"]
        if field.errors:
            problems[item.id] = _("This is not one of the answers offered here.")
            continue
        try:
            offers[item.id] = _offer(item, field.data, data)
        except InvalidAnswer as error:
            problems[item.id] = _(str(error))
    return Sent(offers, problems)


_forms: dict[tuple[str, tuple[int, ...]], type[Form]] = {}
REMEMBERED_FORMS = 64


def _form(asked: AskedRound, items: list[AskedItem]) -> type[Form]:
    """A form class with one field per item, each from its kind; whole pages keep theirs."""
    if len(items) < len(asked.items):
        return _make_form(items)
    key = (asked.study, tuple(item.id for item in items))
    if key not in _forms:
        if len(_forms) >= REMEMBERED_FORMS:
            _forms.clear()
        _forms[key] = _make_form(items)
    return _forms[key]


def _make_form(items: list[AskedItem]) -> type[Form]:
    return type("AnswersForm", (Form,), {f"a-{item.id}": item.kind.field() for item in items})


def _offer(item: AskedItem, value: object, data: MultiDict[str, str]) -> Offer:
    """One item's answer and comment with the versions the page was based on."""
    # A page without script sends no field at all for a scale on which nothing is chosen; when it
    # sends the item's version it speaks of the item, so that counts as "nothing chosen".
    answer = item.kind.read(value)
    item.kind.check(answer)
    comment = data.get(f"c-{item.id}") if item.kind.takes_comment else None
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise InvalidAnswer(COMMENT_TOO_LONG)
    seen, comment_seen = versions(data.get(f"v-{item.id}", ""))
    return Offer(answer=answer, comment=comment, seen=seen, comment_seen=comment_seen)


def versions(text: str) -> tuple[int, int]:
    """The versions of answer and comment that a page shows: "2.1". Anything else is "0.0"."""
    match = re.fullmatch(r"(\d{1,6})\.(\d{1,6})", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)
