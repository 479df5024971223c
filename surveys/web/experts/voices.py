"""What other experts wrote, side by side and in the reader's language, for macros/voices.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from surveys.delphi.voices import Side
from surveys.web.filters import language_name
from surveys.web.locale import page_language


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment as it is read."""

    text: str
    # Of the text as it stands here; empty where it is the reader's.
    language: str
    experts: int
    # What it was translated from: the sentence that says so, the original and its language.
    translated: str = ""
    original: str = ""
    original_language: str = ""
    # Says in which language it is, where the reader may not know it.
    foreign: str = ""


@dataclass(frozen=True, slots=True)
class SideOfIt:
    """The comments of one side: those that stand open, and those that are unfolded."""

    key: str
    name: str
    rated: str
    tally: str
    first: tuple[Remark, ...]
    rest: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Voices:
    """All comments on one item."""

    sides: tuple[SideOfIt, ...]
    total: int
    folded: int

    @property
    def apart(self) -> bool:
        """Whether there are sides to tell apart: a comment without a rating takes none."""
        return any(side.key != Side.OTHER for side in self.sides)


# What a launched round feeds back never changes, and drawing it costs more than all else on a page:
# each item's comments are drawn once per process and language, as long as they are the same object.
REMEMBERED = 4_096
_drawn: dict[tuple[int, str, str], tuple[Sequence[Mapping[str, Any]], Markup]] = {}


def drawn(
    item_id: int, comments: Sequence[Mapping[str, Any]], language: str, spans: Mapping[str, str]
) -> Markup:
    """The comments on one item as HTML, for a reader of ``language``; empty where there are none."""
    if not comments:
        return Markup("")
    key = (item_id, language, page_language())
    before = _drawn.get(key)
    if before is not None and before[0] is comments:
        return before[1]
    macros: Any = current_app.jinja_env.get_template("macros/voices.html").module
    html: Markup = macros.all(heard(comments, language, spans), item_id, page_language())
    if len(_drawn) >= REMEMBERED:
        _drawn.clear()
    _drawn[key] = (comments, html)
    return html


def heard(comments: Sequence[Mapping[str, Any]], language: str, spans: Mapping[str, str]) -> Voices:
    """Put stored comments into a reader's language.

    spans : the points of each side's band, by side: "4–5". Sheets of rounds that were launched before
    comments had sides hold a text and its language alone; all of them then stand open.
    """
    by_side: dict[str, tuple[list[Remark], list[Remark]]] = {}
    for comment in comments:
        first, rest = by_side.setdefault(comment.get("side", Side.OTHER), ([], []))
        (first if comment.get("open", True) else rest).append(_remark(comment, language))
    sides = []
    for side in (side for side in Side if side in by_side):
        first, rest = by_side[side]
        span, count = spans.get(side, ""), len(first) + len(rest)
        name, tally = _named(side, count)
        sides.append(
            SideOfIt(
                side.value,
                name,
                _("rated %(span)s", span=span) if span else "",
                tally,
                tuple(first),
                tuple(rest),
            )
        )
    return Voices(tuple(sides), len(comments), sum(len(side.rest) for side in sides))


def _named(side: Side, count: int) -> tuple[str, str]:
    """What a side is called as a heading, and with the number of its comments."""
    if side is Side.FOR:
        return _("For"), _("%(count)s for", count=count)
    if side is Side.AGAINST:
        return _("Against"), _("%(count)s against", count=count)
    return _("Other remarks"), _("%(count)s other", count=count)


def _remark(comment: Mapping[str, Any], language: str) -> Remark:
    text, spoken, experts = comment["text"], comment["language"], comment.get("experts", 1)
    if not spoken or spoken == language:
        return Remark(text, "", experts)
    own = comment.get("said_in", {}).get(language)
    if own is None:
        return Remark(
            text, spoken, experts, foreign=_("in %(language)s", language=language_name(spoken))
        )
    return Remark(
        own,
        "",
        experts,
        translated=_(
            "Translated from %(language)s by the research team", language=language_name(spoken)
        ),
        original=text,
        original_language=spoken,
    )
