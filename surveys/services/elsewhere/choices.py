"""What somebody chose before the ratings were read: scale, rules, definitions, seed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from surveys.delphi import notation, quantile
from surveys.delphi.conditions import Condition
from surveys.delphi.consensus import ConsensusRule
from surveys.delphi.rand import NoDisagreement
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityRule
from surveys.services.elsewhere.reading import UNABLE
from surveys.stats import resampling
from surveys.stats.camps.finding import LEAST_RESAMPLES

DEFAULT_RULE = "comet-70-15"
# The share of experts who stay in their band says most of "has the panel settled"; 80 % is what
# studies that fix a share most often fix.
DEFAULT_STABILITY = "same band>=80%"
DEFAULT_QUANTILE = "linear"
HINGES = "tukey_hinges"
DEFAULT_SEED = 1
DEFAULT_DRAWS = resampling.DRAWS

_SPAN = re.compile(r"\s*(-?\d+)\s*(?:\.\.|–|-)\s*(-?\d+)\s*")
_POINT = re.compile(r"\s*(-?\d+)\s*")


class ChoiceRefused(ValueError):
    """A choice that cannot be; ``option`` is its name, the text says why."""

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(problem)
        self.option = option


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that is fixed before the ratings are looked at; `chosen` makes one from texts.

    rule, stability : with the denominator and the quantile definition put in. rule_text,
        stability_text : as they were written.
    compared : definitions to compare instead of those that come along, by their text.
    draws : resamples per interval; 0 for none. camps : whether opinion groups are looked for.
    """

    scale: Scale
    rule: ConsensusRule
    rule_text: str
    stability: StabilityRule
    stability_text: str
    compared: dict[str, ConsensusRule]
    unable: str
    unable_in_denominator: bool
    quantile_method: str
    seed: int
    draws: int
    camps: bool


def chosen(
    *,
    scale: str,
    low: str | None = None,
    high: str | None = None,
    rule: str = DEFAULT_RULE,
    stability: str = DEFAULT_STABILITY,
    compared: Sequence[str] = (),
    unable: str = UNABLE,
    unable_in_denominator: bool = False,
    quantile_method: str = DEFAULT_QUANTILE,
    seed: int = DEFAULT_SEED,
    draws: int = DEFAULT_DRAWS,
    camps: bool = True,
) -> Choices:
    """Read choices as they are typed: scale "1-9", low "1-3", rule "high>75%" or a preset's name.

    compared : rules, each of which may be named: "strict: high>=80%".

    Raises ChoiceRefused naming the option and what is wrong with it.

    >>> chosen(scale="1-9").rule_text
    'comet-70-15'
    """
    points = _scale(scale, low, high)
    mark = unable.strip()
    if not mark:
        raise ChoiceRefused("unable", "an empty cell already means that the item was not answered")
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", mark) and float(mark) in points:
        raise ChoiceRefused(
            "unable", f"{mark} is a point of the scale {points.low} to {points.high}"
        )
    if seed < 0:
        raise ChoiceRefused("seed", f"a seed is a whole number from 0, not {seed}")
    if draws != 0 and draws < LEAST_RESAMPLES:
        raise ChoiceRefused(
            "draws", f"{draws} draws show nothing: 0, or at least {LEAST_RESAMPLES}"
        )
    try:
        definition = quantile.checked(_number_or_name(quantile_method))
    except ValueError as error:
        raise ChoiceRefused("quantile", str(error)) from error
    try:
        settled = notation.parse_stability(stability).with_quantiles(definition)
    except ValueError as error:
        raise ChoiceRefused("stability", str(error)) from error

    def read(option: str, text: str) -> ConsensusRule:
        try:
            read_rule = by_quantiles(notation.parse(text, points), definition)
        except ValueError as error:
            raise ChoiceRefused(option, str(error)) from error
        return read_rule.counting_unable() if unable_in_denominator else read_rule

    named = dict(_named(text) for text in compared)
    if len(named) < len(compared):
        raise ChoiceRefused("compare", "two definitions have the same name")
    return Choices(
        scale=points,
        rule=read("rule", rule),
        rule_text=rule,
        stability=settled,
        stability_text=stability,
        compared={name: read("compare", text) for name, text in named.items()},
        unable=mark,
        unable_in_denominator=unable_in_denominator,
        quantile_method=definition,
        seed=seed,
        draws=draws,
        camps=camps,
    )


def percentiles_with(quantile_method: str) -> str:
    """The definition of P30 and P70 beside one of quartiles: hinges are quartiles and no more."""
    return DEFAULT_QUANTILE if quantile_method == HINGES else quantile_method


def by_quantiles(rule: ConsensusRule, quantile_method: str) -> ConsensusRule:
    """The same rule by another quantile definition, as far as that defines what the rule asks."""

    def changed(leaf: Condition) -> Condition:
        asks_percentiles = isinstance(leaf, NoDisagreement)
        method = percentiles_with(quantile_method) if asks_percentiles else quantile_method
        return leaf.with_quantiles(method)

    return rule.rebuilt(changed)


def _scale(text: str, low: str | None, high: str | None) -> Scale:
    first, last = _span("scale", text)
    outer = {"low": low, "high": high}
    ends = {option: _span(option, part) for option, part in outer.items() if part is not None}
    if "low" in ends and ends["low"][0] != first:
        raise ChoiceRefused("low", f"the low band begins at {first}, not at {ends['low'][0]}")
    if "high" in ends and ends["high"][1] != last:
        raise ChoiceRefused("high", f"the high band ends at {last}, not at {ends['high'][1]}")
    try:
        return Scale.of(
            first,
            last,
            low_until=ends["low"][1] if "low" in ends else None,
            high_from=ends["high"][0] if "high" in ends else None,
        )
    except ValueError as error:
        raise ChoiceRefused(next(iter(ends), "scale"), str(error)) from error


def _span(option: str, text: str) -> tuple[int, int]:
    """Two ends such as "1-9"; one point alone is both."""
    if option != "scale" and (point := _POINT.fullmatch(text)):
        return int(point[1]), int(point[1])
    ends = _SPAN.fullmatch(text)
    if ends is None or int(ends[1]) > int(ends[2]):
        raise ChoiceRefused(option, f"{text!r} is not a lowest and a highest point such as 1-9")
    return int(ends[1]), int(ends[2])


def _named(text: str) -> tuple[str, str]:
    """A definition's name and rule; without a name the rule is its name."""
    name, colon, rule = text.partition(":")
    # "high>75%; out: never" has a colon too, but no name before it.
    if colon and not re.search(r"[<>=;≥≤]", name) and name.strip() not in ("in", "out"):
        return name.strip(), rule
    return text, text


def _number_or_name(text: str) -> str | int:
    return int(text) if text.strip().isdigit() else text.strip()
