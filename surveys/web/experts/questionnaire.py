"""The answering page: show it, save one answer, save the page, submit, give a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import abort, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_time, ngettext
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from surveys.delphi.answer import Answer
from surveys.delphi.feedback import FeedbackPolicy, Whose
from surveys.delphi.protocol import Protocol
from surveys.delphi.reasons import Asked, reason_asked
from surveys.models.base import db, transaction
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.round import Round, RoundLayout
from surveys.queries import feedback, pace, questionnaire
from surveys.queries.questionnaire import (
    AskedItem,
    AskedRound,
    AskedSection,
    Change,
    Given,
    OwnAnswers,
    Shown,
    in_language,
)
from surveys.services import feeding, responding
from surveys.services.self_rating import Kept
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.errors import problem
from surveys.web.experts import expertise, experts
from surveys.web.experts.access import Launched, speak, visit
from surveys.web.experts.ancestry import MadeFrom, feeds_back, made_from
from surveys.web.experts.consent import held_up
from surveys.web.experts.expertise import Knows
from surveys.web.experts.feedback import FeedbackSheet, Viewer, feedback_sheet
from surveys.web.experts.forms import UnknownItem, read_answers
from surveys.web.experts.live import Live, LiveItem, live_of, note_shown, page_items
from surveys.web.experts.shown import after_saving, appearances, as_shown
from surveys.web.filters import moment
from surveys.web.locale import in_words

# Up to here minutes are told one by one; beyond, in steps of five.
FINE_MINUTES = 15


@dataclass(frozen=True, slots=True)
class AsksWhy:
    """From which ratings on a reason is asked for, as data attributes have it."""

    # "4 5.5": the middle half that the expert was shown.
    middle: str
    # The expert's own earlier rating.
    own: str
    # The band of every point, by its first letter: "llmhh".
    bands: str


@dataclass(slots=True)
class ShownItem:
    """One item as its template draws it."""

    id: int
    code: str
    kind: str
    wording: str
    help: str
    # Of points, options and the like; the wording and the help know their own.
    kind_language: str
    values: dict[str, str]
    comment: str
    version: int
    comment_version: int
    saved_at: str
    takes_comment: bool
    face: Mapping[str, Any]
    feedback: FeedbackSheet | None
    # What changed in its words since it was asked the last time.
    change: Change | None = None
    evidence: tuple[Shown, ...] = ()
    # From what it was made, where it was split off or merged.
    made_from: MadeFrom | None = None
    # When a reason is asked for, for the script; and the words in which it is asked for now.
    asks: AsksWhy | None = None
    prompt_label: str = ""
    lacks: str = ""
    error: str | None = None
    conflict: Mapping[str, str] | None = None
    knows: Knows | None = None
    # Of a round in real time: the group so far, empty until the item is open.
    live: LiveItem | None = None
    # Whether it has a condition; whether this expert is not asked it.
    conditional: bool = False
    left_out: bool = False

    @property
    def has_about(self) -> bool:
        """Whether something is said of it before it is answered."""
        return bool(self.change or self.evidence or self.made_from)

    @property
    def presence(self) -> Markup:
        """Attributes of its element: whether it may come and go, and whether it is there now.

        What is wrong with an answer is shown beside it in any case.
        """
        if self.left_out and not self.error:
            return Markup(" data-asked-if hidden")
        return Markup(" data-asked-if" if self.conditional else "")  # noqa: S704 - our own words

    @property
    def value(self) -> str:
        """What the one field of a simple kind holds."""
        return self.values.get("", "")


@dataclass(slots=True)
class ShownSection:
    """The items of one theme."""

    number: int
    title: str
    description: str
    items: list[ShownItem]
    knows: Knows | None = None

    @property
    def left_out(self) -> bool:
        """Whether nothing of it is shown."""
        return all(item.left_out and not item.error for item in self.items)


@dataclass(frozen=True, slots=True)
class Step:
    """One section of a round that has a page for each, and how far the expert is with it."""

    number: int
    title: str
    answered: int
    total: int
    left_out: bool = False

    @property
    def count(self) -> str:
        """How far, in words; empty where nothing is asked."""
        return _("%(n)s of %(total)s", n=self.answered, total=self.total) if self.total else ""


@dataclass(slots=True)
class ShownRound:
    """The round's own texts."""

    number: int
    kind: str
    title: str
    introduction: str
    closes_at: str


