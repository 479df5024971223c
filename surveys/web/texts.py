"""Study texts to safe HTML: Markdown in, sanitised markup out."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_markdown = MarkdownIt("commonmark", {"html": False, "typographer": False})
_TAGS = {"p", "strong", "em", "ul", "ol", "li", "h2", "h3", "a", "br", "blockquote", "code"}


@lru_cache(maxsize=1024)
def markdown(text: str) -> Markup:
    """Render a study text. Headings begin at h2, because a page has its own h1."""
    html = nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Markup(html)  # noqa: S704 - sanitised in the line above
