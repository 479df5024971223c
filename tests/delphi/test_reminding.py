"""Reminders by plan: which days, at decent hours, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from surveys.delphi.reminding import MOST_DAYS, Moment, Reminders
from surveys.delphi.stored import load

BRUSSELS = ZoneInfo("Europe/Brussels")


def brussels(*parts):
    return datetime(*parts, tzinfo=BRUSSELS).astimezone(UTC)


def local(moments, zone=BRUSSELS):
    return [(one.days, f"{one.at.astimezone(zone):%a %d %H:%M}") for one in moments]


OPENED = brussels(2026, 3, 2, 9, 0)  # a Monday


def test_seven_and_three_days_before_the_end_from_eight_in_the_morning():
    plan = Reminders((3, 7))
    moments = plan.moments(OPENED, brussels(2026, 3, 19, 21, 0))
    assert local(moments) == [(7, "Thu 12 08:00"), (3, "Mon 16 08:00")]


def test_a_round_without_an_end_plans_nothing():
    plan = Reminders((3,))
    assert plan.moments(OPENED, None) == ()
    assert plan.due(OPENED, None, sent=(), since=None, at=OPENED + timedelta(days=9)) is None


def test_what_falls_on_a_weekend_goes_out_on_the_friday_before():
    end = brussels(2026, 3, 22, 18, 0)  # a Sunday: 7 days before is a Sunday, 1 before a Saturday
    assert local(Reminders((7, 1)).moments(OPENED, end)) == [
        (7, "Fri 13 08:00"),
        (1, "Fri 20 08:00"),
    ]
    assert local(Reminders((7, 1), weekends=True).moments(OPENED, end)) == [
        (7, "Sun 15 08:00"),
        (1, "Sat 21 08:00"),
    ]


def test_of_two_that_meet_before_a_weekend_the_nearer_one_goes_out():
    end = brussels(2026, 3, 16, 18, 0)  # a Monday: 2 days before is a Saturday, 1 before a Sunday
    assert local(Reminders((2, 1)).moments(OPENED, end)) == [(1, "Fri 13 08:00")]


def test_nobody_is_reminded_within_a_day_of_the_invitation():
    end = OPENED + timedelta(days=7, hours=2)
    assert (
        local(Reminders((7, 6, 5)).moments(OPENED, end))
        == [
            (6, "Tue 03 08:00"),
            (5, "Wed 04 08:00"),
        ][1:]
    )


def test_what_lay_before_the_plan_was_made_is_not_made_up_for():
    end, since = brussels(2026, 3, 19, 21, 0), brussels(2026, 3, 13, 12, 0)
    plan = Reminders((7, 3))
    assert [one.days for one in plan.moments(OPENED, end, since=since)] == [3]
    assert plan.due(OPENED, end, sent=(), since=since, at=brussels(2026, 3, 13, 12, 1)) is None


@pytest.mark.parametrize(
    ("end", "days", "said"),
    [
        # The clocks go forward in the night to Sunday 29 March, back in that to Sunday 25 October.
        (brussels(2026, 4, 1, 12, 0), 1, ("Tue 31 08:00", 6)),
        (brussels(2026, 4, 1, 12, 0), 5, ("Fri 27 08:00", 7)),
        (brussels(2026, 10, 28, 12, 0), 1, ("Tue 27 08:00", 7)),
        (brussels(2026, 10, 28, 12, 0), 5, ("Fri 23 08:00", 6)),
    ],
)
def test_eight_in_the_morning_stays_eight_in_the_morning_when_the_clocks_change(end, days, said):
    (moment,) = Reminders((days,)).moments(end - timedelta(days=20), end)
    assert (f"{moment.at.astimezone(BRUSSELS):%a %d %H:%M}", moment.at.hour) == said


def test_an_hour_that_the_clocks_skip_is_the_one_after_it():
    plan = Reminders((1,), from_hour=2, to_hour=4, weekends=True)
    (moment,) = plan.moments(OPENED, brussels(2026, 3, 30, 12, 0))
    assert local([moment]) == [(1, "Sun 29 03:00")]
    assert plan.decent(moment.at)


def test_the_days_are_those_of_the_studys_zone_and_not_of_the_server():
    end = datetime(2026, 3, 19, 23, 30, tzinfo=UTC)  # already Friday in Auckland
    zone = "Pacific/Auckland"
    (moment,) = Reminders((3,), time_zone=zone).moments(OPENED, end)
    assert local([moment], ZoneInfo(zone)) == [(3, "Tue 17 08:00")]


@pytest.mark.parametrize(
    ("at", "decent"),
    [
        (brussels(2026, 3, 12, 7, 59), False),
        (brussels(2026, 3, 12, 8, 0), True),
        (brussels(2026, 3, 12, 17, 59), True),
        (brussels(2026, 3, 12, 18, 0), False),
        (brussels(2026, 3, 14, 12, 0), False),
    ],
)
def test_hours_are_decent_from_the_first_up_to_the_last(at, decent):
    plan = Reminders((3,))
    assert plan.decent(at) is decent
    assert plan.decent(plan.not_before(at))
    assert plan.not_before(at) >= at


def test_what_has_to_wait_waits_for_the_next_morning_or_for_monday():
    plan = Reminders((3,))
    wait = [
        plan.not_before(at).astimezone(BRUSSELS).strftime("%a %d %H:%M")
        for at in (
            brussels(2026, 3, 12, 3, 0),
            brussels(2026, 3, 12, 20, 0),
            brussels(2026, 3, 13, 18, 0),
            brussels(2026, 3, 14, 3, 0),
        )
    ]
    assert wait == ["Thu 12 08:00", "Fri 13 08:00", "Mon 16 08:00", "Mon 16 08:00"]


def test_each_is_due_once_and_after_a_pause_only_the_latest():
    plan, end = Reminders((7, 3)), brussels(2026, 3, 19, 21, 0)

    def due(at, *sent):
        found = plan.due(OPENED, end, sent=sent, since=None, at=at)
        return found and found.days

    assert due(brussels(2026, 3, 12, 7, 59)) is None
    assert due(brussels(2026, 3, 12, 8, 0)) == 7
    assert due(brussels(2026, 3, 12, 8, 1), 7) is None
    assert due(brussels(2026, 3, 12, 20, 0)) is None, "not in the evening"
    assert due(brussels(2026, 3, 17, 9, 0)) == 3, "the sender was away: nobody gets two"
    assert due(brussels(2026, 3, 17, 9, 0), 3) is None
    assert due(brussels(2026, 3, 19, 21, 0), 7) is None, "it is over"


def test_moving_the_end_moves_what_is_still_to_come():
    plan = Reminders((7, 3))
    later = brussels(2026, 3, 26, 21, 0)
    assert local(plan.moments(OPENED, later)) == [(7, "Thu 19 08:00"), (3, "Mon 23 08:00")]
    # The one seven days before the old end went out; seven before the new one it does not again.
    at = brussels(2026, 3, 19, 9, 0)
    assert plan.due(OPENED, later, sent=(7,), since=None, at=at) is None
    at = brussels(2026, 3, 23, 9, 0)
    assert plan.due(OPENED, later, sent=(7,), since=None, at=at) == Moment(
        3, brussels(2026, 3, 23, 8, 0)
    )


def test_a_plan_goes_to_json_and_back_and_says_itself_in_four_languages():
    plan = Reminders((3, 7, 3), 9, 17, True, "Europe/Lisbon")
    assert plan.days == (7, 3)
    assert load(plan.to_json()) == plan
    said = {plan.sentence(language) for language in ("en", "nl", "fr", "de")}
    assert len(said) == 4
    assert all("7" in one and "3" in one and "Europe/Lisbon" in one for one in said)
    assert Reminders().sentence("en") == "Nobody is reminded by itself."


@pytest.mark.parametrize(
    "settings",
    [
        {"days": (0,)},
        {"days": (MOST_DAYS + 1,)},
        {"days": (True,)},
        {"days": ("3",)},
        {"days": tuple(range(1, 8))},
        {"from_hour": 18, "to_hour": 8},
        {"from_hour": 8, "to_hour": 25},
        {"from_hour": 8.5},
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"time_zone": ""},
    ],
)
def test_what_is_no_plan_is_refused(settings):
    with pytest.raises(ValueError, match=r"."):
        Reminders(**settings)