@dataclass(slots=True)
class Page:
    """The questionnaire: all of it, or one section where each has its page."""

    address: str
    # Where the script sends an answer, and where the whole round stands.
    autosave_address: str
    round_address: str
    round: ShownRound
    sections: list[ShownSection]
    total: int
    answered: int
    submitted_at: str
    unsubmitted_count: bool
    language: str
    first_open_id: int | None
    scripts: tuple[str, ...]
    prompts: Mapping[Asked, str]
    time_left: str
    # How well the expert knows what is asked: the questions by subject, and the levels offered.
    knows: Mapping[str, Knows]
    levels: Sequence[tuple[str, str]]
    # Of a round in sections: all of them, and the number of the one that is shown.
    steps: tuple[Step, ...] = ()
    here: int | None = None
    # What is shown of a round in real time while it is open.
    live: Live | None = None
    # Whether anything on it may come and go with the answers.
    conditional: bool = False

    @property
    def shown_steps(self) -> tuple[Step, ...]:
        """The sections that this expert is shown."""
        return tuple(step for step in self.steps if not step.left_out or step.number == self.here)

    @property
    def step(self) -> Step | None:
        """The section that is shown."""
        return self.steps[self.here - 1] if self.here else None

    @property
    def place(self) -> int:
        """Its place among the sections that are shown, from 1."""
        return 1 + sum(step.number < (self.here or 0) for step in self.shown_steps)

    @property
    def first(self) -> bool:
        """Whether the questionnaire begins on this page."""
        return self.here is None or self.place == 1

    @property
    def last(self) -> bool:
        """Whether it ends on this page."""
        return self.here is None or self.place == len(self.shown_steps)


def asked_now(number: int) -> tuple[Launched, AskedRound]:
    """The launched round of this number, which is the one in the address, and what it asks; or 404."""
    current = visit()
    if current.round is None or current.round.number != number:
        abort(HTTPStatus.NOT_FOUND)
    asked = questionnaire.launched_round(
        db.session,
        current.study_public_id,
        current.round.id,
        current.language,
        version=current.round.version,
    )
    current.tell(asked.stand_ins)
    return current.round, asked


def closed_page(round_: Launched) -> ResponseReturnValue:
    """Say that the round takes no more answers, and give back what was typed."""
    return problem(
        HTTPStatus.CONFLICT,
        _("This round is closed"),
        _(
            "Round %(number)s took answers until %(when)s. Nothing sent after that was stored; "
            "what you had saved before counts.",
            number=round_.number,
            when=moment(round_.dates.closed_at or round_.dates.closes_at),
        ),
        [_("You will get a mail when the next round opens.")],
    )


@experts.get("/rounds/<int:number>")
def round(number: int) -> ResponseReturnValue:
    """The questionnaire with everything given so far."""
    if not visit().consented:
        return redirect(url_for("experts.consent", participation=visit().participation), 303)
    round_, asked = asked_now(number)
    if not round_.dates.accepts(now()):
        return redirect(url_for("experts.waiting", participation=visit().participation), 303)
    asked, own = as_shown(asked)
    if asked.layout is RoundLayout.SECTIONS:
        wanted = expertise.section_of(asked, request.args.get("item", ""))
        section = wanted or where_to_go_on(asked, own)
        return redirect(address_of(number, section.number), HTTPStatus.SEE_OTHER)
    return render_template("experts/round.html", q=page_of(round_, asked, own), audience="expert")


