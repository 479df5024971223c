"""A round's life, derived from its dates: what it is at a given time, and what may happen then.

Nobody stores "open" or "closed". A round is closed because it has a closing date that has passed
or because somebody closed it, and time is always an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from surveys.delphi.wording import Phrase, say


class RoundState(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"

    def name_in(self, locale: str) -> str:
        """The state in words."""
        return say(_STATE[self], locale)


_STATE: Mapping[RoundState, Phrase] = {
    RoundState.DRAFT: {"en": "draft", "nl": "ontwerp", "fr": "brouillon", "de": "Entwurf"},
    RoundState.OPEN: {"en": "open", "nl": "open", "fr": "ouvert", "de": "offen"},
    RoundState.CLOSED: {"en": "closed", "nl": "gesloten", "fr": "clos", "de": "geschlossen"},
}


class Obstacle(StrEnum):
    """Why something may not happen to a round; stable codes."""

    ALREADY_LAUNCHED = "already_launched"
    NOT_LAUNCHED = "not_launched"
    ALREADY_CLOSED = "already_closed"
    STILL_OPEN = "still_open"
    NO_ITEMS = "no_items"
    NO_EXPERTS = "no_experts"
    CLOSING_DATE_PAST = "closing_date_past"
    EARLIER_ROUND_OPEN = "earlier_round_open"
    LATER_ROUND_LAUNCHED = "later_round_launched"
    NO_REASON = "no_reason"
    NO_REASON_EARLY = "no_reason_early"
    NOT_FILLED_IN = "not_filled_in"
    CONDITION_ASTRAY = "condition_astray"
    STUDY_FINISHED = "study_finished"


_OBSTACLE: Mapping[Obstacle, Phrase] = {
    Obstacle.ALREADY_LAUNCHED: {
        "en": "This round has already been launched.",
        "nl": "Deze ronde is al gestart.",
        "fr": "Ce tour a déjà été lancé.",
        "de": "Diese Runde ist bereits gestartet.",
    },
    Obstacle.NOT_LAUNCHED: {
        "en": "This round has not been launched yet.",
        "nl": "Deze ronde is nog niet gestart.",
        "fr": "Ce tour n'a pas encore été lancé.",
        "de": "Diese Runde ist noch nicht gestartet.",
    },
    Obstacle.ALREADY_CLOSED: {
        "en": "This round is already closed.",
        "nl": "Deze ronde is al gesloten.",
        "fr": "Ce tour est déjà clos.",
        "de": "Diese Runde ist bereits geschlossen.",
    },
    Obstacle.STILL_OPEN: {
        "en": "This round is still open.",
        "nl": "Deze ronde is nog open.",
        "fr": "Ce tour est encore ouvert.",
        "de": "Diese Runde ist noch offen.",
    },
    Obstacle.NO_ITEMS: {
        "en": "This round has no items yet.",
        "nl": "Deze ronde heeft nog geen items.",
        "fr": "Ce tour n'a pas encore d'items.",
        "de": "Diese Runde hat noch keine Items.",
    },
    Obstacle.NO_EXPERTS: {
        "en": "The panel has no experts to invite yet.",
        "nl": "Het panel heeft nog geen experts om uit te nodigen.",
        "fr": "Le panel ne compte pas encore d'experts à inviter.",
        "de": "Das Panel hat noch keine Fachleute, die eingeladen werden können.",
    },
    Obstacle.CLOSING_DATE_PAST: {
        "en": "The closing date must lie in the future.",
        "nl": "De sluitingsdatum moet in de toekomst liggen.",
        "fr": "La date de clôture doit être dans le futur.",
        "de": "Das Enddatum muss in der Zukunft liegen.",
    },
    Obstacle.EARLIER_ROUND_OPEN: {
        "en": "The round before this one is not closed yet.",
        "nl": "De vorige ronde is nog niet gesloten.",
        "fr": "Le tour précédent n'est pas encore clos.",
        "de": "Die vorige Runde ist noch nicht geschlossen.",
    },
    Obstacle.LATER_ROUND_LAUNCHED: {
        "en": "A later round has been launched: experts have seen feedback made from this one.",
        "nl": "Er is al een latere ronde gestart: experts zagen feedback die op deze ronde steunt.",
        "fr": "Un tour ultérieur a été lancé\u00a0: les experts ont vu un retour tiré de celui-ci.",
        "de": "Eine spätere Runde ist gestartet: Die Fachleute haben Rückmeldungen aus dieser Runde"
        " gesehen.",
    },
    Obstacle.NOT_FILLED_IN: {
        "en": "The study's settings are not filled in yet: experts read them in the consent text.",
        "nl": "De instellingen van de studie zijn nog niet ingevuld: experts lezen ze in de"
        " toestemmingstekst.",
        "fr": "Les réglages de l'étude ne sont pas encore complétés\u00a0: les experts les lisent"
        " dans le texte de consentement.",
        "de": "Die Einstellungen der Studie sind noch nicht ausgefüllt: Die Fachleute lesen sie im"
        " Einwilligungstext.",
    },
    Obstacle.CONDITION_ASTRAY: {
        "en": "The condition of an item refers to something that this round does not ask before it.",
        "nl": "De voorwaarde van een item verwijst naar iets dat deze ronde niet eerder vraagt.",
        "fr": "La condition d'un item renvoie à quelque chose que ce tour ne demande pas avant lui.",
        "de": "Die Bedingung eines Items verweist auf etwas, das diese Runde nicht vorher fragt.",
    },
    Obstacle.STUDY_FINISHED: {
        "en": "It was decided to finish the study after the round before. Undo that decision first.",
        "nl": "Er is beslist de studie na de vorige ronde af te sluiten. Maak die beslissing eerst"
        " ongedaan.",
        "fr": "Il a été décidé de terminer l'étude après le tour précédent. Annulez d'abord cette"
        " décision.",
        "de": "Es wurde entschieden, die Studie nach der vorigen Runde zu beenden. Machen Sie das"
        " zuerst rückgängig.",
    },
    Obstacle.NO_REASON: {
        "en": "Reopening a round needs a reason; it is kept and reported.",
        "nl": "Een ronde heropenen vraagt een reden; die wordt bewaard en gerapporteerd.",
        "fr": "Rouvrir un tour demande un motif\u00a0; il est conservé et rapporté.",
        "de": "Das Wiederöffnen einer Runde braucht einen Grund; er wird aufbewahrt und berichtet.",
    },
    Obstacle.NO_REASON_EARLY: {
        "en": "Closing before the announced end needs a reason; it is kept and reported.",
        "nl": "Vóór het aangekondigde einde sluiten vraagt een reden; die wordt bewaard en"
        " gerapporteerd.",
        "fr": "Clore avant la fin annoncée demande un motif\u00a0; il est conservé et rapporté.",
        "de": "Vor dem angekündigten Ende zu schließen braucht einen Grund; er wird aufbewahrt und"
        " berichtet.",
    },
}


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether something may happen now; truthy when it may, else it knows every obstacle."""

    obstacles: tuple[Obstacle, ...] = ()

    def __bool__(self) -> bool:
        return not self.obstacles

    def sentence(self, locale: str) -> str:
        """The obstacles in words; empty when there is none."""
        return " ".join(say(_OBSTACLE[obstacle], locale) for obstacle in self.obstacles)


