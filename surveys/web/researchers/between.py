"""Between two rounds: what the rule proposes for every statement, what the team chooses, and undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from surveys.delphi.attention import Noticed, noticed
from surveys.delphi.carrying import Choice, Proposal
from surveys.delphi.descent import Descent
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.stopping import Decision
from surveys.delphi.summary import PairCounts
from surveys.delphi.voices import Side, Standing
from surveys.delphi.wording import capital
from surveys.models.base import db, transaction
from surveys.models.draft import CarryChoice, DraftStep
from surveys.models.item import Item, ItemRevision
from surveys.models.panel import StakeholderGroup
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Study
from surveys.queries import carrying, lineage, origins, results, voices
from surveys.queries.carrying import Carried
from surveys.queries.results import RoundResults, StatementResult
from surveys.queries.voices import Written
from surveys.services import choosing, preparing, screening, undoing
from surveys.services.problems import Refused
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.filters import moment
from surveys.web.locale import in_words, page_language
from surveys.web.researchers import researchers
from surveys.web.researchers.comments import names_of_sides, names_of_standings
from surveys.web.researchers.guards import MAY_RUN, needs, round_or_404
from surveys.web.researchers.results import counts_of, stability_words
from surveys.web.researchers.rounds import ActForm, act_on
from surveys.web.researchers.surroundings import bands_of, points_of
from surveys.web.researchers.trail import actor_in_words
from surveys.web.researchers.words import say, verdict_names

# A round of up to so many statements is one page.
ON_A_PAGE = 50
# The pills above the list; a statement can stand in "look" and in another one.
VIEWS = ("all", "look", "returns", "in", "out", "otherwise", "redrawn")


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment as it stands beside the numbers."""

    written: Written
    standing: Standing
    speaks_for: int


@dataclass(frozen=True, slots=True)
class Row:
    """One statement of the closed round, with all that helps to choose."""

    statement: StatementResult
    carried: Carried
    proposal: Proposal
    proposed: str
    why: str
    signs: tuple[Noticed, ...]
    stability: str
    choice: CarryChoice | None
    # What it was split or merged into, if it was.
    became: tuple[Descent, tuple[str, ...]] | None
    returns: bool
    groups: Sequence[tuple[str, Mapping[str, Any]]]
    # Of its bar: points with their names and counts, and the band of each.
    points: Sequence[tuple[int, str, int]]
    bands: Mapping[int, str]

    @property
    def judged(self) -> bool:
        """Whether a rule judged it."""
        return bool(self.statement.verdict)

    @property
    def otherwise(self) -> bool:
        """Whether the team chose against the rule."""
        chosen = self.choice.choice if self.choice else None
        return chosen is not None and chosen.departs(self.proposal)

    @property
    def views(self) -> frozenset[str]:
        """The pills under which it stands."""
        found = {"all"}
        if self.signs or self.proposal is Proposal.LOOK:
            found.add("look")
        if self.became:
            return frozenset(found | {"redrawn"})
        if self.otherwise:
            found.add("otherwise")
        if not self.returns:
            found.add("in" if self.proposal is not Proposal.LEAVES_OUT else "out")
        else:
            found.add("returns")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Remarks:
    """What experts wrote beside one statement, by side, and which of it seems to say the same."""

    by_side: dict[Side, list[Remark]] = field(default_factory=dict)
    alike: list[Sequence[Written]] = field(default_factory=list)

    @property
    def said(self) -> int:
        """How many comments there are."""
        return sum(len(ones) for ones in self.by_side.values())

    @property
    def waiting(self) -> int:
        """How many of them nobody has decided on."""
        return sum(
            one.standing is Standing.WAITING for ones in self.by_side.values() for one in ones
        )


@dataclass(frozen=True, slots=True)
class Done:
    """One step that can be undone, in words."""

    id: int
    said: str
    who: str
    at: str


@dataclass(slots=True)
class Typed:
    """What was typed and could not be kept, so that the page shows it again."""

    choices: dict[int, tuple[str, str]] = field(default_factory=dict)
    reason: str = ""


