"""What an item rests on: a page on the web, a text, a picture or a PDF, with its source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Self
from urllib.parse import urlsplit

from surveys.items.media import PDF, Media
from surveys.items.settings import refuse_others, texts

MOST_EVIDENCE = 20
LONGEST_ADDRESS = 2_000
_SPACE = re.compile(r"[\s\x00-\x1f]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}
_KINDS = ("url", "text", "file")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was checked and kept (services/uploading.py)."""

    digest: str
    name: str
    media: Media
    size: int

    def to_json(self) -> dict[str, Any]:
        """As it is stored with the evidence."""
        about = {"digest": self.digest, "name": self.name, "type": self.media.type}
        sides = {"width": self.media.width, "height": self.media.height}
        return {**about, "size": self.size, **(sides if self.media.is_picture else {})}

    @classmethod
    def load(cls, stored: Any) -> Self:
        """Read it back. Raises ValueError."""
        if not isinstance(stored, Mapping) or not _DIGEST.fullmatch(str(stored.get("digest"))):
            raise ValueError(f"a file of evidence is named by what it holds, not {stored!r}")
        media = Media(str(stored["type"]), stored.get("width"), stored.get("height"))
        return cls(str(stored["digest"]), str(stored["name"]), media, int(stored["size"]))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece: exactly one of an address, a text and a file.

    title : what it is called, per language. text : Markdown. source : whom to cite. alt : what a
        picture shows, for who does not see it; pictures need it and nothing else has it.
    """

    title: Mapping[str, str]
    url: str = ""
    text: Mapping[str, str] = field(default_factory=dict)
    file: StoredFile | None = None
    alt: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, entry: Any) -> Self:
        """Read one entry. Raises ValueError naming what does not fit."""
        if not isinstance(entry, Mapping):
            raise ValueError(f"a piece of evidence is a group of keys and values, not {entry!r}")
        refuse_others(entry, {"title", "source", "alt", *_KINDS}, "evidence")
        given = [key for key in _KINDS if entry.get(key)]
        if len(given) != 1:
            raise ValueError(f"evidence has one of {', '.join(_KINDS)}, not {len(given)} of them")
        title = texts(entry.get("title"), "the title of evidence")
        if not title:
            raise ValueError("evidence needs a title")
        file = StoredFile.load(entry["file"]) if entry.get("file") else None
        alt = texts(entry.get("alt"), "alt")
        picture = file is not None and file.media.is_picture
        if picture and not alt:
            raise ValueError("a picture needs “alt”: what it shows, for who does not see it")
        if alt and not picture:
            raise ValueError("“alt” is what a picture shows; this is none")
        return cls(
            title,
            address(entry["url"]) if entry.get("url") else "",
            texts(entry.get("text"), "the text of evidence"),
            file,
            alt,
            texts(entry.get("source"), "source"),
        )

    def to_json(self) -> dict[str, Any]:
        """As it is stored: ``load`` of it gives an equal one."""
        kept = {
            "title": dict(self.title),
            "url": self.url,
            "text": dict(self.text),
            "file": self.file.to_json() if self.file else None,
            "alt": dict(self.alt),
            "source": dict(self.source),
        }
        return {name: value for name, value in kept.items() if value}

    def texts(self) -> dict[str, Mapping[str, str]]:
        """Its texts that experts read, by what they are: each is needed per language."""
        named = {"title": self.title, "text": self.text, "alt": self.alt, "source": self.source}
        return {name: text for name, text in named.items() if text}

    @property
    def form(self) -> str:
        """What one gets: "text", "picture", "pdf" or "page"; of an address by its end."""
        if self.file:
            return "picture" if self.file.media.is_picture else "pdf"
        if self.text:
            return "text"
        suffix = PurePosixPath(urlsplit(self.url).path).suffix.lower()
        return "pdf" if suffix == ".pdf" else "picture" if suffix in PICTURES else "page"

    @property
    def host(self) -> str:
        """Where an address leads, so that nobody follows it blindly."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


def load_evidence(stored: Any) -> tuple[Evidence, ...]:
    """The evidence of an item. Raises ValueError naming what does not fit."""
    entries = stored or []
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ValueError(
            "“evidence” must be a list; each entry has a title and a url, text or file"
        )
    if len(entries) > MOST_EVIDENCE:
        raise ValueError(f"at most {MOST_EVIDENCE} pieces of evidence, not {len(entries)}")
    return tuple(Evidence.load(entry) for entry in entries)


def address(written: Any) -> str:
    """A whole address on the web. Raises ValueError."""
    url = str(written).strip()
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("https", "http") and parts.hostname and not _SPACE.search(url)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(f"the url of evidence must be a whole web address, not {url!r}")
    if len(url) > LONGEST_ADDRESS:
        raise ValueError(f"the url of evidence has more than {LONGEST_ADDRESS} characters")
    return url


__all__ = ["MOST_EVIDENCE", "PDF", "Evidence", "StoredFile", "address", "load_evidence"]
