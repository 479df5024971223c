"""The rules of a study: chosen, tried on the planned panel, amended, and put on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import func, select

from surveys.delphi import presets
from surveys.delphi.composing import Asked
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.models.base import db, transaction
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.study import Study
from surveys.queries import protocols
from surveys.services import amending, launching, ruling
from surveys.web.clock import now
from surveys.web.locale import in_words, own_name, page_language
from surveys.web.researchers import chances, researchers, rule_form, settling_chances
from surveys.web.researchers.guards import MAY_RUN, actor, needs
from surveys.web.researchers.rule_choices import choices, ready_for
from surveys.web.researchers.rule_form import Reading, Typed
from surveys.web.researchers.rules_in_words import (
    bands_in_words,
    change_lines,
    changed_parts,
    parts_in_words,
)
from surveys.web.researchers.settling_chances import USUAL_STATEMENTS
from surveys.web.researchers.words import verdict_names

# The parts of a protocol that when a study stops depends on.
TRIED = ("consensus", "stability", "stopping", "carry_forward")


@researchers.get("/<study>/protocol")
def protocol() -> ResponseReturnValue:
    """The rules: to choose from before the lock, to read after it."""
    before = Protocol.from_json(g.study.protocol)
    if g.study.locked_at is not None or g.role not in MAY_RUN:
        return reading_page(before)
    return form_page(rule_form.typed_of(before, g.study.planned_experts), before)


@researchers.post("/<study>/protocol")
@needs(MAY_RUN)
def choose_protocol() -> ResponseReturnValue:
    """Show what the form says, add or take away a line, or keep the rules."""
    if g.study.locked_at is not None:
        return to_protocol(
            _("The rules are locked: they can be amended, with a reason."), "warning"
        )
    before = Protocol.from_json(g.study.protocol)
    if "s0-choice" not in request.form:
        return incomplete(before)
    act = request.form.get("do", "show")
    typed, following = rule_form.rearranged(request.form, act, before)
    read = rule_form.read(typed, before, group_codes())
    if act != "keep":
        return form_page(typed, before, read, following=following)
    if read.protocol is None or not FlaskForm().validate():
        return form_page(typed, before, read, refused=True)
    study_id, who, kept = g.study.id, actor(), read.protocol
    try:
        with transaction(db.session):
            ruling.choose(
                db.session,
                db.session.get_one(Study, study_id),
                kept,
                based_on=typed.get("based_on", ""),
                planned_experts=read.planned,
                actor=who,
                at=now(),
            )
    except ruling.RulesLocked:
        return to_protocol(
            _("The rules are locked: they can be amended, with a reason."), "warning"
        )
    except ruling.RulesRefused as refusal:
        g.study = db.session.get_one(Study, study_id)
        return form_page(
            typed, before, read, refused=True, said=[in_words(one) for one in refusal.problems]
        )
    g.study = db.session.get_one(Study, study_id)
    return to_protocol(_("The rules are kept. They are locked at the first launch."), "success")


@researchers.route("/<study>/protocol/amend", methods=["GET", "POST"])
@needs(MAY_RUN)
def amend_protocol() -> ResponseReturnValue:
    """Change locked rules: what changes, why, and a confirmation."""
    if g.study.locked_at is None:
        return to_protocol(_("Nothing is locked yet: the rules can simply be changed."), "warning")
    before = Protocol.from_json(g.study.protocol)
    if request.method == "GET":
        return form_page(rule_form.typed_of(before, g.study.planned_experts), before, amends=True)
    if "s0-choice" not in request.form:
        return incomplete(before, amends=True)
    act = request.form.get("do", "show")
    typed, following = rule_form.rearranged(request.form, act, before)
    read = rule_form.read(typed, before, group_codes())
    if act != "amend":
        return form_page(typed, before, read, following=following, amends=True)
    if typed.get("confirmed") != "yes":
        read.faults["confirmed"] = _("Please confirm that you have read what changes.")
    if read.protocol is None or "confirmed" in read.faults or not FlaskForm().validate():
        return form_page(typed, before, read, refused=True, amends=True)
    study_id, who, wanted = g.study.id, actor(), read.protocol
    try:
        with transaction(db.session):
            made = amending.amend(
                db.session,
                db.session.get_one(Study, study_id),
                wanted,
                based_on=typed.get("based_on", ""),
                reason=typed.get("reason", ""),
                actor=who,
                at=now(),
            ).number
    except amending.AmendmentRefused as refusal:
        g.study = db.session.get_one(Study, study_id)
        said = [in_words(one) for one in refusal.problems]
        return form_page(typed, before, read, refused=True, said=said, amends=True)
    g.study = db.session.get_one(Study, study_id)
    return to_protocol(_("Amendment %(number)s is in force from now on.", number=made), "success")


def incomplete(before: Protocol, *, amends: bool = False) -> ResponseReturnValue:
    """The rules as they stand, where what came in was not the whole form."""
    typed = rule_form.typed_of(before, g.study.planned_experts)
    said = [_("The form arrived without its fields. Here are the rules as they stand.")]
    return form_page(typed, before, refused=True, said=said, amends=amends)


def to_protocol(said: str, kind: str) -> ResponseReturnValue:
    """Back to the page of the rules, with a word on what happened."""
    flash(said, kind)
    return redirect(url_for("researchers.protocol", study=g.study.public_id), HTTPStatus.SEE_OTHER)


def group_codes() -> list[str]:
    """The codes of the study's stakeholder groups."""
    return list(sizes_now())


