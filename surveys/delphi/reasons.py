"""When an expert is asked, never made, to give a reason for a rating."""

from __future__ import annotations

from enum import StrEnum

from surveys.delphi.scale import Scale


class Asked(StrEnum):
    """Why a reason would tell the panel something."""

    OUTSIDE = "outside"  # the rating lies outside the middle half of the round before
    CROSSED = "crossed"  # the rating lies in another band than the expert's own earlier one


def reason_asked(
    rating: float,
    scale: Scale,
    *,
    middle: tuple[float, float] | None,
    earlier: float | None,
) -> Asked | None:
    """Say whether to ask for a reason; None where the rating raises no question.

    rating : the expert's rating now, a point of ``scale``.
    middle : first and third quartile of the group as the expert was shown them, ends included in
        the middle; None where they were not shown.
    earlier : the expert's own rating of the round before; None where there is none, or where it
        was not shown.

    Who moved to another band *and* stands outside the middle half is asked about the latter: the
    panel has read reasons for its middle and may never have read one against it.
    """
    if middle is not None and not middle[0] <= rating <= middle[1]:
        return Asked.OUTSIDE
    if earlier is not None and scale.band_of(rating) is not scale.band_of(earlier):
        return Asked.CROSSED
    return None
