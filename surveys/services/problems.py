"""What is wrong, as a sentence that can still be translated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence for the person who asked. ``text`` stands in the catalogues, marked with N_.

    ``values`` fill its places: ``%(email)s``. ``str`` gives the English sentence, for the command
    line; pages translate ``text`` first.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


class Refused(Exception):
    """Something cannot be done as asked; ``problems`` says all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
