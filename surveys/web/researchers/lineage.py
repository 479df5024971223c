"""The lineage of a study, drawn: rounds are columns, wordings are boxes, acts are lines."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import abort, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from surveys.delphi.consensus import Verdict
from surveys.models.base import db
from surveys.queries import ancestry, questionnaire
from surveys.queries.ancestry import Edge, Lineage, Link, Node
from surveys.web.locale import page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_EXPORT
from surveys.web.researchers.words import KEYS, say, verdict_names

# In the drawing's own units, which are CSS pixels.
BOX, GAP, LINE, PAD, TOP, EDGE = 208, 92, 18, 10, 44, 14
# Signs that fit on a line of a box at the drawing's size, with room for wide ones.
ON_A_LINE = 26
WIDER = 44


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a box."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Box:
    """One wording, placed."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: Sequence[Line]
    look: str
    title: str


@dataclass(frozen=True, slots=True)
class Path:
    """One line from box to box."""

    link: str
    d: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, with its size."""

    width: float
    height: float
    columns: Sequence[tuple[float, str]]
    boxes: Sequence[Box]
    paths: Sequence[Path]
    line: int = LINE
    pad: int = PAD


def names_of_links() -> dict[Link, str]:
    """What each act is called."""
    return {
        Link.NEW: _("new"),
        Link.KEPT: _("same words"),
        Link.REWORDED: _("reworded, same meaning"),
        Link.CHANGED: _("meaning changed"),
        Link.SPLIT: _("split"),
        Link.MERGED: _("merged"),
        Link.LEFT: _("left the study"),
    }


def act_in_words(edges: Sequence[Edge]) -> str:
    """How a wording came to stand where it stands."""
    link = edges[0].link
    codes = ", ".join(edge.before.code for edge in edges if edge.before)
    if link is Link.SPLIT:
        return _("part of %(codes)s", codes=codes)
    if link is Link.MERGED:
        return _("merged from %(codes)s", codes=codes)
    return names_of_links()[link]


def drawn(lineage: Lineage, *, with_wording: bool) -> Drawing:
    """Place every wording: a column for its round, a row for its statement, parts below their whole."""
    names = {one.value: name for one, name in verdict_names(g.study, page_language()).items()}
    into: dict[int, list[Edge]] = {}
    left = {edge.before.place for edge in lineage.edges if edge.link is Link.LEFT and edge.before}
    for edge in lineage.edges:
        if edge.after:
            into.setdefault(edge.after.place, []).append(edge)
    width, on_a_line = (BOX * 1.6, WIDER) if with_wording else (BOX, ON_A_LINE)
    lines = {
        node.place: lines_of(
            node, into.get(node.place, []), node.place in left, names, on_a_line, with_wording
        )
        for node in lineage.nodes
    }
    rows = in_rows(lineage)
    heights = dict.fromkeys(rows, 0.0)
    for node in lineage.nodes:
        heights[node.item_id] = max(heights[node.item_id], len(lines[node.place]) * LINE + 2 * PAD)
    tops, at = {}, float(TOP)
    for item_id in rows:
        tops[item_id] = at
        at += heights[item_id] + 14
    x = {number: EDGE + place * (width + GAP) for place, number in enumerate(lineage.rounds)}
    boxes = {
        node.place: Box(
            node,
            x[node.round_number],
            tops[node.item_id],
            width,
            len(lines[node.place]) * LINE + 2 * PAD,
            lines[node.place],
            "draft" if node.draft else KEYS[Verdict(node.verdict)] if node.verdict else "few",
            f"{node.code}: {say(dict(node.wording))}",
        )
        for node in lineage.nodes
    }
    paths = [
        Path(edge.link.name.lower(), curve(boxes[edge.before.place], boxes[edge.after.place]))
        for edge in lineage.edges
        if edge.before and edge.after and edge.before.place in boxes and edge.after.place in boxes
    ]
    return Drawing(
        2 * EDGE + len(x) * (width + GAP) - GAP,
        at,
        [(x[number], _("Round %(number)s", number=number)) for number in lineage.rounds],
        list(boxes.values()),
        paths,
    )


def lines_of(
    node: Node,
    edges: Sequence[Edge],
    left: bool,
    names: Mapping[str, str],
    on_a_line: int,
    with_wording: bool,
) -> list[Line]:
    """What stands in a box, wrapped so that nothing is cut."""
    verdict = (
        _("not launched yet") if node.draft else names.get(node.verdict or "", _("not judged"))
    )
    found = [Line(node.code, "node-code")]
    if with_wording:
        found += wrapped(say(dict(node.wording)), "node-words", on_a_line)
    found += wrapped(verdict, "node-verdict", on_a_line)
    if edges:
        found += wrapped(act_in_words(edges), "act-said", on_a_line)
    if left:
        found += wrapped(_("left after this round"), "act-said", on_a_line)
    return found


def wrapped(text: str, kind: str, on_a_line: int) -> list[Line]:
    """A text as lines that fit."""
    return [Line(part, kind) for part in textwrap.wrap(text, on_a_line)]


def in_rows(lineage: Lineage) -> list[int]:
    """The statements from top to bottom: in the order they were asked, what was made beside its source."""
    parents: dict[int, int] = {}
    for edge in lineage.edges:
        if edge.before and edge.after and edge.before.item_id != edge.after.item_id:
            parents.setdefault(edge.after.item_id, edge.before.item_id)
    rows: list[int] = []
    for node in sorted(lineage.nodes, key=lambda one: (one.round_number, one.position)):
        if node.item_id in rows:
            continue
        source = parents.get(node.item_id)
        if source not in rows:
            rows.append(node.item_id)
            continue
        place = rows.index(source) + 1
        while place < len(rows) and parents.get(rows[place]) == source:
            place += 1
        rows.insert(place, node.item_id)
    return rows


def curve(one: Box, other: Box) -> str:
    """From the right side of a box to the left side of another."""
    x1, y1 = one.x + one.width, one.y + one.height / 2
    x2, y2 = other.x, other.y + other.height / 2
    if y1 == y2:
        return f"M{x1:.0f} {y1:.1f}H{x2:.0f}"
    bend = (x2 - x1) / 2
    return f"M{x1:.0f} {y1:.1f}C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One act in words: a row of the table that says what the drawing shows."""

    code: str
    wording: str
    round_number: int
    act: str
    why: str
    sources: int
    verdict: str
    paired: bool
    refused: bool