@experts.get("/rounds/<int:number>/sections/<int:section>")
def section(number: int, section: int) -> ResponseReturnValue:
    """One section of a round that has a page for each."""
    if not visit().consented:
        return redirect(url_for("experts.consent", participation=visit().participation), 303)
    round_, asked = asked_now(number)
    if not round_.dates.accepts(now()):
        return redirect(url_for("experts.waiting", participation=visit().participation), 303)
    if asked.layout is not RoundLayout.SECTIONS or not 1 <= section <= len(asked.sections):
        abort(HTTPStatus.NOT_FOUND)
    asked, own = as_shown(asked)
    if not asked.shows(asked.sections[section - 1]):
        onward = where_to_go_on(asked, own).number
        return redirect(address_of(number, onward), HTTPStatus.SEE_OTHER)
    return render_template(
        "experts/round.html", q=page_of(round_, asked, own, section), audience="expert"
    )


def where_to_go_on(asked: AskedRound, own: OwnAnswers) -> AskedSection:
    """The section with the first item that is open; where none is, the last, where one submits."""
    still_open = own.unanswered(asked)
    found = asked.section_of(still_open[0].id) if still_open else None
    shown = asked.shown_sections or asked.sections
    return found or shown[0 if own.submitted_at else -1]


def address_of(number: int, section: int | None) -> str:
    """Where a questionnaire, or one section of it, is shown and saved."""
    participation = visit().participation
    if section is None:
        return url_for("experts.round", participation=participation, number=number)
    return url_for("experts.section", participation=participation, number=number, section=section)


def next_section(act: str, here: int | None, asked: AskedRound) -> int | None:
    """Which section comes after saving: the one that was asked for, or the same again."""
    if here is None:
        return None
    if asked_for := numbers_in([act.removeprefix("section:")]):
        return min(max(asked_for[0], 1), len(asked.sections))
    shown = [section.number for section in asked.shown_sections]
    if act == "next":
        return next((number for number in shown if number > here), here)
    if act == "back":
        return next((number for number in reversed(shown) if number < here), here)
    return here


@experts.post("/rounds/<int:number>/sections/<int:section>", endpoint="save_section")
@experts.post("/rounds/<int:number>")
def save_round(number: int, section: int | None = None) -> ResponseReturnValue:
    """Save all that the page says, go where it asks, and submit if the expert is done."""
    if not visit().consented:
        return held_up()
    # What was typed is in the language that the page had; what follows is in the one a button asks for.
    written_in = visit().language
    speak(request.form.get("language", written_in))
    round_, asked = asked_now(number)
    g.field_labels = {f"{part}-{item.id}": item.code for item in asked.items for part in "ac"}
    g.field_labels |= expertise.labels(asked)
    if not round_.dates.accepts(now()):
        return closed_page(round_)
    if section is not None and not 1 <= section <= len(asked.sections):
        abort(HTTPStatus.NOT_FOUND)
    try:
        sent = read_answers(asked, request.form)
        said = expertise.read(asked, request.form)
    except UnknownItem:
        return foreign_item()
    act = request.form.get("act", "save")
    expert_id, participation = visit().expert_id, visit().participation
    kept, known = None, Kept()
    if sent.offers or said.offers:
        try:
            with transaction(db.session):
                kept = responding.keep(
                    db.session,
                    expert_id,
                    asked.id,
                    sent.offers,
                    language=written_in,
                    at=now(),
                )
                known = expertise.keep(expert_id, asked, said, at=now())
        except responding.RoundNotOpen:
            return closed_page(round_)
    refused = bool(sent.problems or said.problems or (kept and kept.conflicts) or known.conflicts)
    if act not in ("submit", "submit_anyway") and not refused:
        onward = next_section(act, section, after_saving(asked, kept))
        return redirect(address_of(number, onward), HTTPStatus.SEE_OTHER)
    asked, own = as_shown(asked)
    if refused:
        page = page_of(round_, asked, own, section)
        mark_problems(page, sent.problems, request.form)
        mark_conflicts(page, kept.conflicts if kept else (), asked, request.form)
        expertise.mark(page.knows, said, known, request.form)
        return render_template("experts/round.html", q=page, audience="expert"), (
            HTTPStatus.UNPROCESSABLE_ENTITY
        )
    missing = own.unanswered(asked)
    if missing and act == "submit":
        return redirect(
            url_for("experts.review", participation=participation, number=number),
            HTTPStatus.SEE_OTHER,
        )
    try:
        with transaction(db.session):
            responding.submit(
                db.session,
                expert_id,
                asked.id,
                at=now(),
                sender_host=current_app.extensions["rondo.host"],
            )
    except responding.RoundNotOpen:
        return closed_page(round_)
    return redirect(
        url_for("experts.receipt", participation=participation, number=number),
        HTTPStatus.SEE_OTHER,
    )


