"""What a study in the list waits for, in a sentence."""

from __future__ import annotations

from flask_babel import format_timedelta
from flask_babel import gettext as _

from surveys.delphi.round import RoundState
from surveys.queries.studies import StudyLine
from surveys.web.clock import now


def waiting(line: StudyLine) -> str:
    """What comes next in it: "Round 2 closes in 2 days: 7 of 12 have submitted."."""
    standing = line.round
    if standing is None:
        if not line.experts:
            return _("Not launched yet: it has no panel.")
        return _("Not launched yet: round %(number)s is next.", number=line.next_round or 1)
    numbers = {
        "number": standing.number,
        "submitted": standing.submitted,
        "invited": standing.invited,
    }
    if standing.state is RoundState.OPEN:
        if standing.closes_at is None:
            return _(
                "Round %(number)s is open: %(submitted)s of %(invited)s have submitted.", **numbers
            )
        return _(
            "Round %(number)s closes %(soon)s: %(submitted)s of %(invited)s have submitted.",
            soon=format_timedelta(
                standing.closes_at - now(), granularity="minute", add_direction=True
            ),
            **numbers,
        )
    if line.next_round and line.next_has_items:
        return _("Round %(number)s is ready to be launched.", number=line.next_round)
    if line.next_round:
        return _(
            "Round %(number)s is closed: prepare round %(following)s.",
            number=standing.number,
            following=line.next_round,
        )
    return _("Round %(number)s is closed: %(submitted)s of %(invited)s had submitted.", **numbers)
