"""Whether the experts fall into camps, as one object of the result."""

from __future__ import annotations

import numpy as np

from surveys.services.elsewhere.choices import Choices
from surveys.services.elsewhere.numbers import Entries, Entry
from surveys.services.elsewhere.panel import NOT_RESAMPLED, Watch
from surveys.services.elsewhere.rounds import Counted
from surveys.stats import camps
from surveys.stats.camps import Camps, Division, Evidence, Statements
from surveys.stats.camps.finding import LEAST_EXPERTS
from surveys.stats.ratings import NOBODY_RATED

# The method is tried on panels up to this size; beyond it, resampling takes minutes.
MOST_EXPERTS = 2_000
# Redrawn panels in each of the four steps; more changes the second digit of a chance at most.
RESAMPLES = 200
TOO_MANY = f"camps are looked for among at most {MOST_EXPERTS} experts"
TOO_FEW = f"camps are looked for among at least {LEAST_EXPERTS} experts"
NOT_ASKED = "opinion groups were not asked for"
NO_CAMP = "no division, so no camp"
NOT_PLACED = "rated nothing the map is drawn from"
NOT_COUNTED = "rated too little to shape the map"
NO_OTHERS = "no redrawn set of statements could be divided"


def found(round_: Counted, choices: Choices, watch: Watch) -> tuple[Entry | None, str]:
    """The camps of a round, or None with the reason."""
    if not choices.camps:
        return None, NOT_ASKED
    # Without resampling there is no verdict, and a division alone would be taken for one.
    if not choices.draws:
        return None, NOT_RESAMPLED
    experts = np.count_nonzero(round_.who_rated)
    if experts < LEAST_EXPERTS:
        return None, TOO_FEW
    if experts > MOST_EXPERTS:
        return None, TOO_MANY
    answer = camps.find(
        round_.file.ratings,
        points=round_.points,
        seed=choices.seed,
        agree_from=float(round_.scale.high_from),
        disagree_to=float(round_.scale.low_until),
        resamples=min(RESAMPLES, choices.draws),
        progress=watch("opinion groups"),
    )
    return _told(answer, round_), ""


def _told(answer: Camps, round_: Counted) -> Entry:
    entry = Entries()
    why = answer.reasons
    entry.put("verdict", answer.verdict, why.get("verdict"))
    entry.put("stable_camps", answer.stable, why.get("verdict"))
    entry.put("experts_counted", answer.counted)
    entry.put("warnings", {name: camps.WARNINGS[name] for name in answer.warnings})
    entry.put("conventions", dict(answer.conventions))
    _add_division(entry, answer.division, why.get("division"))
    _add_evidence(entry, answer.evidence, why.get("evidence"))
    shares = None if answer.opinion_map is None else answer.opinion_map.variance_share
    entry.put("variance_share", shares, why.get("opinion_map"))
    no_map = answer.opinion_map is None
    standings = None if no_map else _standings(answer, round_.file.experts)
    entry.put("experts", standings, why.get("opinion_map"))
    _add_statements(entry, answer, round_.file.items)
    return entry.finished()


def _add_division(entry: Entries, division: Division | None, reason: str | None) -> None:
    entry.put("camps", None if division is None else division.k, reason)
    entry.put("sizes", None if division is None else division.sizes, reason)


def _add_evidence(entry: Entries, evidence: Evidence | None, reason: str | None) -> None:
    for name in ("gap_p", "axis_p", "overlap", "experts_agreement"):
        entry.put(name, None if evidence is None else getattr(evidence, name), reason)
    agreement = None if evidence is None else evidence.statements_agreement
    entry.put("statements_agreement", agreement, reason or NO_OTHERS)


def _standings(answer: Camps, experts: tuple[str, ...]) -> dict[str, Entry]:
    standings = {}
    for place, code in enumerate(experts):
        standing = answer.standing(place)
        one = Entries()
        one.put("position", standing.position, NOT_PLACED)
        one.put("camp", standing.camp, NOT_PLACED if standing.position is None else NO_CAMP)
        one.put("counted", standing.counted)
        uncounted = None if standing.counted else NOT_COUNTED
        unknown = answer.reasons.get("evidence") or answer.reasons.get("division")
        one.put("membership", standing.membership, uncounted or unknown)
        one.put("width", standing.width, uncounted or answer.reasons.get("division"))
        standings[code] = one.finished()
    return standings


def _add_statements(entry: Entries, answer: Camps, items: tuple[str, ...]) -> None:
    statements, reason = answer.statements, answer.reasons.get("statements")
    if statements is None or answer.division is None:
        for name in ("items", "dividing", "uniting_agree", "uniting_disagree", "representative"):
            entry.put(name, None, reason)
        return
    entry.put("items", {code: _statement(statements, at) for at, code in enumerate(items)})
    entry.put("dividing", [items[at] for at in statements.dividing()])
    entry.put("uniting_agree", [items[at] for at in statements.uniting("agree")])
    entry.put("uniting_disagree", [items[at] for at in statements.uniting("disagree")])
    entry.put(
        "representative",
        [
            [{"item": items[at], "side": side} for at, side in statements.representative(camp)]
            for camp in range(answer.division.k)
        ],
    )


def _statement(statements: Statements, place: int) -> Entry:
    """One item, camp by camp; opinions run from -1, the lowest point, to 1, the highest."""
    one = Entries()
    in_words = []
    for camp, mean in enumerate(statements.mean[:, place]):
        of_camp = Entries()
        of_camp.put("answered", int(statements.answered[camp, place]))
        of_camp.put("agree", int(statements.agree[camp, place]))
        of_camp.put("disagree", int(statements.disagree[camp, place]))
        of_camp.put("mean", mean, NOBODY_RATED)
        in_words.append(of_camp.finished())
    one.put("camps", in_words)
    for name in ("difference", "cliffs_delta", "consensus_agree", "consensus_disagree"):
        one.put(name, getattr(statements, name)[place], NOBODY_RATED)
    one.put("p", statements.p[place], statements.reasons[place])
    one.put("adjusted_p", statements.adjusted_p[place], statements.reasons[place])
    return one.finished()