@experts.post("/rounds/<int:number>/answers")
def autosave(number: int) -> ResponseReturnValue:
    """Save one item as it is given; a script reads the answer."""
    round_, asked = asked_now(number)
    if not visit().consented:
        return jsonify(problem=_("Please give your consent first.")), HTTPStatus.FORBIDDEN
    if not round_.dates.accepts(now()):
        return jsonify(
            problem=_("This round is closed. This answer was not stored.")
        ), HTTPStatus.CONFLICT
    try:
        sent = read_answers(asked, request.form)
        said = expertise.read(asked, request.form)
    except UnknownItem:
        return jsonify(
            problem=_("This answer belongs to another round and was not stored.")
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    at = now()
    expert_id, language = visit().expert_id, visit().language
    kept, known = None, Kept()
    if sent.offers or said.offers:
        try:
            with transaction(db.session):
                kept = responding.keep(
                    db.session,
                    expert_id,
                    asked.id,
                    sent.offers,
                    language=language,
                    at=at,
                )
                known = expertise.keep(expert_id, asked, said, at=at)
        except responding.RoundNotOpen:
            return jsonify(
                problem=_("This round is closed. This answer was not stored.")
            ), HTTPStatus.CONFLICT
    asked = after_saving(asked, kept)
    still_open = (
        asked.unanswered(kept.standing)
        if kept
        else questionnaire.own_answers(db.session, expert_id, asked).unanswered(asked)
    )
    body = {
        "saved_at": format_time(at, "short"),
        "versions": {
            str(number): f"{version}.{comment}"
            for number, (version, comment) in (kept.versions.items() if kept else ())
        },
        **how_far(asked, still_open),
        **appearances(asked),
        "conflicts": [
            {
                "id": clash.round_item_id,
                "values": asked.by_id[clash.round_item_id].kind.filled(clash.standing),
                "value_name": answer_name(asked.by_id[clash.round_item_id], clash.standing),
                "comment": clash.comment,
                "at": format_time(clash.at, "short"),
            }
            for clash in (kept.conflicts if kept else ())
        ],
        "problems": [{"id": number, "text": text} for number, text in sent.problems.items()],
        "lacks": {
            str(number): lacking(asked.by_id[number], offer.answer)
            for number, offer in sent.offers.items()
            if asked.by_id[number].kind.in_parts
        },
    }
    expertise.in_answer(body, said, known)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if body["problems"] else HTTPStatus.OK
    return jsonify(body), status


@experts.get("/rounds/<int:number>/review")
def review(number: int) -> ResponseReturnValue:
    """What is still open, before submitting."""
    if not visit().consented:
        return redirect(url_for("experts.consent", participation=visit().participation), 303)
    round_, asked = asked_now(number)
    if not round_.dates.accepts(now()):
        return redirect(url_for("experts.waiting", participation=visit().participation), 303)
    asked, own = as_shown(asked)
    missing = own.unanswered(asked)
    return render_template(
        "experts/review.html",
        round={"number": round_.number, "title": asked.title},
        missing=missing,
        audience="expert",
    )


@experts.get("/rounds/<int:number>/receipt")
def receipt(number: int) -> ResponseReturnValue:
    """What was received and when, with a code to keep."""
    round_, asked = asked_now(number)
    asked, own = as_shown(asked)
    if own.receipt is None:
        return redirect(
            url_for("experts.round", participation=visit().participation, number=number), 303
        )
    return render_template(
        "experts/receipt.html",
        round={"number": round_.number, "title": asked.title},
        receipt=own.receipt,
        submitted_at=moment(own.submitted_at),
        answered=own.answered(asked),
        total=len(asked.asking),
        closes_at=moment(round_.dates.closes_at),
        open=round_.dates.accepts(now()),
        audience="expert",
    )


def foreign_item() -> ResponseReturnValue:
    """The page sent an answer to something this round does not ask."""
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("This answer belongs to another round"),
        _(
            "The page you sent asks something that this round does not. Nothing of it was stored; "
            "what you typed stands below."
        ),
        [_("Open your personal link again: it leads to the round that is open now.")],
    )


