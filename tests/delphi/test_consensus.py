"""What a consensus rule says of one item, why, and in which words."""

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi import consensus
from surveys.delphi.centre import Iqr, MedianIn
from surveys.delphi.conditions import AllOf, EveryGroup, OneOf, Share
from surveys.delphi.consensus import (
    ConsensusByRound,
    ConsensusRule,
    FromRound,
    Reason,
    Verdict,
)
from surveys.delphi.exact import Comparison
from surveys.delphi.scale import Band
from surveys.delphi.summary import ItemCounts, as_groups
from tests.delphi.rulebook import (
    FIVE,
    LOCALES,
    NINE,
    TYPED,
    TYPED_BY_GROUP,
    panels,
    presets_on,
    rules,
    typed,
)

STUDY = ConsensusRule.share_with_limit(75, 15)
COMET = ConsensusRule.share_with_limit(70, 15, limit=Comparison.UNDER)
NARROW = "\u202f"


@pytest.mark.parametrize(
    ("low", "middle", "high", "verdict"),
    [
        (0, 1, 3, Verdict.UNDECIDED),
        (0, 2, 6, Verdict.IN),
        (0, 3, 7, Verdict.NO_CONSENSUS),
        (3, 2, 15, Verdict.IN),
        (4, 0, 16, Verdict.NO_CONSENSUS),
        (15, 2, 3, Verdict.OUT),
        (10, 0, 10, Verdict.NO_CONSENSUS),
    ],
)
def test_the_first_study_judges_on_exact_counts(low, middle, high, verdict):
    judged = STUDY.judge(ItemCounts((low, 0, middle, high, 0)), FIVE)

    assert judged.verdict is verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0, 14, Verdict.IN),
        (2, 14, Verdict.IN),
        (3, 14, Verdict.NO_CONSENSUS),
        (0, 13, Verdict.NO_CONSENSUS),
        (14, 2, Verdict.OUT),
    ],
)
def test_exactly_70_percent_passes_and_exactly_15_percent_fails(low, high, verdict):
    counts = ItemCounts((low, 0, 0, 0, 20 - low - high, 0, 0, 0, high))

    assert COMET.judge(counts, NINE).verdict is verdict


def test_too_few_ratings_decide_nothing_and_say_so():
    judged = STUDY.judge(ItemCounts.of([5, 5, 5, 5], FIVE), FIVE)

    assert judged.reason is Reason.TOO_FEW
    assert judged.for_in is None
    assert judged.clauses == ()
    assert judged.sentence("en") == (
        "Undecided: too few usable ratings: 4, the rule asks for at least 5."
    )


def test_nobody_is_too_few():
    judged = STUDY.judge(ItemCounts((0,) * 5, unable=9), FIVE)

    assert judged.verdict is Verdict.UNDECIDED
    assert judged.share(Band.HIGH) is None


def test_a_judgement_carries_its_numbers():
    judged = STUDY.judge(ItemCounts.of([5] * 12 + [4] * 4 + [3] * 3 + [1], FIVE, unable=2), FIVE)

    assert judged.n == 20
    assert judged.by_band == {Band.LOW: 1, Band.MIDDLE: 3, Band.HIGH: 16}
    assert judged.share(Band.HIGH) == Fraction(4, 5)
    assert [clause.needed for clause in judged.clauses] == [15, 3, 15, 3]
    stored = judged.to_json()
    assert stored["verdict"] == "in"
    assert stored["shares"] == {"low": "0.05", "middle": "0.15", "high": "0.8"}
    assert stored["unable"] == 2
    assert stored["rule"] == STUDY.hash


def test_an_undecided_judgement_is_exported_without_findings():
    stored = STUDY.judge(ItemCounts((0,) * 5), FIVE).to_json()

    assert stored["for_in"] is None
    assert stored["shares"] == {"low": None, "middle": None, "high": None}


def test_two_conditions_that_both_hold_decide_nothing():
    rule = ConsensusRule(Share.of("high", ">=", 50), Share.of("low", ">=", 50), minimum=1)

    judged = rule.judge(ItemCounts.of([1, 5], FIVE), FIVE)

    assert judged.verdict is Verdict.UNDECIDED
    assert judged.reason is Reason.BOTH_MET
    assert "both met" in judged.sentence("en")
    assert judged.undefined is None


def test_a_question_without_an_answer_leaves_the_item_undecided():
    judged = ConsensusRule.mirrored(EveryGroup(Share.of("high", ">=", 70))).judge(
        ItemCounts.of([5] * 6, FIVE), FIVE
    )

    assert judged.verdict is Verdict.UNDECIDED
    assert judged.reason is Reason.UNDEFINED
    assert judged.sentence("en") == "Undecided: the panel has no stakeholder groups."


def test_an_unanswered_out_leaves_the_item_undecided_and_says_why():
    rule = ConsensusRule(Share.of("high", ">=", 70), EveryGroup(Share.of("low", ">=", 70)))

    judged = rule.judge(ItemCounts.of([3] * 6, FIVE), FIVE)

    assert judged.sentence("en") == "Undecided: the panel has no stakeholder groups."


