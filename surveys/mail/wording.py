"""The text of a mail with its places: checked, filled in, and made into a page to read.

A wording is plain text with a little Markdown, and places such as ``{name}`` that are filled in for
each reader. A paragraph whose place has nothing to say is left out, together with a line before it
that ends in a colon and led up to it: a round without an end mentions none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import nh3
from markdown_it import MarkdownIt
from markupsafe import escape

INVITATION = "invitation"
NEXT_ROUND = "next"
REMINDER = "reminder"
RECEIPT = "receipt"
RESULT = "result"
LOST_LINK = "link"
LOST_LINK_WHILE_WAITING = "link-while-waiting"
# Those that researchers may word themselves, in the order in which an expert gets them.
MESSAGES = (INVITATION, NEXT_ROUND, REMINDER, RECEIPT, RESULT)

_ALWAYS = frozenset({"name", "study", "round", "number", "link", "contact", "email"})
PLACES: Mapping[str, frozenset[str]] = {
    INVITATION: _ALWAYS | {"closes", "minutes"},
    NEXT_ROUND: _ALWAYS | {"closes", "minutes"},
    REMINDER: _ALWAYS | {"closes", "minutes"},
    RECEIPT: _ALWAYS | {"closes", "receipt", "received"},
    RESULT: _ALWAYS,
    LOST_LINK: _ALWAYS | {"closes"},
    LOST_LINK_WHILE_WAITING: _ALWAYS,
}
# Without it these would ask for something and show no way to it.
NEEDS_LINK = frozenset({INVITATION, NEXT_ROUND, REMINDER})

LONGEST_SUBJECT = 150
LONGEST_BODY = 8_000
STANDARD = Path(__file__).parent / "standard"

_PLACE = re.compile(r"\{([^{}\n]*)\}")
_ADDRESS = re.compile(r"(?<![<(\[])\bhttps?://[^\s<>()]+")
_markdown = MarkdownIt("commonmark", {"html": False, "typographer": False, "breaks": True})
_TAGS = {"p", "strong", "em", "ul", "ol", "li", "h2", "h3", "a", "br", "blockquote"}


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and body, with places still to be filled in."""

    subject: str
    body: str

    @property
    def places(self) -> list[str]:
        """The names between braces, each once, in the order in which they stand."""
        return list(dict.fromkeys(_PLACE.findall(f"{self.subject}\n{self.body}")))

    def unknown(self, message: str) -> list[str]:
        """Places that mean nothing in this message."""
        return [name for name in self.places if name not in PLACES[message]]

    def lacks_link(self, message: str) -> bool:
        """Whether the link that must stand in the body does not."""
        return message in NEEDS_LINK and "link" not in _PLACE.findall(self.body)


@dataclass(frozen=True, slots=True)
class Written:
    """A wording filled in for one reader: subject, plain text, and the same as HTML."""

    subject: str
    text: str
    html: str


@cache
def standard(message: str, language: str) -> Wording:
    """Rondo's own wording of a message. Raises OSError in a language that Rondo does not speak."""
    subject, _, body = (STANDARD / language / f"{message}.txt").read_text("utf-8").partition("\n")
    return Wording(subject.strip(), body.strip())


def fill(wording: Wording, values: Mapping[str, str], *, go: str) -> Written:
    """Put values into their places.

    go : what is written on the link where it stands in a paragraph of its own.

    Values are text and nothing else: a star in a name makes nothing bold.
    """
    subject = _PLACE.sub(lambda found: values.get(found[1], found[0]), wording.subject)
    empty = frozenset(name for name in wording.places if values.get(name) == "")
    body = _without(wording.body, empty)
    text = _PLACE.sub(lambda found: values.get(found[1], found[0]), _plain(body))
    html = _PLACE.sub(
        lambda found: _shown(found[1], values) or found[0],
        _rendered(body).replace("<p>{link}</p>", _button(values.get("link", ""), go)),
    )
    # On one line; the no-break spaces of French stay.
    return Written(re.sub(r"[^\S\u00a0\u202f]+", " ", subject).strip(), f"{text}\n", html)


def _without(body: str, empty: frozenset[str]) -> str:
    """The body without the paragraphs that have a place with nothing to say."""
    kept: list[str] = []
    for paragraph in re.split(r"\n[^\S\n]*\n\s*", body.replace("\r\n", "\n").strip()):
        if empty.intersection(_PLACE.findall(paragraph)):
            if kept and kept[-1].rstrip().endswith(":"):
                kept.pop()
        else:
            kept.append(paragraph)
    return "\n\n".join(kept)


def _plain(body: str) -> str:
    """Without the marks of Markdown that would be read aloud; lists stay as they are typed."""
    body = re.sub(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)", r"\1 (\2)", body)
    return re.sub(r"\*\*([^*\n]+)\*\*", r"\1", body)


@lru_cache(maxsize=256)
def _rendered(body: str) -> str:
    """The body as HTML, its places untouched."""
    return nh3.clean(
        _markdown.render(_ADDRESS.sub(lambda found: f"<{found[0]}>", body)),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel=None,
    )


def _shown(name: str, values: Mapping[str, str]) -> str:
    """A value inside HTML."""
    value = values.get(name, "")
    if name == "link" and value:
        return f'<a href="{escape(value)}">{escape(value)}</a>'
    if name == "email" and "@" in value:
        return f'<a href="mailto:{escape(value)}">{escape(value)}</a>'
    return str(escape(value))


def _button(link: str, go: str) -> str:
    """The link in a paragraph of its own: large, and written out for who copies it."""
    shown = escape(link)
    return (
        f'<p class="go"><a href="{shown}">{escape(go)}</a></p>\n<p class="address">{shown}</p>'
        if link
        else ""
    )