def viewer_of(asked: AskedRound) -> Viewer | None:
    """By which policy this expert sees feedback; None in a round that feeds nothing back.

    The first time it is on their screen is kept: what was shown to whom, and when.
    """
    if not asked.real_time and not any(feeds_back(item) for item in asked.items):
        return None
    current = visit()
    if current.by_researcher and asked.real_time:
        # What is entered for somebody was given without a look at the group so far.
        return None
    condition = feedback.condition_of(db.session, asked.id, current.expert_id)
    if condition is None and asked.real_time:
        condition = condition_of_newcomer(asked)
    if condition is None:
        return None
    if condition.first_shown_at is None and not asked.real_time and not current.by_researcher:
        with transaction(db.session):
            feeding.note_shown(db.session, condition.id, at=now())
    policy = condition.policy(Protocol.from_json(current.study.protocol))
    return as_viewer(policy, condition.group)


def as_viewer(policy: FeedbackPolicy, group: str) -> Viewer:
    """Whoever sees feedback by a policy as a member of a group."""
    current = visit()
    names = {}
    if policy.whose is Whose.ALL_GROUPS:
        groups = db.session.scalars(
            select(StakeholderGroup).where(StakeholderGroup.study_id == current.study_id)
        )
        names = {
            row.code: in_language(row.name, current.language, current.study.default_language)
            for row in groups
        }
    return Viewer(policy, group, names)


def condition_of_newcomer(asked: AskedRound) -> feedback.Condition | None:
    """What holds for an expert who came onto the panel while a round in real time is open."""
    expert_id, at = visit().expert_id, now()
    with transaction(db.session):
        feeding.allot_late(
            db.session,
            db.session.get_one(Round, asked.id),
            db.session.get_one(Expert, expert_id),
            at=at,
        )
    return feedback.condition_of(db.session, asked.id, expert_id)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a questionnaire is shown and saved: whole, this page of it, and one answer."""

    whole: str
    here: str
    autosave: str


def page_of(round_: Launched, asked: AskedRound, own: OwnAnswers, here: int | None = None) -> Page:
    """Put the round, or one section of it, and the expert's answers together for the template."""
    participation = visit().participation
    addresses = Addresses(
        whole=address_of(asked.number, None),
        here=address_of(asked.number, here),
        autosave=url_for("experts.autosave", participation=participation, number=asked.number),
    )
    viewer = viewer_of(asked)
    live = live_of(asked, viewer)
    page = laid_out(round_.dates.closes_at, asked, own, here, viewer, live, addresses)
    if live is not None:
        note_shown(asked, live, [item.id for item in page_items(asked, here)])
    return page


