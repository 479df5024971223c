"""From what a new statement was made, with the expert's own earlier ratings: for information alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from surveys.delphi.answer import Answer
from surveys.delphi.descent import Descent
from surveys.delphi.feedback import Shown
from surveys.delphi.wording import all_of
from surveys.queries.questionnaire import Ancestor, AskedItem, StudyText
from surveys.web.experts.feedback import FeedbackSheet, Viewer, feedback_sheet
from surveys.web.filters import spoken
from surveys.web.locale import page_language


@dataclass(frozen=True, slots=True)
class ShownAncestor:
    """One statement it was made from, as the expert rated it and the group did."""

    code: str
    wording: StudyText
    # The expert's own rating in words; empty where there is none, or where none is shown.
    own: str
    sheet: FeedbackSheet | None


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What is told above a statement that was split off or merged."""

    split: bool
    codes: str
    since: int
    reason: StudyText
    ancestors: tuple[ShownAncestor, ...]


def feeds_back(item: AskedItem) -> bool:
    """Whether figures of the round before are shown with an item: its own, or of what it was made from."""
    ancestors = item.ancestry.ancestors if item.ancestry else ()
    return bool(item.sheet) or any(ancestor.sheet for ancestor in ancestors)


def made_from(
    item: AskedItem, earlier: Mapping[int, Answer], viewer: Viewer | None
) -> MadeFrom | None:
    """From what an item was made, as one expert sees it; None for one that was not."""
    told = item.ancestry
    if told is None:
        return None
    return MadeFrom(
        told.act is Descent.SPLIT,
        all_of([ancestor.code for ancestor in told.ancestors], page_language()),
        told.since,
        told.reason,
        tuple(
            shown(item, ancestor, earlier.get(ancestor.place), viewer)
            for ancestor in told.ancestors
        ),
    )


def shown(
    item: AskedItem, ancestor: Ancestor, answer: Answer | None, viewer: Viewer | None
) -> ShownAncestor:
    """One of them, by the policy under which the expert sees feedback."""
    own, sheet = "", None
    if viewer is not None:
        language = ancestor.kind_language
        if answer is not None and Shown.OWN_RATING in viewer.policy.shows:
            words = ancestor.kind.in_words(answer, language)
            own = spoken(words, language)
            point = "" if answer.value is None else f"{answer.value:g}"
            if point and not words.startswith(point):
                own = Markup("{} ({})").format(point, own)
        rated = replace(item, kind=ancestor.kind, sheet=ancestor.sheet)
        if ancestor.sheet and ancestor.kind.rating_scale is not None:
            sheet = feedback_sheet(rated, answer, language, viewer)
    return ShownAncestor(ancestor.code, ancestor.wording, own, sheet)
