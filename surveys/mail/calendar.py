"""The end of a round as a calendar entry.

It names the study and the round and carries no personal link: calendars are shared with colleagues
and assistants, and whoever has the link can answer in its owner's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

# So long it stands in the calendar; an entry without length is hidden by some.
SHOWN = timedelta(minutes=30)

_SUMMARY: Mapping[str, str] = {
    "en": "Round {number} closes: {study}",
    "nl": "Ronde {number} sluit: {study}",
    "fr": "Fin du tour {number}\u00a0: {study}",
    "de": "Runde {number} endet: {study}",
}
_ABOUT: Mapping[str, str] = {
    "en": "Until then you can answer. Your personal link stands in our mail and not here, because"
    " calendars are shared.",
    "nl": "Tot dan kunt u antwoorden. Uw persoonlijke link staat in onze mail en niet hier, omdat"
    " agenda’s gedeeld worden.",
    "fr": "Vous pouvez répondre jusque-là. Votre lien personnel figure dans notre e-mail et non ici,"
    " car les agendas sont partagés.",
    "de": "Bis dahin können Sie antworten. Ihr persönlicher Link steht in unserer E-Mail und nicht"
    " hier, weil Kalender geteilt werden.",
}


def deadline(
    *,
    uid: str,
    sequence: int,
    study: str,
    number: int,
    closes_at: datetime,
    language: str,
    at: datetime,
) -> bytes:
    """The file. A later one with a higher sequence under the same uid takes the place of this one."""
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    ends = closes_at.astimezone(UTC).replace(microsecond=0)
    event.add("dtstart", ends - SHOWN)
    event.add("dtend", ends)
    event.add("summary", _SUMMARY.get(language, _SUMMARY["en"]).format(number=number, study=study))
    event.add("description", _ABOUT.get(language, _ABOUT["en"]))
    # It reminds, and keeps nobody from being invited elsewhere.
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//Rondo//Delphi//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