def names_of_views() -> dict[str, str]:
    """What each pill is called."""
    return {
        "all": _("All"),
        "look": _("Needs a look"),
        "returns": _("Returns"),
        "in": _("Leaves"),
        "out": _("Leaves with consensus out"),
        "otherwise": _("Chosen otherwise"),
        "redrawn": _("Split or merged"),
    }


def step_in_words(act: str, items: Sequence[str], number: int) -> str:
    """A step as it stands on the button that undoes it."""
    codes = ", ".join(items)
    said: dict[str, str] = {
        "choice made": _("choice for %(codes)s", codes=codes),
        "condition set": _("condition of %(codes)s", codes=codes),
        "decision made": _("decision on another round"),
        "round begun": _("making of round %(number)s", number=number),
        "round prepared": _("preparing of round %(number)s", number=number),
        "statement added": _("adding of %(codes)s", codes=codes),
        "statement returned": _("return of %(codes)s", codes=codes),
        "statement reworded": _("new wording of %(codes)s", codes=codes),
        "statement split": _("split of %(codes)s", codes=codes),
        "statement taken out": _("taking out of %(codes)s", codes=codes),
        "statements added from a spreadsheet": _("adding of %(codes)s", codes=codes),
        "statements merged": _("merge of %(codes)s", codes=codes),
    }
    return said.get(act, f"{_(act)} {codes}")


def step_shown(step: DraftStep, number: int) -> Done:
    """A step with who did it and when. Of a split and a merge the old statements come first."""
    return Done(
        step.id,
        step_in_words(step.act, step.items, number),
        actor_in_words(step.actor),
        moment(step.made_at),
    )


def following(found: Round) -> Round | None:
    """The round after this one, launched or not."""
    return db.session.scalar(
        select(Round).where(Round.study_id == found.study_id, Round.number == found.number + 1)
    )


@researchers.get("/<study>/rounds/<int:number>/next")
def propose(number: int) -> ResponseReturnValue:
    """One screen for a closed round: proposals, signs, comments, choices, and what was done so far."""
    found = round_or_404(number)
    if found.closed_at is not None and found.kind is RoundKind.RATING:
        round_id = found.id
        with transaction(db.session):
            screening.screen(db.session, db.session.get_one(Round, round_id), at=now())
        found = round_or_404(number)
    return screen(found)


