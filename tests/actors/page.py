"""An HTML page as a test reads it, and what Rondo expects of every page it sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
BUTTONS = {"submit", "button", "reset", "image"}
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


@dataclass(slots=True)
class Node:
    """One element."""

    tag: str
    attrs: dict[str, str]
    parent: Node | None = None
    parts: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its text, with single spaces."""
        return " ".join(self.raw.split())

    @property
    def raw(self) -> str:
        """All its text as it stands."""
        return "".join(part if isinstance(part, str) else part.raw for part in self.parts)

    def walk(self) -> Iterator[Node]:
        """It and everything in it, in the order of the page."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()

    def all(self, *tags: str, **attrs: str) -> list[Node]:
        """Elements of these tags with these attributes; class_ asks for one of the classes."""
        return [node for node in self.walk() if node.is_one(tags, attrs)]

    def is_one(self, tags: tuple[str, ...], attrs: dict[str, str]) -> bool:
        """Whether it has one of these tags and all of these attributes."""
        if tags and self.tag not in tags:
            return False
        for name, value in attrs.items():
            if name == "class_":
                if value not in self.attrs.get("class", "").split():
                    return False
            elif self.attrs.get(name.replace("_", "-")) != value:
                return False
        return True

    def inside(self, tag: str) -> Node | None:
        """The nearest element of this tag around it."""
        node = self.parent
        while node is not None and node.tag != tag:
            node = node.parent
        return node


@dataclass(slots=True)
class Form:
    """A form with what a browser would send of it."""

    action: str
    method: str
    fields: list[tuple[str, str]]
    node: Node
    # What belongs to it: inside it, or anywhere on the page under its id.
    controls: list[Node]

    def data(self, changes: dict[str, str | list[str] | None]) -> list[tuple[str, str]]:
        """Its fields with some set anew; None leaves a field out."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            kept += [(name, one) for one in values]
        return kept


class Page:
    """A page with its parts."""

    def __init__(self, html: str, path: str = "", status: int = 200) -> None:
        self.html, self.path, self.status = html, path, status
        self.root = _Builder.tree(html)

    def all(self, *tags: str, **attrs: str) -> list[Node]:
        """Elements of the page."""
        return self.root.all(*tags, **attrs)

    def one(self, *tags: str, **attrs: str) -> Node:
        """The only such element."""
        found = self.all(*tags, **attrs)
        assert len(found) == 1, f"{len(found)} of {tags} {attrs} on {self.path}"
        return found[0]

    @property
    def h1(self) -> str:
        """What the page is called."""
        return self.one("h1").text

    @property
    def language(self) -> str:
        """The language it says it is in."""
        return self.one("html").attrs.get("lang", "")

    @property
    def text(self) -> str:
        """Everything a person can read in its body."""
        return self.one("body").text

    @property
    def forms(self) -> list[Form]:
        """Its forms, with the fields as a browser would send them untouched."""
        owned = [node for node in self.root.walk() if "form" in node.attrs]
        forms = []
        for node in self.all("form"):
            controls = [one for one in node.walk() if "form" not in one.attrs]
            if name := node.attrs.get("id"):
                controls += [one for one in owned if one.attrs["form"] == name]
            forms.append(
                Form(
                    node.attrs.get("action", ""),
                    node.attrs.get("method", "get").lower(),
                    [field for control in controls for field in _sent(control)],
                    node,
                    controls,
                )
            )
        return forms

    def form_with(self, *, button: str = "", field: str = "", action: str = "") -> Form:
        """The form with this button text, this field, or this end of its action."""
        for form in self.forms:
            names = {node.attrs.get("name") for node in form.controls}
            texts = {node.text for node in form.controls if node.tag == "button"}
            if (
                (not button or button in texts)
                and (not field or field in names)
                and (not action or form.action.endswith(action))
            ):
                return form
        raise AssertionError(f"no form {button or field or action!r} on {self.path}: {self.text}")

    def faults(self) -> list[str]:
        """What is wrong with the page by the rules of the house."""
        return list(_faults(self))


