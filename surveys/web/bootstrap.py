"""Cut Bootstrap down to what Rondo's pages use: `python -m surveys.web.bootstrap`.

The whole of it is five times as heavy as a page, and an expert opens it on a phone. A rule stays where
every class it asks for is a word of a template, a script or a view; it may stay for nothing, but what is
used is never cut. A house test does the same again and compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CUT = PACKAGE / "static" / "bootstrap.css"
# Where the classes of pages are written.
PLACES = (
    (PACKAGE.parent / "templates", "**/*.html"),
    (PACKAGE / "static", "*.js"),
    (PACKAGE / "web", "**/*.py"),
)
NOTICE = """/*! Parts of Bootstrap {version}: what Rondo's pages use, cut out by surveys/web/bootstrap.py.
 * Copyright 2011-2025 The Bootstrap Authors
 * Licensed under MIT (https://github.com/twbs/bootstrap/blob/main/LICENSE)
 */
"""
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
WORD = re.compile(r"[A-Za-z][\w-]*")
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")
ABSENT = re.compile(r":not\([^)]*\)")
# Rondo follows the system's own light and dark (rondo.css), and never sets Bootstrap's attribute for it.
UNUSED = "[data-bs-theme"


def whole() -> str:
    """Bootstrap as it comes with the installed package."""
    folder = files("flask_bootstrap") / "static" / "bootstrap5" / "css"
    return (folder / "bootstrap.min.css").read_text("utf-8")


def words() -> set[str]:
    """Everything that may be a class of a page."""
    sources = [path for folder, pattern in PLACES for path in folder.glob(pattern)]
    return {word for path in sources for word in WORD.findall(path.read_text("utf-8"))}


def cut(css: str, used: set[str]) -> str:
    """What of a stylesheet speaks of these classes, a rule a line, under the notice of its licence."""
    version = re.search(r"v(\d+\.\d+\.\d+)", css)
    lines = "\n".join(_kept(_rules(COMMENT.sub("", css).removeprefix('@charset "UTF-8";')), used))
    return NOTICE.format(version=version[1] if version else "") + lines + "\n"


def _kept(rules: Iterable[tuple[str, str]], used: set[str]) -> Iterator[str]:
    for head, body in rules:
        if head.startswith(("@media", "@supports")):
            if inner := "\n".join(_kept(_rules(body), used)):
                yield f"{head}{{\n{inner}\n}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        elif selectors := [one for one in _selectors(head) if _asks_for(one, used)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """(what stands before the brace, what stands within), nested braces and all."""
    at = 0
    while (opened := css.find("{", at)) >= 0:
        depth, end = 1, opened + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:opened].strip(), css[opened + 1 : end - 1]
        at = end


def _selectors(head: str) -> list[str]:
    """A list of selectors, parted at the commas that stand outside of brackets."""
    return re.split(r",(?![^(\[]*[)\]])", head)


def _asks_for(selector: str, used: set[str]) -> bool:
    return UNUSED not in selector and used.issuperset(CLASS.findall(ABSENT.sub("", selector)))


if __name__ == "__main__":
    CUT.write_text(cut(whole(), words()), "utf-8")