def screen(
    found: Round, problems: Sequence[str] = (), typed: Typed | None = None
) -> ResponseReturnValue:
    """The page, with what was typed where something could not be kept."""
    stored = results.of_round(db.session, found)
    rows = rows_of(found, stored) if stored else []
    counts = Counter(view for row in rows for view in row.views)
    view = request.args.get("show", "all")
    view = view if view in VIEWS else "all"
    chosen = [row for row in rows if view in row.views]
    wanted = (numbers_in([request.args.get("page", "")]) or [1])[0]
    last_page = max(0, (len(chosen) - 1) // ON_A_PAGE)
    first = min(max(wanted - 1, 0), last_page) * ON_A_PAGE
    shown = chosen[first : first + ON_A_PAGE]
    decided = choosing.decision_after(db.session, found)
    after = following(found)
    launched = bool(after and after.opened_at)
    advice = choosing.advice(g.study, stored) if stored and stored.statements else None
    steps = undoing.steps(db.session, found)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return render_template(
        "researchers/between.html",
        round=found,
        results=stored,
        rows=shown,
        remarks=remarks_on(shown) if shown else {},
        first=first,
        total=len(chosen),
        on_a_page=ON_A_PAGE,
        all_rows=rows,
        counts=counts,
        view=view,
        views=names_of_views(),
        names=named_verdicts(),
        advice=advice,
        advised=advice.sentence(page_language()) if advice else "",
        rule=Protocol.from_json(g.study.protocol).stopping.sentence(page_language()),
        decided=decided,
        decided_by=actor_in_words(decided.actor),
        after=after,
        launched=launched,
        prepared=after.prepared_at if after else None,
        out_of_line=out_of_line(after, rows) if after and after.prepared_at else [],
        added=added_in(after, rows) if after else [],
        steps=[step_shown(step, found.number + 1) for step in steps],
        groups=group_names(),
        sides=names_of_sides(),
        standings=names_of_standings(),
        proposals=Counter(row.proposal.value for row in rows),
        open_rounds=open_rounds(found),
        problems=list(problems),
        typed=typed or Typed(),
        may_run=g.role in MAY_RUN and not launched,
        language=page_language(),
        form=ActForm(),
        audience="researcher",
    ), status


def rows_of(found: Round, stored: RoundResults) -> list[Row]:
    """Every statement and question of the round that has a proposal, in the order of the round."""
    protocol = Protocol.from_json(g.study.protocol)
    locale = page_language()
    proposals = {one.round_item_id: one for one in carrying.proposals(db.session, found)}
    chosen = carrying.choices(db.session, found)
    gone = lineage.became(db.session, found)
    no_pairs = lineage.no_pairs(db.session, found)
    faces = Faces()
    rows = []
    for statement in (*stored.statements, *stored.others):
        carried = proposals.get(statement.round_item_id)
        if carried is None:
            continue
        judged = carried.judged(protocol.carry_forward)
        proposal = Proposal(carried.proposal["proposal"])
        place = statement.round_item_id
        rows.append(
            Row(
                statement,
                carried,
                proposal,
                capital(proposal.name_in(locale)),
                judged.sentence(locale)
                if statement.verdict
                else _("Comes back unless you take it out: no rule judges it."),
                signs_of(statement, protocol, faces),
                no_pairs[place].sentence(locale)
                if place in no_pairs
                else stability_of(statement, protocol, faces, locale),
                chosen.get(place),
                gone.get(place),
                place not in gone and carrying.comes_back(carried, chosen),
                tuple(statement.numbers.get("groups", {}).items()) if statement.verdict else (),
                faces.points(statement),
                faces.bands(statement),
            )
        )
    return rows


class Faces:
    """The scales of a round's statements and what their points are called: read once for all alike."""

    def __init__(self) -> None:
        self._known: list[tuple[Mapping[str, Any], Scale, Sequence[str], dict[int, str]]] = []

    def of(self, statement: StatementResult) -> tuple[Scale, Sequence[str], dict[int, str]]:
        """Scale, names and bands of a statement that is judged."""
        for settings, scale, names, bands in self._known:
            if settings == statement.settings:
                return scale, names, bands
        scale = Scale.from_json(statement.settings["scale"])
        names = [name for _point, name, _count in points_of(statement)]
        self._known.append((statement.settings, scale, names, bands_of(statement)))
        return self.of(statement)

    def points(self, statement: StatementResult) -> list[tuple[int, str, int]]:
        """A statement's points with their names and counts."""
        if not statement.verdict:
            return []
        scale, names, _bands = self.of(statement)
        return list(zip(scale, names, statement.numbers["counts"], strict=True))

    def bands(self, statement: StatementResult) -> dict[int, str]:
        """The band of every point of a statement's scale."""
        return self.of(statement)[2] if statement.verdict else {}


def signs_of(statement: StatementResult, protocol: Protocol, faces: Faces) -> tuple[Noticed, ...]:
    """What stands out on a statement, from the stored counts."""
    if not statement.verdict:
        return ()
    scale = faces.of(statement)[0]
    table = statement.stability["table"] if statement.stability else None
    pairs = PairCounts(tuple(tuple(row) for row in table)) if table else None
    return noticed(counts_of(statement.numbers), scale, pairs, camps=protocol.stopping.camps)


def stability_of(statement: StatementResult, protocol: Protocol, faces: Faces, locale: str) -> str:
    """Whether the ratings settled, in words; of a question without a verdict nothing."""
    if not statement.verdict:
        return ""
    scale = faces.of(statement)[0]
    return stability_words(statement, protocol.stability, scale, locale)


def remarks_on(rows: Sequence[Row]) -> dict[int, Remarks]:
    """The comments on these statements, by round item."""
    approval = Protocol.from_json(g.study.protocol).comments.approval
    written = voices.of_items(db.session, [row.statement.round_item_id for row in rows])
    speaks = Counter(one.merged_into or one.comment_id for one in written)
    found: dict[int, Remarks] = {}
    for one in written:
        on_it = found.setdefault(one.round_item_id, Remarks())
        on_it.by_side.setdefault(one.side, []).append(
            Remark(one, one.standing(approval), speaks[one.comment_id] or 1)
        )
    for group in voices.look_alikes(db.session, written):
        found[group[0].round_item_id].alike.append(group)
    return found


def out_of_line(draft: Round, rows: Sequence[Row]) -> list[str]:
    """Statements for which the draft holds something else than was chosen."""
    placed = set(
        db.session.scalars(select(RoundItem.item_id).where(RoundItem.round_id == draft.id))
    )
    return [
        row.statement.code for row in rows if row.returns is (row.statement.item_id not in placed)
    ]


def added_in(draft: Round, rows: Sequence[Row]) -> list[tuple[RoundItem, str, Mapping[str, Any]]]:
    """What the draft asks that this round did not: place, code and wording."""
    known = {row.statement.item_id for row in rows}
    return [
        (placed, code, wording)
        for placed, code, wording in db.session.execute(
            select(RoundItem, Item.code, ItemRevision.wording)
            .join(Item, Item.id == RoundItem.item_id)
            .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
            .where(RoundItem.round_id == draft.id)
            .order_by(RoundItem.position)
        )
        if placed.item_id not in known
    ]


def group_names() -> dict[str, str]:
    """The stakeholder groups of the study by their codes."""
    return {
        code: say(name)
        for code, name in db.session.execute(
            select(StakeholderGroup.code, StakeholderGroup.name).where(
                StakeholderGroup.study_id == g.study.id
            )
        )
    }


def open_rounds(found: Round) -> list[int]:
    """Rounds with open answers from which a statement can still be made."""
    return list(
        db.session.scalars(
            select(Round.number)
            .where(
                Round.study_id == found.study_id,
                Round.number <= found.number,
                Round.kind == RoundKind.OPEN,
            )
            .order_by(Round.number)
        )
    )


def named_verdicts() -> dict[str, str]:
    """The study's words for the verdicts, by their stored value."""
    names = verdict_names(g.study, page_language())
    return {verdict.value: name for verdict, name in names.items()}


# --- acts


def to_screen(number: int, anchor: str = "") -> ResponseReturnValue:
    """Back to the screen, in the view that was open."""
    address = url_for(
        "researchers.propose",
        study=g.study_id,
        number=number,
        show=request.args.get("show") or None,
        page=request.args.get("page") or None,
    )
    return redirect(address + (f"#{anchor}" if anchor else ""), HTTPStatus.SEE_OTHER)


Act = Callable[[Study, Round], Any]


@researchers.post("/<study>/rounds/<int:number>/next")
@needs(MAY_RUN)
def prepare(number: int) -> ResponseReturnValue:
    """Do what a button says: keep the choices, prepare, undo, finish, or go on to one statement."""
    name, _colon, about = request.form.get("act", "").partition(":")
    acts = {
        "keep": keep,
        "prepare": make_ready,
        "undo": undo,
        "throw-away": throw_away,
        "finish": finish,
        "reword": to_reword,
        "add": to_add,
    }
    found = round_or_404(number)
    g.study_id = g.study.public_id
    if not ActForm().validate_on_submit():
        return screen(found, [_("Nothing was done. Please press the button again.")])
    if name not in acts:
        abort(HTTPStatus.NOT_FOUND)
    try:
        return acts[name](number, (numbers_in([about]) or [0])[0])
    except Refused as refused:
        typed = Typed(
            {place: (choice, reason) for place, choice, reason, _seen in typed_choices()},
            request.form.get("reason", ""),
        )
        said = [in_words(problem) for problem in refused.problems]
        return screen(round_or_404(number), said, typed)


def typed_choices() -> list[tuple[int, str, str, int]]:
    """What the page sent of every statement: place, choice, reason, and the version it showed."""
    found = []
    for place in numbers_in(request.form.getlist("place")):
        seen = (numbers_in([request.form.get(f"seen-{place}", "")]) or [0])[0]
        choice = request.form.get(f"choice-{place}", "")
        found.append((place, choice, request.form.get(f"why-{place}", ""), seen))
    return found


def choice_of(text: str) -> Choice | None:
    """What a choice field holds; anything else is the rule's proposal."""
    return Choice(text) if text in tuple(Choice) else None


def keep(number: int, _about: int) -> ResponseReturnValue:
    """Keep all choices of the page; what cannot be kept is said, statement by statement."""
    problems, meanwhile = keep_typed(number)
    if problems:
        typed = {place: (choice, reason) for place, choice, reason, _seen in typed_choices()}
        return screen(round_or_404(number), problems, Typed(typed))
    if not meanwhile:
        flash(_("The choices are kept."), "success")
    return to_screen(number)


def keep_typed(number: int) -> tuple[list[str], bool]:
    """Keep what the page holds; the problems, and whether somebody else chose meanwhile."""
    problems: list[str] = []
    meanwhile: list[str] = []

    def act(_study: Study, round_: Round) -> None:
        for place, choice, reason, seen in typed_choices():
            try:
                choosing.choose(
                    db.session,
                    round_,
                    place,
                    choice_of(choice),
                    reason=reason,
                    seen=seen,
                    actor=g.actor,
                    at=now(),
                )
            except choosing.ChosenMeanwhile as newer:
                meanwhile.append(said_meanwhile(newer.stands))
            except choosing.NotChosen as refused:
                problems.extend(in_words(problem) for problem in refused.problems)

    act_on(number, act)
    for text in meanwhile:
        flash(text, "warning")
    return problems, bool(meanwhile)


def said_meanwhile(stands: CarryChoice) -> str:
    """That somebody else was faster, and what they chose."""
    return _(
        "%(who)s chose for the same statement at %(when)s. Their choice stands; choose again if you"
        " see it otherwise.",
        who=actor_in_words(stands.actor),
        when=moment(stands.chosen_at),
    )


def make_ready(number: int, _about: int) -> ResponseReturnValue:
    """Make the next round in one act, as was chosen on the page."""
    problems, meanwhile = keep_typed(number)
    reason = request.form.get("reason", "")
    stored = results.of_round(db.session, round_or_404(number))
    if stored and stored.statements and not reason.strip():
        decided = choosing.decision_after(db.session, round_or_404(number)).decision
        if choosing.advice(g.study, stored).stop and decided is not Decision.GO_ON:
            problems.append(
                _("The stopping rule advises to stop. Please say why there is another round.")
            )
    if problems:
        typed = {place: (choice, why) for place, choice, why, _seen in typed_choices()}
        return screen(round_or_404(number), problems, Typed(typed, reason))
    if meanwhile:
        return to_screen(number)
    made = act_on(
        number,
        lambda study, round_: (
            preparing.prepare(
                db.session, study, round_, reason=reason, actor=g.actor, at=now()
            ).number
        ),
    )
    flash(_("Round %(number)s is ready. Look it over, then launch it.", number=made), "success")
    return redirect(
        url_for("researchers.round", study=g.study_id, number=made), HTTPStatus.SEE_OTHER
    )


def undo(number: int, step_id: int) -> ResponseReturnValue:
    """Undo the newest step."""

    def act(_study: Study, round_: Round) -> str:
        standing = undoing.steps(db.session, round_)
        items = standing[0].items if standing else []
        done = undoing.undo(db.session, round_, step_id, actor=g.actor, at=now())
        return step_in_words(done, items, number + 1)

    said = act_on(number, act)
    flash(_("Undone: %(step)s.", step=said), "success")
    return to_screen(number)


def throw_away(number: int, _about: int) -> ResponseReturnValue:
    """Undo everything since the close."""
    act_on(
        number,
        lambda _study, round_: undoing.throw_away(db.session, round_, actor=g.actor, at=now()),
    )
    flash(_("Everything is as it was when round %(number)s was closed.", number=number), "success")
    return to_screen(number)


def finish(number: int, _about: int) -> ResponseReturnValue:
    """Finish the study after this round."""
    act_on(
        number,
        lambda study, round_: choosing.decide(
            db.session,
            study,
            round_,
            Decision.FINISH,
            reason=request.form.get("reason", ""),
            actor=g.actor,
            at=now(),
        ),
    )
    flash(_("The study ends with this round. The audit trail says who decided so."), "success")
    return to_screen(number)


def to_reword(number: int, place: int) -> ResponseReturnValue:
    """Go to a statement's wording in the next round; it gets its place there if it has none yet."""
    asked = db.session.scalar(
        select(RoundItem.id)
        .join(Round, Round.id == RoundItem.round_id)
        .where(RoundItem.id == place, Round.study_id == g.study.id, Round.number == number)
    )
    if asked is None:
        abort(HTTPStatus.NOT_FOUND)

    def act(study: Study, round_: Round) -> int:
        placed = preparing.place_in_draft(db.session, study, round_, place, actor=g.actor, at=now())
        db.session.flush()
        return placed.id

    placed_id = act_on(number, act)
    return redirect(
        url_for(
            "researchers.reword",
            study=g.study_id,
            number=number + 1,
            placed_id=placed_id,
            back="next",
        ),
        HTTPStatus.SEE_OTHER,
    )


def to_add(number: int, _about: int) -> ResponseReturnValue:
    """Go to a new statement for the next round, which is made if there is none.

    Comments that were ticked are what it comes from.
    """
    ticked = numbers_in(request.form.getlist("comment"))

    def act(study: Study, round_: Round) -> tuple[list[int], int]:
        with undoing.step(db.session, round_, "round begun", actor=g.actor, at=now()):
            preparing.draft_after(db.session, study, round_)
        return origins.of_comments(db.session, round_.id, ticked)

    answers, without = act_on(number, act)
    if without:
        flash(
            ngettext(
                "%(num)s comment was given without a rating and cannot be named as a source.",
                "%(num)s comments were given without a rating and cannot be named as a source.",
                without,
            ),
            "warning",
        )
    return redirect(
        url_for(
            "researchers.new_statement",
            study=g.study_id,
            number=number + 1,
            after=number,
            answer=answers,
        ),
        HTTPStatus.SEE_OTHER,
    )


@researchers.post("/<study>/rounds/<int:number>/next/choices/<int:place>")
@needs(MAY_RUN)
def choose(number: int, place: int) -> ResponseReturnValue:
    """Keep one choice as soon as it is made; the page's script asks for it."""
    round_or_404(number)
    g.study_id = g.study.public_id
    if not ActForm().validate_on_submit():
        return jsonify(problem=_("Nothing was kept. Please open the page anew.")), 400
    seen = (numbers_in([request.form.get("seen", "")]) or [0])[0]

    def act(_study: Study, round_: Round) -> tuple[int, Done | None]:
        version = choosing.choose(
            db.session,
            round_,
            place,
            choice_of(request.form.get("choice", "")),
            reason=request.form.get("why", ""),
            seen=seen,
            actor=g.actor,
            at=now(),
        )
        standing = undoing.steps(db.session, round_)
        return version, step_shown(standing[0], number + 1) if standing else None

    try:
        version, newest = act_on(number, act)
    except choosing.ChosenMeanwhile as newer:
        return jsonify(problem=said_meanwhile(newer.stands)), HTTPStatus.CONFLICT
    except Refused as refused:
        said = " ".join(in_words(problem) for problem in refused.problems)
        return jsonify(problem=said), HTTPStatus.UNPROCESSABLE_ENTITY
    undoes = {"value": f"undo:{newest.id}", "text": newest.said} if newest else None
    return jsonify(version=version, undo=undoes, said=_("Kept."))
