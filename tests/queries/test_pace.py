"""How long a questionnaire takes: from the panel's own moments, aggregated, with a documented fallback."""

from datetime import timedelta

import pytest

from surveys.queries import pace, questionnaire
from surveys.queries.pace import Pace
from tests.factories import make_story

CODES = [f"S{number:02d}" for number in range(1, 9)]
# The wording "Statement 1 holds." is read in so many seconds.
READING = 18 / pace.SIGNS_PER_SECOND


@pytest.fixture
def story(session):
    story = make_story(session, statements=8)
    story.until_round_2()
    return story


def asked(story):
    return questionnaire.launched_round(
        story.session, story.study.public_id, story.round(2).id, "en"
    )


def measured(story):
    return pace.measured(story.session, story.study.public_id, story.round(2).id, "en")


def rate_all(story, expert, seconds):
    """One expert answers item by item, so many seconds apart."""
    for code in CODES:
        story.keep(expert, 2, {code: 4})
        story.later(seconds=seconds)


def test_without_timings_the_kinds_own_expectation_stands(story):
    items = asked(story).items[:2]
    assert measured(story) == Pace({})
    assert Pace().seconds(items) == pytest.approx(2 * (READING + 10))
    assert Pace().seconds([]) == 0


def test_the_pace_of_the_panel_replaces_it(story):
    for expert in (1, 2, 3):
        rate_all(story, expert, 30)
    found = measured(story)
    assert found.factors == {"likert": pytest.approx((30 - READING) / 10)}
    assert found.seconds(asked(story).items) == pytest.approx(8 * 30)


def test_too_few_gaps_change_nothing(story):
    for expert in (1, 2):
        rate_all(story, expert, 300)
    story.keep(3, 2, {"S01": 4})
    assert measured(story).factors == {}


def test_one_slow_expert_does_not_move_the_median(story):
    for expert in (1, 2, 3, 4):
        rate_all(story, expert, 12)
    rate_all(story, 5, 400)
    assert measured(story).factors["likert"] == pytest.approx((12 - READING) / 10)


def test_a_break_is_no_answer(story):
    for expert in (1, 2, 3, 4):
        story.keep(expert, 2, {"S01": 4})
        story.later(hours=20)
        for code in CODES[1:]:
            story.keep(expert, 2, {code: 4})
            story.later(seconds=20)
    # The gap of a day, before the second answer of each, is left out.
    assert measured(story).factors["likert"] == pytest.approx((20 - READING) / 10)


def test_answers_saved_together_share_their_gap(story):
    for expert in (1, 2, 3, 4):
        story.keep(expert, 2, {"S01": 4})
        story.later(seconds=70)
        story.keep(expert, 2, dict.fromkeys(CODES[1:], 4))
    assert measured(story).factors["likert"] == pytest.approx((10 - READING) / 10)


def test_a_changed_mind_is_not_timed(story):
    for expert in (1, 2, 3):
        rate_all(story, expert, 30)
    story.later(seconds=200)
    for expert in (1, 2, 3):
        for code in CODES:
            story.later(seconds=1)
            story.keep(expert, 2, {code: 5})
    assert measured(story).factors["likert"] == pytest.approx((30 - READING) / 10)


def test_answers_faster_than_reading_take_no_negative_time(story):
    for expert in (1, 2, 3):
        rate_all(story, expert, 0.2)
    assert measured(story).factors == {"likert": 0.0}


def test_the_pace_is_looked_up_anew_only_now_and_then(story):
    study, round_id = story.study.public_id, story.round(2).id

    def of_panel(at):
        return pace.of_panel(story.session, study, round_id, "en", at=at)

    begun = story.now
    first = of_panel(begun)
    for expert in (1, 2, 3):
        rate_all(story, expert, 30)
    assert of_panel(begun + timedelta(minutes=9)) is first
    assert of_panel(begun + timedelta(minutes=11)).factors != first.factors


def test_a_process_remembers_the_pace_of_few_studies(story, monkeypatch):
    monkeypatch.setattr(pace, "_paces", {(f"study {n}", n): (story.now, Pace()) for n in range(64)})
    pace.of_panel(story.session, story.study.public_id, story.round(2).id, "en", at=story.now)
    assert len(pace._paces) == 1


def test_the_pace_of_one_expert_is_never_told_to_another(session):
    story = make_story(session, statements=24)
    story.until_round_2()
    for number in range(1, 25):
        story.keep(1, 2, {f"S{number:02d}": 4})
        story.later(seconds=90)
    assert measured(story) == Pace({})
