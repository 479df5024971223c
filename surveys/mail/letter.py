"""One letter to one expert: the wording filled in, and what Rondo itself puts around it.

Above the text stands what must not be mistaken (a trial, a simulation); below it how to get no more
mail. A researcher can word everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from markupsafe import escape

from surveys.mail.message import Message
from surveys.mail.wording import Wording, Written, fill

Texts = Mapping[str, str]

_GO: Texts = {
    "en": "Open my page",
    "nl": "Mijn pagina openen",
    "fr": "Ouvrir ma page",
    "de": "Meine Seite öffnen",
}
_TRIAL_SUBJECT: Texts = {"en": "Trial", "nl": "Proef", "fr": "Essai", "de": "Probe"}
_TRIAL: Texts = {
    "en": "This is a trial: experts get the same letter with a link that works.",
    "nl": "Dit is een proef: experts krijgen dezelfde brief met een link die werkt.",
    "fr": "Ceci est un essai\u00a0: les experts reçoivent la même lettre avec un lien qui"
    " fonctionne.",
    "de": "Dies ist eine Probe: Die Fachleute erhalten denselben Brief mit einem Link, der"
    " funktioniert.",
}
_SIMULATED: Texts = {
    "en": "This message belongs to a demonstration: its experts and answers are simulated.",
    "nl": "Deze mail hoort bij een demonstratie: de experts en antwoorden zijn gesimuleerd.",
    "fr": "Ce message fait partie d’une démonstration\u00a0: ses experts et ses réponses sont"
    " simulés.",
    "de": "Diese Nachricht gehört zu einer Demonstration: Ihre Fachleute und Antworten sind"
    " simuliert.",
}
_PILOT: Texts = {
    "en": "This is a pilot: you try the questionnaire out, and your answers are no data of the study.",
    "nl": "Dit is een piloot: u probeert de vragenlijst uit, en uw antwoorden worden geen gegevens"
    " van de studie.",
    "fr": "Ceci est un essai pilote\u00a0: vous testez le questionnaire, et vos réponses ne seront pas"
    " des données de l’étude.",
    "de": "Dies ist ein Pilot: Sie erproben den Fragebogen, und Ihre Antworten werden keine Daten der"
    " Studie.",
}
_NO_MORE: Texts = {
    "en": "You want no more mail about this study? Say so here:",
    "nl": "Wilt u over deze studie geen mails meer? Meld het hier:",
    "fr": "Vous ne souhaitez plus recevoir d’e-mails à propos de cette étude\u00a0? Dites-le"
    " ici\u00a0:",
    "de": "Sie möchten keine E-Mails mehr zu dieser Studie? Teilen Sie es hier mit:",
}
_MOMENT: Texts = {
    "en": "{day}, {time}",
    "nl": "{day}, {time}",
    "fr": "{day} à {time}",
    "de": "{day}, {time}\u00a0Uhr",
}
# Dates of an English mail are European: its readers write 7 December and 17:16.
_LOCALES = {"en": "en_GB"}

# The same on a phone and on a desktop, by day and by night.
STYLE = """
body { margin: 0; padding: 1rem; background: #f4f6f7; color: #1c2a33;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
.letter { max-width: 36rem; margin: 0 auto; padding: 1.25rem 1.5rem; background: #fff;
  border: 1px solid #d8dfe3; border-radius: .5rem }
.letter p { margin: 0 0 1rem } .letter h2, .letter h3 { font-size: 1.1rem; margin: 1.25rem 0 .5rem }
.note { padding: .5rem .75rem; background: #fdf3d7; border-radius: .25rem }
.go { margin-bottom: .5rem } .go a { display: inline-block; padding: .75rem 1.25rem;
  background: #0b5d6b; color: #fff; border-radius: .375rem; text-decoration: none; font-weight: 600 }
.letter .address { font-size: .8125rem; color: #52636d; overflow-wrap: anywhere }
.letter .foot { margin: 1.5rem 0 0; padding-top: .75rem; border-top: 1px solid #d8dfe3;
  font-size: .8125rem; color: #52636d; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) {
  body { background: #10181c; color: #e6edf0 } .letter { background: #18232a; border-color: #33444e }
  .note { background: #4a3d10 } a { color: #7fd0de } .go a { background: #7fd0de; color: #0d1a1f }
  .letter .address, .letter .foot { color: #a9b8c0; border-color: #33444e } }
""".strip()


@dataclass(frozen=True, slots=True)
class Letter:
    """What is needed to write one message; made when it goes out, kept nowhere.

    message : which one. wording : as it stands in the language, places not yet filled in. Texts of the
    study are in that language already. token : the secret part of the personal link; empty for none.
    no_more : the secret part of the way to no more mail. calendar : the end of the round as a file.
    """

    message: str
    language: str
    wording: Wording
    name: str
    email: str
    message_id: str
    token: str
    no_more: str
    study: str
    round_number: int
    round_title: str
    contact_name: str
    contact_email: str
    simulated: bool
    closes_at: datetime | None = None
    minutes: int = 0
    receipt: str = ""
    submitted_at: datetime | None = None
    calendar: bytes = b""
    trial: bool = False
    pilot: bool = False


def write(letter: Letter, *, sender: str, public_url: str, time_zone: str) -> Message:
    """The message as it goes out; the link exists only in the result."""
    written = fill_in(letter, public_url=public_url, time_zone=time_zone)
    notes = notes_above(letter)
    no_more = no_more_address(letter, public_url)
    says = _in(_NO_MORE, letter.language)
    above = "".join(f"{note}\n\n" for note in notes)
    subject = written.subject
    if letter.trial:
        subject = f"{_in(_TRIAL_SUBJECT, letter.language)} · {subject}"
    return Message(
        sender=sender,
        recipient_name=letter.name,
        recipient=letter.email,
        subject=subject,
        body=f"{above}{written.text}\n-- \n{says}\n{no_more}\n",
        html=_page(letter.language, subject, notes, written.html, says, no_more),
        message_id=letter.message_id,
        language=letter.language,
        no_more=no_more,
        calendar=letter.calendar,
    )


def fill_in(letter: Letter, *, public_url: str, time_zone: str) -> Written:
    """The researcher's text, or the standard one, for this reader."""
    zone = ZoneInfo(time_zone)

    def said(at: datetime | None) -> str:
        return moment(at, letter.language, zone) if at else ""

    values = {
        "name": letter.name,
        "study": letter.study,
        "round": letter.round_title,
        "number": str(letter.round_number),
        "link": f"{public_url.rstrip('/')}/p/{letter.token}" if letter.token else "",
        "closes": said(letter.closes_at),
        "minutes": str(letter.minutes) if letter.minutes else "",
        "contact": letter.contact_name,
        "email": letter.contact_email,
        "receipt": letter.receipt,
        "received": said(letter.submitted_at),
    }
    return fill(letter.wording, values, go=_in(_GO, letter.language))


def notes_above(letter: Letter) -> list[str]:
    """What must not be mistaken, in the letter's language."""
    return [
        *([_in(_TRIAL, letter.language)] if letter.trial else []),
        *([_in(_SIMULATED, letter.language)] if letter.simulated else []),
        *([_in(_PILOT, letter.language)] if letter.pilot else []),
    ]


def no_more_in_words(language: str) -> str:
    """What stands before the address in the foot."""
    return _in(_NO_MORE, language)


def no_more_address(letter: Letter, public_url: str) -> str:
    """Where this reader asks for no more mail."""
    return f"{public_url.rstrip('/')}/no-more-mail/{letter.no_more}"


def moment(at: datetime, language: str, zone: tzinfo) -> str:
    """A moment in a mail names its time zone: mails are read elsewhere."""
    locale = _LOCALES.get(language, language if language in _MOMENT else "en_GB")
    local = at.astimezone(zone)
    said = _in(_MOMENT, language).format(
        day=format_date(local.date(), "long", locale=locale),
        time=format_time(local, "short", tzinfo=zone, locale=locale),
    )
    short = str(format_time(local, "zzz", tzinfo=zone, locale=locale))
    # Some languages have no short name for a zone; nobody lives by an offset.
    if short.isalpha():
        return f"{said} {short}"
    return f"{said} ({format_time(local, 'vvvv', tzinfo=zone, locale=locale)})"


def _in(texts: Texts, language: str) -> str:
    """In the language of the letter; a study may have more languages than Rondo."""
    return texts.get(language, texts["en"])


def _page(language: str, subject: str, notes: list[str], html: str, says: str, no_more: str) -> str:
    """A whole page: mail programs show it alone."""
    above = "".join(f'<p class="note">{escape(note)}</p>\n' for note in notes)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(subject)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        f'<div class="letter">\n{above}{html}'
        f'<p class="foot">{escape(says)}<br>\n<a href="{escape(no_more)}">{escape(no_more)}</a></p>\n'
        "</div>\n</body>\n</html>\n"
    )
