"""What simulated experts answer when nobody wrote them any material: by a latent agreement with each item.

A panel leans somewhere between 0 (against) and 1 (for) on every item: agreed either way, divided into
camps, or of no particular mind. Groups differ a little, experts differ more, and who sees the group's
answer moves towards it. What an item asks decides only how a place between 0 and 1 becomes an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import singledispatch

import numpy as np

from surveys.delphi.answer import Answer, Missing
from surveys.items import ItemKind
from surveys.items.allocation import Allocation
from surveys.items.interval_estimate import IntervalEstimate
from surveys.items.likert import Likert
from surveys.items.multi_rating import MultiRating
from surveys.items.multiple_choice import MultipleChoice
from surveys.items.number import Number
from surveys.items.open_text import OpenText
from surveys.items.ranking import Ranking
from surveys.items.single_choice import SingleChoice
from surveys.items.slider import Slider

Draw = np.random.Generator


class Mind(StrEnum):
    """How a panel stands towards one item."""

    FOR = "for"
    AGAINST = "against"
    DIVIDED = "divided"
    OPEN = "open"


# How often a panel stands so; every dry run of some length meets all four.
HOW_OFTEN = {Mind.FOR: 0.42, Mind.AGAINST: 0.13, Mind.DIVIDED: 0.2, Mind.OPEN: 0.25}
# Between which places the middle of the panel lies then; some agreements are narrow.
CENTRE = {Mind.FOR: (0.72, 0.95), Mind.AGAINST: (0.05, 0.28), Mind.OPEN: (0.35, 0.68)}
SPREAD = {Mind.FOR: 0.13, Mind.AGAINST: 0.13, Mind.DIVIDED: 0.09, Mind.OPEN: 0.24}
CAMPS = (0.14, 0.86)
GROUPS_DIFFER = 0.07
# How likely somebody who sees the group's answer moves, and how far towards it.
MOVES = {Mind.FOR: 0.55, Mind.AGAINST: 0.55, Mind.DIVIDED: 0.2, Mind.OPEN: 0.5}
HOW_FAR = 0.5
WAVERS = 0.03


@dataclass(frozen=True, slots=True)
class Leaning:
    """Where the panel stands on one item, with what each group is away from it."""

    mind: Mind
    shifts: dict[str, float]
    centre: float

    def place(self, group: str, camp: int, draw: Draw) -> float:
        """Where one expert stands at first. camp : 0 or 1, on which side where the panel is divided."""
        centre = CAMPS[camp] if self.mind is Mind.DIVIDED else self.centre
        return _within(draw.normal(centre + self.shifts.get(group, 0.0), SPREAD[self.mind]))

    def after(self, place: float, panel: float | None, draw: Draw) -> float:
        """Where the same expert stands once the panel's answer was shown; None where it was not."""
        moved = place + float(draw.normal(0, WAVERS))
        if panel is not None and draw.random() < MOVES[self.mind]:
            moved += HOW_FAR * (panel - place)
        return _within(moved)


def leaning(groups: list[str], draw: Draw) -> Leaning:
    """Draw where a panel of these groups stands on one item."""
    minds = list(HOW_OFTEN)
    mind = minds[int(draw.choice(len(minds), p=list(HOW_OFTEN.values())))]
    shifts = {group: float(draw.normal(0, GROUPS_DIFFER)) for group in groups}
    return Leaning(mind, shifts, float(draw.uniform(*CENTRE.get(mind, CAMPS))))


def _within(place: float) -> float:
    return float(min(max(place, 0.0), 1.0))


def may_say_unable(kind: ItemKind) -> bool:
    """Whether the item offers to say that one cannot judge."""
    return bool(getattr(kind, "unable", None))


def unable() -> Answer:
    """What is said then."""
    return Answer.absent(Missing.UNABLE)


@singledispatch
def answer_at(kind: ItemKind, place: float, draw: Draw, language: str) -> Answer:
    """What somebody who stands at a place between 0 and 1 answers to an item of this kind."""
    raise TypeError(f"no simulated expert can answer “{kind.kind}”")


@answer_at.register
def _(kind: Likert, place: float, draw: Draw, language: str) -> Answer:
    return Answer(_point(kind, place))


def _point(kind: Likert, place: float) -> int:
    points = list(kind.scale)
    return int(points[round(place * (len(points) - 1))])


@answer_at.register
def _(kind: MultiRating, place: float, draw: Draw, language: str) -> Answer:
    rated = {
        f"-{dimension.code}": str(_point(kind.rating, _within(place + draw.normal(0, 0.12))))
        for dimension in kind.dimensions
    }
    return kind.read(rated)


@answer_at.register
def _(kind: SingleChoice, place: float, draw: Draw, language: str) -> Answer:
    return kind.read({"": kind.options[round(place * (len(kind.options) - 1))].code})


@answer_at.register
def _(kind: MultipleChoice, place: float, draw: Draw, language: str) -> Answer:
    # The options at hand for this place come first; how many are ticked varies.
    middle = place * (len(kind.options) - 1)
    nearest = sorted(
        range(len(kind.options)), key=lambda at: abs(at - middle) + float(draw.normal(0, 0.6))
    )
    most = kind.maximum or len(kind.options)
    fewest = max(kind.minimum, 1)
    wanted = int(draw.integers(fewest, max(fewest, min(most, 3)) + 1))
    return kind.read({f"-{kind.options[at].code}": "yes" for at in nearest[:wanted]})


