"""What one expert is shown of the group while a round in real time is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template
from markupsafe import Markup

from surveys.delphi.answer import Answer
from surveys.models.base import db, transaction
from surveys.queries import feedback, live
from surveys.queries.live import Released
from surveys.queries.questionnaire import AskedItem, AskedRound, Given, OwnAnswers
from surveys.services import feeding, releasing
from surveys.web.clock import now
from surveys.web.experts.access import visit
from surveys.web.experts.feedback import FeedbackSheet, Viewer, feedback_sheet
from surveys.web.locale import page_language

NOT_YET = Given()
REMEMBERED_FIGURES = 2_048


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What items/group_so_far.html draws of one item."""

    id: int
    kind: str
    kind_language: str
    feedback: FeedbackSheet


@dataclass(frozen=True, slots=True)
class LiveItem:
    """The group so far on one item, as it is drawn; nothing while the item is not open."""

    html: Markup = Markup()
    feedback: FeedbackSheet | None = None


# A release is never changed, so what was drawn of it holds for whoever sees the same of it.
_drawn: dict[tuple[Any, ...], LiveItem] = {}


@dataclass(frozen=True, slots=True)
class Live:
    """The figures that one expert may see, read once for a page."""

    viewer: Viewer
    released: Mapping[int, Released]

    @property
    def newest(self) -> int:
        """The newest of these figures."""
        return max((one.release_id for one in self.released.values()), default=0)

    @property
    def tag(self) -> str:
        """What the page is up to date with."""
        return tag_of(self.newest, len(self.released), visit().language)

    @property
    def smallest(self) -> int:
        """How many answers must differ before figures change."""
        return self.viewer.policy.smallest_group

    def shows(self, item: AskedItem) -> bool:
        """Whether the group's figures on this item are shown once it is open."""
        return item.kind.sums_up

    def item(self, item: AskedItem, given: Given) -> LiveItem:
        """One item's figures, with the expert's present answer among them."""
        released = self.released.get(item.id)
        if released is None:
            return LiveItem()
        viewer, sheet = self.viewer, without_own(released.sheet, given.comment)
        key = (
            visit().study_public_id,
            released.release_id,
            page_language(),
            item.kind_language,
            viewer.policy,
            viewer.group,
            repr(given.answer),
            "" if sheet is released.sheet else given.comment,
        )
        if key not in _drawn:
            if len(_drawn) >= REMEMBERED_FIGURES:
                _drawn.clear()
            _drawn[key] = draw(replace(item, sheet=sheet), given.answer, viewer)
        return _drawn[key]


def draw(item: AskedItem, own: Answer | None, viewer: Viewer) -> LiveItem:
    """Draw the item's sheet for whoever has this answer and sees this much of it."""
    sheet = feedback_sheet(item, own, item.kind_language, viewer)
    if sheet is None:
        return LiveItem()
    sheet = replace(sheet, now=True)
    drawn = OpenItem(item.id, item.kind.kind, item.kind_language, sheet)
    html = render_template("items/group_so_far.html", item=drawn)
    return LiveItem(Markup(html), sheet)  # noqa: S704 - of our own template


def without_own(sheet: Mapping[str, Any], comment: str) -> Mapping[str, Any]:
    """A sheet without the comment that its reader wrote; what several said stays."""
    if not comment or "comments" not in sheet:
        return sheet
    others = [one for one in sheet["comments"] if one["experts"] > 1 or one["text"] != comment]
    return sheet if len(others) == len(sheet["comments"]) else {**sheet, "comments": others}


def tag_of(newest: int, opened: int, language: str) -> str:
    """A name for what an expert's page can show now: another one as soon as it can show more."""
    return f"{newest}.{opened}.{language}"


def live_of(asked: AskedRound, viewer: Viewer | None) -> Live | None:
    """The figures of a round in real time; None in other rounds, and for experts who see none."""
    if not asked.real_time or viewer is None or not viewer.policy.shows:
        return None
    return Live(viewer, live.released_to(db.session, visit().expert_id, asked.id))


def note_shown(asked: AskedRound, shown: Live, places: Collection[int]) -> None:
    """Keep what of the group was on the expert's screen now for the first time."""
    new = [
        shown.released[place].release_id
        for place in places
        if place in shown.released
        and shown.released[place].number
        and not shown.released[place].seen
    ]
    if not new:
        return
    expert_id, at = visit().expert_id, now()
    condition = feedback.condition_of(db.session, asked.id, expert_id)
    with transaction(db.session):
        releasing.note_shown(db.session, expert_id, new, at=at)
        if condition is not None and condition.first_shown_at is None:
            feeding.note_shown(db.session, condition.id, at=at)


def page_items(asked: AskedRound, section: int | None) -> tuple[AskedItem, ...]:
    """The items of a page: of one section, or of the whole round."""
    return tuple(
        item for part in asked.sections if section in (None, part.number) for item in part.items
    )


def given_to(own: OwnAnswers, item: AskedItem) -> Given:
    """The expert's present answer to an item."""
    return own.given.get(item.id, NOT_YET)