def _sent(node: Node) -> list[tuple[str, str]]:
    """What an untouched control adds to its form."""
    name = node.attrs.get("name")
    if not name or "disabled" in node.attrs:
        return []
    if node.tag == "input":
        kind = node.attrs.get("type", "text")
        if kind in BUTTONS or (kind in ("radio", "checkbox") and "checked" not in node.attrs):
            return []
        return [(name, node.attrs.get("value", ""))]
    if node.tag == "textarea":
        # A browser drops the first line break after the tag.
        return [(name, node.raw.removeprefix("\n"))]
    if node.tag == "select":
        options = node.all("option")
        chosen = [one for one in options if "selected" in one.attrs] or options[:1]
        return [(name, one.attrs.get("value", one.text)) for one in chosen]
    return []


def _faults(page: Page) -> Iterator[str]:
    """Every break of a rule, as a sentence."""
    if not page.html.lstrip().lower().startswith("<!doctype html>"):
        yield "does not begin with a doctype"
    if not page.language:
        yield "does not say its language"
    for tag in ("h1", "title", "main"):
        found = page.all(tag)
        title = [node for node in found if node.inside("svg") is None]
        if len(title) != 1 or not title[0].text:
            yield f"has {len(title)} <{tag}> with text"
    ids = Counter(node.attrs["id"] for node in page.all() if "id" in node.attrs)
    yield from (f"has the id {name} {count} times" for name, count in ids.items() if count > 1)
    for node in page.all():
        yield from _faults_of(node, page, set(ids))


def _faults_of(node: Node, page: Page, ids: set[str]) -> Iterator[str]:
    attrs = node.attrs
    for name in attrs:
        if name == "style" or name.startswith("on"):
            yield f"has <{node.tag} {name}=…>, which the content policy forbids"
    if node.tag == "style" or (node.tag == "script" and "src" not in attrs):
        yield f"has an inline <{node.tag}>"
    if node.tag in ("script", "link", "img", "iframe"):
        address = attrs.get("src", attrs.get("href", ""))
        if "//" in address:
            yield f"fetches {address} from elsewhere"
    if attrs.get("href", "").startswith("javascript:"):
        yield "has a link that is a script"
    if node.tag == "a" and attrs.get("href", "").startswith("#") and attrs["href"][1:] not in ids:
        yield f"links to {attrs['href']}, which is not there"
    for name in REFERENCES:
        for target in attrs.get(name, "").split():
            if target not in ids:
                yield f"<{node.tag} {name}={target}> refers to nothing"
    if node.tag == "img" and "alt" not in attrs:
        yield "has an image without a text"
    if node.tag == "form":
        if not attrs.get("action"):
            yield "has a form without an action"
        sends = {child.attrs.get("name") for child in node.walk()}
        if attrs.get("method", "get").lower() == "post" and "csrf_token" not in sends:
            yield f"has a form to {attrs.get('action')} without a token"
    if node.tag in ("input", "select", "textarea"):
        hidden = attrs.get("type") == "hidden"
        if not hidden and attrs.get("type") not in BUTTONS and not _name_of(node, page):
            yield f"has <{node.tag} name={attrs.get('name')}> without a label"
    if node.tag in ("button", "a") and not _name_of(node, page):
        yield f"has a <{node.tag}> that says nothing"


def _name_of(node: Node, page: Page) -> str:
    """What a screen reader would call the element."""
    if "aria-label" in node.attrs:
        return node.attrs["aria-label"]
    if "aria-labelledby" in node.attrs:
        return " ".join(
            named.text
            for target in node.attrs["aria-labelledby"].split()
            for named in page.all(id=target)
        )
    if node.tag in ("button", "a"):
        return node.text or " ".join(one.attrs.get("aria-label", "") for one in node.all("svg"))
    around = node.inside("label")
    labels = [around] if around else []
    if "id" in node.attrs:
        labels += [one for one in page.all("label") if one.attrs.get("for") == node.attrs["id"]]
    return " ".join(label.text for label in labels)


class _Builder(HTMLParser):
    """Makes the tree. Forgiving: validity is the Nu checker's business."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Node("#page", {})

    @classmethod
    def tree(cls, html: str) -> Node:
        builder = cls()
        builder.feed(html)
        builder.close()
        return builder.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.parts.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.parts.append(Node(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self.here
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.here = node.parent

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)
