"""The record of a study's rules for a registry: on a page, as Markdown, and as the bytes that were hashed."""

from __future__ import annotations

from dataclasses import fields
from http import HTTPStatus
from typing import Any

from flask import Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue

from surveys.delphi.stored import canonical, fingerprint
from surveys.models.base import db
from surveys.models.round import Round
from surveys.queries import locked, protocols
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.locale import own_name, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import round_or_404
from surveys.web.researchers.rules_in_words import bands_in_words, change_lines

JSON = "application/json; charset=utf-8"


@researchers.get("/<study>/protocol/record")
def protocol_record() -> ResponseReturnValue:
    """Everything a study registry asks for on one page, to print or to keep."""
    return render_template("researchers/record.html", **record_told(), audience="researcher")


@researchers.get("/<study>/protocol/record.md")
def protocol_record_text() -> ResponseReturnValue:
    """The same as Markdown."""
    return leaving(
        render_template("researchers/record.txt", **record_told()), "text/markdown", "record.md"
    )


@researchers.get("/<study>/protocol/record.json")
def protocol_record_json() -> ResponseReturnValue:
    """The canonical text of the locked protocol: the bytes whose SHA-256 is on record."""
    record = protocols.record(db.session, g.study)
    wanted = request.args.get("amendment", "0")
    texts = {"0": record.text}
    texts.update({str(one.number): canonical(one.after.to_json()) for one in record.changes})
    if wanted not in texts:
        abort(HTTPStatus.NOT_FOUND)
    name = "protocol.json" if wanted == "0" else f"protocol-amendment-{wanted}.json"
    return leaving(texts[wanted], JSON, name)


@researchers.get("/<study>/protocol/items-round-<int:number>.json")
def items_record(number: int) -> ResponseReturnValue:
    """The canonical text of what is asked in a round: the bytes whose SHA-256 is on record."""
    found: Round = round_or_404(number)
    return leaving(
        canonical(locked.round_items(db.session, found)),
        JSON,
        f"items-round-{number}.json",
    )


def leaving(text: str, kind: str, name: str) -> Response:
    """A text as a file, byte for byte."""
    prefix = "simulated-" if g.study.simulated else ""
    file_name = f"rondo-{prefix}{g.study.public_id}-{name}"
    return attached(text.encode(), file_name, kind)


def record_told() -> dict[str, Any]:
    """What the record says, in English and in the language of the page."""
    record = protocols.record(db.session, g.study)
    locale = page_language()
    languages = ["en"] if locale == "en" else ["en", locale]
    return {
        "record": record,
        "languages": [
            (language, own_name(language), record.locked.sentences(language))
            for language in languages
        ],
        "bands": bands_in_words(record.locked.scale, locale),
        "changes": change_lines(record.changes, locale),
        "rounds": record.rounds,
        "last": record.locked.stopping.max_rounds,
        "hash_in_force": fingerprint(record.in_force.to_json()),
        "fields_of_the_protocol": [part.name for part in fields(record.locked)],
        "written_at": now(),
    }
