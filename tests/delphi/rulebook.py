"""Scales, panels and rules for the tests of the Delphi rules: examples and hypothesis strategies."""

from dataclasses import replace

from hypothesis import strategies as st

from surveys.delphi import presets
from surveys.delphi.notation import parse
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts

FOUR, FIVE, SEVEN, NINE = (Scale.of(1, points) for points in (4, 5, 7, 9))
LOCALES = ("en", "nl", "fr", "de")

# One rule of every kind, on five points, as typed.
TYPED = (
    "high>75%",
    "high>=70% and low<15%",
    "high>=2/3 and low<=20% and n>=3",
    "4-5>=60%",
    "2-4>=60%",
    "1-5>=100% and high>50%",
    "middle<=20% and high>=50%",
    "iqr<=1 and median>=4",
    "iqr<=1",
    "range<=2",
    "any>=75%",
    "any<=60%",
    "within1>=80%",
    "within 0>=60% and low<20%",
    "mean>=3.7",
    "median in high and mean>3",
    "cvr",
    "cvr or iqr<=0",
    "agreement",
    "no disagreement (classic) and median in high",
    "trimmed(any>=100%)",
    "trimmed(median>=4 and iqr<1)",
    "high>=70% or (median>=4 and range<=2)",
    "5>=50%; out: high<=20%",
    "high>=60%; out: never",
)
TYPED_BY_GROUP = (
    "every group(high>=70% and low<15%)",
    "every group(high>=70%); out: every group(high<=50%)",
    "any group(high>=70%)",
    "equal groups(comet-70-15)",
    'group "b"(high>=60%) and high>=50%',
    "every group(iqr<=1) or any group(high>=90%)",
)


def typed(text, scale=FIVE, *, minimum=1):
    """A rule as typed that judges from the first rating on."""
    return replace(parse(text, scale), minimum=minimum)


def presets_on(scale):
    """Every preset with one rule for all rounds that fits a scale, by id."""
    return {chosen.id: chosen.rule(scale) for chosen in presets.fitting(scale, groups=True)}


def panels(scale, *, most=12, least=0):
    """Counts of one item: so many ratings at any points, and some unable to judge."""
    ratings = st.lists(st.sampled_from(scale.points), min_size=least, max_size=most)
    return st.builds(
        lambda given, unable: ItemCounts.of(given, scale, unable=unable),
        ratings,
        st.integers(0, 3),
    )


def scales():
    """Scales of 2 to 11 points with any bands."""

    def banded(low, points, draw_low, draw_high):
        low_until = low + draw_low % (points - 1)
        high_from = low_until + 1 + draw_high % (low + points - 1 - low_until)
        return Scale(low, low + points - 1, low_until, high_from)

    whole = st.integers(0, 100)
    return st.builds(banded, st.integers(-3, 1), st.integers(2, 11), whole, whole)


def rules():
    """Any rule on five points, by group or not."""
    return st.sampled_from([typed(text) for text in (*TYPED, *TYPED_BY_GROUP)])
