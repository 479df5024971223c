"""Rankings: what is read, kept, told, summed up and written out."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items import InvalidAnswer
from surveys.items.ranking import NOT_PLACED, Ranking

OPTIONS = [
    {"code": "cost", "name": {"en": "Cost", "nl": "Kosten"}},
    {"code": "time", "name": {"en": "Time", "nl": "Tijd"}},
    {"code": "ease", "name": {"en": "Ease", "nl": "Gemak"}},
]
CODES = ("cost", "time", "ease")
UNABLE = {"en": "I cannot say", "nl": "Kan ik niet zeggen"}
EVERYTHING = FeedbackPolicy(tuple(Shown), smallest_group=2)
SKIPPED = Answer.absent(Missing.SKIPPED)


def ranking(**settings: Any) -> Ranking:
    return Ranking.load({"options": OPTIONS, **settings})


def ranked(*places: int | None) -> Answer:
    """A ranking of cost, time and ease."""
    return Answer(
        detail={"ranks": {c: p for c, p in zip(CODES, places, strict=True) if p is not None}}
    )


def typed(cost: str = "", time: str = "", ease: str = "", **more: Any) -> dict[str, Any]:
    return {"-cost": cost, "-time": time, "-ease": ease, **{f"-{k}": v for k, v in more.items()}}


def summed_up(kind: Ranking, *answers: Answer) -> dict[str, Any]:
    numbers = kind.summarise(answers, quantile_method="linear")
    assert numbers is not None
    assert json.loads(json.dumps(numbers)) == numbers
    return numbers


class TestSettings:
    def test_settings_survive_being_stored(self) -> None:
        kind = ranking(ties=True, unranked="last", places=2, unable=UNABLE)
        assert Ranking.load(json.loads(json.dumps(kind.to_json()))) == kind

    def test_by_default_every_option_needs_a_place_of_its_own(self) -> None:
        assert ranking().to_json() == {
            "options": OPTIONS,
            "places": 3,
            "ties": False,
            "unranked": "refuse",
            "unable": {},
        }

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"shuffle": True}, "no setting shuffle"),
            ({"ties": "maybe"}, "ties must be true or false"),
            ({"unranked": "first"}, "one of refuse, unknown, last, not 'first'"),
            ({"places": True}, "places must be a number"),
            ({"places": "two"}, "places must be a number"),
            ({"places": 1.5}, "places must be a whole number"),
            ({"places": 0}, "places must be at least 1, not 0"),
            ({"places": 4}, "places must be at most 3, not 4"),
            ({"places": 2}, "2 places are not enough for 3 options"),
            ({"options": OPTIONS[:1]}, "2 to 30 options"),
            ({"unable": ["no"]}, "unable must be a text"),
        ],
    )
    def test_what_does_not_fit_is_named(self, settings: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            ranking(**settings)

    def test_a_forms_typed_settings_are_read(self) -> None:
        typed_in = ranking(places="2", ties="yes", unranked="last")
        assert (typed_in.places, typed_in.ties) == (2, True)

    def test_there_must_be_something_to_rank(self) -> None:
        with pytest.raises(ValueError, match="“options” is absent"):
            Ranking.load({})

    def test_few_places_with_ties_sort_all_options_into_tiers(self) -> None:
        assert ranking(places=2, ties=True).lacks(ranked(1, 2, 2), "en") is None

    def test_every_text_that_experts_read_is_named(self) -> None:
        texts = ranking(unable=UNABLE).texts()
        assert texts["option time"] == {"en": "Time", "nl": "Tijd"}
        assert texts["unable"] == UNABLE
        assert set(ranking().texts()) == {"option cost", "option time", "option ease"}

    def test_a_page_draws_its_options_in_the_language_of_the_expert(self) -> None:
        face = ranking(unable=UNABLE).face("nl")
        assert face["options"] == (("cost", "Kosten"), ("time", "Tijd"), ("ease", "Gemak"))
        assert face["unable_name"] == "Kan ik niet zeggen"
        assert (face["places"], face["ties"], face["unranked"]) == (3, False, "refuse")


class TestReading:
    def test_numbers_become_places(self) -> None:
        assert ranking().read(typed("2", " 1. ", "3")) == ranked(2, 1, 3)

    def test_nothing_typed_is_no_answer(self) -> None:
        assert ranking().read(typed()) == SKIPPED
        assert ranking().read({}) == SKIPPED

    def test_a_ranking_that_is_begun_is_kept_as_typed(self) -> None:
        assert ranking().read(typed(time="1")) == ranked(None, 1, None)

    @pytest.mark.parametrize("word", ["first", "0", "4", "-1", "1.5", "1,2", "²"])
    def test_what_is_no_place_is_refused_with_what_was_typed(self, word: str) -> None:
        with pytest.raises(InvalidAnswer) as refused:
            ranking().read(typed(cost=word))
        assert refused.value.sentence.values == {"last": 3, "typed": word}
        assert str(refused.value).startswith("A place is a whole number from 1 to 3")

    def test_unable_to_judge_is_an_answer_where_it_is_offered(self) -> None:
        kind = ranking(unable=UNABLE)
        assert kind.read(typed(unable=True)) == Answer.absent(Missing.UNABLE)
        assert kind.read(typed(unable=False)) == SKIPPED

    def test_nobody_ranks_and_cannot_judge(self) -> None:
        with pytest.raises(InvalidAnswer, match="not both"):
            ranking(unable=UNABLE).read(typed(cost="1", unable=True))

    @pytest.mark.parametrize(
        "answer",
        [ranked(1, 2, 3), ranked(2, None, None), ranked(1, 1, 3), SKIPPED, Answer.absent("unable")],
    )
    def test_what_the_fields_hold_reads_as_the_answer_they_show(self, answer: Answer) -> None:
        kind = ranking(unable=UNABLE)
        assert kind.read(kind.filled(answer)) == answer
        assert set(kind.filled(answer)) == set(kind.fields())

    def test_a_ranking_not_given_fills_nothing(self) -> None:
        assert ranking().filled(None) == typed()


class TestChecking:
    def test_a_ranking_of_these_options_fits(self) -> None:
        ranking().check(ranked(3, 1, 2))
        ranking().check(SKIPPED)
        ranking(unable=UNABLE).check(Answer.absent(Missing.UNABLE))

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(3),
            Answer(detail={}),
            Answer(detail={"ranks": {}}),
            Answer(detail={"ranks": [1, 2, 3]}),
            Answer(detail={"ranks": {"colour": 1}}),
            Answer(detail={"ranks": {"cost": 9}}),
            Answer(detail={"ranks": {"cost": "first"}}),
            Answer.absent(Missing.UNABLE),
        ],
    )
    def test_anything_else_does_not(self, answer: Answer) -> None:
        with pytest.raises(InvalidAnswer):
            ranking().check(answer)


class TestLacking:
    def test_a_whole_ranking_lacks_nothing(self) -> None:
        assert ranking().lacks(ranked(2, 3, 1), "en") is None

    def test_options_without_a_place_are_named(self) -> None:
        assert str(ranking().lacks(ranked(1, None, None), "nl")) == (
            "Still without a place: Tijd; Gemak."
        )

    @pytest.mark.parametrize("meaning", ["unknown", "last"])
    def test_where_the_study_allows_it_some_may_stay_without(self, meaning: str) -> None:
        assert ranking(unranked=meaning).lacks(ranked(1, None, None), "en") is None

    def test_two_in_one_place_are_named_where_ties_are_not_meant(self) -> None:
        assert str(ranking().lacks(ranked(1, 2, 2), "en")) == (
            "The same place twice: Time; Ease. Please give each a place of its own."
        )

    def test_two_in_one_place_are_a_ranking_where_ties_are_allowed(self) -> None:
        assert ranking(ties=True).lacks(ranked(1, 2, 2), "en") is None

    def test_who_cannot_judge_lacks_nothing(self) -> None:
        assert ranking(unable=UNABLE).lacks(Answer.absent(Missing.UNABLE), "en") is None


class TestInWords:
    def test_a_ranking_reads_from_the_first_place_on(self) -> None:
        assert ranking().in_words(ranked(3, 1, 2), "nl") == "1. Tijd, 2. Gemak, 3. Kosten"

    def test_gaps_close_and_ties_share_a_place(self) -> None:
        assert ranking(ties=True).in_words(ranked(3, 1, 3), "en") == "1. Time, 2. Cost, 2. Ease"

    def test_unable_to_judge_reads_as_the_study_says_it(self) -> None:
        words = ranking(unable=UNABLE).in_words(Answer.absent(Missing.UNABLE), "en")
        assert words == "I cannot say"

    def test_no_answer_has_no_words(self) -> None:
        assert ranking().in_words(SKIPPED, "en") == ""


class TestSummary:
    # Four experts; by hand: Cost wins 7 of 8 comparisons, Time 4, Ease 1.
    FOUR = (ranked(1, 2, 3), ranked(1, 2, 3), ranked(1, 3, 2), ranked(2, 1, 3))

    def test_four_rankings_summed_up_by_hand(self) -> None:
        numbers = summed_up(ranking(), *self.FOUR)
        assert numbers["n"] == 4
        assert numbers["order"] == [["cost"], ["time"], ["ease"]]
        cost = numbers["options"]["cost"]
        assert cost == {
            "ranked_by": 4,
            "mean_place": 1.25,
            "points": 1.75,
            "share_won": 0.875,
            "places": [3, 1, 0],
        }
        assert numbers["options"]["ease"]["places"] == [0, 1, 3]
        # Rank sums 5, 8, 11: S = 18, W = 12 S / (m² (n³ - n)) = 216 / 384.
        assert numbers["w"] == pytest.approx(0.5625)
        assert numbers["kemeny"] == {
            "orders": [["cost", "time", "ease"]],
            "count": 1,
            "distance": 4,
        }

    def test_only_whole_rankings_are_counted(self) -> None:
        begun, twice = ranked(1, None, None), ranked(1, 1, 2)
        unable = Answer.absent(Missing.UNABLE)
        numbers = summed_up(
            ranking(unable=UNABLE), *self.FOUR, begun, twice, unable, SKIPPED, SKIPPED
        )
        alone = summed_up(ranking(unable=UNABLE), *self.FOUR)
        assert {**alone, "unfinished": 2, "unable": 1, "skipped": 2} == numbers

    def test_nobody_has_no_order(self) -> None:
        for nobody in ((), (SKIPPED,), (ranked(1, None, None),)):
            numbers = summed_up(ranking(), *nobody)
            assert (numbers["n"], numbers["order"], numbers["w"]) == (0, [], None)
            assert numbers["options"] == {}

    def test_one_expert_is_an_order_without_agreement(self) -> None:
        numbers = summed_up(ranking(), ranked(2, 1, 3))
        assert numbers["order"] == [["time"], ["cost"], ["ease"]]
        assert numbers["w"] is None
        assert numbers["w_reason"] == "one expert"

    def test_an_option_without_a_place_is_last_or_unknown_as_the_study_says(self) -> None:
        answers = (ranked(1, 2, None), ranked(None, 1, 2), ranked(1, None, None))
        last = summed_up(ranking(unranked="last"), *answers)
        unknown = summed_up(ranking(unranked="unknown"), *answers)
        assert last["options"]["cost"]["mean_place"] == pytest.approx((1 + 3 + 1) / 3)
        assert unknown["options"]["cost"]["mean_place"] == 1
        assert unknown["options"]["ease"]["share_won"] == 0
        assert last["options"]["ease"]["ranked_by"] == 1

    def test_an_option_nobody_compared_has_no_score(self) -> None:
        numbers = summed_up(ranking(unranked="unknown"), ranked(1, 2, None))
        assert numbers["options"]["ease"]["mean_place"] is None
        assert numbers["options"]["ease"]["share_won"] is None
        assert numbers["order"] == [["cost"], ["time"]]

    def test_an_evenly_divided_panel_shares_a_place(self) -> None:
        numbers = summed_up(ranking(), ranked(1, 2, 3), ranked(2, 1, 3))
        assert numbers["order"] == [["cost", "time"], ["ease"]]
        assert numbers["kemeny"]["count"] == 2

    def test_the_closest_order_is_not_searched_among_very_many_options(self) -> None:
        many = [{"code": f"o{n}", "name": {"en": str(n)}} for n in range(13)]
        kind = Ranking.load({"options": many})
        answer = Answer(detail={"ranks": {f"o{n}": n + 1 for n in range(13)}})
        numbers = summed_up(kind, answer, answer)
        assert numbers["kemeny"] is None
        assert numbers["w"] == pytest.approx(1)

    @settings(deadline=None)
    @given(st.lists(st.permutations([1, 2, 3]), min_size=2, max_size=8), st.randoms())
    def test_the_order_of_experts_does_not_matter(self, rows: list[Any], random: Any) -> None:
        answers = [ranked(*row) for row in rows]
        numbers = summed_up(ranking(), *answers)
        random.shuffle(answers)
        assert summed_up(ranking(), *answers) == numbers

    @settings(deadline=None)
    @given(st.sampled_from(list(permutations([1, 2, 3]))), st.integers(2, 9))
    def test_a_unanimous_panel_keeps_its_order(self, row: tuple[int, ...], experts: int) -> None:
        numbers = summed_up(ranking(), *[ranked(*row)] * experts)
        assert numbers["order"] == [[code] for _, code in sorted(zip(row, CODES, strict=True))]
        assert numbers["w"] == pytest.approx(1)
        assert numbers["kemeny"]["distance"] == 0


class TestFeedback:
    def test_the_panels_order_stands_beside_the_own_one(self) -> None:
        numbers = summed_up(ranking(), *TestSummary.FOUR)
        shown = ranking().feedback(numbers, ranked(3, 1, 2), "en", EVERYTHING)
        assert shown is not None
        assert [(row["place"], row["name"], row["own"]) for row in shown["rows"]] == [
            (1, "Cost", 3),
            (2, "Time", 1),
            (3, "Ease", 2),
        ]
        assert shown["own"] is True
        assert shown["few"] == []

    def test_options_that_share_a_place_say_so(self) -> None:
        numbers = summed_up(ranking(), ranked(1, 2, 3), ranked(2, 1, 3))
        shown = ranking().feedback(numbers, None, "en", EVERYTHING)
        assert shown is not None
        assert [(row["place"], row["shared"]) for row in shown["rows"]] == [
            (1, True),
            (1, True),
            (3, False),
        ]
        assert shown["own"] is False

    def test_an_option_that_few_placed_is_not_in_the_panels_order(self) -> None:
        kind = ranking(unranked="unknown")
        numbers = summed_up(kind, ranked(1, 2, None), ranked(1, 2, None), ranked(3, 2, 1))
        shown = kind.feedback(numbers, None, "nl", EVERYTHING)
        assert shown is not None
        assert [row["name"] for row in shown["rows"]] == ["Kosten", "Tijd"]
        assert shown["few"] == ["Gemak"]

    def test_the_own_order_is_shown_only_where_the_study_shows_it(self) -> None:
        policy = FeedbackPolicy((Shown.MEDIAN,), smallest_group=2)
        numbers = summed_up(ranking(), *TestSummary.FOUR)
        shown = ranking().feedback(numbers, ranked(3, 1, 2), "en", policy)
        assert shown is not None
        assert shown["own"] is False


class TestFiles:
    def test_every_option_is_a_column(self) -> None:
        columns = ranking().columns("r1_R1", "What counts?", "nl")
        assert [column.name for column in columns] == ["r1_r1_cost", "r1_r1_time", "r1_r1_ease"]
        assert columns[1].label == "What counts? Tijd"
        assert columns[0].missing[NOT_PLACED] == "zonder plaats"

    @pytest.mark.parametrize(
        ("answer", "cells"),
        [
            (ranked(3, 1, 2), (3, 1, 2)),
            (ranked(1, None, 3), (1, NOT_PLACED, 2)),
            (ranked(2, 2, 1), (2, 2, 1)),
            (None, (-1, -1, -1)),
            (SKIPPED, (-1, -1, -1)),
            (Answer.absent(Missing.UNABLE), (-2, -2, -2)),
            (Answer.absent(Missing.NOT_SHOWN), (-3, -3, -3)),
            (Answer.absent(Missing.WITHDRAWN), (-4, -4, -4)),
        ],
    )
    def test_cells_hold_places_or_why_there_are_none(
        self, answer: Answer | None, cells: tuple[int, ...]
    ) -> None:
        assert ranking().cells(answer) == cells