def said(edges: Sequence[Edge]) -> list[Fact]:
    """The same facts as a table: one row for each wording, and for each statement that left."""
    names = {one.value: name for one, name in verdict_names(g.study, page_language()).items()}
    found: dict[tuple[int, bool], list[Edge]] = {}
    for edge in edges:
        node = edge.after or edge.before
        if node is not None:
            found.setdefault((node.place, edge.after is None), []).append(edge)
    facts = []
    for together in found.values():
        edge = together[0]
        node = edge.after or edge.before
        if node is None:
            continue
        facts.append(
            Fact(
                node.code,
                say(dict(node.wording)),
                edge.round_number,
                act_in_words(together),
                reason_of(edge),
                edge.sources,
                names.get(node.verdict or "", "") if edge.after else "",
                edge.paired,
                edge.link in (Link.SPLIT, Link.MERGED, Link.CHANGED),
            )
        )
    return facts


def reason_of(edge: Edge) -> str:
    """Why, in the language of the page, or in the words of the team."""
    if "" in edge.reasons:
        return edge.reasons[""]
    return questionnaire.in_language(edge.reasons, page_language(), g.study.default_language)


@researchers.get("/<study>/lineage")
def lineage() -> ResponseReturnValue:
    """Every statement of the study, or those of one theme."""
    whole = ancestry.of_study(db.session, g.study)
    themes = list(dict.fromkeys(node.theme for node in whole.nodes))
    theme = request.args.get("theme", "")
    shown = whole.only(lambda node: (node.theme or "") == theme) if theme in themes else whole
    return page_of(shown, "", themes=[one for one in themes if one], theme=theme)


@researchers.get("/<study>/lineage/<code>")
def lineage_of(code: str) -> ResponseReturnValue:
    """One statement: what it was made from, and what became of it, with all wordings."""
    shown = ancestry.of_study(db.session, g.study).around(code)
    if not shown.nodes:
        abort(HTTPStatus.NOT_FOUND)
    return page_of(shown, code)


def page_of(
    shown: Lineage, code: str, *, themes: Sequence[str] = (), theme: str = ""
) -> ResponseReturnValue:
    """The drawing, its key, and the table that says the same."""
    counts = {
        link: sum(edge.link is link for edge in shown.edges)
        for link in Link
        if any(edge.link is link for edge in shown.edges)
    }
    return render_template(
        "researchers/lineage.html",
        drawing=drawn(shown, with_wording=bool(code)) if shown.nodes else None,
        facts=said(shown.edges),
        links=names_of_links(),
        counts=counts,
        code=code,
        themes=themes,
        theme=theme,
        rounds=shown.rounds,
        statements=len({node.item_id for node in shown.nodes}),
        may_export=g.role in MAY_EXPORT,
        audience="researcher",
    )
