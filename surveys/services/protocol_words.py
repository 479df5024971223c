"""A study's rules in the words of a study file, documented in docs/study-files.md: read, and written.

What the short words can say is written in them; any other rule is written in full, as Rondo stores it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from surveys.delphi.arms import FeedbackArm, FeedbackArms
from surveys.delphi.carrying import CarryForwardRule, Leaving
from surveys.delphi.conditions import AllOf, Share
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.exact import Comparison, plain
from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.protocol import Population, Protocol
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stability import Kept, NetChange, ShareKept, StabilityRule
from surveys.delphi.stopping import StoppingRule
from surveys.delphi.stored import load as load_rule
from surveys.delphi.voices import USUAL_WORDS, Approval, CommentRule

COMPARISONS = {
    "at_least": Comparison.AT_LEAST,
    "more_than": Comparison.MORE_THAN,
    "at_most": Comparison.AT_MOST,
    "under": Comparison.UNDER,
}
KEPT = {"band": Kept.SAME_BAND, "rating": Kept.UNCHANGED, "within_one": Kept.WITHIN_ONE}
SHOWN = {
    "own": Shown.OWN_RATING,
    "distribution": Shown.DISTRIBUTION,
    "median": Shown.MEDIAN,
    "spread": Shown.SPREAD,
    "comments": Shown.COMMENTS,
}

WHOSE = {"panel": Whose.PANEL, "own_group": Whose.OWN_GROUP, "all_groups": Whose.ALL_GROUPS}
LEAVING = {
    "stable_consensus": Leaving.CONSENSUS_AND_STABLE,
    "first_consensus": Leaving.FIRST_CONSENSUS,
}
POPULATIONS = {
    "answered": Population.ANSWERED,
    "every_round": Population.COMPLETERS,
}
# Where there is no last round, or no limit.
NO_LIMIT = "none"


def protocol_of(part: Mapping[str, Any], scale: Scale) -> Protocol:
    """The study's rules as a file words them. Raises ValueError saying which part does not hold.

    Beside the short words of docs/study-files.md, each rule may stand in full, as Rondo stores it.
    """
    known = {
        "quantiles",
        "consensus",
        "stability",
        "carry_forward",
        "feedback",
        "population",
        "unsubmitted",
        "maximum_rounds",
        "stopping",
    }
    unknown = sorted(set(part) - known)
    if unknown:
        raise ValueError(f"has no part {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    absent = sorted({"consensus", "stability"} - set(part))
    if absent:
        raise ValueError(f"lacks {', '.join(absent)}")
    unsubmitted = part.get("unsubmitted", "count")
    if unsubmitted not in ("count", "drop"):
        raise ValueError(f"unsubmitted must be count or drop, not {unsubmitted!r}")
    population = part.get("population", "answered")
    if population not in POPULATIONS:
        raise ValueError(f"population must be one of {', '.join(POPULATIONS)}, not {population!r}")
    last = part.get("maximum_rounds", 3)
    return Protocol(
        scale=scale,
        consensus=_within("consensus", _consensus, part["consensus"]),
        stability=_within("stability", _stability, part["stability"]),
        stopping=_within("stopping", _stopping(last), part.get("stopping", {})),
        carry_forward=_within("carry_forward", _carry_forward, part.get("carry_forward", {})),
        feedback=_within("feedback", _feedback, part.get("feedback", {})),
        quantile_method=part.get("quantiles", "linear"),
        population=POPULATIONS[population],
        unsubmitted_count=unsubmitted == "count",
        arms=_within("feedback", _arms, part.get("feedback", {})),
        comments=_within("feedback", _comments, part.get("feedback", {})),
    )


def _within(name: str, read_part: Any, value: Any) -> Any:
    """Read one part, and put its name before what is wrong with it."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a group of keys and values")
    try:
        return read_part(value)
    except (ValueError, TypeError, KeyError) as error:
        detail = f"{error} is absent" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{name}: {detail}") from None


def _share(value: Any) -> tuple[Comparison, str]:
    """A comparison and its percentage: {at_least: 75}."""
    if not isinstance(value, Mapping) or len(value) != 1 or set(value) - set(COMPARISONS):
        raise ValueError(f"{value!r} must be one of {', '.join(COMPARISONS)} with a percentage")
    ((word, percent),) = value.items()
    return COMPARISONS[word], str(percent)


