"""A round's state follows from its dates."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.delphi.round import Obstacle, Permission, RoundDates, RoundState
from tests.delphi.rulebook import LOCALES

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
DRAFT = RoundDates(closes_at=NOON + 7 * DAY)
OPEN = RoundDates(launched_at=NOON, closes_at=NOON + 7 * DAY)
CLOSED = RoundDates(launched_at=NOON, closes_at=NOON + 7 * DAY, closed_at=NOON + 3 * DAY)


@pytest.mark.parametrize(
    ("dates", "at", "state"),
    [
        (DRAFT, NOON, RoundState.DRAFT),
        (OPEN, NOON - MOMENT, RoundState.DRAFT),
        (OPEN, NOON, RoundState.OPEN),
        (OPEN, NOON + 7 * DAY - MOMENT, RoundState.OPEN),
        (OPEN, NOON + 7 * DAY, RoundState.CLOSED),
        (CLOSED, NOON + 3 * DAY - MOMENT, RoundState.OPEN),
        (CLOSED, NOON + 3 * DAY, RoundState.CLOSED),
        (RoundDates(launched_at=NOON), NOON + 900 * DAY, RoundState.OPEN),
    ],
)
def test_the_state_follows_from_the_dates(dates, at, state):
    assert dates.state(at) is state
    assert dates.accepts(at) is (state is RoundState.OPEN)


@given(st.integers(-3, 12), st.integers(-3, 12))
def test_a_round_never_goes_back_by_itself(first, second):
    order = [RoundState.DRAFT, RoundState.OPEN, RoundState.CLOSED]
    earlier, later = sorted((first, second))

    for dates in (DRAFT, OPEN, CLOSED):
        before, after = (order.index(dates.state(NOON + day * DAY)) for day in (earlier, later))
        assert before <= after


def test_a_round_is_due_when_its_date_passed_and_nobody_closed_it():
    assert OPEN.due(NOON + 7 * DAY)
    assert not OPEN.due(NOON)
    assert not CLOSED.due(NOON + 9 * DAY)


def test_dates_carry_a_time_zone():
    with pytest.raises(ValueError, match="launched_at needs a time zone"):
        RoundDates(launched_at=datetime(2025, 3, 3))  # noqa: DTZ001
    with pytest.raises(ValueError, match="at needs a time zone"):
        OPEN.state(datetime(2025, 3, 3))  # noqa: DTZ001


def test_a_round_closed_was_launched():
    with pytest.raises(ValueError, match="never launched"):
        RoundDates(closed_at=NOON)


def test_a_draft_with_items_and_experts_may_be_launched():
    assert DRAFT.may_launch(NOON, items=3, experts=12)
    assert DRAFT.may_launch(NOON + 4 * DAY, items=3, experts=12, earlier=CLOSED)


def test_every_obstacle_to_launching_is_named_at_once():
    refused = DRAFT.may_launch(NOON + 7 * DAY, items=0, experts=0, earlier=RoundDates(NOON))

    assert refused.obstacles == (
        Obstacle.NO_ITEMS,
        Obstacle.NO_EXPERTS,
        Obstacle.CLOSING_DATE_PAST,
        Obstacle.EARLIER_ROUND_OPEN,
    )
    assert not refused
    assert refused.sentence("en").count(".") == 4


def test_a_round_is_launched_once():
    assert OPEN.may_launch(NOON, items=1, experts=1).obstacles == (Obstacle.ALREADY_LAUNCHED,)


@pytest.mark.parametrize(
    ("dates", "at", "obstacles"),
    [
        (DRAFT, NOON, (Obstacle.NOT_LAUNCHED,)),
        (OPEN, NOON, ()),
        (OPEN, NOON + 8 * DAY, ()),
        (CLOSED, NOON + DAY, (Obstacle.ALREADY_CLOSED,)),
    ],
)
def test_a_launched_round_may_be_closed_once(dates, at, obstacles):
    assert dates.may_close(at) == Permission(obstacles)


@pytest.mark.parametrize(
    ("dates", "until", "obstacles"),
    [
        (OPEN, NOON + 9 * DAY, ()),
        (OPEN, NOON, (Obstacle.CLOSING_DATE_PAST,)),
        (DRAFT, NOON + 9 * DAY, (Obstacle.NOT_LAUNCHED,)),
    ],
)
def test_an_open_round_may_be_extended_into_the_future(dates, until, obstacles):
    assert dates.may_extend(NOON, until=until).obstacles == obstacles


def test_a_closed_round_is_reopened_and_not_extended():
    late = NOON + 4 * DAY

    assert CLOSED.may_extend(late, until=late + DAY).obstacles == (Obstacle.ALREADY_CLOSED,)
    assert CLOSED.may_reopen(late, until=late + DAY, reason="mail failed", later_launched=False)


def test_reopening_needs_a_reason_and_no_later_round():
    late = NOON + 4 * DAY

    refused = CLOSED.may_reopen(late, until=late, reason=" ", later_launched=True)

    assert refused.obstacles == (
        Obstacle.LATER_ROUND_LAUNCHED,
        Obstacle.CLOSING_DATE_PAST,
        Obstacle.NO_REASON,
    )


@pytest.mark.parametrize(
    ("dates", "obstacle"), [(OPEN, Obstacle.STILL_OPEN), (DRAFT, Obstacle.NOT_LAUNCHED)]
)
def test_only_a_closed_round_is_reopened(dates, obstacle):
    refused = dates.may_reopen(NOON, until=None, reason="why", later_launched=False)

    assert refused.obstacles == (obstacle,)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_and_obstacle_has_words(locale):
    assert len({state.name_in(locale) for state in RoundState}) == 3
    assert len({Permission((obstacle,)).sentence(locale) for obstacle in Obstacle}) == len(Obstacle)
    assert Permission().sentence(locale) == ""
