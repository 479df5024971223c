"""Valid objects for tests: a small study, told through the services, with the clock in its hand."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.expertise import Level
from surveys.items import load_kind
from surveys.models.base import AnySession, transaction
from surveys.models.item import Item, Meaning
from surveys.models.panel import Expert
from surveys.models.researcher import Membership, Researcher, Role
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.queries import questionnaire, results
from surveys.services import (
    closing,
    consenting,
    designing,
    launching,
    loading,
    preparing,
    recruiting,
    responding,
    self_rating,
    signing_in,
)
from surveys.services.linking import LinkMaker, plain_token
from tests import retelling

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LINKS = LinkMaker("a link key that only tests use, forty signs", 180)
HOST = "rondo.test"
GROUPS = ("nurse", "physician")
UNABLE = "unable"

Given = int | str | Mapping[str, str] | None


def both(english: str, dutch: str = "") -> dict[str, str]:
    """A text in the two languages of the small study."""
    return {"en": english, "nl": dutch or f"{english} (nl)"}


def study_document(*, statements: int = 3, questions: int = 2, **parts: Any) -> dict[str, Any]:
    """A whole study file as a document; ``parts`` replace its parts."""
    likert = [
        {
            "code": f"S{number:02d}",
            "theme": "care" if number % 2 else "data",
            "kind": "likert",
            "aspect": ("opportunity", "risk", "condition")[number % 3],
            "wording": both(f"Statement {number} holds.", f"Stelling {number} klopt."),
        }
        for number in range(1, statements + 1)
    ]
    asked = [
        {
            "code": f"Q{number}",
            "theme": "care",
            "kind": "open_text",
            "wording": both(f"Question {number}?", f"Vraag {number}?"),
        }
        for number in range(1, questions + 1)
    ]
    return {
        "rondo": 1,
        "code": "small",
        "version": "1.0",
        "languages": ["en", "nl"],
        "title": both("A small study", "Een kleine studie"),
        "summary": both("We look for what we agree on.", "We zoeken waarover we het eens zijn."),
        "source": {"citation": "Made up for tests."},
        "settings": {
            "controller": "Test Institute",
            "ethics_approval": "EC 2026/1",
            "legal_basis": both("consent", "toestemming"),
            "contact_name": "Dr Contact",
            "contact_email": "contact@institute.example",
            "retention": both("Ten years.", "Tien jaar."),
        },
        "consent": {
            "version": "1",
            "text": both("{controller} runs this.", "{controller} leidt dit."),
            "statement": both("I take part.", "Ik neem deel."),
        },
        "groups": [
            {"code": "nurse", "name": both("Nurse", "Verpleegkundige")},
            {"code": "physician", "name": both("Physician", "Arts")},
        ],
        "themes": [
            {"code": "care", "title": both("Care", "Zorg"), "description": both("On care.")},
            {"code": "data", "title": both("Data", "Gegevens"), "description": both("On data.")},
        ],
        "scale": {
            "low": 1,
            "high": 5,
            "labels": {
                "en": {n: f"point {n}" for n in range(1, 6)},
                "nl": {n: f"punt {n}" for n in range(1, 6)},
            },
            "bands": {"low": [1, 2], "middle": [3], "high": [4, 5]},
            "unable": both("Unable to judge", "Kan ik niet beoordelen"),
        },
        "protocol": {
            "quantiles": "linear",
            "consensus": {
                "kind": "region",
                "high": {"at_least": 75},
                "opposite": {"at_most": 15},
                "minimum": 5,
            },
            "stability": {"kind": "pairs", "same": "band", "at_least": 80, "minimum": 5},
            "feedback": {
                "smallest_group": 5,
                "show": ["own", "distribution", "median", "share", "comments"],
            },
        },
        "verdicts": {
            "in": both("The panel agrees", "Het panel gaat akkoord"),
            "out": both("The panel disagrees", "Het panel gaat niet akkoord"),
            "none": both("No consensus", "Geen consensus"),
            "few": both("Too few ratings", "Te weinig beoordelingen"),
        },
        "rounds": [
            {
                "number": 1,
                "kind": "open",
                "title": both("Your experience", "Uw ervaring"),
                "introduction": both("A few sentences."),
                "items": asked,
            },
            {
                "number": 2,
                "kind": "rating",
                "title": both("Your opinion", "Uw mening"),
                "introduction": both("How far do you agree?"),
                "items": likert,
            },
            {
                "number": 3,
                "kind": "rating",
                "title": both("A second look", "Een tweede blik"),
                "introduction": both("You see how the group rated."),
            },
        ],
        **parts,
    }


def study_file(**parts: Any) -> str:
    """The same as the text of a file. JSON is YAML."""
    return json.dumps(study_document(**parts), indent=1, ensure_ascii=False)


# Reading YAML is slower than all else in most tests, and a plan is never changed.
plan_of = cache(loading.read)


def make_researcher(
    session: AnySession, email: str = "lead@institute.example", *, at: datetime = MORNING
) -> int:
    """An account; its id."""
    with transaction(session):
        return signing_in.account(session, email, email.partition("@")[0].title(), at).id


def make_member(session: AnySession, study_id: int, role: Role, *, at: datetime = MORNING) -> int:
    """A researcher with a role in a study; the researcher's id."""
    researcher_id = make_researcher(session, f"{role.value}@institute.example", at=at)
    with transaction(session):
        session.add(
            Membership(study_id=study_id, researcher_id=researcher_id, role=role, created_at=at)
        )
    return researcher_id