def _consensus(part: Mapping[str, Any]) -> ConsensusByRound:
    if part.get("kind") != "region":
        rule = load_rule(part)
        if isinstance(rule, ConsensusByRound):
            return rule
        if isinstance(rule, ConsensusRule):
            return ConsensusByRound.always(rule)
        raise ValueError(f"{part.get('kind')!r} is not a consensus rule")
    more = sorted(set(part) - {"kind", "high", "opposite", "minimum"})
    if more:
        raise ValueError(f"a region rule has no {', '.join(more)}")
    conditions = [Share.of(Band.HIGH, *_share(part["high"]))]
    if "opposite" in part:
        conditions.append(Share.of(Band.LOW, *_share(part["opposite"])))
    condition = conditions[0] if len(conditions) == 1 else AllOf(tuple(conditions))
    return ConsensusByRound.always(
        ConsensusRule.mirrored(condition, minimum=part.get("minimum", 5))
    )


def _stability(part: Mapping[str, Any]) -> StabilityRule:
    if part.get("kind") != "pairs":
        return StabilityRule.from_json(part)
    more = sorted(set(part) - {"kind", "same", "minimum", "net_change_under", *COMPARISONS})
    if more:
        raise ValueError(f"a pairs rule has no {', '.join(more)}")
    if part.get("same") not in KEPT:
        raise ValueError(f"same must be one of {', '.join(KEPT)}, not {part.get('same')!r}")
    comparison, percent = _share({k: v for k, v in part.items() if k in COMPARISONS})
    limit = part.get("net_change_under")
    return StabilityRule.of(
        KEPT[part["same"]],
        comparison,
        percent,
        minimum_pairs=part.get("minimum", 5),
        net_change_under=None if limit is None else str(limit),
    )


def _carry_forward(part: Mapping[str, Any]) -> CarryForwardRule:
    kind = part.get("kind", "stable_consensus")
    if kind not in LEAVING:
        raise ValueError(f"kind must be one of {', '.join(LEAVING)}, not {kind!r}")
    least = 2 if kind == "stable_consensus" else 1
    return CarryForwardRule(LEAVING[kind], part.get("minimum_ratings", least))


def _stopping(last: Any) -> Callable[[Mapping[str, Any]], StoppingRule]:
    """How the stopping rule is read, once the last round is known."""

    def read(part: Mapping[str, Any]) -> StoppingRule:
        if more := sorted(set(part) - {"majority", "camps"}):
            raise ValueError(f"a stopping rule has no {', '.join(more)}")
        shares: dict[str, Any] = {name: str(percent) for name, percent in part.items()}
        return StoppingRule(None if last == NO_LIMIT else last, **shares)

    return read


def _arms(part: Mapping[str, Any]) -> FeedbackArms | None:
    """The kinds of feedback a study compares; None where it compares none."""
    if "arms" not in part:
        return None
    arms = part["arms"]
    if not isinstance(arms, list) or not all(isinstance(arm, Mapping) for arm in arms):
        raise ValueError("arms must be a list, each arm with a code and what it shows")
    common = {k: v for k, v in part.items() if k in ("smallest_group",)}
    return FeedbackArms(
        tuple(
            FeedbackArm(
                arm.get("code", ""),
                _feedback({**common, **{k: v for k, v in arm.items() if k != "code"}}),
            )
            for arm in arms
        ),
        part.get("seed", 1),
    )


# What holds for all conditions of a study that compares some stands beside them.
FEEDBACK_KEYS = {"show", "whose", "smallest_group", "arms", "seed", "reading_budget", "approve"}


def _comments(part: Mapping[str, Any]) -> CommentRule:
    """How comments reach other experts."""
    budget = part.get("reading_budget", {"words": USUAL_WORDS})
    if budget == NO_LIMIT:
        budget = {}
    if not isinstance(budget, Mapping) or set(budget) - {"words", "comments"}:
        raise ValueError(f"reading_budget must be none, or words and comments, not {budget!r}")
    approval = part.get("approve", Approval.FLAGGED.value)
    if approval not in tuple(Approval):
        raise ValueError(f"approve must be one of {', '.join(Approval)}, not {approval!r}")
    return CommentRule(Approval(approval), budget.get("words"), budget.get("comments"))