def sizes_now() -> dict[str, int]:
    """How many experts each stakeholder group has now."""
    return dict(
        db.session.execute(
            select(StakeholderGroup.code, func.count(Expert.id))
            .outerjoin(
                Expert, (Expert.group_id == StakeholderGroup.id) & Expert.withdrawn_at.is_(None)
            )
            .where(StakeholderGroup.study_id == g.study.id)
            .group_by(StakeholderGroup.id)
            .order_by(StakeholderGroup.position)
        ).all()
    )


def form_page(
    typed: Typed,
    before: Protocol,
    read: Reading | None = None,
    *,
    following: str | None = None,
    refused: bool = False,
    said: Sequence[str] = (),
    amends: bool = False,
) -> ResponseReturnValue:
    """The form with what was typed in it, and what it says so far."""
    locale = page_language()
    sizes = sizes_now()
    read = read or rule_form.read(typed, before, list(sizes))
    size = read.planned or sum(sizes.values()) or chances.USUAL_PANEL
    faults = read.faults if refused else shown_while_typing(read.faults)
    pairs = settling_chances.typed_whole(typed.get("rated_twice", ""), 2_000, size)
    statements = settling_chances.statements_now(g.study)
    answer = render_template(
        "researchers/protocol.html",
        typed=typed,
        faults=faults,
        problem_links=[*(("rules", text) for text in said), *(faults.items() if refused else ())],
        following=following,
        amends=amends,
        steps=rule_form.steps_in(typed),
        clauses_in=lambda prefix: rule_form.clauses_in(typed, prefix),
        pairs=rule_form.pairs_in(typed),
        arms=rule_form.arms_in(typed),
        most_steps=rule_form.MOST_STEPS,
        most_clauses=rule_form.MOST_CLAUSES,
        own=rule_form.OWN,
        as_it_stands=rule_form.AS_IT_STANDS,
        says_more=[typed.get(f"s{at}-choice") == rule_form.AS_IT_STANDS for at in range(3)],
        ready=ready_for(read.scale, bool(sizes), locale),
        stabilities=[
            (
                one.id,
                " + ".join(clause.phrase(locale) for clause in one.rule.clauses),
                one.reference,
            )
            for one in presets.STABILITY
        ],
        clause_parts={kind.value: kind.parts for kind in Asked},
        scale=read.scale,
        choices=choices(read.scale, locale),
        sentences=sentences(read, locale),
        others=sentences_elsewhere(read),
        trials=trials(read, size, sizes, locale),
        size=size,
        experts=sum(sizes.values()),
        precision=chances.precision(size),
        asked_half=asked_half(typed),
        settling=settling_of(read.parts, read.scale, pairs),
        ending=ending_of(
            read.parts,
            read.scale,
            pairs=pairs,
            size=size,
            sizes=sizes,
            statements=settling_chances.typed_whole(
                typed.get("statements", ""), 1_000, statements or USUAL_STATEMENTS
            ),
        ),
        statements=statements,
        usual_statements=USUAL_STATEMENTS,
        real_time=before.real_time,
        changed=changed_parts(before, as_of_now(read.protocol), locale) if amends else (),
        last_closed=amending.last_closed(db.session, g.study),
        in_round=amending.open_round(db.session, g.study),
        audience="researcher",
    )
    return answer, (HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK)


