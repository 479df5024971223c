"""When a round reminds those who have not finished: so many days before its end, at decent hours.

The moments follow from the round's dates and move with them. They are days and hours of the study's
time zone, so that eight in the morning stays eight in the morning when the clocks change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surveys.delphi.stored import Stored
from surveys.delphi.wording import Phrase, all_of, say

MOST_REMINDERS = 6
MOST_DAYS = 60
# Who was invited yesterday evening needs no reminder this morning.
PEACE = timedelta(days=1)
HOURS = 24
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """One planned reminder: so many days before the end, sent from this moment on."""

    days: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reminders(Stored):
    """Reminders by plan.

    days : how many days before the end, the furthest first; none for no reminders. from_hour, to_hour :
    the hours of the day between which mails go out. weekends : whether they go out on Saturdays and
    Sundays too; else what would fall on one goes out on the Friday before. time_zone : by its name.

    Raises ValueError for days that are none, hours that hold no time, and an unknown zone.
    """

    kind: ClassVar[str] = "reminders"

    days: tuple[int, ...] = ()
    from_hour: int = 8
    to_hour: int = 18
    weekends: bool = False
    time_zone: str = "Europe/Brussels"

    def __post_init__(self) -> None:
        days = tuple(self.days)
        if any(isinstance(day, bool) or not isinstance(day, int) for day in days):
            raise ValueError(f"days before the end are whole numbers, not {days!r}")
        if any(not 1 <= day <= MOST_DAYS for day in days) or len(set(days)) > MOST_REMINDERS:
            raise ValueError(
                f"at most {MOST_REMINDERS} reminders, 1 to {MOST_DAYS} days before the end"
            )
        for hour in (self.from_hour, self.to_hour):
            if isinstance(hour, bool) or not isinstance(hour, int):
                raise ValueError(f"an hour is a whole number, not {hour!r}")
        if not 0 <= self.from_hour < self.to_hour <= HOURS:
            raise ValueError("the hours must begin before they end, within one day")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{self.time_zone!r} is not the name of a time zone") from None
        self._set(days=tuple(sorted(set(days), reverse=True)))

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and hours are meant."""
        return ZoneInfo(self.time_zone)

    def decent(self, at: datetime) -> bool:
        """Whether mails may go out at a moment."""
        local = at.astimezone(self.zone)
        return self.from_hour <= local.hour < self.to_hour and (
            self.weekends or local.weekday() < SATURDAY
        )

    def not_before(self, at: datetime) -> datetime:
        """The first moment from this one on at which mails may go out."""
        if self.decent(at):
            return at
        local = at.astimezone(self.zone)
        day = local.date()
        if local.hour >= self.from_hour:
            day += timedelta(days=1)
        while not self.weekends and day.weekday() >= SATURDAY:
            day += timedelta(days=1)
        return self._begin(day)

    def moments(
        self, opened_at: datetime, closes_at: datetime | None, *, since: datetime | None = None
    ) -> tuple[Moment, ...]:
        """What is planned for a round with these dates, in the order of time.

        since : what would have gone out before this moment is not made up for: the plan was made then.

        Without an end nothing is planned. Of two that fall on one day, as before a weekend, the one
        nearer to the end goes out. None comes within a day of the invitation.
        """
        if closes_at is None:
            return ()
        earliest = max(opened_at + PEACE, since or opened_at)
        planned: dict[datetime, Moment] = {}
        end = closes_at.astimezone(self.zone).date()
        for days in self.days:
            day = end - timedelta(days=days)
            while not self.weekends and day.weekday() >= SATURDAY:
                day -= timedelta(days=1)
            at = self._begin(day)
            if earliest <= at < closes_at:
                planned[at] = Moment(days, at)
        return tuple(planned[at] for at in sorted(planned))

    def due(
        self,
        opened_at: datetime,
        closes_at: datetime | None,
        *,
        sent: Sequence[int],
        since: datetime | None,
        at: datetime,
    ) -> Moment | None:
        """Which reminder is to go out now; None for none.

        sent : the days of those that have gone out. After a pause of the sender, only the latest of
        those whose moment has passed goes out: nobody gets two at once.
        """
        if closes_at is None or at >= closes_at or not self.decent(at):
            return None
        passed = [one for one in self.moments(opened_at, closes_at, since=since) if one.at <= at]
        return passed[-1] if passed and passed[-1].days not in sent else None

    def sentence(self, locale: str) -> str:
        """The plan in words."""
        if not self.days:
            return say(_NONE, locale)
        phrase = _EVERY_DAY if self.weekends else _WORKING_DAYS
        return say(
            phrase,
            locale,
            days=all_of([str(day) for day in self.days], locale),
            start=self.from_hour,
            end=self.to_hour,
            zone=self.time_zone,
        )

    def _begin(self, day: date) -> datetime:
        """The first decent moment of a day. An hour that the clocks skip is the one after it."""
        local = datetime.combine(day, time(self.from_hour), self.zone)
        return local.astimezone(UTC)


_NONE: Phrase = {
    "en": "Nobody is reminded by itself.",
    "nl": "Niemand krijgt vanzelf een herinnering.",
    "fr": "Aucun rappel automatique.",
    "de": "Niemand wird von selbst erinnert.",
}
_WORKING_DAYS: Phrase = {
    "en": "Who has not finished is reminded {days} days before the end, on a working day between"
    " {start} and {end} h ({zone}).",
    "nl": "Wie niet klaar is, krijgt {days} dagen voor het einde een herinnering, op een werkdag"
    " tussen {start} en {end} uur ({zone}).",
    "fr": "Qui n'a pas terminé reçoit un rappel {days} jours avant la fin, un jour ouvrable entre"
    " {start} et {end} h ({zone}).",
    "de": "Wer nicht fertig ist, wird {days} Tage vor dem Ende erinnert, an einem Werktag zwischen"
    " {start} und {end} Uhr ({zone}).",
}
_EVERY_DAY: Phrase = {
    "en": "Who has not finished is reminded {days} days before the end, between {start} and {end} h"
    " ({zone}).",
    "nl": "Wie niet klaar is, krijgt {days} dagen voor het einde een herinnering, tussen {start} en"
    " {end} uur ({zone}).",
    "fr": "Qui n'a pas terminé reçoit un rappel {days} jours avant la fin, entre {start} et {end} h"
    " ({zone}).",
    "de": "Wer nicht fertig ist, wird {days} Tage vor dem Ende erinnert, zwischen {start} und {end}"
    " Uhr ({zone}).",
}