def _aware(name: str, at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise ValueError(f"{name} needs a time zone: {at.isoformat()}")


@dataclass(frozen=True, slots=True)
class RoundDates:
    """The dates from which a round's state follows. All carry a time zone.

    launched_at : when it was launched; None while it is a draft.
    closes_at : the announced end; None for a round that only a researcher closes.
    closed_at : when somebody closed it, or the closing job ran; None while it has not happened.
        Reopening takes it away again and sets a new `closes_at`; the audit trail keeps both.

    Raises ValueError for a date without time zone, or a round closed but never launched.
    """

    launched_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("launched_at", "closes_at", "closed_at"):
            _aware(name, getattr(self, name))
        if self.closed_at is not None and self.launched_at is None:
            raise ValueError(f"closed at {self.closed_at.isoformat()} but never launched")

    def state(self, at: datetime) -> RoundState:
        """Draft, open or closed at a moment; the closing moment itself is closed."""
        _aware("at", at)
        if self.launched_at is None or at < self.launched_at:
            return RoundState.DRAFT
        ends = [end for end in (self.closes_at, self.closed_at) if end is not None]
        return RoundState.CLOSED if ends and at >= min(ends) else RoundState.OPEN

    def accepts(self, at: datetime) -> bool:
        """Whether an answer given at this moment counts."""
        return self.state(at) is RoundState.OPEN

    def due(self, at: datetime) -> bool:
        """Whether the announced end has passed and nobody has closed the round yet."""
        return self.closed_at is None and self.state(at) is RoundState.CLOSED

    def may_launch(
        self,
        at: datetime,
        *,
        items: int,
        experts: int,
        earlier: RoundDates | None = None,
        filled_in: bool = True,
        conditions_fit: bool = True,
        finished: bool = False,
    ) -> Permission:
        """May this round be launched?

        earlier : the round before it, if any. filled_in : whether everything that experts read is
        written, with no placeholder left. conditions_fit : whether the conditions of its items refer to
        what it asks. finished : whether it was decided that the round before was the last one.
        """
        found = []
        if self.launched_at is not None:
            found.append(Obstacle.ALREADY_LAUNCHED)
        if items < 1:
            found.append(Obstacle.NO_ITEMS)
        if experts < 1:
            found.append(Obstacle.NO_EXPERTS)
        if self.closes_at is not None and self.closes_at <= at:
            found.append(Obstacle.CLOSING_DATE_PAST)
        if not filled_in:
            found.append(Obstacle.NOT_FILLED_IN)
        if not conditions_fit:
            found.append(Obstacle.CONDITION_ASTRAY)
        if earlier is not None and earlier.state(at) is not RoundState.CLOSED:
            found.append(Obstacle.EARLIER_ROUND_OPEN)
        if finished:
            found.append(Obstacle.STUDY_FINISHED)
        return Permission(tuple(found))

    def closes_early(self, at: datetime) -> bool:
        """Whether closing now would be before the end that experts were told."""
        return self.accepts(at) and self.closes_at is not None

    def may_close(self, at: datetime, *, reason: str | None = None) -> Permission:
        """May this round be closed? Also the act that follows when its date has passed.

        reason : what a person says who closes it; an empty one does not do before the announced end.
            None where nobody was asked.
        """
        if self.closed_at is not None:
            return Permission((Obstacle.ALREADY_CLOSED,))
        if self.state(at) is RoundState.DRAFT:
            return Permission((Obstacle.NOT_LAUNCHED,))
        if reason is not None and not reason.strip() and self.closes_early(at):
            return Permission((Obstacle.NO_REASON_EARLY,))
        return Permission()

    def may_extend(self, at: datetime, *, until: datetime) -> Permission:
        """May the announced end be moved while the round is open?"""
        found = []
        state = self.state(at)
        if state is RoundState.DRAFT:
            found.append(Obstacle.NOT_LAUNCHED)
        if state is RoundState.CLOSED:
            found.append(Obstacle.ALREADY_CLOSED)
        if until <= at:
            found.append(Obstacle.CLOSING_DATE_PAST)
        return Permission(tuple(found))

    def may_reopen(
        self, at: datetime, *, until: datetime | None, reason: str, later_launched: bool
    ) -> Permission:
        """May a closed round take answers again?

        until : the new announced end, None for none. later_launched : whether a later round was
        launched, whose feedback was made from this round's ratings.
        """
        found = []
        state = self.state(at)
        if state is RoundState.DRAFT:
            found.append(Obstacle.NOT_LAUNCHED)
        if state is RoundState.OPEN:
            found.append(Obstacle.STILL_OPEN)
        if later_launched:
            found.append(Obstacle.LATER_ROUND_LAUNCHED)
        if until is not None and until <= at:
            found.append(Obstacle.CLOSING_DATE_PAST)
        if not reason.strip():
            found.append(Obstacle.NO_REASON)
        return Permission(tuple(found))
