"""Feedback as a condition: which expert is shown what, decided by a balanced, seeded draw.

What a panel is shown changes what it says: in three nested trials 3 to 22 % of the items kept
depended on whose ratings were fed back (Trials 2016;17:409). So a study may compare kinds of
feedback, and the draw is made once, at launch, and can be made again from its seed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from surveys.delphi.feedback import FeedbackPolicy
from surveys.delphi.stored import Stored, fingerprint, load_as
from surveys.delphi.wording import Phrase, say


@dataclass(frozen=True, slots=True)
class FeedbackArm(Stored):
    """One condition of a comparison.

    code : its name in data, one word. policy : what its experts are shown.

    Raises ValueError for an empty code.
    """

    kind: ClassVar[str] = "feedback arm"

    code: str
    policy: FeedbackPolicy

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not self.code.strip():
            raise ValueError(f"an arm needs a code, not {self.code!r}")
        if not isinstance(self.policy, FeedbackPolicy):
            raise ValueError(f"policy of an arm is not {self.policy!r}")


@dataclass(frozen=True, slots=True)
class FeedbackArms(Stored):
    """The conditions that a study compares, and the seed of the draw.

    arms : two or more, with codes of their own. seed : fixed with the protocol.

    Raises ValueError for fewer than two arms or a code used twice.
    """

    kind: ClassVar[str] = "feedback arms"

    arms: tuple[FeedbackArm, ...]
    seed: int = 1

    def __post_init__(self) -> None:
        self._set(arms=tuple(self.arms))
        codes = [arm.code for arm in self.arms]
        if len(codes) < 2:
            raise ValueError("a comparison of feedback needs two arms or more")
        if len(set(codes)) != len(codes):
            raise ValueError(f"the arms {', '.join(codes)} do not differ in code")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ValueError(f"a seed is a whole number, not {self.seed!r}")

    def sentence(self, locale: str) -> str:
        """The comparison in words, with what each arm shows."""
        told = [f"{arm.code}: {arm.policy.sentence(locale)}" for arm in self.arms]
        return say(_COMPARED, locale, arms=len(self.arms), seed=self.seed) + " " + " ".join(told)

    def policy_of(self, code: str) -> FeedbackPolicy:
        """What an arm shows. Raises KeyError for a code that is none of them."""
        return {arm.code: arm.policy for arm in self.arms}[code]

    def allocate(self, experts: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Give every expert an arm, balanced within each stakeholder group and over the panel.

        experts : group code to the experts' codes, in any order.

        Within a group the arms are dealt out in blocks, each arm once per block, in an order drawn
        anew for every block; a group begins where the one before left off, so that small groups do
        not all begin with the same arm. Two arms never differ by more than two experts in a group,
        which may begin and end inside a block, nor by more than one in the whole panel. The same
        experts and seed give the same allocation, whatever their order.
        """
        allocation: dict[str, str] = {}
        waiting: list[str] = []
        for group in sorted(experts):
            # A draw of its own per group: an expert added to one changes no other.
            draw = random.Random(fingerprint([self.seed, group]))  # noqa: S311 - no secret
            members = sorted(experts[group])
            draw.shuffle(members)
            for expert in members:
                if not waiting:
                    waiting = [arm.code for arm in self.arms]
                    draw.shuffle(waiting)
                allocation[expert] = waiting.pop()
        return allocation

    @classmethod
    def from_json(cls, data: object) -> FeedbackArms:
        """Read a stored comparison. Raises ValueError when it is none."""
        arms: FeedbackArms = load_as(cls, data)
        return arms


_COMPARED: Phrase = {
    "en": "{arms} kinds of feedback are compared; experts are allotted at launch, balanced by"
    " stakeholder group, with seed {seed}.",
    "nl": "{arms} soorten feedback worden vergeleken; experts worden bij de start toegewezen,"
    " evenwichtig per groep van belanghebbenden, met startgetal {seed}.",
    "fr": "{arms} formes de retour sont comparées\u00a0; les experts sont répartis au lancement,"
    " de façon équilibrée par groupe de parties prenantes, avec la graine {seed}.",
    "de": "{arms} Formen der Rückmeldung werden verglichen; die Fachleute werden beim Start"
    " ausgewogen je Interessengruppe zugeteilt, mit dem Startwert {seed}.",
}
