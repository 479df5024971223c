"""The audit trail, page by page and in words: what is stored are codes, the same for every reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from surveys.delphi.carrying import Proposal
from surveys.delphi.expertise import AskedAbout
from surveys.items.base import N_
from surveys.models.audit import AuditEvent
from surveys.models.base import db
from surveys.queries import trail as reads
from surveys.services.identities import PURPOSE_NAMES
from surveys.web.filters import moment
from surveys.web.locale import page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.paging import asked_for

# What is stored as the act is the text in the catalogues: English needs no second list.
ACTS = (
    N_("choice made"),
    N_("colleague asked in"),
    N_("comment approved"),
    N_("comment hidden"),
    N_("comment placed"),
    N_("comment reworded"),
    N_("comment shown"),
    N_("comments merged"),
    N_("comments told apart"),
    N_("consent given"),
    N_("consent text changed"),
    N_("condition set"),
    N_("data exported"),
    N_("design exported"),
    N_("decision made"),
    N_("draft thrown away"),
    N_("evidence attached"),
    N_("evidence taken off"),
    N_("decision taken back"),
    N_("answers entered"),
    N_("dry run begun"),
    N_("dry run thrown away"),
    N_("pilot begun"),
    N_("pilot thrown away"),
    N_("study archived"),
    N_("study brought back"),
    N_("study duplicated"),
    N_("consent recorded"),
    N_("expert added"),
    N_("expertise asked"),
    N_("expert removed"),
    N_("experts imported"),
    N_("expert withdrew"),
    N_("group added"),
    N_("group changed"),
    N_("interests declared"),
    N_("identifying data exported"),
    N_("identity corrected"),
    N_("identities viewed"),
    N_("language changed"),
    N_("link replaced"),
    N_("link sent"),
    N_("mail resumed"),
    N_("mail stopped"),
    N_("mail text changed"),
    N_("mail text taken back"),
    N_("mail tried again"),
    N_("merge taken back"),
    N_("lost link sent"),
    N_("names exported"),
    N_("origins noted"),
    N_("own data taken"),
    N_("passkey kept"),
    N_("passkey removed"),
    N_("order of items set"),
    N_("password set"),
    N_("protocol amended"),
    N_("protocol locked"),
    N_("profile field added"),
    N_("profile field changed"),
    N_("profile field removed"),
    N_("profile filled in"),
    N_("question about interests changed"),
    N_("question about naming changed"),
    N_("receipt checked"),
    N_("reminder queued"),
    N_("reminders as the study"),
    N_("reminders planned"),
    N_("result mail queued"),
    N_("round analysed"),
    N_("round closed"),
    N_("round extended"),
    N_("round launched"),
    N_("round prepared"),
    N_("round reopened"),
    N_("role changed"),
    N_("role taken back"),
    N_("round submitted"),
    N_("second factor changed"),
    N_("rules chosen"),
    N_("settings filled in"),
    N_("sign-in link asked for"),
    N_("statement added"),
    N_("statement returned"),
    N_("statement reworded"),
    N_("statement split"),
    N_("statement taken out"),
    N_("statements merged"),
    N_("step undone"),
    N_("statements added from a spreadsheet"),
    N_("study created"),
    N_("wish about naming noted"),
    N_("group added"),
    N_("group edited"),
    N_("group removed"),
    N_("groups ordered"),
    N_("hint put aside"),
    N_("item added"),
    N_("item duplicated"),
    N_("item edited"),
    N_("item put back"),
    N_("items added"),
    N_("items ordered"),
    N_("language added"),
    N_("language removed"),
    N_("round added"),
    N_("round described"),
    N_("round removed"),
    N_("scale set"),
    N_("study described"),
    N_("theme added"),
    N_("theme edited"),
    N_("theme removed"),
    N_("themes ordered"),
    N_("translation kept"),
    N_("translation taken back"),
)
DETAILS = {
    "against_rule": N_("against the rule"),
    "against_stopping_rule": N_("against the stopping rule"),
    "as_item": N_("as"),
    "about": N_("about"),
    "analysis": N_("analysis"),
    "answer": N_("answer no."),
    "answers": N_("answers"),
    "channel": N_("given"),
    "before": N_("before"),
    "changed": N_("changed"),
    "chosen": N_("chosen"),
    "closes_at": N_("open until"),
    "colleague": N_("colleague"),
    "comment": N_("comment no."),
    "comments_withheld": N_("comments withheld"),
    "decision": N_("decision"),
    "days": N_("days before the end"),
    "earlier_answers": N_("earlier answers"),
    "expert": N_("expert"),
    "experts": N_("experts"),
    "file": N_("file"),
    "from_answers": N_("from answers"),
    "form": N_("form"),
    "field": N_("field"),
    "fields": N_("fields"),
    "found": N_("found"),
    "identifies": N_("may identify"),
    "left_out": N_("left out"),
    "group": N_("group"),
    "hash": "SHA-256",
    "into": N_("into no."),
    "invited": N_("invited"),
    "item": N_("item"),
    "items": N_("items"),
    "kind_of_item": N_("kind"),
    "language": N_("language"),
    "leaving": N_("leaving"),
    "made": N_("made"),
    "meaning": N_("meaning"),
    "mode": N_("mode"),
    "moved": N_("under another theme"),
    "message": N_("message"),
    "number": N_("number"),
    "open": N_("still to be filled in"),
    "order": N_("order"),
    "parts": N_("parts"),
    "place": N_("place"),
    "purpose": N_("what for"),
    "note": N_("remark"),
    "told": N_("told"),
    "proposed": N_("proposed"),
    "points": N_("points"),
    "random_in": N_("random within"),
    "reason": N_("reason"),
    "redrawn": N_("split or merged"),
    "returning": N_("returning"),
    "revision": N_("revision"),
    "role": N_("role"),
    "round": N_("round"),
    "rows": N_("rows"),
    "seed": N_("seed"),
    "statements": N_("statements"),
    "steps": N_("steps"),
    "study": N_("study"),
    "table": N_("table"),
    "undone": N_("undone"),
    "taken_at": N_("given on"),
    "theme": N_("theme"),
    "until": N_("open until"),
    "version": N_("version"),
}
ACTORS = {
    "researcher": N_("researcher"),
    "expert": N_("expert"),
    "system": N_("Rondo itself"),
    "simulation": N_("simulation"),
}
VALUES = {
    "classical": N_("classical"),
    "real_time": N_("in real time"),
    "yes": N_("yes"),
    "no": N_("no"),
    "keep": N_("kept"),
    "erase": N_("erased"),
    "first": N_("first"),
    "folded": N_("folded"),
    "by the rule": N_("by the rule"),
    "kept": N_("kept"),
    "changed": N_("changed"),
    "finish": N_("finish"),
    "go on": N_("go on"),
    "returns": N_("returns"),
    "leaves": N_("leaves"),
    "page": N_("page"),
    "picture": N_("picture"),
    "mail": N_("by mail"),
    "telephone": N_("by telephone"),
    "otherwise": N_("in another way"),
    "phone": N_("by phone"),
    "paper": N_("on paper"),
    "other": N_("in another way"),
    "text": N_("text"),
    "invitation": N_("invitation"),
    "next": N_("invitation to a later round"),
    "reminder": N_("reminder"),
    "receipt": N_("receipt"),
    "result": N_("result"),
    "link": N_("lost link"),
}
PURPOSES = {purpose.value: name for purpose, name in PURPOSE_NAMES.items()}
# Details whose values are codes with a text of their own.
VALUED = frozenset(
    {
        "against_stopping_rule",
        "channel",
        "message",
        "chosen",
        "decision",
        "earlier_answers",
        "mode",
        "form",
        "found",
        "identifies",
        "meaning",
        "place",
        "told",
    }
)
MOMENTS = ("closes_at", "until", "taken_at")
LONGEST_HASH = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a researcher reads it."""

    at: datetime
    who: str
    act: str
    details: str