# A small study in all four languages.
FOUR_LANGUAGES = Path(__file__).parent / "studies" / "four_languages.yaml"


class Story:
    """A study in the telling: each method is an act, done at ``now``."""

    actor = "researcher:1"

    def __init__(self, session: AnySession, study_id: int, links: LinkMaker, now: datetime) -> None:
        self.session, self.study_id, self.links, self.now = session, study_id, links, now
        # Which story the database holds and nothing else, and until which state.
        self.told: tuple[str, datetime, retelling.State] | None = None

    # --- who and what there is

    @property
    def study(self) -> Study:
        return self.session.get_one(Study, self.study_id)

    def round(self, number: int) -> Round:
        return self.session.scalars(
            select(Round).where(Round.study_id == self.study_id, Round.number == number)
        ).one()

    @property
    def experts(self) -> list[Expert]:
        return list(
            self.session.scalars(
                select(Expert).where(Expert.study_id == self.study_id).order_by(Expert.id)
            )
        )

    def expert(self, number: int) -> Expert:
        """The panel's first expert is number 1."""
        return self.experts[number - 1]

    def asked(self, number: int) -> dict[str, RoundItem]:
        """What a round asks, by code."""
        return {
            code: placed
            for placed, code in self.session.execute(
                select(RoundItem, Item.code)
                .join(Item, Item.id == RoundItem.item_id)
                .join(Round, Round.id == RoundItem.round_id)
                .where(Round.study_id == self.study_id, Round.number == number)
                .order_by(RoundItem.position)
            )
        }

    def place(self, number: int, code: str) -> int:
        """The id of an item in a round."""
        return self.asked(number)[code].id

    def link(self, number: int) -> str:
        """The path of an expert's personal link."""
        return f"/p/{plain_token(self.session, self.expert(number), self.links)}"

    def participation(self, number: int) -> str:
        """The name of an expert's place in the addresses of the answering pages."""
        return self.expert(number).participation

    def anew(self) -> Story:
        """Let go of what was read, to see what others have written since."""
        self.session.rollback()
        return self

    def results(self, number: int) -> dict[str, results.StatementResult]:
        """The stored results of a round, by code."""
        found = results.of_round(self.session, self.round(number))
        assert found is not None
        return {statement.code: statement for statement in found.statements}

    # --- acts

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def recruit(
        self,
        size: int,
        languages: Sequence[str] = ("en", "nl"),
        groups: Sequence[str] = GROUPS,
    ) -> None:
        """Bring experts onto the panel, groups and languages in turn."""
        first = len(self.experts) + 1
        with transaction(self.session):
            for number in range(first, first + size):
                recruiting.add_expert(
                    self.session,
                    self.study,
                    recruiting.Newcomer(
                        name=f"Name of {number}",
                        email=f"expert{number}@panel.example",
                        group=groups[(number - 1) % len(groups)],
                        language=languages[(number - 1) % len(languages)],
                    ),
                    links=self.links,
                    actor=self.actor,
                    at=self.now,
                )

    def launch(self, number: int, closes_at: datetime | None = None) -> int:
        with transaction(self.session):
            return launching.launch(
                self.session,
                self.study,
                self.round(number),
                closes_at=closes_at,
                links=self.links,
                sender_host=HOST,
                actor=self.actor,
                at=self.now,
            )

    def consent(self, number: int) -> None:
        with transaction(self.session):
            self._consent(self.expert(number))

    def keep(
        self,
        expert: int,
        number: int,
        given: Mapping[str, Given],
        comments: Mapping[str, str] | None = None,
        *,
        seen: Mapping[str, tuple[int, int]] | None = None,
    ) -> responding.Kept:
        """Save answers as a page would that shows the standing ones, unless ``seen`` says other."""
        with transaction(self.session):
            return self._keep(self.expert(expert), number, given, comments or {}, seen or {})

    def know(
        self, expert: int, number: int, said: Mapping[str, int | None], *, seen: int = 99
    ) -> self_rating.Kept:
        """Say how well an expert knows items, by their codes, or themes."""
        asked = questionnaire.launched_round(
            self.session, self.study.public_id, self.round(number).id, self.study.languages[0]
        )
        keys = {item.code: f"k{item.id}" for item in asked.items}
        keys |= {item.theme: f"t{item.theme_id}" for item in asked.items if item.theme}
        offers = {
            keys[name]: self_rating.Offer(Level(level) if level else None, seen)
            for name, level in said.items()
        }
        with transaction(self.session):
            return self_rating.keep(
                self.session, self.expert(expert).id, asked, offers, at=self.now
            )

    def submit(self, expert: int, number: int) -> str:
        """Submit; the receipt."""
        with transaction(self.session):
            return self._submit(self.expert(expert), number)

    def _consent(self, person: Expert) -> None:
        consenting.agree(
            self.session,
            person,
            version="1",
            language=person.language,
            text="Test Institute runs this.",
            at=self.now,
        )

    def _keep(
        self,
        person: Expert,
        number: int,
        given: Mapping[str, Given],
        comments: Mapping[str, str],
        seen: Mapping[str, tuple[int, int]],
    ) -> responding.Kept:
        asked = self.asked(number)
        offers = {
            asked[code].id: responding.Offer(
                answer=answer_of(given[code], asked[code]) if code in given else None,
                comment=comments.get(code),
                seen=seen.get(code, (99, 99))[0],
                comment_seen=seen.get(code, (99, 99))[1],
            )
            for code in {*given, *comments}
        }
        return responding.keep(
            self.session,
            person.id,
            self.round(number).id,
            offers,
            language=person.language,
            at=self.now,
        )

    def _submit(self, person: Expert, number: int) -> str:
        response = responding.submit(self.session, person.id, self.round(number).id, at=self.now)
        return str(response.receipt)

    def answer(
        self,
        expert: int,
        number: int,
        given: Mapping[str, Given],
        comments: Mapping[str, str] | None = None,
    ) -> None:
        """Consent, answer and submit."""
        with transaction(self.session):
            person = self.expert(expert)
            self._consent(person)
            self._keep(person, number, given, comments or {}, {})
            self._submit(person, number)

    def rate(self, number: int, columns: Mapping[str, Sequence[Given]]) -> None:
        """Let expert 1 give the first value of every statement, expert 2 the second, and so on."""
        for expert, row in enumerate(zip(*columns.values(), strict=True), start=1):
            self.answer(expert, number, dict(zip(columns, row, strict=True)))

    def close(self, number: int) -> None:
        with transaction(self.session):
            closing.close(
                self.session, self.study, self.round(number), actor=self.actor, at=self.now
            )

    def prepare(self, number: int, returning: Sequence[int] | None = None) -> None:
        """Make the round after this one."""
        with transaction(self.session):
            preparing.prepare(
                self.session,
                self.study,
                self.round(number),
                returning=returning,
                actor=self.actor,
                at=self.now,
            )

    def reword(
        self,
        number: int,
        code: str,
        wording: Mapping[str, str],
        reasons: Mapping[str, str] | None = None,
        meaning: Meaning | None = None,
    ) -> None:
        """Give an item of a draft round other words."""
        with transaction(self.session):
            designing.reword(
                self.session,
                self.study,
                self.asked(number)[code],
                wording=wording,
                reasons=reasons or {},
                meaning=meaning,
                actor=self.actor,
                at=self.now,
            )

    def until_round_2(self) -> None:
        """Open and close round 1 with an answer in it, and launch round 2."""
        if self.told is None:
            self._tell_until_round_2()
            return
        name, began, since = self.told
        name = retelling.name_of(name, "until round 2", self.now - began)
        told = retelling.recall(self.session, name, began, since)
        if told:
            self.now = told.now
            return
        as_told = since == retelling.state(self.session)
        self._tell_until_round_2()
        if as_told:
            retelling.keep(self.session, name, began, self.now, self.study_id)

    def _tell_until_round_2(self) -> None:
        self.launch(1)
        self.later(days=1)
        self.answer(1, 1, {"Q1": "From the first question."})
        self.close(1)
        self.later(days=1)
        self.launch(2)
        self.later(hours=1)


