"""The stored feedback sheet, put into the expert's language with their own earlier rating."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _
from markupsafe import Markup

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.scale import Band, Scale
from surveys.delphi.voices import Side as VoiceSide
from surveys.queries.feedback import narrowed
from surveys.queries.questionnaire import AskedItem
from surveys.web.experts.access import visit
from surveys.web.experts.voices import drawn
from surveys.web.filters import spoken
from surveys.web.locale import page_language


@dataclass(frozen=True, slots=True)
class OwnRating:
    """What the expert rated before."""

    value: int
    name: str


@dataclass(frozen=True, slots=True)
class Side:
    """How many rated in an outer band."""

    count: int
    share_text: str
    span: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """How one stakeholder group rated."""

    name: str
    n: int
    counts: tuple[tuple[int, str, int], ...]
    high: Side
    low: Side
    median_text: str


@dataclass(frozen=True, slots=True)
class FeedbackSheet:
    """What items/<kind>/feedback.html draws."""

    own: OwnRating | None
    # The earlier answer in words: of kinds without a rating scale, and "unable to judge".
    own_words: str
    suppressed: bool
    smallest: int
    counts: tuple[tuple[int, str, int], ...] = ()
    n: int = 0
    high: Side | None = None
    low: Side | None = None
    median: float | None = None
    lower: float | None = None
    upper: float | None = None
    median_text: str = ""
    middle_text: str = ""
    comments: Sequence[Mapping[str, Any]] = ()
    # What kinds without a rating scale draw themselves.
    drawn: Mapping[str, Any] | None = None
    # The middle half as it was shown; None where it was not.
    middle: tuple[float, float] | None = None
    # Whether the numbers are those of the expert's own stakeholder group.
    own_group: bool = False
    # The groups it is shown together with, where it is too small to stand alone.
    own_with: tuple[str, ...] = ()
    groups: tuple[GroupLine, ...] = ()
    # Groups that are not shown: too small together, or nobody of them answered.
    withheld: tuple[str, ...] = ()
    # Whether the numbers are those of the round that is open, beside the expert's present answer.
    now: bool = False
    # The round whose figures stand, where those of the last round would tell of too few people.
    of_round: int | None = None
    # The points of the band from which comments for and against come: "4–5", "1–2".
    spans: Mapping[str, str] = field(default_factory=dict)

    def others_said(self, item_id: int) -> Markup:
        """The comments by side, in the reader's language, as they are drawn."""
        return drawn(item_id, self.comments, visit().language, self.spans)


@dataclass(frozen=True, slots=True)
class Viewer:
    """What decides which part of a sheet an expert sees."""

    policy: FeedbackPolicy
    group: str
    group_names: Mapping[str, str]


def feedback_sheet(
    item: AskedItem, earlier: Answer | None, language: str, viewer: Viewer
) -> FeedbackSheet | None:
    """Compose the sheet of one item for one expert; None where nothing is fed back to them.

    language : of the item's own texts; the sentences around them are in the page's.
    """
    kind = item.kind
    sheet = narrowed(item.sheet, viewer.policy, viewer.group) if item.sheet else None
    if sheet is None:
        return None
    scale = kind.rating_scale
    if scale is None:
        own_words = spoken(kind.in_words(earlier, language), language) if earlier else ""
        if sheet["suppressed"]:
            return FeedbackSheet(None, own_words, True, sheet["smallest"])
        drawn = kind.feedback(sheet["numbers"], earlier, language, viewer.policy)
        if drawn is None:
            return None
        return FeedbackSheet(
            own=None,
            own_words=own_words,
            suppressed=False,
            smallest=sheet["smallest"],
            n=sheet["n"],
            drawn=drawn,
            comments=sheet.get("comments", ()),
            of_round=sheet.get("of_round"),
        )
    names = dict(kind.face(language)["points"])
    shows = sheet.get("shows", [])
    own, own_words = None, ""
    if Shown.OWN_RATING.value in viewer.policy.shows:
        if earlier is not None and earlier.value is not None:
            own = OwnRating(int(earlier.value), kind.in_words(earlier, language))
        elif earlier is not None and earlier.missing is Missing.UNABLE:
            own_words = spoken(kind.in_words(earlier, language), language)
    if sheet["suppressed"]:
        return FeedbackSheet(own, own_words, True, sheet["smallest"])
    distribution = "counts" in sheet
    middle = Shown.MEDIAN.value in shows
    return FeedbackSheet(
        own=own,
        own_words=own_words,
        suppressed=False,
        smallest=sheet["smallest"],
        counts=_points(sheet, scale, names) if distribution else (),
        n=sheet["n"],
        high=_side(sheet, scale, Band.HIGH) if distribution else None,
        low=_side(sheet, scale, Band.LOW) if distribution else None,
        median=sheet["median"] if middle else None,
        lower=sheet["q1"],
        upper=sheet["q3"],
        median_text=format_decimal(sheet["median"]) if middle else "",
        middle_text=_middle(sheet),
        middle=(sheet["q1"], sheet["q3"]) if middle and sheet["q1"] is not None else None,
        comments=sheet.get("comments", ()),
        spans={
            side: scale.band_span(band, page_language())
            for side, band in ((VoiceSide.FOR, Band.HIGH), (VoiceSide.AGAINST, Band.LOW))
        },
        own_group=viewer.policy.whose is Whose.OWN_GROUP,
        own_with=_named(viewer, sheet.get("own_with", ())),
        groups=tuple(_group_lines(sheet, scale, names, viewer)),
        withheld=_named(viewer, sheet.get("withheld", ())),
        of_round=sheet.get("of_round"),
    )


def _named(viewer: Viewer, codes: Iterable[str]) -> tuple[str, ...]:
    """Stakeholder groups by their names."""
    return tuple(viewer.group_names.get(code, code) for code in codes)


def _group_lines(
    sheet: Mapping[str, Any], scale: Scale, names: Mapping[str, str], viewer: Viewer
) -> Iterator[GroupLine]:
    """Every group that stands alone, then those that are shown together."""
    lines = [
        (viewer.group_names.get(code, code), of) for code, of in sheet.get("groups", {}).items()
    ]
    if others := sheet.get("others"):
        together = ", ".join(_named(viewer, others["groups"]))
        lines.append((_("Others (%(groups)s)", groups=together), others))
    for name, numbers in lines:
        yield GroupLine(
            name,
            numbers["n"],
            _points(numbers, scale, names),
            _side(numbers, scale, Band.HIGH),
            _side(numbers, scale, Band.LOW),
            format_decimal(numbers["median"]),
        )


def _points(
    numbers: Mapping[str, Any], scale: Scale, names: Mapping[str, str]
) -> tuple[tuple[int, str, int], ...]:
    """Every point with its name and how many chose it."""
    return tuple(
        (point, names[str(point)], count)
        for point, count in zip(scale, numbers["counts"], strict=True)
    )


def _side(sheet: Mapping[str, Any], scale: Scale, band: Band) -> Side:
    share = sheet[f"share_{band.value}"]
    return Side(
        sheet[f"count_{band.value}"],
        format_percent(share) if share is not None else "",
        scale.band_span(band, page_language()),
    )


def _middle(sheet: Mapping[str, Any]) -> str:
    """The middle half of the ratings: "4 to 5", or one number where it has no width."""
    low, high = sheet["q1"], sheet["q3"]
    if low is None or high is None:
        return ""
    if low == high:
        return format_decimal(low)
    return _("%(low)s to %(high)s", low=format_decimal(low), high=format_decimal(high))