@answer_at.register
def _(kind: Ranking, place: float, draw: Draw, language: str) -> Answer:
    # The nearer the ends, the more alike the orders: one way, or the other way round.
    sure = abs(place - 0.5) * 2
    sign = 1 if place >= 0.5 else -1
    order = sorted(
        range(len(kind.options)),
        key=lambda at: sign * at + float(draw.normal(0, 0.4 + 2 * (1 - sure))),
    )
    return kind.read(
        {f"-{kind.options[at].code}": str(rank) for rank, at in enumerate(order[: kind.places], 1)}
    )


@answer_at.register
def _(kind: Allocation, place: float, draw: Draw, language: str) -> Answer:
    slope = 2 * (place - 0.5)
    weights = np.exp([-slope * at + float(draw.normal(0, 0.4)) for at in range(len(kind.options))])
    shares = kind.total * weights / weights.sum()
    points = np.floor(shares).astype(int)
    for at in np.argsort(shares - points)[::-1][: kind.total - int(points.sum())]:
        points[at] += 1
    return kind.read(
        {f"-{option.code}": str(int(points[at])) for at, option in enumerate(kind.options)}
    )


@answer_at.register
def _(kind: Slider, place: float, draw: Draw, language: str) -> Answer:
    steps = (kind.high - kind.low) // kind.step
    return kind.read({"": str(kind.low + kind.step * round(place * steps))})


@answer_at.register
def _(kind: Number, place: float, draw: Draw, language: str) -> Answer:
    low, high = _range(kind.minimum, kind.maximum)
    return kind.read({"": _typed(low + place * (high - low), kind.decimals)})


@answer_at.register
def _(kind: IntervalEstimate, place: float, draw: Draw, language: str) -> Answer:
    low, high = _range(kind.minimum, kind.maximum)
    best = low + place * (high - low)
    reach = (high - low) * float(draw.uniform(0.08, 0.25))
    typed = {
        "-lowest": _typed(max(low, best - reach), kind.decimals),
        "-best": _typed(best, kind.decimals),
        "-highest": _typed(min(high, best + reach), kind.decimals),
    }
    if kind.confidence:
        typed["-confidence"] = str(int(draw.choice([60, 70, 80, 90])))
    return kind.read(typed)


@answer_at.register
def _(kind: OpenText, place: float, draw: Draw, language: str) -> Answer:
    return Answer(detail={"text": remark(place, language, draw)[: kind.longest]})


def _range(minimum: float | None, maximum: float | None) -> tuple[float, float]:
    """Between which numbers an open-ended question is answered: a hundred of them."""
    if minimum is None:
        minimum = 0.0 if maximum is None or maximum > 0 else maximum - 100
    return minimum, minimum + 100 if maximum is None else maximum


def _typed(value: float, decimals: int) -> str:
    return f"{value:.{min(decimals, 2)}f}"


# Of each side two, in every language an expert may have; they say of themselves what they are.
REMARKS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {
        "for": (
            "Simulated comment: this agrees with what I see in practice.",
            "Simulated comment: important, provided that there is time for it.",
        ),
        "between": (
            "Simulated comment: it depends on the setting.",
            "Simulated comment: I see arguments on both sides.",
        ),
        "against": (
            "Simulated comment: I see too many risks here.",
            "Simulated comment: not feasible where I work.",
        ),
    },
    "nl": {
        "for": (
            "Gesimuleerde opmerking: dit komt overeen met wat ik in de praktijk zie.",
            "Gesimuleerde opmerking: belangrijk, op voorwaarde dat er tijd voor is.",
        ),
        "between": (
            "Gesimuleerde opmerking: dat hangt af van de setting.",
            "Gesimuleerde opmerking: ik zie argumenten aan beide kanten.",
        ),
        "against": (
            "Gesimuleerde opmerking: ik zie hier te veel risico's.",
            "Gesimuleerde opmerking: niet haalbaar waar ik werk.",
        ),
    },
    "fr": {
        "for": (
            "Commentaire simulé\u00a0: cela correspond à ce que je vois en pratique.",
            "Commentaire simulé\u00a0: important, à condition d'en avoir le temps.",
        ),
        "between": (
            "Commentaire simulé\u00a0: cela dépend du contexte.",
            "Commentaire simulé\u00a0: je vois des arguments des deux côtés.",
        ),
        "against": (
            "Commentaire simulé\u00a0: j'y vois trop de risques.",
            "Commentaire simulé\u00a0: irréalisable là où je travaille.",
        ),
    },
    "de": {
        "for": (
            "Simulierter Kommentar: Das entspricht dem, was ich in der Praxis sehe.",
            "Simulierter Kommentar: wichtig, sofern Zeit dafür da ist.",
        ),
        "between": (
            "Simulierter Kommentar: Das hängt vom Umfeld ab.",
            "Simulierter Kommentar: Ich sehe Argumente auf beiden Seiten.",
        ),
        "against": (
            "Simulierter Kommentar: Hier sehe ich zu viele Risiken.",
            "Simulierter Kommentar: dort, wo ich arbeite, nicht machbar.",
        ),
    },
}
FROM, UNTIL = 0.62, 0.38


def remark(place: float, language: str, draw: Draw) -> str:
    """A sentence that fits a place and says that it is simulated."""
    side = "for" if place >= FROM else "against" if place <= UNTIL else "between"
    return REMARKS.get(language, REMARKS["en"])[side][int(draw.integers(2))]