def answer_of(given: Given, placed: RoundItem) -> Answer:
    """A number is a rating, a word a text, "unable" what it says, None a question left open.

    A mapping is what the fields of the item's kind hold, by suffix.
    """
    if isinstance(given, Mapping):
        return load_kind(placed.kind, placed.settings).read(given)
    if given is None:
        return Answer.absent(Missing.SKIPPED)
    if given == UNABLE:
        return Answer.absent(Missing.UNABLE)
    return Answer(given) if isinstance(given, int) else Answer(detail={"text": given})


def told_once(
    begins: Callable[[], datetime] = lambda: MORNING,
) -> Callable[[Callable[..., Story]], Callable[..., Story]]:
    """Let a story that begins in an empty database be copied where it was told before."""

    def of(tell: Callable[..., Story]) -> Callable[..., Story]:
        @functools.wraps(tell)
        def retell(
            session: AnySession, *args: Any, links: LinkMaker = LINKS, **parts: Any
        ) -> Story:
            began = parts.get("at") or begins()
            rest = {part: value for part, value in parts.items() if part != "at"}
            name = retelling.name_of(tell.__qualname__, args, rest, links.key, links.days)
            told = retelling.recall(session, name, began, None)
            if told:
                story = Story(session, told.study_id, links, told.now)
            else:
                fresh = retelling.is_empty(session)
                story = tell(session, *args, links=links, **parts)
                if not fresh:
                    return story
                retelling.keep(session, name, began, story.now, story.study_id)
            state = retelling.state(session)
            story.told = (name, told.began if told else began, state) if state else None
            return story

        return retell

    return of


