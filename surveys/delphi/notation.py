"""Rules as one types them: `comet-70-15`, `high>=70% and low<15%`, `iqr<=1 and median>=4`.

    rule       :=  preset | conditions [";" "out" ":" conditions]
    conditions :=  clause { "and" clause | "or" clause }      "and" binds closer; ( ) group
    clause     :=  region op share | "median" op number | "mean" op number | "iqr" op number
                 | "range" op number | "within" number op share | "median in" band
                 | "no disagreement" ["(classic)"] | "agreement" | "cvr" | "n" ">=" number
                 | ("every group" | "any group" | "group NAME" | "equal groups") "(" conditions ")"
                 | "trimmed" "(" conditions ")"
    region     :=  "high" | "middle" | "low" | "any" | 7-9 | 5
    op         :=  ">=" | ">" | "<=" | "<"
    share      :=  75% | 66.7% | 2/3

What is typed says when an item is in. When it is out is the same at the other end of the scale,
unless `; out:` says otherwise (`; out: never` for none). Conditions that say only how close the
ratings are, such as `iqr<=1`, are about no direction: there the median's band decides it. `any` is
one and the same band, whichever it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from surveys.delphi import presets
from surveys.delphi.centre import Iqr, MeanCut, MedianCut, MedianIn, NearMedian, Span
from surveys.delphi.conditions import (
    AllOf,
    AnyGroup,
    Condition,
    EqualGroups,
    EveryGroup,
    InGroup,
    OneBand,
    OneOf,
    Share,
)
from surveys.delphi.consensus import FEWEST_RATINGS, ConsensusByRound, ConsensusRule
from surveys.delphi.exact import Comparison, exact
from surveys.delphi.rand import ClassicAgreement, NoDisagreement, SplitRule, WithoutExtremes
from surveys.delphi.scale import Band, Scale
from surveys.delphi.stability import (
    FEWEST_PAIRS,
    IqrChange,
    Kappa,
    Kept,
    NetChange,
    PairClause,
    ShareKept,
    StabilityRule,
)
from surveys.delphi.validity import ContentValidity

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<op>>=|<=|>|<|≥|≤|=)
      | (?P<share>\d+(?:\.\d+)?\s*%|\d+/[1-9]\d*)
      | (?P<points>-?\d+\s*(?:\.\.|–|-)\s*-?\d+)
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<mark>[();:])
      | (?P<quoted>"[^"]*"|'[^']*')
      | (?P<word>[^\W\d][\w-]*)
    )""",
    re.VERBOSE,
)
_POINTS = re.compile(r"(-?\d+)\s*(?:\.\.|–|-)\s*(-?\d+)")
_OPS = {"≥": ">=", "≤": "<="}


class UnreadableRule(ValueError):
    """What was typed is no rule; the message says where, and what would be one."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


def parse(text: str, scale: Scale, *, minimum: int = FEWEST_RATINGS) -> ConsensusRule:
    """Read a consensus rule as typed, for one scale.

    minimum : usable ratings below which nothing is decided, unless the text says `n>=8`.

    Raises UnreadableRule (a ValueError) saying where the text fails and what would be right.

    >>> five = Scale.of(1, 5)
    >>> print(parse("high>=75% and low<=15%", five).sentence("en", five))
    Consensus in: at least 75% of usable ratings are 4–5 and at most 15% are 1–2, with at least 5 \
usable ratings. Consensus out: at least 75% of usable ratings are 1–2 and at most 15% are 4–5.
    """
    name = text.strip().lower()
    if name in presets.BY_ID:
        chosen = presets.BY_ID[name]
        if not chosen.fits(scale):
            raise UnreadableRule(f"{name} does not fit a scale from {scale.low} to {scale.high}")
        rule = chosen.rule(scale)
        if isinstance(rule, ConsensusByRound):
            raise UnreadableRule(
                f"{name} differs by round; name the rule of one round, for example"
                f" {presets.of_one_round(chosen)}"
            )
        return replace(rule, minimum=minimum)
    return _Rule(text, scale, minimum).read()


def parse_stability(text: str) -> StabilityRule:
    """Read a stability rule as typed: `unchanged>=80%`, `within 1>=80% and net<15%`.

    Clauses, joined by `and`: `unchanged`, `within 1` and `same band` with a share of the pairs,
    `net` with a share, `kappa` and `iqr change` with a number, `pairs>=8` for the smallest number
    of pairs.

    Raises UnreadableRule (a ValueError) saying where the text fails and what would be right.

    >>> print(parse_stability("same band>=80%").sentence("en"))
    Stable: at least 80% of the experts who rated it in both rounds stayed in the same band, with \
