"""Self-rated expertise: levels that say themselves, and what may be made of ratings by level."""

from fractions import Fraction

import pytest

from surveys.delphi.expertise import AskedAbout, ByLevel, Level
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts
from tests.delphi.rulebook import LOCALES

FIVE = Scale.of(1, 5)


def counts(*ratings, unable=0):
    return ItemCounts.of(ratings, FIVE, unable=unable)


@pytest.fixture
def item():
    """Computed by hand: two who do not know it, one in between, two experts in their own field."""
    return ByLevel(
        {
            Level.NOT: counts(1, 1),
            Level.FAMILIAR: counts(3, unable=1),
            Level.OWN_FIELD: counts(5, 4),
        },
        unsaid=counts(2),
    )


@pytest.mark.parametrize("words", [*Level, *AskedAbout])
def test_every_level_and_choice_says_itself_in_every_language(words):
    said = {locale: words.name_in(locale) for locale in LOCALES}
    assert all(said.values())
    assert len(set(said.values())) == len(LOCALES)


@pytest.mark.parametrize(
    ("level", "ratings"),
    [(1, (2, 0, 1, 1, 1)), (2, (0, 0, 1, 1, 1)), (3, (0, 0, 1, 1, 1)), (4, (0, 0, 0, 1, 1))],
)
def test_a_filter_takes_those_of_the_level_and_above(item, level, ratings):
    assert item.at_least(Level(level)).counts == ratings


def test_who_named_no_level_passes_no_filter(item):
    assert item.at_least(Level.NOT).n == item.said == 5
    assert ByLevel({}, unsaid=counts(1, 2)).at_least(Level.NOT) is None


def test_reasons_for_no_rating_pass_the_filter_with_their_experts(item):
    assert item.at_least(Level.FAMILIAR).unable == 1
    assert item.at_least(Level.VERY).unable == 0


def test_weights_are_levels(item):
    weighted = item.weighted(FIVE)
    # 1 + 1 + 3 + 5 + 5 = 15; the two fives rate high, the two ones low.
    assert (weighted.n, weighted.weight) == (5, 15)
    assert weighted.share_high == Fraction(10, 15)
    assert weighted.share_low == Fraction(2, 15)
    assert weighted.mean == Fraction(1 + 1 + 9 + 25 + 20, 15)


def test_equal_levels_weigh_nothing_away():
    same = ByLevel({Level.VERY: counts(1, 4, 5, 5)})
    assert same.weighted(FIVE).share_high == Fraction(3, 4)
    assert same.weighted(FIVE).mean == Fraction(15, 4)


def test_nobody_has_no_share():
    nobody = ByLevel({Level.VERY: counts(unable=2)}).weighted(FIVE)
    assert (nobody.n, nobody.share_high, nobody.share_low, nobody.mean) == (0, None, None, None)