@researchers.get("/<study>/trail")
def audit_trail() -> ResponseReturnValue:
    """Every act of the study, all kinds or one, page by page."""
    counted = reads.acts(db.session, g.study.id)
    shown = request.args.get("act", "")
    if shown not in counted:
        shown = ""
    total = counted[shown] if shown else sum(counted.values())
    sheet = asked_for(total)
    events = reads.events(db.session, g.study.id, act=shown, after=sheet.after, most=sheet.most)
    return render_template(
        "researchers/trail.html",
        acts=in_words(events, whole=True),
        kinds=sorted((_(act), act, count) for act, count in counted.items()),
        shown=shown,
        sheet=sheet,
        audience="researcher",
    )


def in_words(events: Iterable[AuditEvent], *, whole: bool = False) -> list[Line]:
    """The events in the language of the page; ``whole`` with their lists, else only how long they are."""
    return [
        Line(
            event.at,
            actor_in_words(event.actor),
            _(event.act),
            details_in_words(event.details, whole=whole),
        )
        for event in events
    ]


def actor_in_words(actor: str) -> str:
    """Who did it: "researcher:1" as "researcher 1"."""
    kind, _colon, which = actor.partition(":")
    return f"{_(ACTORS.get(kind, kind))} {which}".rstrip()


def details_in_words(details: Mapping[str, Any], *, whole: bool = False) -> str:
    """Codes and numbers with their names. A list is given ``whole``, or by how many it holds."""
    return ", ".join(
        f"{_(DETAILS.get(name, name.replace('_', ' ')))} {_value(name, value, whole)}"
        for name, value in details.items()
        if isinstance(value, str | int | list) and value not in ("", [])
    )


def _value(name: str, value: str | int | list[Any], whole: bool) -> str:
    if isinstance(value, list):
        # Codes can be read; numbers of rows cannot, only how many they are.
        codes = [one for one in value if isinstance(one, str)]
        return f"({', '.join(codes)})" if whole and codes else str(len(value))
    if name in MOMENTS:
        return moment(datetime.fromisoformat(str(value)))
    if name == "hash":
        return str(value)[:LONGEST_HASH]
    if name == "about":
        return AskedAbout(str(value)).name_in(page_language())
    if name == "purpose":
        return _(PURPOSES.get(str(value), str(value)))
    if name == "undone":
        return f"({_(str(value))})"
    if name == "proposed":
        return Proposal(str(value)).name_in(page_language())
    if name in VALUED:
        return _(VALUES.get(str(value), str(value)))
    return str(value)
