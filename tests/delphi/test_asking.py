"""Of whom an item is asked: what conditions say, what they do not know, and what makes no sense."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.asking import (
    AllOf,
    AnyOf,
    Chosen,
    Compared,
    Condition,
    Not,
    OfGroup,
    Relation,
    Surroundings,
    Tells,
    Told,
    Unable,
    not_asked,
    read,
)
from tests.delphi.rulebook import LOCALES

HOME = {"en": "Home", "nl": "Thuis"}
AROUND = Surroundings(
    items={
        "S01": Tells({"": (1, 5)}, unable=True),
        "Q1": Tells(options=frozenset({"home", "clinic"}), names={"home": HOME}),
        "M1": Tells({"risk": (1, 9), "chance": (1, 9)}, names={"risk": {"en": "Risk"}}),
        "N1": Tells({"": (0, None)}),
        "T1": Tells(),
    },
    groups={"nurse": {"en": "Nurses", "nl": "Verpleegkundigen"}, "physician": {}},
)

leaves = st.one_of(
    st.builds(
        Compared,
        st.sampled_from(["S01", "N1"]),
        st.sampled_from(Relation),
        st.integers(1, 5),
    ),
    st.builds(lambda limit: Compared("M1", Relation.AT_LEAST, limit, "risk"), st.integers(1, 9)),
    st.builds(
        lambda codes: Chosen("Q1", tuple(codes)),
        st.lists(st.sampled_from(["home", "clinic"]), min_size=1, unique=True),
    ),
    st.just(Unable("S01")),
    st.builds(lambda item: read({"item": item, "answered": True}), st.sampled_from(["S01", "T1"])),
    st.builds(
        lambda codes: OfGroup(tuple(codes)),
        st.lists(st.sampled_from(["nurse", "physician"]), min_size=1, unique=True),
    ),
)
conditions = st.recursive(
    leaves,
    lambda inside: st.one_of(
        st.builds(Not, inside),
        st.builds(lambda parts: AllOf(tuple(parts)), st.lists(inside, min_size=2, max_size=3)),
        st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(inside, min_size=2, max_size=3)),
    ),
    max_leaves=4,
)
answers = st.fixed_dictionaries(
    {
        "S01": st.one_of(
            st.none(),
            st.just(Told(unable=True)),
            st.builds(lambda number: Told({"": number}), st.integers(1, 5)),
        ),
        "N1": st.one_of(st.none(), st.builds(lambda n: Told({"": n}), st.integers(0, 9))),
        "Q1": st.one_of(
            st.none(),
            st.builds(
                lambda codes: Told(chosen=frozenset(codes)),
                st.lists(st.sampled_from(["home", "clinic"])),
            ),
        ),
        "M1": st.one_of(st.none(), st.builds(lambda n: Told({"risk": n}), st.integers(1, 9))),
        "T1": st.one_of(st.none(), st.just(Told())),
    }
)
groups = st.sampled_from(["nurse", "physician", None])


@given(conditions)
def test_a_condition_is_read_back_equal_from_its_text(condition):
    assert read(json.loads(json.dumps(condition.to_json()))) == condition


@given(conditions, answers, groups)
def test_the_contrary_holds_exactly_when_the_condition_does_not(condition, told, group):
    found = condition.holds(told, group)
    assert Not(condition).holds(told, group) is (None if found is None else not found)


@given(conditions, conditions, answers, groups)
def test_and_and_or_follow_from_each_other(one, other, told, group):
    both = Not(AllOf((one, other))).holds(told, group)
    assert both is AnyOf((Not(one), Not(other))).holds(told, group)


@given(conditions, answers, groups)
def test_what_is_known_stays_when_more_is_answered(condition, told, group):
    """An answer can decide what was open; it never turns round what was decided without it."""
    known = condition.holds(dict.fromkeys(told), group)
    if known is not None and not _asks_answered(condition):
        assert condition.holds(told, group) is known


def _asks_answered(condition):
    if condition.parts:
        return any(map(_asks_answered, condition.parts))
    return "answered" in json.dumps(condition.to_json())


@given(conditions)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_condition_says_itself_in_every_language(locale, condition):
    said = condition.sentence(locale, AROUND)
    assert said.endswith(".")
    for item in condition.refers:
        assert item in said
    assert "{" not in said


def holds(condition, group=None, **told):
    return read(condition).holds(told, group)


def rated(number):
    return Told({"": number})


@pytest.mark.parametrize(
    ("relation", "held"),
    [
        ("at_least", [False, True, True]),
        ("more_than", [False, False, True]),
        ("at_most", [True, True, False]),
        ("under", [True, False, False]),
        ("equals", [False, True, False]),
    ],
)
def test_a_number_meets_a_limit(relation, held):
    condition = {"item": "S01", relation: 3}
    assert [holds(condition, S01=rated(number)) for number in (2, 3, 4)] == held


def test_of_a_question_that_is_open_nothing_is_known_and_neither_is_the_contrary():
    low = {"item": "S01", "at_most": 2}
    assert holds(low, S01=None) is None
    assert holds({"not": low}, S01=None) is None
    assert holds({"item": "S01", "unable": True}, S01=None) is None
    assert holds({"item": "Q1", "chosen": "home"}, Q1=None) is None
    assert holds({"item": "S01", "answered": True}, S01=None) is False


def test_who_is_unable_to_judge_has_answered_and_rated_nothing():
    unable = Told(unable=True)
    assert holds({"item": "S01", "unable": True}, S01=unable) is True
    assert holds({"item": "S01", "answered": True}, S01=unable) is True
    assert holds({"item": "S01", "at_most": 2}, S01=unable) is False
    assert holds({"not": {"item": "S01", "at_most": 2}}, S01=unable) is True


def test_one_of_several_options_is_enough():
    both = {"item": "Q1", "chosen": ["home", "clinic"]}
    assert holds(both, Q1=Told(chosen=frozenset({"clinic", "school"}))) is True
    assert holds(both, Q1=Told(chosen=frozenset({"school"}))) is False


def test_a_part_of_an_answer_is_compared_by_its_code():
    condition = {"item": "M1", "part": "risk", "at_least": 7}
    assert holds(condition, M1=Told({"risk": 8, "chance": 1})) is True
    assert holds(condition, M1=Told({"chance": 9})) is False


def test_the_group_decides_at_once():
    condition = {"group": ["nurse"]}
    assert holds(condition, "nurse") is True
    assert holds(condition, "physician") is False
    assert holds(condition, None) is False


# Q1 for everyone, S01 after Q1 "home", N1 after S01 at least 4.
CHAIN = [
    ("Q1", None),
    ("S01", read({"item": "Q1", "chosen": "home"})),
    ("N1", read({"item": "S01", "at_least": 4})),
]
AT_HOME = Told(chosen=frozenset({"home"}))


@pytest.mark.parametrize(
    ("told", "left_out"),
    [
        ({}, {"S01", "N1"}),
        ({"Q1": AT_HOME}, {"N1"}),
        ({"Q1": AT_HOME, "S01": rated(5)}, set()),
        ({"Q1": AT_HOME, "S01": rated(2)}, {"N1"}),
        # S01 was answered before Q1 was changed: its answer decides nothing any more.
        ({"Q1": Told(chosen=frozenset({"clinic"})), "S01": rated(5)}, {"S01", "N1"}),
    ],
)
def test_the_answer_to_what_is_not_asked_counts_as_none(told, left_out):
    assert not_asked(CHAIN, told, None) == left_out


def faults(condition, locale="en"):
    return [fault.sentence(locale) for fault in read(condition).faults(AROUND)]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"item": "S09", "answered": True}, "refers to S09, which this round does not ask before"),
        ({"item": "Q1", "unable": True}, "does not offer that answer"),
        ({"item": "S01", "chosen": "home"}, "offers nothing to choose"),
        (
            {"item": "Q1", "chosen": ["home", "moon"]},
            "names the option moon of Q1; there is: clinic",
        ),
        ({"item": "T1", "at_least": 3}, "compares T1 with a number, and its answers are none"),
        (
            {"item": "M1", "part": "x", "at_least": 3},
            "names the part x of M1; there is: chance, risk",
        ),
        ({"item": "M1", "at_least": 3}, "must say which part of M1 is compared: chance, risk"),
        ({"item": "S01", "at_least": 6}, "compares S01 with 6, which no answer meets"),
        ({"item": "S01", "equals": 0}, "compares S01 with 0, which no answer meets"),
        ({"item": "N1", "under": 0}, "compares N1 with 0, which no answer meets"),
        ({"group": ["nurse", "poet"]}, "names the group poet; there is: nurse, physician"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told_why(condition, said):
    (sentence,) = faults(condition)
    assert said in sentence
    inside = {"any": [{"not": condition}, {"item": "S01", "answered": True}]}
    assert faults(inside) == [sentence]
    for locale in LOCALES:
        assert len(faults(condition, locale)) == 1


@given(conditions)
def test_a_condition_on_what_is_there_can_only_ask_for_a_number_that_never_comes(condition):
    assert {fault.why for fault in condition.faults(AROUND)} <= {"never"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, "a group of keys and values"),
        ("S01 >= 4", "a group of keys and values"),
        ({}, "a group of keys and values"),
        ({"item": "S01"}, "has an item and one of"),
        ({"item": "S01", "at_least": 4, "under": 5}, "has an item and one of"),
        ({"item": "S01", "atleast": 4}, "not item, atleast"),
        ({"at_least": 4}, "has an item and one of"),
        ({"item": ["S01"], "at_least": 4}, "has an item and one of"),
        ({"item": "S01", "at_least": "4"}, "needs a number"),
        ({"item": "S01", "at_least": True}, "needs a number"),
        ({"item": "S01", "at_least": float("nan")}, "needs a number"),
        ({"item": "S01", "at_least": 10**400}, "needs a number"),
        ({"item": "S01", "part": 3, "at_least": 4}, "named by its code"),
        ({"item": "Q1", "part": "x", "chosen": "home"}, "goes with a number"),
        ({"item": "Q1", "chosen": []}, "needs a code or a list of codes"),
        ({"item": "Q1", "chosen": [1]}, "needs a code or a list of codes"),
        ({"item": "S01", "unable": False}, "for the contrary there is “not”"),
        ({"all": [{"group": "nurse"}]}, "two conditions or more"),
        ({"any": {"group": "nurse"}}, "two conditions or more"),
        ({"all": [], "any": []}, "has an item and one of"),
        ({"not": None}, "a group of keys and values"),
        ({"group": 3}, "needs a code or a list of codes"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(written, said):
    with pytest.raises(ValueError, match=said):
        read(written)


def test_in_a_round_in_real_time_a_condition_asks_for_the_group_only():
    live = Surroundings(AROUND.items, AROUND.groups, live=True)
    condition = read({"all": [{"group": "nurse"}, {"not": {"item": "S01", "at_least": 4}}]})
    (fault,) = condition.faults(live)
    assert "refers to S01; in a round in real time" in fault.sentence("en")
    assert list(read({"group": "nurse"}).faults(live)) == []


def test_conditions_are_not_nested_without_end():
    nested = {"group": "nurse"}
    for _ in range(50):
        nested = {"not": nested}
    with pytest.raises(ValueError, match="at most 6 deep"):
        read(nested)


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        (
            "en",
            "Asked only if the answer to Q1 is “Home” and (the answer to S01 is at least 4 or the"
            " expert does not belong to Nurses).",
        ),
        (
            "nl",
            "Alleen gevraagd als het antwoord op Q1 “Thuis” is en (het antwoord op S01 ten minste 4"
            " is of de expert niet behoort tot Verpleegkundigen).",
        ),
    ],
)
def test_a_condition_reads_as_a_person_would_say_it(locale, sentence):
    condition = {
        "all": [
            {"item": "Q1", "chosen": "home"},
            {"any": [{"item": "S01", "at_least": 4}, {"not": {"group": "nurse"}}]},
        ]
    }
    assert read(condition).sentence(locale, AROUND) == sentence


def test_a_condition_knows_what_it_refers_to():
    condition = read({"all": [{"item": "Q1", "chosen": "home"}, {"not": {"group": "nurse"}}]})
    assert isinstance(condition, Condition)
    assert condition.refers == {"Q1"}
    assert condition.asks_group
    assert not read({"item": "Q1", "answered": True}).asks_group
