"""Text that informs, with its evidence; it asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from wtforms import Field

from surveys.delphi.answer import Answer, Missing
from surveys.items.base import N_, InvalidAnswer, ItemKind
from surveys.items.settings import refuse_others, text_in, texts
from surveys.tables import Column

MOST_EVIDENCE = 20
# Read with care, and on a phone: about 200 words a minute.
SIGNS_PER_SECOND = 20
LONGEST_ADDRESS = 2_000
_SPACE = re.compile(r"[\s\x00-\x1f]")
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something to read elsewhere: its title in every language and its address."""

    title: Mapping[str, str]
    url: str

    @property
    def form(self) -> str:
        """What one gets: "pdf", "picture" or "page", by the end of the address."""
        suffix = PurePosixPath(urlsplit(self.url).path).suffix.lower()
        return "pdf" if suffix == ".pdf" else "picture" if suffix in PICTURES else "page"

    @property
    def host(self) -> str:
        """Where it lies, so that nobody follows a link blindly."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


@dataclass(frozen=True, slots=True)
class Information(ItemKind):
    """The wording is its heading; ``text`` is Markdown; ``evidence`` are links to papers and files."""

    kind: ClassVar[str] = "information"
    label: ClassVar[str] = N_("Information")
    asks: ClassVar[bool] = False

    text: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        refuse_others(settings, {"text", "evidence"}, "information")
        stored = settings.get("evidence") or []
        if not isinstance(stored, Sequence) or isinstance(stored, str):
            raise ValueError("“evidence” must be a list; each entry has a title and a url")
        if len(stored) > MOST_EVIDENCE:
            raise ValueError(f"at most {MOST_EVIDENCE} pieces of evidence, not {len(stored)}")
        return cls(texts(settings.get("text"), "text"), tuple(_evidence(entry) for entry in stored))

    def to_json(self) -> dict[str, Any]:
        return {
            "text": dict(self.text),
            "evidence": [{"title": dict(one.title), "url": one.url} for one in self.evidence],
        }

    def texts(self) -> dict[str, Mapping[str, str]]:
        named = {f"evidence {place}": one.title for place, one in enumerate(self.evidence, start=1)}
        return named | ({"text": self.text} if self.text else {})

    @property
    def usual_seconds(self) -> float:
        return max(map(len, self.text.values()), default=0) / SIGNS_PER_SECOND

    def fields(self) -> dict[str, Field]:
        return {}

    def read(self, data: Mapping[str, Any]) -> Answer:
        return Answer.absent(Missing.SKIPPED)

    def check(self, answer: Answer) -> None:
        if answer.given or answer.missing is Missing.UNABLE:
            raise InvalidAnswer(N_("This asks for no answer."))

    def filled(self, answer: Answer | None) -> dict[str, str]:
        return {}

    def in_words(self, answer: Answer, language: str) -> str:
        return ""

    def face(self, language: str) -> dict[str, Any]:
        return {
            "text": text_in(self.text, language),
            "evidence": tuple(
                {
                    "title": text_in(one.title, language),
                    "url": one.url,
                    "form": one.form,
                    "host": one.host,
                }
                for one in self.evidence
            ),
        }

    def columns(self, code: str, wording: str, language: str) -> tuple[Column, ...]:
        return ()

    def cells(self, answer: Answer | None) -> tuple[float | str | None, ...]:
        return ()


def _evidence(entry: Any) -> Evidence:
    if not isinstance(entry, Mapping) or set(entry) != {"title", "url"}:
        raise ValueError(f"evidence has a title and a url, nothing else; not {entry!r}")
    title, url = texts(entry["title"], "the title of evidence"), str(entry["url"]).strip()
    if not title:
        raise ValueError("evidence needs a title")
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or _SPACE.search(url):
        raise ValueError(f"the url of evidence must be a whole web address, not {url!r}")
    if len(url) > LONGEST_ADDRESS:
        raise ValueError(f"the url of evidence has more than {LONGEST_ADDRESS} characters")
    return Evidence(title, url)