def test_a_rule_without_out_only_includes():
    rule = typed("high>=60%; out: never")

    assert rule.judge(ItemCounts.of([1] * 9, FIVE), FIVE).verdict is Verdict.NO_CONSENSUS
    assert rule.sentence("en", FIVE).count("Consensus") == 1


def test_out_may_be_defined_by_groups_of_their_own():
    rule = presets_on(NINE)["comet-70-15-out-50"]
    lukewarm = as_groups({"a": [8, 8, 5, 5], "b": [5, 5, 5, 8]}, NINE)
    keen = as_groups({"a": [8, 8, 8, 5], "b": [5, 5, 5, 8]}, NINE)

    assert rule.judge(lukewarm["a"] + lukewarm["b"], NINE, lukewarm).verdict is Verdict.OUT
    assert rule.judge(keen["a"] + keen["b"], NINE, keen).verdict is Verdict.NO_CONSENSUS


@given(panels(FIVE, least=1, most=20), st.integers(0, 4))
def test_moving_a_rating_to_the_top_never_takes_an_item_out_of_consensus(counts, place):
    if not counts.counts[place]:
        return
    moved = list(counts.counts)
    moved[place] -= 1
    moved[4] += 1

    for name in ("comet-70-15", "share-75-15", "share-75", "median-high", "mean-high", "cvr"):
        rule = presets_on(FIVE)[name]
        if rule.judge(counts, FIVE).verdict is Verdict.IN:
            assert rule.judge(ItemCounts(tuple(moved)), FIVE).verdict is Verdict.IN


@given(panels(FIVE, least=5))
def test_a_mirrored_panel_gets_the_mirrored_verdict(counts):
    turned = ItemCounts(counts.counts[::-1], unable=counts.unable)
    swapped = {Verdict.IN: Verdict.OUT, Verdict.OUT: Verdict.IN}

    for rule in (STUDY, COMET, typed("iqr<=1 and median>=4"), typed("mean>=3.7")):
        verdict = rule.judge(counts, FIVE).verdict
        assert rule.judge(turned, FIVE).verdict is swapped.get(verdict, verdict)


@given(panels(FIVE, least=1))
def test_an_unanimous_expert_more_never_unmakes_a_unanimous_verdict(counts):
    unanimous = ItemCounts((0, 0, 0, 0, counts.n + 5))

    for rule in presets_on(FIVE).values():
        if not rule.asks_groups:
            assert rule.judge(unanimous, FIVE).verdict is Verdict.IN


@pytest.mark.parametrize("text", [*TYPED, *TYPED_BY_GROUP])
def test_every_condition_tells_its_facts_in_every_language(text):
    groups = as_groups({"a": [5, 5, 4, 2, 3, 4], "b": [1, 3, 3, 4, 5]}, FIVE)

    judged = typed(text).judge(groups["a"] + groups["b"], FIVE, groups)

    for locale in LOCALES:
        told = judged.sentence(locale)
        assert any(digit in told for digit in "0123456789")
        assert "{" not in told + typed(text).sentence(locale, FIVE)


@given(rules(), panels(FIVE), panels(FIVE))
def test_every_verdict_has_a_sentence_in_every_language(rule, first, second):
    judged = rule.judge(first + second, FIVE, {"a": first, "b": second})

    for locale in LOCALES:
        said = judged.sentence(locale)
        assert said.endswith(".")
        assert "{" not in said
        assert judged.verdict.name_in(locale).lower() in said.lower()


@given(rules())
def test_every_rule_has_a_sentence_in_every_language_with_and_without_its_scale(rule):
    for locale in LOCALES:
        for on in (FIVE, None):
            said = rule.sentence(locale, on)
            assert said.endswith(".")
            assert "{" not in said


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        (
            "en",
            "Consensus in: at least 75% of usable ratings are 4\u20135 and at most 15% are"
            " 1\u20132, with at least 5 usable ratings. Consensus out: at least 75% of usable"
            " ratings are 1\u20132 and at most 15% are 4\u20135.",
        ),
        (
            "nl",
            "Consensus vóór: ten minste 75% van de bruikbare beoordelingen is 4\u20135 en ten"
            " hoogste 15% is 1\u20132, bij ten minste 5 bruikbare beoordelingen. Consensus tegen:"
            " ten minste 75% van de bruikbare beoordelingen is 1\u20132 en ten hoogste 15% is"
            " 4\u20135.",
        ),
        (
            "fr",
            f"Consensus pour\u00a0: au moins 75{NARROW}% des évaluations exploitables sont"
            f" comprises entre 4 et 5 et au plus 15{NARROW}% sont comprises entre 1 et 2, avec au"
            f" moins 5 évaluations exploitables. Consensus contre\u00a0: au moins 75{NARROW}% des"
            f" évaluations exploitables sont comprises entre 1 et 2 et au plus 15{NARROW}% sont"
            " comprises entre 4 et 5.",
        ),
        (
            "de",
            f"Konsens dafür: mindestens 75{NARROW}% der verwertbaren Bewertungen liegen bei"
            f" 4\u20135 und höchstens 15{NARROW}% liegen bei 1\u20132, bei mindestens 5"
            f" verwertbaren Bewertungen. Konsens dagegen: mindestens 75{NARROW}% der verwertbaren"
            f" Bewertungen liegen bei 1\u20132 und höchstens 15{NARROW}% liegen bei 4\u20135.",
        ),
    ],
)
def test_the_first_study_says_its_rule(locale, sentence):
    assert STUDY.sentence(locale, FIVE) == sentence