def laid_out(
    closes_at: datetime | None,
    asked: AskedRound,
    own: OwnAnswers,
    here: int | None,
    viewer: Viewer | None,
    live: Live | None,
    addresses: Addresses,
) -> Page:
    """The page for an expert who sees feedback as this viewer; it notes nothing."""
    language = visit().language
    nothing = Given()
    prompts = reason_prompts()
    knows = expertise.shown(asked)
    still_open = own.unanswered(asked)
    sections = [
        ShownSection(
            part.number,
            part.title,
            part.description,
            [
                show_item(
                    one,
                    own.given.get(one.id, nothing),
                    own,
                    viewer,
                    prompts,
                    knows,
                    live,
                    left_out=one.id in asked.left_out,
                )
                for one in part.items
            ],
            knows=knows.get(f"t{part.theme_id}") if part.first_of_theme else None,
        )
        for part in asked.sections
        if here in (None, part.number)
    ]
    return Page(
        address=addresses.here,
        autosave_address=addresses.autosave,
        round_address=addresses.whole,
        round=ShownRound(
            number=asked.number,
            kind=asked.kind.value,
            title=asked.title,
            introduction=asked.introduction,
            closes_at=moment(closes_at),
        ),
        sections=sections,
        total=len(asked.asking),
        answered=len(asked.asking) - len(still_open),
        submitted_at=moment(own.submitted_at),
        unsubmitted_count=Protocol.from_json(visit().study.protocol).unsubmitted_count,
        language=language,
        first_open_id=still_open[0].id if still_open else None,
        scripts=(*asked.scripts, *(["asking.js"] if asked.conditional else [])),
        conditional=bool(asked.conditional),
        prompts=prompts,
        time_left=time_left(still_open, asked),
        steps=steps_of(asked, still_open) if here else (),
        knows=knows,
        levels=expertise.levels() if knows else (),
        here=here,
        live=live,
    )


def steps_of(asked: AskedRound, still_open: Sequence[AskedItem]) -> tuple[Step, ...]:
    """The sections of a round, each with how much of it is answered."""
    missing = {item.id for item in still_open}
    steps = []
    for part in asked.sections:
        asking = [
            item.id for item in part.items if item.kind.asks and item.id not in asked.left_out
        ]
        steps.append(
            Step(
                part.number,
                part.title,
                sum(one not in missing for one in asking),
                len(asking),
                not asked.shows(part),
            )
        )
    return tuple(steps)


def how_far(asked: AskedRound, still_open: Sequence[AskedItem]) -> dict[str, Any]:
    """What the script shows of the progress after a save."""
    told: dict[str, Any] = {
        "answered": len(asked.asking) - len(still_open),
        "left": time_left(still_open, asked),
    }
    if asked.layout is RoundLayout.SECTIONS:
        told["steps"] = [step.count for step in steps_of(asked, still_open)]
    return told


def time_left(still_open: Sequence[AskedItem], asked: AskedRound) -> str:
    """How long the open items take, in words; empty where nothing is open."""
    if not still_open:
        return ""
    current = visit()
    panel = pace.of_panel(db.session, asked.study, asked.id, current.language, at=now())
    minutes = int(panel.seconds(still_open) / 60 + 0.5)
    if minutes < 1:
        return _("less than a minute left")
    if minutes > FINE_MINUTES:
        minutes = 5 * int(minutes / 5 + 0.5)
    return ngettext("about %(num)s minute left", "about %(num)s minutes left", minutes)


def show_item(
    item: AskedItem,
    given: Given,
    own: OwnAnswers,
    viewer: Viewer | None,
    prompts: Mapping[Asked, str],
    knows: Mapping[str, Knows],
    live: Live | None,
    *,
    left_out: bool,
) -> ShownItem:
    """One item with its answer and its feedback: of the round before, or of a round in real time."""
    earlier = own.earlier.get(item.previous_id) if item.previous_id else None
    sheet = feedback_sheet(item, earlier, item.kind_language, viewer) if viewer else None
    now_shown = live.item(item, given) if live and live.shows(item) else None
    if now_shown is not None:
        asks = asks_why_now(item, now_shown.feedback)
        why = reason_now(item, given.answer, now_shown.feedback)
    else:
        asks, why = asks_why(item, sheet), reason_for(item, given.answer, sheet)
    return ShownItem(
        id=item.id,
        code=item.code,
        kind=item.kind.kind,
        wording=item.wording,
        help=item.help,
        kind_language=item.kind_language,
        values=item.kind.filled(given.answer),
        comment=given.comment,
        version=given.version,
        comment_version=given.comment_version,
        saved_at=format_time(given.given_at, "short") if given.given_at else "",
        takes_comment=item.takes_comment,
        face=item.kind.face(item.kind_language),
        feedback=sheet,
        change=item.change,
        evidence=item.evidence,
        made_from=made_from(item, own.earlier, viewer) if item.ancestry else None,
        asks=asks,
        prompt_label=prompts[why] if why else "",
        lacks=lacking(item, given.answer),
        knows=knows.get(f"k{item.id}"),
        live=now_shown,
        conditional=item.ask_if is not None,
        left_out=left_out,
    )


