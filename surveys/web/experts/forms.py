"""From a posted page to answers: WTForms says whether each has the shape of an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form

from surveys.items import InvalidAnswer
from surveys.queries.questionnaire import AskedItem, AskedRound
from surveys.services.responding import COMMENT_TOO_LONG, LONGEST_COMMENT, Offer
from surveys.web.locale import in_words

# "a-12" answers item 12; kinds with several fields name the others "a-12-other", "a-12-s3-rank".
_FIELD = re.compile(r"[acv]-(\d{1,12})(?:-[a-z0-9_]{1,40}){0,2}")


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
    if not spoken <= {item.id for item in asked.asking}:
        raise UnknownItem
    items = [asked.by_id[number] for number in sorted(spoken)]
    reader = _reader(asked, items)
    form = reader.form(data)
    form.validate()
    offers, problems = {}, {}
    for item in items:
        fields = {suffix: form[f"a-{item.id}{suffix}"] for suffix in reader.suffixes[item.id]}
        if any(field.errors for field in fields.values()):
            problems[item.id] = _("This is not one of the answers offered here.")
            continue
        try:
            offers[item.id] = _offer(item, {s: field.data for s, field in fields.items()}, data)
        except InvalidAnswer as error:
            problems[item.id] = in_words(error.sentence)
    return Sent(offers, problems)


@dataclass(frozen=True, slots=True)
class _Reader:
    """A form class for some items, and which fields belong to which."""

    form: type[Form]
    suffixes: Mapping[int, tuple[str, ...]]


_readers: dict[tuple[str, tuple[int, ...]], _Reader] = {}
REMEMBERED_FORMS = 512


def _reader(asked: AskedRound, items: list[AskedItem]) -> _Reader:
    """The reader for these items; whole pages and single items keep theirs, because they come often."""
    if 1 < len(items) < len(asked.asking):
        return _make_reader(items)
    key = (asked.study, tuple(item.id for item in items))
    reader = _readers.get(key)
    if reader is None:
        if len(_readers) >= REMEMBERED_FORMS:
            _readers.clear()
        reader = _readers[key] = _make_reader(items)
    return reader


def _make_reader(items: list[AskedItem]) -> _Reader:
    fields = {item.id: item.kind.fields() for item in items}
    named = {
        f"a-{number}{suffix}": field
        for number, of_item in fields.items()
        for suffix, field in of_item.items()
    }
    return _Reader(
        type("AnswersForm", (Form,), named),
        {number: tuple(of_item) for number, of_item in fields.items()},
    )


def _offer(item: AskedItem, values: Mapping[str, Any], data: MultiDict[str, str]) -> Offer:
    """One item's answer and comment with the versions the page was based on."""
    # A page without script sends no field at all for a scale on which nothing is chosen; when it
    # sends the item's version it speaks of the item, so that counts as "nothing chosen".
    answer = item.kind.read(values)
    item.kind.check(answer)
    comment = data.get(f"c-{item.id}") if item.takes_comment else None
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise InvalidAnswer(COMMENT_TOO_LONG)
    seen, comment_seen = versions(data.get(f"v-{item.id}", ""))
    return Offer(answer=answer, comment=comment, seen=seen, comment_seen=comment_seen)


def versions(text: str) -> tuple[int, int]:
    """The versions of answer and comment that a page shows: "2.1". Anything else is "0.0"."""
    match = re.fullmatch(r"(\d{1,6})\.(\d{1,6})", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)