def test_a_study_may_name_its_verdicts():
    names = {Verdict.IN: "the panel agrees"}
    judged = STUDY.judge(ItemCounts.of([5] * 6, FIVE), FIVE)

    assert judged.sentence("en", names) == (
        "The panel agrees: 6 of 6 (100%) at 4\u20135; 0 of 6 (0%) at 1\u20132."
    )
    assert STUDY.sentence("en", FIVE, names).startswith("The panel agrees: at least 75%")


def test_facts_that_in_and_out_share_are_said_once():
    judged = STUDY.judge(ItemCounts.of([5] * 6 + [3] * 4, FIVE), FIVE)

    assert judged.sentence("en") == (
        "No consensus: 6 of 10 (60%) at 4\u20135; 0 of 10 (0%) at 1\u20132."
    )


def test_consensus_out_is_told_by_its_own_facts():
    judged = typed("5>=50%; out: high<=20%").judge(ItemCounts.of([1] * 6, FIVE), FIVE)

    assert judged.sentence("en") == "Consensus out: 0 of 6 (0%) at 4\u20135."


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: ConsensusRule("high"), "'high' is not a condition"),
        (lambda: ConsensusRule(None), "needs a condition for in"),
        (lambda: ConsensusRule(Share.of("high", ">=", 70), minimum=0), "at least 1, not 0"),
        (lambda: ConsensusRule(Share.of("high", ">=", 70), minimum=True), "at least 1, not True"),
        (lambda: FromRound(0, STUDY), "counted from 1, not 0"),
        (lambda: FromRound(1, "rule"), "is not a consensus rule"),
        (lambda: ConsensusByRound(()), r"start in round 1 and go up, not \[\]"),
        (lambda: ConsensusByRound.of({2: STUDY}), r"not \[2\]"),
        (
            lambda: ConsensusByRound((FromRound(1, STUDY), FromRound(1, COMET))),
            r"not \[1, 1\]",
        ),
        (lambda: ConsensusByRound.always(STUDY).for_round(0), "not 0"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_when_it_is_made(make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make()


def test_a_rule_may_differ_by_round():
    by_round = ConsensusByRound.of({1: STUDY, 3: COMET})

    assert [by_round.for_round(number) for number in (1, 2, 3, 9)] == [STUDY, STUDY, COMET, COMET]
    assert ConsensusByRound.always(STUDY).for_round(7) == STUDY


@pytest.mark.parametrize(
    ("rounds", "openings"),
    [
        ({1: STUDY}, ["Consensus in"]),
        ({1: STUDY, 2: COMET}, ["Round 1: ", "From round 2 on: "]),
        ({1: STUDY, 3: COMET, 4: STUDY}, ["Rounds 1\u20132: ", "Round 3: ", "From round 4 on: "]),
    ],
)
def test_rules_by_round_say_their_rounds(rounds, openings):
    said = ConsensusByRound.of(rounds).sentence("en", FIVE)

    assert said.startswith(openings[0])
    assert all(opening in said for opening in openings)


def test_a_rule_knows_what_it_asks_for():
    rule = ConsensusRule.mirrored(OneOf((MedianIn("high"), AllOf((Iqr.of("<=", 1),)))))

    assert rule.quantile_methods == ("linear",)
    assert rule.with_quantiles("weibull").quantile_methods == ("weibull",)
    assert STUDY.quantile_methods == ()
    assert not rule.asks_groups
    assert ConsensusRule.from_json(rule.to_json()) == rule


def test_unable_to_judge_can_be_put_in_every_denominator():
    counting = STUDY.counting_unable()
    counts = ItemCounts.of([5] * 6, FIVE, unable=4)

    assert STUDY.judge(counts, FIVE).verdict is Verdict.IN
    assert counting.judge(counts, FIVE).verdict is Verdict.NO_CONSENSUS
    assert counting.counting_unable() == counting
    assert typed("mean>=4; out: never").counting_unable() == typed("mean>=4; out: never")


def test_the_shares_behind_a_verdict_are_known_where_there_are_only_shares():
    assert STUDY.shares_for(Verdict.IN) == (
        Share.of("high", ">=", 75),
        Share.of("low", "<=", 15),
    )
    assert typed("high>75%").shares_for(Verdict.OUT) == (Share.of("low", ">", 75),)
    assert typed("high>75% and iqr<=1").shares_for(Verdict.IN) is None
    assert typed("high>75%; out: never").shares_for(Verdict.OUT) is None
    assert STUDY.shares_for(Verdict.UNDECIDED) is None


def test_verdicts_of_consensus_are_in_and_out():
    assert [verdict for verdict in Verdict if verdict.is_consensus] == [Verdict.IN, Verdict.OUT]


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(consensus).failed == 0