def as_of_now(rules: Protocol | None) -> Protocol | None:
    """The rules with the stakeholder groups the study has now, as an amendment would keep them."""
    return None if rules is None else launching.with_groups(db.session, g.study, rules)


def shown_while_typing(faults: Mapping[str, str]) -> dict[str, str]:
    """What is worth saying before anybody wants to keep it: not that an empty field is empty."""
    return {place: said for place, said in faults.items() if request.form.get(place, "").strip()}


def reading_page(current: Protocol) -> ResponseReturnValue:
    """The rules to read, what was amended, and where the record is."""
    locale = page_language()
    sizes = sizes_now()
    size = g.study.planned_experts or sum(sizes.values()) or chances.USUAL_PANEL
    parts = {name: getattr(current, name) for name in TRIED}
    return render_template(
        "researchers/protocol_locked.html",
        rules=parts_in_words(current, locale),
        changes=change_lines(protocols.changes(db.session, g.study.id), locale),
        hash_in_force=current.hash,
        trials=[
            chances.trial(step.rule, current.scale, size, chances.panel_sizes(sizes, size), locale)
            for step in current.consensus.steps
        ],
        steps_from=[step.round for step in current.consensus.steps],
        size=size,
        experts=sum(sizes.values()),
        precision=chances.precision(size),
        settling=settling_of(parts, current.scale, size),
        ending=ending_of(
            parts,
            current.scale,
            pairs=size,
            size=size,
            sizes=sizes,
            statements=settling_chances.statements_now(g.study) or USUAL_STATEMENTS,
        ),
        may_run=g.role in MAY_RUN,
        audience="researcher",
    )


# --- what pages say


def sentences(read: Reading, locale: str) -> dict[str, str]:
    """The sentence of every part that could be read."""
    names = verdict_names(g.study, locale)
    said = {"scale": bands_in_words(read.scale, locale)}
    for part, value in read.parts.items():
        if part == "consensus":
            said[part] = value.sentence(locale, read.scale, names)
        elif part == "stability":
            said[part] = value.sentence(locale, read.scale)
        elif part in ("stopping", "carry_forward", "feedback", "comments", "arms"):
            said[part] = value.sentence(locale)
    return said


def sentences_elsewhere(read: Reading) -> list[tuple[str, str, str]]:
    """The consensus rule in the study's other languages: the code, its name, the sentence."""
    rule = read.parts.get("consensus")
    if rule is None:
        return []
    return [
        (
            language,
            own_name(language),
            rule.sentence(language, read.scale, verdict_names(g.study, language)),
        )
        for language in g.study.languages
        if language != page_language()
    ]


def trials(
    read: Reading, size: int, sizes: Mapping[str, int], locale: str
) -> list[chances.Trial | None]:
    """Every rule by round, tried on a panel of the planned size."""
    groups = chances.panel_sizes(sizes, size)
    return [
        None if rule is None else chances.trial(rule, read.scale, size, groups, locale)
        for rule in read.steps
    ]


def settling_of(
    parts: Mapping[str, Any], scale: Scale, pairs: int
) -> settling_chances.SettlingTrial | None:
    """The stability rule, tried on so many pairs; None where it could not be read."""
    rule = parts.get("stability")
    return None if rule is None else settling_chances.settling_trial(rule, scale, pairs)


def ending_of(
    parts: Mapping[str, Any],
    scale: Scale,
    *,
    pairs: int,
    size: int,
    sizes: Mapping[str, int],
    statements: int,
) -> settling_chances.EndingTrial | None:
    """The stopping rule, tried on so many statements; None where a part could not be read."""
    consensus, stability, stopping, carry = (parts.get(name) for name in TRIED)
    if consensus is None or stability is None or stopping is None or carry is None:
        return None
    return settling_chances.ending_trial(
        stopping,
        carry,
        stability,
        # Stability is first assessed in the second round.
        consensus.for_round(2),
        scale,
        pairs=pairs,
        size=size,
        groups=chances.panel_sizes(sizes, size),
        statements=statements,
    )


def asked_half(typed: Typed) -> tuple[float, float, int] | None:
    """How many experts the interval needs that somebody asked for; None where none can be told."""
    try:
        share = float(typed.get("expected", "70").replace(",", "."))
        half = float(typed.get("half", "10").replace(",", "."))
    except ValueError:
        return None
    if not (0 <= share <= 100 and 0.5 <= half < 50):
        return None
    return share, half, chances.needed(share, half)