@told_once()
def make_story(
    session: AnySession,
    *,
    experts: int = 6,
    at: datetime = MORNING,
    links: LinkMaker = LINKS,
    simulated: bool = False,
    file: str = "",
    members: Sequence[str] = GROUPS,
    **parts: Any,
) -> Story:
    """A small study with a panel, nothing launched; ``file`` is the text of another study's.

    members : groups of the experts, in turn.
    """
    lead_id = make_researcher(session, at=at)
    with transaction(session):
        study = loading.create_study(
            session,
            plan_of(file or study_file(**parts)),
            lead=session.get_one(Researcher, lead_id),
            actor=Story.actor,
            at=at,
            simulated=simulated,
        )
        story = Story(session, study.id, links, at)
    story.recruit(experts, groups=members)
    return story


def live_rounds(**round_: Any) -> list[dict[str, Any]]:
    """The statements of the small study as its first round, in real time."""
    rated = study_document()["rounds"][1]
    return [{**rated, "number": 1, "mode": "real_time", **round_}]


@told_once()
def make_live_story(session: AnySession, *, experts: int = 12, **parts: Any) -> Story:
    """The small study as one round in real time, launched; nobody has answered yet."""
    story = make_story(session, experts=experts, **{"rounds": live_rounds(), **parts})
    story.launch(1)
    story.later(hours=1)
    return story


# A round computed by hand in tests/services/test_analysing.py: eight experts, four statements.
ROUND_2: dict[str, list[Given]] = {
    "S01": [5, 5, 4, 4, 4, 4, 3, 2],
    "S02": [5, 5, 5, 4, 4, 4, 2, 2],
    "S03": [1, 1, 2, 2, 1, 2, UNABLE, None],
    "S04": [4, 5, 4, 4, UNABLE, UNABLE, UNABLE, UNABLE],
}
# The eighth expert is lost.
ROUND_3: dict[str, list[Given]] = {
    "S01": [5, 5, 4, 4, 4, 4, 4],
    "S02": [4, 4, 4, 4, 4, 3, 2],
    "S03": [1, 1, 2, 2, 1, 3, 2],
    "S04": [4, 4, 5, 4, 4, 5, 4],
}


@told_once()
def make_rated_story(session: AnySession, **parts: Any) -> Story:
    """The small study with eight experts, rounds 1 and 2 closed, round 3 prepared by the rule."""
    story = make_story(session, experts=8, statements=4, **parts)
    story.until_round_2()
    story.rate(2, ROUND_2)
    story.later(days=7)
    story.close(2)
    story.prepare(2)
    return story


@told_once()
def make_finished_story(session: AnySession, **parts: Any) -> Story:
    """The same with all three rounds closed, one expert lost before the third."""
    story = make_rated_story(session, **parts)
    story.later(days=1)
    story.launch(3)
    story.later(days=1)
    story.rate(3, ROUND_3)
    story.later(days=7)
    story.close(3)
    return story