def asks_why(item: AskedItem, sheet: FeedbackSheet | None) -> AsksWhy | None:
    """What the script needs to ask for reasons; None where nothing shown gives an occasion."""
    scale = item.kind.rating_scale
    if sheet is None or scale is None or (sheet.own is None and sheet.middle is None):
        return None
    return AsksWhy(
        " ".join(f"{limit:g}" for limit in sheet.middle or ()),
        str(sheet.own.value) if sheet.own else "",
        "".join(scale.band_of(point).value[0] for point in scale),
    )


def reason_for(item: AskedItem, answer: Answer | None, sheet: FeedbackSheet | None) -> Asked | None:
    """Why a reason is asked for beside the comment; None where there is no occasion."""
    scale = item.kind.rating_scale
    if sheet is None or scale is None or answer is None or answer.value is None:
        return None
    return reason_asked(
        answer.value,
        scale,
        middle=sheet.middle,
        earlier=sheet.own.value if sheet.own else None,
    )


def asks_why_now(item: AskedItem, sheet: FeedbackSheet | None) -> AsksWhy | None:
    """The same in a round in real time, where one's own answer is no earlier one to differ from."""
    return asks_why(item, None if sheet is None else replace(sheet, own=None))


def reason_now(item: AskedItem, answer: Answer | None, sheet: FeedbackSheet | None) -> Asked | None:
    """Why a reason is asked for in a round in real time: the answer lies outside the group's middle."""
    return reason_for(item, answer, None if sheet is None else replace(sheet, own=None))


def reason_prompts() -> dict[Asked, str]:
    """How a reason is asked for; nobody needs to give one."""
    return {
        Asked.OUTSIDE: _(
            "Your rating lies outside the middle half of the group. If you like, say why:"
        ),
        Asked.CROSSED: _("You judge this differently from last time. If you like, say why:"),
    }


def lacking(item: AskedItem, answer: Answer | None) -> str:
    """What an answer that was begun still lacks, in words; empty where it is whole."""
    if not item.kind.in_parts or answer is None or not answer.given:
        return ""
    sentence = item.kind.lacks(answer, item.kind_language)
    return in_words(sentence) if sentence else ""


def mark_problems(page: Page, problems: Mapping[int, str], data: Any) -> None:
    """Put the sentences beside their items, with what was typed still in them."""
    for section in page.sections:
        for item in section.items:
            if item.id in problems:
                item.error = problems[item.id]
                item.values = typed_values(item, data)
                item.comment = data.get(f"c-{item.id}", item.comment)


def mark_conflicts(
    page: Page, conflicts: tuple[responding.Conflict, ...], asked: AskedRound, data: Any
) -> None:
    """Show the newer answer beside the one just sent; saving again then keeps the one sent."""
    clashes = {clash.round_item_id: clash for clash in conflicts}
    for section in page.sections:
        for item in section.items:
            if clash := clashes.get(item.id):
                item.error = _("You answered this on another page too.")
                item.conflict = {
                    "value_name": answer_name(asked.by_id[item.id], clash.standing),
                    "at": format_time(clash.at, "short"),
                }
                item.values = typed_values(item, data)
                item.comment = data.get(f"c-{item.id}", item.comment)


def typed_values(item: ShownItem, data: Any) -> dict[str, str]:
    """What was typed into the item's fields, so that a page that refuses it shows it again."""
    # A box that is not ticked sends nothing, so what is absent is empty.
    return {suffix: data.get(f"a-{item.id}{suffix}", "") for suffix in item.values}


def answer_name(item: AskedItem, answer: Answer) -> str:
    """An answer in words."""
    return item.kind.in_words(answer, item.kind_language) or _("nothing")