def _feedback(part: Mapping[str, Any]) -> FeedbackPolicy:
    unknown_keys = sorted(set(part) - FEEDBACK_KEYS)
    if unknown_keys:
        raise ValueError(f"has no part {', '.join(unknown_keys)}")
    whose = part.get("whose", "panel")
    if whose not in WHOSE:
        raise ValueError(f"whose must be one of {', '.join(WHOSE)}, not {whose!r}")
    # The share agreeing is drawn with the distribution, so it is no choice of its own.
    words = [word for word in part.get("show", list(SHOWN)) if word != "share"]
    unknown = [word for word in words if word not in SHOWN]
    if unknown:
        raise ValueError(f"show knows {', '.join(SHOWN)}, share; not {', '.join(unknown)}")
    return FeedbackPolicy(
        tuple(SHOWN[word] for word in words),
        WHOSE[whose],
        part.get("smallest_group", 5),
    )


def words_of(protocol: Protocol) -> dict[str, Any]:
    """The rules as a file words them: ``protocol_of`` of it, on the same scale, gives an equal one.

    Which rounds run in real time is said of each round.
    """
    stopping = protocol.stopping
    usual = StoppingRule(stopping.max_rounds)
    shares = {
        name: _percent(getattr(stopping, name))
        for name in ("majority", "camps")
        if getattr(stopping, name) != getattr(usual, name)
    }
    return {
        "quantiles": protocol.quantile_method,
        "consensus": consensus_words(protocol.consensus),
        "stability": _stability_words(protocol.stability),
        "carry_forward": {
            "kind": _word(LEAVING, protocol.carry_forward.leaving),
            "minimum_ratings": protocol.carry_forward.rounds,
        },
        "feedback": _feedback_words(protocol),
        "population": _word(POPULATIONS, protocol.population),
        "unsubmitted": "count" if protocol.unsubmitted_count else "drop",
        "maximum_rounds": NO_LIMIT if stopping.max_rounds is None else stopping.max_rounds,
        **({"stopping": shares} if shares else {}),
    }


def _word(words: Mapping[str, Any], meaning: Any) -> str:
    return next(word for word, value in words.items() if value == meaning)


def _percent(number: Fraction) -> int | str:
    """A percentage as people write it, never rounded."""
    return int(number) if number.denominator == 1 else plain(number)


def consensus_words(rule: ConsensusByRound) -> dict[str, Any]:
    """A consensus rule as a file words it."""
    if len(rule.steps) > 1:
        return rule.to_json()
    ((step,),) = (rule.steps,)
    condition = step.rule.in_when
    clauses = condition.conditions if isinstance(condition, AllOf) else (condition,)
    short: dict[str, Any] = {"kind": "region"}
    for name, clause in zip(("high", "opposite"), clauses, strict=False):
        if isinstance(clause, Share):
            short[name] = {_word(COMPARISONS, clause.comparison): _percent(clause.percent)}
    short["minimum"] = step.rule.minimum
    # Only what comes back equal can be said so; the rest is said in full.
    if "high" in short and _consensus(short) == rule:
        return short
    return step.rule.to_json()


def _stability_words(rule: StabilityRule) -> dict[str, Any]:
    short: dict[str, Any] = {"kind": "pairs"}
    for clause in rule.clauses:
        if isinstance(clause, ShareKept):
            short["same"] = _word(KEPT, clause.kept)
            short[_word(COMPARISONS, clause.comparison)] = _percent(clause.percent)
        elif isinstance(clause, NetChange):
            short["net_change_under"] = _percent(clause.percent)
    short["minimum"] = rule.minimum_pairs
    try:
        if _stability(short) == rule:
            return short
    except ValueError:
        pass
    return rule.to_json()


def _feedback_words(protocol: Protocol) -> dict[str, Any]:
    words = {
        **_policy_words(protocol.feedback),
        "smallest_group": protocol.feedback.smallest_group,
    }
    if protocol.arms is not None:
        words["seed"] = protocol.arms.seed
        words["arms"] = [
            {"code": arm.code, **_policy_words(arm.policy)} for arm in protocol.arms.arms
        ]
    limits = {"words": protocol.comments.words, "comments": protocol.comments.comments}
    budget = {name: limit for name, limit in limits.items() if limit is not None}
    return {
        **words,
        "reading_budget": budget or NO_LIMIT,
        "approve": protocol.comments.approval.value,
    }


def _policy_words(policy: FeedbackPolicy) -> dict[str, Any]:
    return {
        "show": [_word(SHOWN, part) for part in policy.shows],
        "whose": _word(WHOSE, policy.whose),
    }
