"""A few options put in order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, get_args

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.asking import Tells, Told
from surveys.delphi.feedback import FeedbackPolicy, Shown
from surveys.items.base import MISSING_CODES, N_, InvalidAnswer, Sentence
from surveys.items.boxes import BoxPerOption
from surveys.items.describing import absences
from surveys.items.options import Option, load_options, names_of, options_to_json
from surveys.items.settings import refuse_others, text_in, texts, truth, whole
from surveys.tables import Column, Measure

Unranked = Literal["refuse", "unknown", "last"]

# In files: the expert ranked other options and gave this one no place.
NOT_PLACED = -5
_NOT_PLACED = {
    "en": "without a place",
    "nl": "zonder plaats",
    "fr": "sans place",
    "de": "ohne Platz",
}
# Kemeny's closest order is searched among all orders up to this many options.
MOST_FOR_KEMENY = 12
MOST_ORDERS = 5


@dataclass(frozen=True, slots=True)
class Ranking(BoxPerOption):
    """Options in the order an expert gives them; 1 is the first place.

    ties : whether two options may share a place.
    unranked : what an option without a place means: "refuse" (every option needs one), "unknown"
        (it is not compared with the others), "last" (it comes after all that have one).
    places : how many places there are; fewer than options asks for the top few.
    unable : what "unable to judge" is called; empty where the item does not offer it.
    """

    kind: ClassVar[str] = "ranking"
    label: ClassVar[str] = N_("Ranking")
    takes_comment: ClassVar[bool] = True
    in_parts: ClassVar[bool] = True
    script: ClassVar[str] = "composing.js"
    detail: ClassVar[str] = "ranks"
    sign: ClassVar[str] = "."
    not_both: ClassVar[str] = N_("Either give places or say that you cannot judge, not both.")
    foreign: ClassVar[str] = N_("This is not a ranking of these options.")
    seconds_per_option: ClassVar[float] = 5.0

    options: tuple[Option, ...]
    places: int
    ties: bool = False
    unranked: Unranked = "refuse"
    unable: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {"options", "places", "ties", "unranked", "unable"}, "a ranking")
        if "options" not in settings:
            raise ValueError("a ranking needs something to rank: “options” is absent")
        options = load_options(settings["options"])
        places = whole(settings.get("places", len(options)), "places", least=1, most=len(options))
        ties = truth(settings.get("ties"), "ties")
        unranked = settings.get("unranked", "refuse")
        if unranked not in get_args(Unranked):
            raise ValueError(
                f"unranked must be one of {', '.join(get_args(Unranked))}, not {unranked!r}"
            )
        if places < len(options) and unranked == "refuse" and not ties:
            raise ValueError(
                f"{places} places are not enough for {len(options)} options: say with “unranked”"
                " what an option without a place means"
            )
        return cls(options, places, ties, unranked, texts(settings.get("unable"), "unable"))

    def to_json(self) -> dict[str, Any]:
        return {
            "options": options_to_json(self.options),
            "places": self.places,
            "ties": self.ties,
            "unranked": self.unranked,
            "unable": dict(self.unable),
        }

    def tells(self) -> Tells:
        return Tells(
            {option.code: (1, self.places) for option in self.options},
            unable=bool(self.unable),
            names={option.code: option.name for option in self.options},
        )

    def told(self, answer: Answer) -> Told:
        return Told(_in_order(self.numbers_of(answer)), unable=answer.missing is Missing.UNABLE)

    def number(self, typed: str) -> int:
        if typed.isdecimal() and 1 <= int(typed) <= self.places:
            return int(typed)
        raise InvalidAnswer(
            N_("A place is a whole number from 1 to %(last)s, not “%(typed)s”."),
            last=self.places,
            typed=typed,
        )

    def lacks(self, answer: Answer, language: str) -> Sentence | None:
        ranks = self.numbers_of(answer)
        if not ranks:
            return None
        taken = list(ranks.values())
        shared = [o for o in self.options if o.code in ranks and taken.count(ranks[o.code]) > 1]
        if shared and not self.ties:
            return Sentence(
                N_("The same place twice: %(options)s. Please give each a place of its own."),
                {"options": names_of(shared, language)},
            )
        without = [option for option in self.options if option.code not in ranks]
        if without and self.unranked == "refuse":
            return Sentence(
                N_("Still without a place: %(options)s."),
                {"options": names_of(without, language)},
            )
        return None

    def adds(self, answer: Answer) -> Mapping[str, Any]:
        """The order, and each option's place in it: an option may have been placed by few."""
        whole = super(Ranking, self).adds(answer)
        return {**whole, **self.numbers_of(answer)} if whole else {}

    def given_in_words(self, answer: Answer, language: str) -> str:
        places = _in_order(self.numbers_of(answer))
        placed = sorted(
            (option for option in self.options if option.code in places),
            key=lambda option: places[option.code],
        )
        return ", ".join(f"{places[o.code]}. {o.name_in(language)}" for o in placed)

    def face(self, language: str) -> dict[str, Any]:
        return {
            "options": tuple((option.code, option.name_in(language)) for option in self.options),
            "places": self.places,
            "ties": self.ties,
            "unranked": self.unranked,
            "unable_name": text_in(self.unable, language),
        }

    def summarise(
        self, answers: Sequence[Answer], *, quantile_method: str
    ) -> dict[str, Any] | None:
        """Who ranked, and the panel's order: by Borda's count, by mean place, by Kemeny.

        ``n`` counts whole rankings; those still begun are ``unfinished`` and in no other number.
        Scores follow surveys.stats.ranking; they are None for an option that nobody compared.
        """
        given = [answer for answer in answers if answer.given]
        whole = [self.numbers_of(answer) for answer in given if self.lacks(answer, "") is None]
        return {
            "n": len(whole),
            "unfinished": len(given) - len(whole),
            **absences(answers),
            **self._numbers(whole),
        }

    def _numbers(self, whole: Sequence[Mapping[str, int]]) -> dict[str, Any]:
        # Imported here: asking for a ranking should not cost a server the statistics.
        from surveys.stats import ranking

        codes = [option.code for option in self.options]
        unranked: Literal["unknown", "last"] = "last" if self.unranked == "last" else "unknown"
        table = [[ranks.get(code, math.nan) for code in codes] for ranks in whole]
        if not table:
            return {"options": {}, "order": [], "w": None, "u": None, "kemeny": None}
        means = ranking.mean_rank(table, unranked=unranked)
        borda = ranking.borda(table, unranked=unranked)
        agreement = ranking.concordance(table, unranked=unranked)
        placed = [_in_order(ranks) for ranks in whole]
        return {
            "options": {
                code: {
                    "ranked_by": borda.ranked_by[at],
                    "mean_place": _defined(means.scores[at]),
                    "points": _defined(borda.mean_points[at]),
                    "share_won": _defined(borda.share_won[at]),
                    "places": [
                        sum(places.get(code) == place for places in placed)
                        for place in range(1, len(codes) + 1)
                    ],
                }
                for at, code in enumerate(codes)
            },
            "order": [[codes[at] for at in together] for together in borda.order],
            "w": agreement.w.w,
            "w_reason": agreement.w.reason,
            "w_experts": agreement.w.experts,
            "w_p": agreement.w.p_f if agreement.w.p_f is not None else agreement.w.p_chi_squared,
            "u": agreement.u,
            "kemeny": self._closest_orders(table, codes, unranked),
        }

    def _closest_orders(
        self,
        table: Sequence[Sequence[float]],
        codes: Sequence[str],
        unranked: Literal["unknown", "last"],
    ) -> dict[str, Any] | None:
        """The strict orders that contradict the panel least; None for too many options."""
        from surveys.stats import ranking

        if len(codes) > MOST_FOR_KEMENY:
            return None
        closest = ranking.kemeny(table, unranked=unranked, most=MOST_ORDERS)
        return {
            "orders": [[codes[at] for at in order] for order in closest.orders],
            "count": closest.count,
            "distance": closest.distance,
        }

    def feedback(
        self, numbers: Mapping[str, Any], own: Answer | None, language: str, policy: FeedbackPolicy
    ) -> dict[str, Any] | None:
        """The panel's order with the expert's own places beside it.

        An option that too few experts placed is left out of the panel's order.
        """
        counted = numbers["options"]
        names = {option.code: option.name_in(language) for option in self.options}
        own_places = _in_order(self.numbers_of(own)) if Shown.OWN_RATING in policy.shows else {}
        rows = []
        place = 1
        for together in numbers["order"]:
            shown = [code for code in together if policy.may_show(counted[code]["ranked_by"])]
            rows += [
                {
                    "name": names[code],
                    "place": place,
                    "shared": len(shown) > 1,
                    "mean": counted[code]["mean_place"],
                    "own": own_places.get(code),
                }
                for code in shown
            ]
            place += len(shown)
        in_order = {row["name"] for row in rows}
        return {
            "rows": rows,
            "few": [name for name in names.values() if name not in in_order],
            "own": bool(own_places),
        }

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        missing = {number: reason.name_in(language) for reason, number in MISSING_CODES.items()}
        missing[NOT_PLACED] = _NOT_PLACED.get(language, _NOT_PLACED["en"])
        return tuple(
            Column(
                f"{code.lower()}_{option.code}",
                f"{wording} {option.name_in(language)}",
                Measure.ORDINAL,
                missing=missing,
            )
            for option in self.options
        )

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        if answer is None or answer.missing is not None:
            reason = Missing.SKIPPED if answer is None else answer.missing
            return (MISSING_CODES[reason or Missing.SKIPPED],) * len(self.options)
        places = _in_order(self.numbers_of(answer))
        return tuple(places.get(option.code, NOT_PLACED) for option in self.options)


def _in_order(ranks: Mapping[str, int]) -> dict[str, int]:
    """Places without gaps: 1 + the number of options before. 1, 4, 4, 9 is 1, 2, 2, 4."""
    return {
        code: 1 + sum(other < place for other in ranks.values()) for code, place in ranks.items()
    }


def _defined(value: float) -> float | None:
    """A number as JSON has it; NaN is an undefined number, and that is None."""
    return None if math.isnan(value) else value
