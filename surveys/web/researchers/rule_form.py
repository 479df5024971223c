"""The form of a protocol: rules as what a browser sends, and back, with a sentence at every mistake.

One shape serves everywhere: what a form sends, what is drawn again when something is wrong in it, and
what a stored protocol looks like before anybody types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from surveys.delphi import presets
from surveys.delphi.arms import FeedbackArm, FeedbackArms
from surveys.delphi.carrying import CarryForwardRule, Leaving
from surveys.delphi.composing import (
    MOST_CLAUSES,
    ClauseDraft,
    RuleDraft,
    Unfinished,
    Wrong,
    typed_number,
)
from surveys.delphi.conditions import Denominator, Share
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule, FromRound
from surveys.delphi.exact import Comparison, plain
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.protocol import Population, Protocol
from surveys.delphi.quantile import QUANTILES
from surveys.delphi.scale import Scale
from surveys.delphi.stability import (
    IqrChange,
    Kappa,
    Kept,
    NetChange,
    PairClause,
    ShareKept,
    StabilityRule,
)
from surveys.delphi.stopping import StoppingRule
from surveys.delphi.voices import Approval, CommentRule
from surveys.items.base import N_

Typed = MultiDict[str, str]

# What is chosen instead of a ready definition.
OWN, AS_IT_STANDS = "own", "kept"
MOST_STEPS = 3
MOST_ARMS = 4
LARGEST = 10_000
CLAUSE = ("asked", "where", "points", "comparison", "within", "number")
RULE = ("joined", "out", "out_joined", "reach", "group", "group_minimum", "minimum", "denominator")
PAIR = ("asked", "comparison", "number")
NET_CHANGE, KAPPA, IQR_CHANGE = "net change", "kappa", "iqr change"
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)

WRONG = {
    Wrong.NOT_A_NUMBER: N_("Type a number, such as 4 or 3.5."),
    Wrong.NOT_A_PERCENTAGE: N_("Type a percentage from 0 to 100, such as 75."),
    Wrong.NOT_A_POINT: N_("Type points of the scale, such as 4-5."),
    Wrong.NOT_WHOLE: N_("Type a whole number from 1 to 1000."),
    Wrong.NO_CLAUSE: N_("A rule needs at least one clause."),
    Wrong.NO_MIRROR: N_(
        "These clauses are the same at the other end of the scale, so “out” would equal “in”. Add "
        "where the median lies, or say yourself when a statement is out, or choose never."
    ),
    Wrong.NO_MEANING: N_("This has no meaning on the scale of the study."),
    Wrong.ONLY_SHARES: N_("Only shares can weigh every group the same."),
    Wrong.NO_GROUP: N_("Choose one of the study’s groups."),
    Wrong.NOT_OFFERED: N_("Choose one of the possibilities."),
}


@dataclass(slots=True)
class Reading:
    """What a form says. ``faults``: sentences by field; ``protocol``: the rules where there are none.

    ``parts`` are the parts that could be read, so that each can say its sentence.
    """

    scale: Scale
    parts: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    steps: list[ConsensusRule | None] = field(default_factory=list)
    planned: int | None = None
    protocol: Protocol | None = None


# --- a protocol as a form shows it


def typed_of(protocol: Protocol, planned: int | None) -> Typed:
    """What the form would send if these were the rules in it."""
    scale = protocol.scale
    typed: Typed = MultiDict(
        {
            "based_on": protocol.hash,
            "planned": "" if planned is None else str(planned),
            # For what somebody asks about the panel; no rule uses them.
            "expected": "70",
            "half": "10",
            "rated_twice": "",
            "statements": "",
            "low_until": str(scale.low_until),
            "high_from": str(scale.high_from),
            "quantiles": protocol.quantile_method,
            "minimum_pairs": str(protocol.stability.minimum_pairs),
            "max_rounds": _text(protocol.stopping.max_rounds),
            "majority": plain(protocol.stopping.majority),
            "camps": plain(protocol.stopping.camps),
            "leaving": protocol.carry_forward.leaving.value,
            "rounds": str(protocol.carry_forward.rounds),
            "population": protocol.population.value,
            "unsubmitted": "count" if protocol.unsubmitted_count else "drop",
            "smallest_group": str(protocol.feedback.smallest_group),
            "approval": protocol.comments.approval.value,
            "words": _text(protocol.comments.words),
            "comments": _text(protocol.comments.comments),
            "seed": str(protocol.arms.seed if protocol.arms else 1),
        }
    )
    for at, step in enumerate(protocol.consensus.steps):
        _put_step(typed, at, step, protocol)
    _put_stability(typed, protocol.stability)
    _put_policy(typed, "f", protocol.feedback)
    if protocol.arms:
        typed["compared"] = "yes"
    arms = (
        protocol.arms.arms
        if protocol.arms
        else (
            FeedbackArm("A", protocol.feedback),
            FeedbackArm("B", protocol.feedback),
        )
    )
    for at, arm in enumerate(arms):
        typed[f"a{at}-code"] = arm.code
        _put_policy(typed, f"a{at}", arm.policy)
    return typed


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _put_step(typed: Typed, at: int, step: FromRound, protocol: Protocol) -> None:
    rule, scale = step.rule, protocol.scale
    draft = RuleDraft.of(rule, scale)
    typed[f"s{at}-start"] = str(step.round)
    typed[f"s{at}-choice"] = _ready_of(rule, protocol) or (OWN if draft else AS_IT_STANDS)
    put_rule(typed, at, draft or RuleDraft(minimum=str(rule.minimum)))


def _ready_of(rule: ConsensusRule, protocol: Protocol) -> str | None:
    """The ready definition it is, but for the smallest number, quantiles and denominator."""
    counted = {
        leaf.denominator
        for part in rule.conditions
        for leaf in part.leaves()
        if isinstance(leaf, Share)
    }
    for ready in presets.fitting(protocol.scale, groups=True):
        made = ready.rule(protocol.scale)
        if isinstance(made, ConsensusRule):
            same = _adapted(made, protocol.quantile_method, counted, rule.minimum)
            if same == rule:
                return ready.id
    return None


def _adapted(
    rule: ConsensusRule, quantiles: str, counted: set[Denominator], minimum: int
) -> ConsensusRule:
    if counted == {Denominator.WITH_UNABLE}:
        rule = rule.counting_unable()
    return replace(rule.with_quantiles(quantiles), minimum=minimum)


def put_rule(typed: Typed, at: int, draft: RuleDraft) -> None:
    """Write a draft into the fields of one step."""
    for name in RULE:
        typed[f"s{at}-{name}"] = str(getattr(draft, name))
    for side, clauses in (("in", draft.clauses), ("out", draft.out_clauses or (ClauseDraft(),))):
        for number in range(MOST_CLAUSES):
            for name in CLAUSE:
                typed.pop(f"s{at}-{side}-{number}-{name}", None)
        for number, clause in enumerate(clauses):
            for name in CLAUSE:
                typed[f"s{at}-{side}-{number}-{name}"] = str(getattr(clause, name))


def _put_stability(typed: Typed, rule: StabilityRule) -> None:
    for ready in presets.STABILITY:
        if replace(ready.rule, minimum_pairs=rule.minimum_pairs) == rule:
            typed["stability"] = ready.id
            break
    else:
        typed["stability"] = OWN
    for at, clause in enumerate(rule.clauses):
        asked, number = _pair_of(clause)
        typed[f"p{at}-asked"] = asked
        typed[f"p{at}-comparison"] = getattr(clause, "comparison", Comparison.AT_LEAST).value
        typed[f"p{at}-number"] = plain(number)


def _pair_of(clause: PairClause) -> tuple[str, Fraction]:
    if isinstance(clause, ShareKept):
        return clause.kept.value, clause.percent
    if isinstance(clause, NetChange):
        return NET_CHANGE, clause.percent
    if isinstance(clause, Kappa):
        return KAPPA, clause.value
    return IQR_CHANGE, getattr(clause, "value", Fraction(0))


def _put_policy(typed: Typed, prefix: str, policy: FeedbackPolicy) -> None:
    typed.setlist(f"{prefix}-shows", [shown.value for shown in policy.shows])
    typed[f"{prefix}-whose"] = policy.whose.value


# --- a form as rules


def steps_in(typed: Typed) -> int:
    """How many rules by round the form has."""
    return _rows(typed, lambda at: f"s{at}-choice", MOST_STEPS)


def clauses_in(typed: Typed, prefix: str) -> int:
    """How many clauses stand under a prefix: "s0-in"."""
    return _rows(typed, lambda at: f"{prefix}-{at}-asked", MOST_CLAUSES)


def pairs_in(typed: Typed) -> int:
    """How many clauses the stability rule has."""
    return _rows(typed, lambda at: f"p{at}-asked", MOST_CLAUSES)


def arms_in(typed: Typed) -> int:
    """How many arms of feedback there are fields for."""
    return _rows(typed, lambda at: f"a{at}-code", MOST_ARMS)


def _rows(typed: Typed, name: Callable[[int], str], most: int) -> int:
    return next((at for at in range(most) if name(at) not in typed), most)


def draft_of(typed: Typed, at: int) -> RuleDraft:
    """The rule of one step as it is composed."""

    def clauses(side: str) -> tuple[ClauseDraft, ...]:
        return tuple(
            ClauseDraft(**{name: typed.get(f"s{at}-{side}-{row}-{name}", "") for name in CLAUSE})
            for row in range(clauses_in(typed, f"s{at}-{side}"))
        )

    return RuleDraft(
        clauses=clauses("in"),
        out_clauses=clauses("out"),
        **{name: typed.get(f"s{at}-{name}", "") for name in RULE},
    )


def read(typed: Typed, before: Protocol, groups: Sequence[str]) -> Reading:
    """Everything the form says, and everything that is wrong in it.

    before : the rules as they stand, for what the form does not show. groups : codes of the study's
    stakeholder groups.
    """
    return _Reader(typed, before, groups).reading()


class _Reader:
    """Reads part by part; what is wrong with one does not hide another."""

    def __init__(self, typed: Typed, before: Protocol, groups: Sequence[str]) -> None:
        self.typed, self.before, self.groups = typed, before, groups
        self.found = Reading(before.scale)
        self.quantiles = before.quantile_method

    def reading(self) -> Reading:
        found = self.found
        self.scale()
        quantiles = self.one_of("quantiles", tuple(QUANTILES))
        self.quantiles = quantiles or self.quantiles
        found.planned = self.planned()
        parts: dict[str, Any] = {
            "consensus": self.consensus(),
            "stability": self.stability(),
            "stopping": self.stopping(),
            "carry_forward": self.carrying(),
            "comments": self.comments(),
            "population": self.one_of("population", tuple(Population)),
            "unsubmitted_count": self.unsubmitted(),
            "quantile_method": quantiles,
            "feedback": self.feedback(),
        }
        parts["arms"] = self.arms()
        found.parts = {name: part for name, part in parts.items() if part is not None}
        if not found.faults:
            found.protocol = replace(
                self.before, scale=found.scale, **{**found.parts, "arms": parts["arms"]}
            )
        return found

    def wrong(self, place: str, said: str) -> None:
        self.found.faults.setdefault(place, said)

    def text(self, name: str) -> str:
        return str(self.typed.get(name, "")).strip()

    def one_of(self, name: str, choices: Sequence[str]) -> Any:
        chosen = self.text(name)
        if chosen in [str(choice) for choice in choices]:
            return choices[[str(choice) for choice in choices].index(chosen)]
        self.wrong(name, _("Choose one of the possibilities."))
        return None

    def whole(self, name: str, least: int = 1, most: int = LARGEST) -> int | None:
        typed = self.text(name)
        if _WHOLE.fullmatch(typed) and least <= int(typed) <= most:
            return int(typed)
        self.wrong(
            name,
            _("Type a whole number from %(least)s to %(most)s.", least=least, most=most),
        )
        return None

    def percent(self, name: str) -> Fraction | None:
        value = typed_number(self.text(name))
        if value is not None and 0 <= value <= 100:
            return value
        self.wrong(name, _(WRONG[Wrong.NOT_A_PERCENTAGE]))
        return None

    def planned(self) -> int | None:
        return self.whole("planned", 1, 2_000) if self.text("planned") else None

    def scale(self) -> None:
        scale = self.before.scale
        low = self.whole_point("low_until", scale)
        high = self.whole_point("high_from", scale)
        if low is None or high is None:
            return
        try:
            self.found.scale = replace(scale, low_until=low, high_from=high)
        except ValueError:
            self.wrong("high_from", _("The high band begins above the end of the low band."))

    def whole_point(self, name: str, scale: Scale) -> int | None:
        typed = self.text(name).replace("\u2212", "-")
        if re.fullmatch(r"-?\d{1,4}", typed, re.ASCII) and int(typed) in scale:
            return int(typed)
        self.wrong(name, _("Choose a point of the scale."))
        return None

    def consensus(self) -> ConsensusByRound | None:
        rules: list[FromRound | None] = []
        steps = steps_in(self.typed)
        for at in range(steps):
            start = 1 if at == 0 else self.whole(f"s{at}-start", 2, 20)
            made = self.step(at, steps)
            if isinstance(made, ConsensusByRound):
                self.found.steps = [step.rule for step in made.steps]
                return made
            self.found.steps.append(made)
            rules.append(FromRound(start, made) if start and made else None)
        if not rules or None in rules:
            if not rules:
                self.wrong("s0-choice", _("Choose one of the possibilities."))
            return None
        try:
            return ConsensusByRound(tuple(rule for rule in rules if rule is not None))
        except ValueError:
            last = len(rules) - 1
            self.wrong(
                f"s{last}-start", _("Each rule begins in a later round than the one before.")
            )
            return None

    def step(self, at: int, steps: int) -> ConsensusRule | ConsensusByRound | None:
        choice = self.text(f"s{at}-choice")
        minimum = self.whole(f"s{at}-minimum", 1, 1000)
        denominator = self.one_of(f"s{at}-denominator", tuple(Denominator))
        if choice == OWN:
            return self.composed(at)
        if minimum is None or denominator is None:
            return None
        if choice == AS_IT_STANDS and at < len(self.before.consensus.steps):
            kept = self.before.consensus.steps[at].rule
            return replace(kept.with_quantiles(self.quantiles), minimum=minimum)
        ready = presets.BY_ID.get(choice)
        if ready is None or not ready.fits(self.found.scale):
            self.wrong(f"s{at}-choice", _("Choose one of the possibilities."))
            return None
        made = ready.rule(self.found.scale)
        if isinstance(made, ConsensusRule):
            return _adapted(made, self.quantiles, {denominator}, minimum)
        if steps > 1:
            self.wrong(
                f"s{at}-choice",
                _("This definition has a rule for each round already: take away the others."),
            )
            return None
        return ConsensusByRound(
            tuple(
                replace(step, rule=_adapted(step.rule, self.quantiles, {denominator}, minimum))
                for step in made.steps
            )
        )

    def composed(self, at: int) -> ConsensusRule | None:
        try:
            return draft_of(self.typed, at).rule(
                self.found.scale, quantiles=self.quantiles, groups=self.groups
            )
        except Unfinished as unfinished:
            for fault in unfinished.faults:
                self.wrong(f"s{at}-{fault.place}", _(WRONG[fault.what]))
            return None

    def stability(self) -> StabilityRule | None:
        least = self.whole("minimum_pairs", 1, 1000)
        chosen = self.text("stability")
        if chosen != OWN:
            ready = next((one for one in presets.STABILITY if one.id == chosen), None)
            if ready is None:
                self.wrong("stability", _("Choose one of the possibilities."))
                return None
            return replace(ready.rule, minimum_pairs=least) if least else None
        clauses = [self.pair(at) for at in range(pairs_in(self.typed))]
        if not clauses:
            self.wrong("stability", _(WRONG[Wrong.NO_CLAUSE]))
        if not clauses or None in clauses or least is None:
            return None
        return StabilityRule(tuple(one for one in clauses if one is not None), least)

    def pair(self, at: int) -> PairClause | None:
        asked = self.text(f"p{at}-asked")
        comparison = self.one_of(f"p{at}-comparison", tuple(Comparison))
        kinds = (*(kept.value for kept in Kept), NET_CHANGE, KAPPA, IQR_CHANGE)
        if asked not in kinds:
            self.wrong(f"p{at}-asked", _("Choose one of the possibilities."))
            return None
        if asked in (KAPPA, IQR_CHANGE):
            number = self.number(f"p{at}-number")
        else:
            number = self.percent(f"p{at}-number")
        if comparison is None or number is None:
            return None
        little = asked in (NET_CHANGE, IQR_CHANGE)
        if comparison.wants_much == little:
            self.wrong(
                f"p{at}-comparison",
                _("Stability asks for little change: choose at most or under.")
                if little
                else _("Stability asks for many kept ratings: choose at least or more than."),
            )
            return None
        if asked == NET_CHANGE:
            return NetChange(comparison, number)
        if asked == KAPPA:
            return Kappa(comparison, number)
        if asked == IQR_CHANGE:
            return IqrChange(comparison, number, self.quantiles)
        return ShareKept(Kept(asked), comparison, number)

    def number(self, name: str) -> Fraction | None:
        value = typed_number(self.text(name))
        if value is None:
            self.wrong(name, _(WRONG[Wrong.NOT_A_NUMBER]))
        return value

    def stopping(self) -> StoppingRule | None:
        last = self.whole("max_rounds", 1, 20) if self.text("max_rounds") else None
        majority, camps = self.percent("majority"), self.percent("camps")
        if majority is None or camps is None or (last is None and self.text("max_rounds")):
            return None
        return StoppingRule(last, majority, camps)

    def carrying(self) -> CarryForwardRule | None:
        leaving = self.one_of("leaving", tuple(Leaving))
        if leaving is None:
            return None
        stable = leaving is Leaving.CONSENSUS_AND_STABLE
        rounds = self.whole("rounds", 2 if stable else 1, 20)
        return None if rounds is None else CarryForwardRule(leaving, rounds)

    def unsubmitted(self) -> bool | None:
        chosen = self.one_of("unsubmitted", ("count", "drop"))
        if chosen == "drop" and self.before.real_time:
            self.wrong(
                "unsubmitted",
                _("In a round in real time answers count from the moment they are given."),
            )
            return None
        return None if chosen is None else chosen == "count"

    def feedback(self) -> FeedbackPolicy | None:
        smallest = self.whole("smallest_group", 2, 1000)
        return self.policy("f", smallest)

    def policy(self, prefix: str, smallest: int | None) -> FeedbackPolicy | None:
        shows = self.typed.getlist(f"{prefix}-shows")
        if unknown := set(shows) - {shown.value for shown in Shown}:
            self.wrong(f"{prefix}-shows", _("Choose one of the possibilities."))
        whose = self.one_of(f"{prefix}-whose", tuple(Whose))
        if unknown or whose is None or smallest is None:
            return None
        order = [shown for shown in Shown if shown.value in shows]
        return FeedbackPolicy(tuple(order), whose, smallest)

    def arms(self) -> FeedbackArms | None:
        if self.text("compared") != "yes":
            return None
        smallest = self.whole("smallest_group", 2, 1000)
        seed = self.whole("seed", 0, 999_999)
        arms = []
        for at in range(arms_in(self.typed)):
            code = self.text(f"a{at}-code")
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,19}", code, re.ASCII):
                self.wrong(
                    f"a{at}-code", _("A code is a short word: a letter, then letters or figures.")
                )
                continue
            policy = self.policy(f"a{at}", smallest)
            if policy is not None:
                arms.append(FeedbackArm(code, policy))
        if self.found.faults or seed is None:
            return None
        try:
            return FeedbackArms(tuple(arms), seed)
        except ValueError:
            self.wrong(
                "a1-code", _("Give every kind of feedback that is compared a code of its own.")
            )
            return None

    def comments(self) -> CommentRule | None:
        approval = self.one_of("approval", tuple(Approval))
        limits = {
            name: self.whole(name, 1, LARGEST) if self.text(name) else None
            for name in ("words", "comments")
        }
        if approval is None or any(
            limits[name] is None and self.text(name) for name in ("words", "comments")
        ):
            return None
        return CommentRule(approval, limits["words"], limits["comments"])


# --- adding and taking away without script


_ACTS: Mapping[str, re.Pattern[str]] = {
    "add-clause": re.compile(r"add-s(\d)-(in|out)"),
    "remove-clause": re.compile(r"remove-s(\d)-(in|out)-(\d)"),
    "compose": re.compile(r"compose-(\d)"),
    "add-step": re.compile(r"add-step"),
    "remove-step": re.compile(r"remove-step-([12])"),
    "add-pair": re.compile(r"add-pair"),
    "remove-pair": re.compile(r"remove-pair-(\d)"),
}


def rearranged(typed: Typed, act: str, before: Protocol) -> tuple[Typed, str | None]:
    """The form after one of its own buttons, and the field that comes next; None for any other act."""
    typed = MultiDict(typed)
    for name, pattern in _ACTS.items():
        found = pattern.fullmatch(act)
        if found:
            return typed, _REARRANGE[name](typed, before, *found.groups())
    return typed, None


def _add_clause(typed: Typed, _before: Protocol, step: str, side: str) -> str:
    prefix = f"s{step}-{side}"
    row = clauses_in(typed, prefix)
    if row < MOST_CLAUSES:
        _put_row(typed, f"{prefix}-{row}", ClauseDraft())
    return f"{prefix}-{min(row, MOST_CLAUSES - 1)}-asked"


def _put_row(typed: Typed, prefix: str, clause: ClauseDraft) -> None:
    for name in CLAUSE:
        typed[f"{prefix}-{name}"] = str(getattr(clause, name))


def _remove_clause(typed: Typed, _before: Protocol, step: str, side: str, row: str) -> str:
    prefix = f"s{step}-{side}"
    _close_up(typed, prefix + "-", int(row), clauses_in(typed, prefix), CLAUSE)
    return f"add-{prefix}"


def _close_up(typed: Typed, prefix: str, gone: int, rows: int, names: Sequence[str]) -> None:
    """Take one row of fields away and move up those behind it."""
    for row in range(gone, rows):
        for name in names:
            following = typed.get(f"{prefix}{row + 1}-{name}")
            if row + 1 < rows and following is not None:
                typed[f"{prefix}{row}-{name}"] = following
            else:
                typed.pop(f"{prefix}{row}-{name}", None)


def _compose(typed: Typed, before: Protocol, step: str) -> str:
    """Begin an own rule with the clauses of the ready one that is chosen."""
    scale = before.scale
    ready = presets.BY_ID.get(typed.get(f"s{step}-choice", ""))
    made = ready.rule(scale) if ready and ready.fits(scale) else None
    if isinstance(made, ConsensusByRound):
        made = made.steps[-1].rule
    draft = RuleDraft.of(made, scale) if made else None
    if draft is not None:
        minimum, counted = typed.get(f"s{step}-minimum", ""), typed.get(f"s{step}-denominator", "")
        put_rule(typed, int(step), replace(draft, minimum=minimum, denominator=counted))
    typed[f"s{step}-choice"] = OWN
    return f"s{step}-in-0-asked"


def _add_step(typed: Typed, _before: Protocol) -> str:
    at = steps_in(typed)
    if at >= MOST_STEPS:
        return f"s{at - 1}-choice"
    last = typed.get(f"s{at - 1}-start", "1")
    typed[f"s{at}-start"] = str(int(last) + 1) if _WHOLE.fullmatch(last) else "2"
    typed[f"s{at}-choice"] = typed.get(f"s{at - 1}-choice", OWN)
    put_rule(typed, at, draft_of(typed, at - 1))
    return f"s{at}-start"


def _remove_step(typed: Typed, _before: Protocol, step: str) -> str:
    for at in range(int(step), MOST_STEPS):
        old = [name for name in typed if name.startswith(f"s{at}-")]
        for name in old:
            typed.pop(name)
        moved = [name for name in typed if name.startswith(f"s{at + 1}-")]
        for name in moved:
            typed[f"s{at}-{name[3:]}"] = typed[name]
    return "add-step"


def _add_pair(typed: Typed, _before: Protocol) -> str:
    at = pairs_in(typed)
    if at < MOST_CLAUSES:
        typed.update(
            {f"p{at}-asked": Kept.SAME_BAND.value, f"p{at}-comparison": ">=", f"p{at}-number": ""}
        )
    return f"p{min(at, MOST_CLAUSES - 1)}-asked"


def _remove_pair(typed: Typed, _before: Protocol, row: str) -> str:
    _close_up(typed, "p", int(row), pairs_in(typed), PAIR)
    return "add-pair"


_REARRANGE: Mapping[str, Callable[..., str]] = {
    "add-clause": _add_clause,
    "remove-clause": _remove_clause,
    "compose": _compose,
    "add-step": _add_step,
    "remove-step": _remove_step,
    "add-pair": _add_pair,
    "remove-pair": _remove_pair,
}
