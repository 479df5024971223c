"""Points to share: what is read, kept, told, summed up and written out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.allocation import Allocation

OPTIONS = [
    {"code": "cost", "name": {"en": "Cost", "nl": "Kosten"}},
    {"code": "time", "name": {"en": "Time", "nl": "Tijd"}},
    {"code": "ease", "name": {"en": "Ease", "nl": "Gemak"}},
]
CODES = ("cost", "time", "ease")
UNABLE = {"en": "I cannot say"}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED = Answer.absent(Missing.SKIPPED)


def allocation(**settings: Any) -> Allocation:
    return Allocation.load({"options": OPTIONS, **settings})


def shared(*points: int | None) -> Answer:
    """Points for cost, time and ease."""
    return Answer(
        detail={"points": {c: p for c, p in zip(CODES, points, strict=True) if p is not None}}
    )


def typed(cost: str = "", time: str = "", ease: str = "", **more: Any) -> dict[str, Any]:
    return {"-cost": cost, "-time": time, "-ease": ease, **{f"-{k}": v for k, v in more.items()}}


def summed_up(kind: Allocation, *answers: Answer) -> dict[str, Any]:
    numbers = kind.summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert json.loads(json.dumps(numbers)) == numbers
    return numbers


class TestSettings:
    def test_settings_survive_being_stored(self) -> None:
        kind = allocation(total=10, unable=UNABLE)
        assert Allocation.load(json.loads(json.dumps(kind.to_json()))) == kind

    def test_points_add_up_to_a_hundred_unless_the_study_says_other(self) -> None:
        assert allocation().total == 100

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"points": 10}, "no setting points"),
            ({"total": "many"}, "total must be a number"),
            ({"total": True}, "total must be a number"),
            ({"total": 99.5}, "total must be a whole number"),
            ({"total": 0}, "total must be at least 1, not 0"),
            ({"total": 10_001}, "total must be at most 10000"),
            ({"options": []}, "2 to 30 options"),
            ({"unable": True}, "unable"),
        ],
    )
    def test_what_does_not_fit_is_named(self, settings: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            allocation(**settings)

    def test_there_must_be_something_to_share_among(self) -> None:
        with pytest.raises(ValueError, match="“options” is absent"):
            Allocation.load({"total": 100})

    def test_every_text_that_experts_read_is_named(self) -> None:
        assert allocation(unable=UNABLE).texts()["unable"] == UNABLE
        assert allocation().texts()["option ease"] == {"en": "Ease", "nl": "Gemak"}

    def test_a_page_draws_its_options_in_the_language_of_the_expert(self) -> None:
        face = allocation(total=10).face("nl")
        assert face["options"][0] == ("cost", "Kosten")
        assert (face["total"], face["unable_name"]) == (10, "")


class TestReading:
    def test_numbers_become_points(self) -> None:
        assert allocation().read(typed("50", " 30 %", "20")) == shared(50, 30, 20)

    def test_nothing_typed_is_no_answer(self) -> None:
        assert allocation().read(typed()) == SKIPPED
        assert allocation().read({}) == SKIPPED

    def test_a_zero_that_was_typed_is_points_and_an_empty_field_is_none(self) -> None:
        assert allocation().read(typed(cost="0")) == shared(0, None, None)

    def test_a_sum_on_its_way_is_kept_as_typed(self) -> None:
        assert allocation().read(typed("70", "60")) == shared(70, 60, None)

    @pytest.mark.parametrize("word", ["half", "-5", "12.5", "12,5", "1000000", "½"])
    def test_what_is_no_number_of_points_is_refused_with_what_was_typed(self, word: str) -> None:
        with pytest.raises(InvalidAnswer) as refused:
            allocation().read(typed(time=word))
        assert refused.value.sentence.values == {"total": 100, "typed": word}

    def test_unable_to_judge_is_an_answer_where_it_is_offered(self) -> None:
        kind = allocation(unable=UNABLE)
        assert kind.read(typed(unable=True)) == Answer.absent(Missing.UNABLE)

    def test_nobody_gives_points_and_cannot_judge(self) -> None:
        with pytest.raises(InvalidAnswer, match="not both"):
            allocation(unable=UNABLE).read(typed(cost="100", unable=True))

    @pytest.mark.parametrize(
        "answer",
        [shared(40, 40, 20), shared(1, None, 0), SKIPPED, Answer.absent(Missing.UNABLE)],
    )
    def test_what_the_fields_hold_reads_as_the_answer_they_show(self, answer: Answer) -> None:
        kind = allocation(unable=UNABLE)
        assert kind.read(kind.filled(answer)) == answer
        assert set(kind.filled(answer)) == set(kind.fields())

    def test_points_not_given_fill_nothing(self) -> None:
        assert allocation().filled(None) == typed()


class TestChecking:
    def test_points_for_these_options_fit_whatever_their_sum(self) -> None:
        allocation().check(shared(100, 0, 0))
        allocation().check(shared(1, None, None))
        allocation().check(SKIPPED)
        allocation(unable=UNABLE).check(Answer.absent(Missing.UNABLE))

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(100),
            Answer(detail={"points": {}}),
            Answer(detail={"points": [100]}),
            Answer(detail={"ranks": {"cost": 1}}),
            Answer(detail={"points": {"colour": 100}}),
            Answer(detail={"points": {"cost": -1}}),
            Answer(detail={"points": {"cost": 33.3}}),
            Answer.absent(Missing.UNABLE),
        ],
    )
    def test_anything_else_does_not(self, answer: Answer) -> None:
        with pytest.raises(InvalidAnswer):
            allocation().check(answer)


class TestLacking:
    def test_points_that_add_up_lack_nothing(self) -> None:
        assert allocation().lacks(shared(100, None, None), "en") is None
        assert allocation().lacks(SKIPPED, "en") is None

    def test_a_sum_below_is_told_with_what_is_left(self) -> None:
        assert str(allocation().lacks(shared(50, 20, None), "en")) == (
            "You have given 70 of 100 points; 30 are left to give."
        )

    def test_a_sum_above_is_told_with_what_is_too_many(self) -> None:
        assert str(allocation(total=10).lacks(shared(8, 4, 0), "en")) == (
            "You have given 12 points: 2 more than the 10 there are."
        )

    def test_zeros_alone_leave_everything_to_give(self) -> None:
        sentence = allocation().lacks(shared(0, 0, 0), "en")
        assert sentence is not None
        assert sentence.values["left"] == 100


class TestInWords:
    def test_points_read_in_the_order_of_the_options(self) -> None:
        assert allocation().in_words(shared(50, None, 50), "nl") == "Kosten 50, Gemak 50"

    def test_unable_to_judge_reads_as_the_study_says_it(self) -> None:
        kind = allocation(unable=UNABLE)
        assert kind.in_words(Answer.absent(Missing.UNABLE), "nl") == "I cannot say"

    def test_no_answer_has_no_words(self) -> None:
        assert allocation().in_words(SKIPPED, "en") == ""


class TestSummary:
    THREE = (shared(50, 30, 20), shared(60, 40, None), shared(10, 20, 70))

    def test_three_experts_summed_up_by_hand(self) -> None:
        numbers = summed_up(allocation(), *self.THREE)
        assert numbers["n"] == 3
        assert numbers["options"]["cost"] == {
            "mean": 40.0,
            "median": 50.0,
            # Squares 100, 400, 900 over 2.
            "sd": pytest.approx(700**0.5),
            "none": 0,
        }
        assert numbers["options"]["ease"]["mean"] == 30
        assert numbers["options"]["ease"]["none"] == 1

    def test_only_sums_that_add_up_are_counted(self) -> None:
        unable = Answer.absent(Missing.UNABLE)
        numbers = summed_up(
            allocation(unable=UNABLE),
            *self.THREE,
            shared(50, None, None),
            shared(99, 99, 0),
            unable,
            SKIPPED,
        )
        alone = summed_up(allocation(unable=UNABLE), *self.THREE)
        assert {**alone, "unfinished": 2, "unable": 1, "skipped": 1} == numbers

    def test_nobody_has_no_mean(self) -> None:
        numbers = summed_up(allocation(), SKIPPED)
        assert numbers["n"] == 0
        assert numbers["options"]["cost"] == {"mean": None, "median": None, "sd": None, "none": 0}

    def test_one_expert_has_no_spread(self) -> None:
        cost = summed_up(allocation(), shared(100, 0, 0))["options"]["cost"]
        assert (cost["mean"], cost["sd"]) == (100, None)

    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda two: sum(two) <= 100),
            min_size=1,
            max_size=8,
        )
    )
    def test_the_means_add_up_to_the_total(self, rows: list[tuple[int, int]]) -> None:
        answers = [shared(a, b, 100 - a - b) for a, b in rows]
        options = summed_up(allocation(), *answers)["options"]
        assert sum(options[code]["mean"] for code in CODES) == pytest.approx(100)

    @settings(deadline=None)
    @given(st.permutations(range(3)))
    def test_the_order_of_experts_does_not_matter(self, order: list[int]) -> None:
        shuffled = [self.THREE[at] for at in order]
        assert summed_up(allocation(), *shuffled) == summed_up(allocation(), *self.THREE)


class TestFeedback:
    def test_the_panels_points_stand_beside_the_own_ones_most_first(self) -> None:
        numbers = summed_up(allocation(), *TestSummary.THREE)
        shown = allocation().feedback(numbers, shared(0, 100, None), "en", EVERYTHING)
        assert shown is not None
        assert [(row["name"], row["mean"], row["own"]) for row in shown["rows"]] == [
            ("Cost", 40, 0),
            ("Time", 30, 100),
            ("Ease", 30, 0),
        ]

    def test_points_that_did_not_add_up_are_shown_as_they_were_given(self) -> None:
        numbers = summed_up(allocation(), *TestSummary.THREE)
        shown = allocation().feedback(numbers, shared(60, None, None), "en", EVERYTHING)
        assert shown is not None
        assert [row["own"] for row in shown["rows"]] == [60, None, None]

    def test_own_points_are_shown_only_where_the_study_shows_them(self) -> None:
        policy = FeedbackPolicy((Shown.MEDIAN,), smallest_group=2)
        numbers = summed_up(allocation(), *TestSummary.THREE)
        shown = allocation().feedback(numbers, shared(0, 100, 0), "en", policy)
        assert shown is not None
        assert shown["own"] is False
        assert {row["own"] for row in shown["rows"]} == {None}


class TestFiles:
    def test_every_option_is_a_column_and_so_is_the_sum(self) -> None:
        columns = allocation().columns("r2_A1", "Weigh these.", "de")
        assert [column.name for column in columns] == [
            "r2_a1_cost",
            "r2_a1_time",
            "r2_a1_ease",
            "r2_a1_sum",
        ]
        assert columns[-1].label == "Weigh these. vergebene Punkte insgesamt"

    @pytest.mark.parametrize(
        ("answer", "cells"),
        [
            (shared(50, 30, 20), (50, 30, 20, 100)),
            (shared(100, None, None), (100, 0, 0, 100)),
            (shared(40, None, 0), (40, -1, 0, 40)),
            (None, (-1, -1, -1, -1)),
            (SKIPPED, (-1, -1, -1, -1)),
            (Answer.absent(Missing.UNABLE), (-2, -2, -2, -2)),
        ],
    )
    def test_cells_hold_points_or_why_there_are_none(
        self, answer: Answer | None, cells: tuple[int, ...]
    ) -> None:
        assert allocation().cells(answer) == cells