at least 5 experts who rated it twice.
    """
    return _Stability(text).read()


class _Reader:
    """A text as tokens, and a place in it."""

    def __init__(self, text: str, example: str) -> None:
        # "within1" is one word to a reader of tokens and two to a reader of rules.
        self.text = text = re.sub(r"\b(within)(?=\d)", r"\1 ", text, flags=re.IGNORECASE)
        self.example = example
        self.tokens: list[_Token] = []
        self.place = 0
        start = 0
        while text[start:].strip():
            found = _TOKEN.match(text, start)
            if found is None or found.lastgroup is None:
                raise self.error(
                    "cannot read", start + len(text[start:]) - len(text[start:].lstrip())
                )
            group = found.lastgroup
            self.tokens.append(_Token(group, found.group(group).strip(), found.start(group)))
            start = found.end()

    def error(self, problem: str, start: int | None = None) -> UnreadableRule:
        """The text, where it fails, and an example."""
        if start is None:
            start = (
                self.tokens[self.place].start if self.place < len(self.tokens) else len(self.text)
            )
        rest = self.text[start : start + 20].strip()
        where = f"at {rest!r} (character {start + 1})" if rest else "at the end"
        return UnreadableRule(
            f"{problem} {where} of rule {self.text!r}; for example {self.example}"
        )

    def peek(self, ahead: int = 0) -> str:
        """The word that comes, in small letters; empty at the end."""
        place = self.place + ahead
        return self.tokens[place].text.lower() if place < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Pass over these words when they come next, also written as one with hyphens."""
        if self.peek() == "-".join(words):
            self.place += 1
            return True
        if any(self.peek(ahead) != word for ahead, word in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def expect(self, word: str) -> None:
        """Pass over this word, which must come."""
        if not self.take(word):
            raise self.error(f"expected {word!r}")

    def one(self, kind: str, expected: str) -> _Token:
        """The token that comes, which must be of this kind."""
        if self.place >= len(self.tokens) or self.tokens[self.place].kind != kind:
            raise self.error(f"expected {expected}")
        self.place += 1
        return self.tokens[self.place - 1]

    def comparison(self) -> Comparison:
        """`>=`, `>`, `<=` or `<`."""
        text = self.one("op", "a comparison (>=, >, <=, <)").text
        if text == "=":
            self.place -= 1
            raise self.error("'=' says neither at least nor at most: use >= or <=")
        return Comparison(_OPS.get(text, text))

    def share(self) -> Fraction:
        """`75%` or `3/4`, as an exact percentage."""
        if self.place < len(self.tokens) and self.tokens[self.place].kind == "number":
            raise self.error("a share needs a percent sign")
        text = self.one("share", "a share such as 75%").text
        percent = exact(text.rstrip("%").strip()) * (1 if text.endswith("%") else 100)
        if percent > 100:
            self.place -= 1
            raise self.error("a share is at most 100%")
        return percent

    def number(self) -> Fraction:
        """A plain number, exactly."""
        return exact(self.one("number", "a number").text)

    def whole(self) -> int:
        """A plain whole number."""
        number = self.number()
        if number.denominator != 1 or number < 1:
            self.place -= 1
            raise self.error("expected a whole number from 1")
        return int(number)

    def finished(self) -> bool:
        """Whether everything was read."""
        return self.place >= len(self.tokens)


_EXAMPLE = "comet-70-15, 'high>=75%' or 'high>=70% and low<15%'"


class _Rule(_Reader):
    """Reads conditions by descent: or, and, clause."""

    def __init__(self, text: str, scale: Scale, minimum: int) -> None:
        super().__init__(text, _EXAMPLE)
        self.scale = scale
        self.minimum = minimum

    def read(self) -> ConsensusRule:
        if not self.tokens:
            raise UnreadableRule(f"the rule is empty; for example {self.example}")
        self.take("in", ":")
        in_when = self.conditions()
        if in_when is None:
            raise self.error("only a number of ratings, and no condition")
        if not self.take(";"):
            if not self.finished():
                raise self.error("expected 'and', 'or' or '; out:'")
            return self.both_ways(in_when)
        self.expect("out")
        self.expect(":")
        out_when = None if self.take("never") else self.conditions()
        if not self.finished():
            raise self.error("expected the end")
        return ConsensusRule(in_when, out_when, self.minimum)

    def both_ways(self, in_when: Condition) -> ConsensusRule:
        """Add the mirror image, and a direction where the conditions have none."""
        out_when = in_when.mirrored(self.scale)
        if out_when == in_when:
            in_when = AllOf((in_when, MedianIn(Band.HIGH)))
            out_when = in_when.mirrored(self.scale)
        if any(isinstance(leaf, ContentValidity) for leaf in in_when.leaves()):
            # A ratio below its critical value says that an item is not essential, nothing more.
            return ConsensusRule(in_when, None, self.minimum)
        return ConsensusRule(in_when, out_when, self.minimum)

    def conditions(self) -> Condition | None:
        """`... or ...`; None when all that was said is how many ratings it takes."""
        return self.joined("or", self.conjunction, OneOf)

    def conjunction(self) -> Condition | None:
        """`... and ...`."""
        return self.joined("and", self.clause, AllOf)

    def joined(
        self,
        word: str,
        part: Callable[[], Condition | None],
        combined: type[AllOf] | type[OneOf],
    ) -> Condition | None:
        """Parts with a word between them."""
        parts = [part()]
        while self.take(word):
            parts.append(part())
        found = [condition for condition in parts if condition is not None]
        if word == "or" and 0 < len(found) < len(parts):
            raise self.error("a number of ratings cannot be one of several ways to consensus")
        if len(found) < 2:
            return found[0] if found else None
        return combined(tuple(found))

    def clause(self) -> Condition | None:
        """One condition, or None for `n>=8`, which is a setting of the rule."""
        if self.take("("):
            inside = self.conditions()
            self.expect(")")
            return inside
        for words, read in (
            (("every", "group"), lambda: EveryGroup(self.inside())),
            (("any", "group"), lambda: AnyGroup(self.inside())),
            (("equal", "groups"), lambda: EqualGroups(self.inside())),
            (("trimmed",), lambda: WithoutExtremes(self.inside())),
            (("group",), self.one_group),
            (("no", "disagreement"), self.no_disagreement),
            (("agreement",), ClassicAgreement),
            (("cvr",), ContentValidity),
            (("median", "in"), self.median_in),
            (("median",), lambda: MedianCut(self.comparison(), self.number())),
            (("mean",), lambda: MeanCut(self.comparison(), self.number())),
            (("iqr",), lambda: Iqr(self.comparison(), self.number())),
            (("range",), lambda: Span(self.comparison(), self.number())),
            (("within",), self.near_median),
            (("any",), lambda: OneBand(self.comparison(), self.share())),
        ):
            if self.take(*words):
                return self.made(read)
        if self.take("n"):
            self.smallest()
            return None
        if self.peek() in presets.BY_ID:
            return self.preset()
        return self.made(self.share_in_region)

    def preset(self) -> Condition:
        """A published definition as part of another; only one that is the same both ways."""
        chosen = presets.BY_ID[self.peek()]
        rule = chosen.rule(self.scale) if chosen.fits(self.scale) else None
        if not isinstance(rule, ConsensusRule) or rule != ConsensusRule.mirrored(
            rule.in_when, scale=self.scale
        ):
            raise self.error("this definition cannot be part of another rule on this scale")
        self.place += 1
        return rule.in_when

    def made(self, read: Callable[[], Condition]) -> Condition:
        """Make a condition; what the condition itself refuses is told with its place."""
        start = self.place
        try:
            return read()
        except UnreadableRule:
            raise
        except ValueError as error:
            self.place = max(0, start - 1)
            raise self.error(str(error)) from None

    def inside(self) -> Condition:
        """`( conditions )`."""
        self.expect("(")
        condition = self.conditions()
        self.expect(")")
        if condition is None:
            raise self.error("only a number of ratings, and no condition")
        return condition

    def one_group(self) -> Condition:
        """`group NAME ( ... )`."""
        kind = "quoted" if self.peek()[:1] in ("'", '"') else "word"
        name = self.one(kind, "the name of a group").text.strip("'\"")
        return InGroup(self.inside(), group=name)

    def no_disagreement(self) -> Condition:
        """`no disagreement`, by IPRAS on 1 to 9, or `no disagreement (classic)`."""
        if self.take("(", "classic", ")"):
            return NoDisagreement(SplitRule.CLASSIC)
        self.take("(", "ipras", ")")
        if (self.scale.low, self.scale.high) != (1, 9):
            raise self.error("IPRAS is for 1 to 9 only; use 'no disagreement (classic)'")
        return NoDisagreement()

    def median_in(self) -> Condition:
        """`median in high`."""
        band = self.one("word", "low, middle or high").text.lower()
        if band not in set(Band):
            self.place -= 1
            raise self.error("expected low, middle or high")
        return MedianIn(Band(band))

    def near_median(self) -> Condition:
        """`within 1 >= 80%`."""
        within = self.number()
        return NearMedian(self.comparison(), self.share(), within)

    def smallest(self) -> None:
        """`n>=8`."""
        comparison, number = self.comparison(), self.whole()
        if comparison not in (Comparison.AT_LEAST, Comparison.MORE_THAN):
            raise self.error("a rule asks for at least so many ratings: n>=8")
        self.minimum = number + (comparison is Comparison.MORE_THAN)

    def share_in_region(self) -> Condition:
        """`high>=75%`, `7-9>=75%`, `5>=50%`."""
        if self.finished():
            raise self.error("expected a condition")
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "points" and (ends := _POINTS.fullmatch(token.text)):
            place: str | tuple[int, int] = (int(ends[1]), int(ends[2]))
        elif token.kind == "number" and token.text.lstrip("-").isdigit():
            place = (int(token.text), int(token.text))
        elif token.text.lower() in set(Band):
            place = token.text.lower()
        else:
            self.place -= 1
            raise self.error("no preset and no condition is called that")
        condition = Share.of(place, self.comparison(), self.share())
        if not condition.region.points(self.scale):
            raise ValueError(f"the scale {self.scale.low} to {self.scale.high} has no {place} band")
        return condition


class _Stability(_Reader):
    """Reads clauses about pairs, joined by and."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "'same band>=80%' or 'within 1>=80% and net<15%'")
        self.minimum = FEWEST_PAIRS

    def read(self) -> StabilityRule:
        if not self.tokens:
            raise UnreadableRule(f"the rule is empty; for example {self.example}")
        clauses = [self.clause()]
        while self.take("and"):
            clauses.append(self.clause())
        if not self.finished():
            raise self.error("expected 'and'")
        found = tuple(clause for clause in clauses if clause is not None)
        if not found:
            raise self.error("only a number of pairs, and no condition")
        return StabilityRule(found, self.minimum)

    def clause(self) -> PairClause | None:
        """One clause, or None for `pairs>=8`, which is a setting of the rule."""
        if self.take("pairs"):
            comparison, number = self.comparison(), self.whole()
            if comparison not in (Comparison.AT_LEAST, Comparison.MORE_THAN):
                raise self.error("a rule asks for at least so many pairs: pairs>=8")
            self.minimum = number + (comparison is Comparison.MORE_THAN)
            return None
        start = self.place
        try:
            return self.about_pairs()
        except UnreadableRule:
            raise
        except ValueError as error:
            self.place = start
            raise self.error(str(error)) from None

    def about_pairs(self) -> PairClause:
        """A clause with its comparison and threshold."""
        for words, kept in (
            (("unchanged",), Kept.UNCHANGED),
            (("within", "1"), Kept.WITHIN_ONE),
            (("same", "band"), Kept.SAME_BAND),
        ):
            if self.take(*words):
                return ShareKept(kept, self.comparison(), self.share())
        if self.take("net"):
            return NetChange(self.comparison(), self.share())
        if self.take("kappa"):
            return Kappa(self.comparison(), self.number())
        if self.take("iqr", "change"):
            return IqrChange(self.comparison(), self.number())
        raise self.error("no condition on pairs is called that")
