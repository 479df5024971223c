"""Read a study file and check it: a plan of a study, or every mistake with its line.

The format is documented in docs/study-files.md. ``writing_study_files`` writes it, ``loading`` makes a
study of a plan.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from surveys.delphi import asking
from surveys.delphi.asking import Surroundings, Tells
from surveys.delphi.expertise import AskedAbout
from surveys.delphi.ordering import ItemOrder
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.items import KINDS, ItemKind, load_kind
from surveys.items.evidence import Evidence, load_evidence
from surveys.items.media import LARGEST_PDF, UnfitFile
from surveys.models.item import Aspect
from surveys.models.round import RoundKind, RoundLayout, RoundMode
from surveys.services import uploading
from surveys.services.protocol_words import protocol_of

LIBRARY = Path(__file__).parent.parent / "library"
FORMAT = 1
LARGEST_FILE = 2_000_000
LANGUAGES = ("en", "nl", "fr", "de")
ITEM_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")
ITEM_KEYS = (
    "code",
    "theme",
    "kind",
    "settings",
    "aspect",
    "wording",
    "help",
    "ask_if",
    "basis",
    "note",
)
ROUND_KEYS = (
    "number",
    "kind",
    "title",
    "introduction",
    "layout",
    "order",
    "expertise",
    "mode",
    "items",
)
VERDICT_WORDS = ("in", "out", "none", "few")


class StudyFileBroken(Exception):
    """The file cannot become a study. ``problems`` are sentences, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One item as the file describes it."""

    code: str
    theme: str | None
    kind: str
    settings: dict[str, Any]
    aspect: Aspect | None
    wording: Texts
    help: Texts | None
    basis: str
    note: str
    ask_if: dict[str, Any] | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """One round as the file describes it."""

    number: int
    kind: RoundKind
    title: Texts
    introduction: Texts
    items: tuple[PlannedItem, ...]
    layout: RoundLayout = RoundLayout.PAGE
    order: ItemOrder | None = None
    expertise: AskedAbout = AskedAbout.NOTHING
    mode: RoundMode = RoundMode.CLASSICAL


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A whole study, checked and not yet stored."""

    code: str
    version: str
    languages: tuple[str, ...]
    title: Texts
    summary: Texts
    source: dict[str, str]
    settings: dict[str, Any]
    consent: dict[str, Any]
    groups: tuple[tuple[str, Texts], ...]
    themes: tuple[tuple[str, Texts, Texts], ...]
    scale: dict[str, Any]
    verdicts: dict[str, Texts]
    protocol: Protocol
    rounds: tuple[PlannedRound, ...] = field(default=())
    # What the files hold that its evidence names, by their names in the study's folder.
    files: Mapping[str, bytes] = field(default_factory=dict)
    # Whether somebody chose its rules, or they are only those a study begins with.
    rule_chosen: bool = True


def library_path(name: str) -> Path:
    """Where a ready study lies. Raises StudyFileBroken with the names there are."""
    folders = sorted(p.parent.name for p in LIBRARY.glob("*/study.yaml"))
    if name not in folders:
        raise StudyFileBroken([f"no study “{name}” in the library; there is: {', '.join(folders)}"])
    return LIBRARY / name / "study.yaml"


def read_file(path: Path) -> StudyPlan:
    """Read and check a study file. Raises StudyFileBroken."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise StudyFileBroken([f"{path.name} is larger than {LARGEST_FILE:,} bytes"])
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise StudyFileBroken(
            [f"{path.name} is not UTF-8 text: byte {error.start} cannot be read"]
        ) from error
    except OSError as error:
        raise StudyFileBroken([f"{path.name} cannot be opened: {error.strerror}"]) from error
    return read(text, path.parent)


def read(text: str, folder: Path | None = None) -> StudyPlan:
    """Check the text of a study file. Raises StudyFileBroken with every problem and its line.

    folder : where the files of its evidence lie; a text by itself has none.
    """
    yaml = YAML(typ="rt", pure=True)
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyFileBroken([f"line {line}: {error.problem or 'this is not YAML'}"]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise StudyFileBroken(
            [f"line 1: this is not YAML: {str(error).splitlines()[0]}"]
        ) from error
    return _Reader(folder).plan(document)


class _Reader:
    """Walks the document once and gathers what is wrong with it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.files: dict[str, bytes] = {}
        self.problems: list[tuple[int, str]] = []
        self.languages: tuple[str, ...] = ("en",)
        self.scale: dict[str, Any] = {}

    def plan(self, document: Any) -> StudyPlan:
        if not isinstance(document, Mapping):
            raise StudyFileBroken(["line 1: the file must hold a study: keys and their values"])
        if document.get("rondo") != FORMAT:
            self.say(document, "rondo", f"must be {FORMAT}, the version of the file format")
        known = set(StudyPlan.__dataclass_fields__) - {"files", "rule_chosen"}
        known |= {"rondo", "layout", "order", "expertise"}
        for key in document:
            if key not in known:
                self.say(document, key, "is not a part of a study file")

        languages = self.sequence(document, "languages")
        wrong = [str(x) for x in languages if x not in LANGUAGES]
        if wrong or not languages or len(set(languages)) != len(languages):
            self.say(document, "languages", f"must list some of {', '.join(LANGUAGES)}, each once")
        self.languages = tuple(str(x) for x in languages if x in LANGUAGES) or ("en",)

        groups = tuple(
            (self.text(group, "code"), self.texts(group, "name"))
            for group in self.mappings(document, "groups")
        )
        themes = tuple(
            (self.text(theme, "code"), self.texts(theme, "title"), self.texts(theme, "description"))
            for theme in self.mappings(document, "themes")
        )
        self.once(document, "groups", [code for code, _ in groups])
        self.once(document, "themes", [code for code, _, _ in themes])
        self.scale = self.read_scale(document)
        rounds = self.read_rounds(document, {code for code, _, _ in themes}, dict(groups))
        protocol = self.read_protocol(document, rounds)
        plan: dict[str, Any] = {
            "code": self.text(document, "code"),
            "version": self.text(document, "version"),
            "title": self.texts(document, "title"),
            "summary": self.texts(document, "summary"),
            "source": {k: str(v) for k, v in self.mapping(document, "source").items()},
            "settings": self.read_settings(document),
            "consent": self.read_consent(document),
            "verdicts": self.read_verdicts(document),
        }
        if self.problems or protocol is None:
            ordered = sorted(self.problems)
            raise StudyFileBroken([f"line {line}: {problem}" for line, problem in ordered])
        return StudyPlan(
            languages=self.languages,
            groups=groups,
            themes=themes,
            scale=self.scale,
            protocol=protocol,
            rounds=rounds,
            files=self.files,
            **plan,
        )

    # --- one part of the file each

    def read_scale(self, document: Any) -> dict[str, Any]:
        part = self.mapping(document, "scale")
        if not part:
            return {}
        labels = self.mapping(part, "labels")
        read_labels = {
            str(language): {str(point): str(name) for point, name in points.items()}
            for language, points in labels.items()
            if isinstance(points, Mapping)
        }
        unable = self.texts(part, "unable")
        try:
            low, high = _whole(part.get("low")), _whole(part.get("high"))
            bands = self.mapping(part, "bands")
            scale = Scale.of(
                low,
                high,
                low_until=max(_whole(p) for p in bands["low"]) if bands else None,
                high_from=min(_whole(p) for p in bands["high"]) if bands else None,
            )
        except (ValueError, TypeError, KeyError) as error:
            self.say(document, "scale", f"cannot be read: {error}")
            return {}
        for language in self.languages:
            absent = [p for p in scale.points if str(p) not in read_labels.get(language, {})]
            if absent:
                points = ", ".join(map(str, absent))
                self.say(part, "labels", f"lack the points {points} in “{language}”")
        return {"scale": scale.to_json(), "labels": read_labels, "unable": unable}

    def read_protocol(self, document: Any, rounds: Sequence[PlannedRound]) -> Protocol | None:
        part = self.mapping(document, "protocol")
        if not part or not self.scale:
            return None
        live = tuple(planned.number for planned in rounds if planned.mode is RoundMode.REAL_TIME)
        try:
            rules = protocol_of(_plain(part), Scale.from_json(self.scale["scale"]))
            # Said of each round in the file, and locked with the rules.
            return replace(rules, real_time=live)
        except ValueError as error:
            self.say(document, "protocol", str(error))
            return None

    def read_settings(self, document: Any) -> dict[str, Any]:
        part = self.mapping(document, "settings")
        read = {}
        for key in part:
            value = part[key]
            read[str(key)] = self.texts(part, key) if isinstance(value, Mapping) else str(value)
        return read

    def read_consent(self, document: Any) -> dict[str, Any]:
        part = self.mapping(document, "consent")
        if not isinstance(document.get("consent"), Mapping):
            return {}
        return {
            "version": self.text(part, "version"),
            "text": self.texts(part, "text"),
            "statement": self.texts(part, "statement"),
            "naming": self.read_yes_no(part, "naming", usual=True),
        }

    def read_verdicts(self, document: Any) -> dict[str, Texts]:
        part = self.mapping(document, "verdicts")
        if not isinstance(document.get("verdicts"), Mapping):
            return {}
        return {word: self.texts(part, word) for word in VERDICT_WORDS}

    def read_rounds(
        self, document: Any, themes: set[str], groups: Mapping[str, Texts]
    ) -> tuple[PlannedRound, ...]:
        rounds = []
        codes: list[str] = []
        usual = self.read_layout(document, RoundLayout.PAGE)
        usual_order = self.read_order(document, themes, None)
        usually_asked = self.read_expertise(document, AskedAbout.NOTHING)
        for number, part in enumerate(self.mappings(document, "rounds"), start=1):
            if part.get("number") != number:
                self.say(part, "number", f"must be {number}: rounds stand in their order")
            self.only(part, ROUND_KEYS)
            kind = self.word(part, "kind") or ""
            if kind not in tuple(RoundKind):
                self.say(part, "kind", f"must be one of {', '.join(RoundKind)}")
                continue
            items = self.read_items(part, themes, groups)
            codes += [item.code for item in items]
            rounds.append(
                PlannedRound(
                    number=number,
                    kind=RoundKind(kind),
                    title=self.texts(part, "title"),
                    introduction=self.texts(part, "introduction"),
                    items=items,
                    layout=self.read_layout(part, usual),
                    order=self.read_order(part, themes, usual_order),
                    expertise=self.read_expertise(part, usually_asked),
                    mode=self.read_mode(part, RoundKind(kind)),
                )
            )
        self.once(document, "rounds", codes)
        return tuple(rounds)

    def read_layout(self, part: Any, usual: RoundLayout) -> RoundLayout:
        layout = part.get("layout", usual)
        if layout not in tuple(RoundLayout):
            self.say(part, "layout", f"must be one of {', '.join(RoundLayout)}")
            return usual
        return RoundLayout(layout)

    def read_items(
        self, part: Any, themes: set[str], groups: Mapping[str, Texts]
    ) -> tuple[PlannedItem, ...]:
        items = []
        before: dict[str, Tells] = {}
        for entry in self.mappings(part, "items", may_lack=True):
            item = self.read_item(entry, themes)
            if item is None:
                continue
            live = part.get("mode") == RoundMode.REAL_TIME
            around = Surroundings(dict(before), groups, live)
            items.append(replace(item, ask_if=self.read_condition(entry, item.code, around)))
            # Settings that do not fit have been told already.
            with suppress(ValueError):
                kind = load_kind(item.kind, item.settings)
                before |= {item.code: kind.tells()} if kind.asks else {}
        return tuple(items)

    def read_condition(self, part: Any, code: str, around: Surroundings) -> dict[str, Any] | None:
        """Of whom an item is asked; None for everyone."""
        if "ask_if" not in part:
            return None
        try:
            condition = asking.read(_plain(part["ask_if"]))
        except ValueError as error:
            self.say(part, "ask_if", f"{code}: {error}")
            return None
        for fault in condition.faults(around):
            self.say(part, "ask_if", f"{code}: {fault.sentence('en')}")
        return condition.to_json()

    def read_order(self, part: Any, themes: set[str], usual: ItemOrder | None) -> ItemOrder | None:
        """Random order within all sections or some, or None for the order of the file."""
        order = _plain(part.get("order"))
        if order is None:
            return usual
        if order == "listed":
            return None
        if order == "random":
            return ItemOrder()
        if not isinstance(order, Mapping) or not set(order) <= {"random", "seed"}:
            self.say(part, "order", "must be listed, random, or {random: [themes], seed: number}")
            return usual
        sections = order.get("random", "all")
        if isinstance(sections, str):
            sections = None if sections == "all" else (sections,)
        try:
            made = ItemOrder(sections, order.get("seed", 1))
        except (ValueError, TypeError) as error:
            self.say(part, "order", f"cannot be read: {error}")
            return usual
        if strange := sorted(set(made.sections or ()) - themes):
            self.say(part, "order", f"names what is not among the themes: {', '.join(strange)}")
        return made

    def read_expertise(self, part: Any, usual: AskedAbout) -> AskedAbout:
        asked = part.get("expertise", usual)
        if asked not in tuple(AskedAbout):
            self.say(part, "expertise", f"must be one of {', '.join(AskedAbout)}")
            return usual
        return AskedAbout(asked)

    def read_mode(self, part: Any, kind: RoundKind) -> RoundMode:
        mode = part.get("mode", RoundMode.CLASSICAL)
        if mode not in tuple(RoundMode):
            self.say(part, "mode", f"must be one of {', '.join(RoundMode)}")
            return RoundMode.CLASSICAL
        if mode == RoundMode.REAL_TIME and kind is not RoundKind.RATING:
            self.say(part, "mode", "can be real_time in a rating round only")
        return RoundMode(mode)

    def read_item(self, part: Any, themes: set[str]) -> PlannedItem | None:
        self.only(part, ITEM_KEYS)
        code = self.code(part, ITEM_CODE)
        theme = self.word(part, "theme")
        if theme is not None and theme not in themes:
            self.say(part, "theme", f"“{theme}” is not among the themes")
        aspect = self.word(part, "aspect")
        if aspect is not None and aspect not in tuple(Aspect):
            self.say(part, "aspect", f"must be one of {', '.join(Aspect)}")
            aspect = None
        kind = self.word(part, "kind") or ""
        if kind not in KINDS:
            self.say(part, "kind", f"must be one of {', '.join(KINDS)}")
            return None
        own = _plain(self.mapping(part, "settings", may_lack=True))
        evidence = self.read_evidence(part, code, own.pop("evidence", None))
        settings = {**self.scale, **own} if KINDS[kind].uses_scale else own
        try:
            # A scale that cannot be read is said once, not again for every statement.
            if self.scale or not KINDS[kind].uses_scale:
                bound = load_kind(kind, settings)
                self.read_texts(part, code, own, bound)
                # Stored in full, however short the file says it.
                settings = bound.to_json()
        except ValueError as error:
            self.say(part, "kind", f"{code}: {error}")
        return PlannedItem(
            code=code,
            theme=theme,
            kind=kind,
            settings=settings,
            aspect=Aspect(aspect) if aspect else None,
            wording=self.texts(part, "wording"),
            help=self.texts(part, "help") if "help" in part else None,
            basis=str(part.get("basis", "")),
            note=str(part.get("note", "")).strip(),
            evidence=evidence,
        )

    def read_evidence(self, part: Any, code: str, stored: Any) -> tuple[Evidence, ...]:
        """What an item rests on; files are looked up beside the study file."""
        try:
            entries = [self.with_file(entry) for entry in stored] if is_list(stored) else stored
            found = load_evidence(entries)
        except ValueError as error:
            self.say(part, "settings", f"{code}: {error}")
            return ()
        for place, one in enumerate(found, start=1):
            for name, texts in one.texts().items():
                absent = [lang for lang in self.languages if not texts.get(lang, "").strip()]
                if absent:
                    said = f"{code}: {name} of evidence {place} has no text in {', '.join(absent)}"
                    self.say(part, "settings", said)
        return found

    def with_file(self, entry: Any) -> Any:
        """An entry whose file is described by what it holds. Raises ValueError."""
        if not isinstance(entry, Mapping) or not entry.get("file"):
            return entry
        name = str(entry["file"])
        if self.folder is None:
            raise ValueError(f"“{name}” cannot be found: a file needs a study in a folder")
        if name in (".", "..") or Path(name).name != name or "\\" in name:
            raise ValueError(f"“{name}” must be the name of a file beside the study file")
        try:
            content = self.content_of(self.folder / name)
            described = uploading.describe(content, name)
        except UnfitFile as unfit:
            raise ValueError(f"“{name}”: {unfit}") from None
        except OSError as error:
            raise ValueError(f"“{name}” cannot be opened: {error.strerror}") from None
        self.files[name] = content
        return {**entry, "file": described.to_json()}

    def content_of(self, path: Path) -> bytes:
        """What a file beside the study file holds. Raises OSError or ValueError."""
        if path.is_symlink():
            raise ValueError(f"“{path.name}” leads elsewhere; the file itself must lie here")
        with path.open("rb") as file:
            # One byte more than is allowed tells a file that is too large, without reading all of it.
            return file.read(LARGEST_PDF + 1)

    def read_texts(self, part: Any, code: str, own: Mapping[str, Any], kind: ItemKind) -> None:
        """Insist on every text of an item's settings in every language of the study."""
        for place, texts in kind.texts().items():
            # What the study's scale lacks is said once, where the scale stands.
            if place.partition(" ")[0] in set(self.scale) - set(own):
                continue
            absent = [lang for lang in self.languages if not texts.get(lang, "").strip()]
            if absent:
                self.say(part, "settings", f"{code}: {place} has no text in {', '.join(absent)}")

    # --- small readers that note what is wrong and go on

    def say(self, part: Any, key: Any, problem: str) -> None:
        line = 1
        if hasattr(part, "lc"):
            try:
                line = part.lc.key(key)[0] + 1
            except (KeyError, TypeError, AttributeError):
                line = part.lc.line + 1
        self.problems.append((line, f"{key} {problem}"))

    def mapping(self, part: Any, key: str, *, may_lack: bool = False) -> Mapping[Any, Any]:
        value = part.get(key)
        if isinstance(value, Mapping):
            return value
        if value is not None or not may_lack:
            self.say(part, key, "must be a group of keys and values")
        return {}

    def sequence(self, part: Any, key: str) -> Sequence[Any]:
        value = part.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return value
        self.say(part, key, "must be a list")
        return ()

    def mappings(self, part: Any, key: str, *, may_lack: bool = False) -> list[Any]:
        if may_lack and part.get(key) is None:
            return []
        entries = self.sequence(part, key)
        wrong = [entry for entry in entries if not isinstance(entry, Mapping)]
        if wrong:
            self.say(part, key, f"holds “{wrong[0]}”, where keys and values are needed")
        return [entry for entry in entries if isinstance(entry, Mapping)]

    def only(self, part: Any, known: Collection[str]) -> None:
        """A misspelt key would be passed over in silence, and what it says with it."""
        for key in part:
            if key not in known:
                self.say(part, key, f"is not known here; there is {', '.join(known)}")

    def read_yes_no(self, part: Any, key: str, *, usual: bool) -> bool:
        """Whether something holds; true and false are the words of YAML for it."""
        value = part.get(key, usual)
        if isinstance(value, bool):
            return value
        self.say(part, key, "must be true or false")
        return usual

    def word(self, part: Any, key: str) -> str | None:
        """One word, or nothing; a list or a group of keys is neither."""
        value = part.get(key)
        if value is None or isinstance(value, str | int | float):
            return None if value is None else str(value)
        self.say(part, key, "must be one word")
        return None

    def code(self, part: Any, pattern: re.Pattern[str]) -> str:
        """A code: it names columns in files, so it is short and plain."""
        code = self.text(part, "code")
        if code and not pattern.fullmatch(code):
            self.say(
                part,
                "code",
                f"“{code[:40]}” must be a letter, then up to 23 letters, digits, - or _",
            )
        return code

    def text(self, part: Any, key: str) -> str:
        value = part.get(key) if part else None
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value).strip()
        self.say(part, key, "must be a text")
        return ""

    def texts(self, part: Any, key: Any) -> Texts:
        """A text per language; every language of the study must be there."""
        value = part.get(key) if part else None
        if isinstance(value, str):
            return dict.fromkeys(self.languages, value.strip())
        if not isinstance(value, Mapping):
            self.say(part, key, f"must be a text in {', '.join(self.languages)}")
            return {}
        absent = [lang for lang in self.languages if not str(value.get(lang) or "").strip()]
        if absent:
            self.say(part, key, f"has no text in {', '.join(absent)}")
        return {str(lang): str(text).strip() for lang, text in value.items()}

    def once(self, part: Any, key: str, codes: Sequence[str]) -> None:
        # Files write codes in small letters, so S1 and s1 would be one column.
        small = [code.lower() for code in codes]
        twice = sorted({code for code in codes if code and small.count(code.lower()) > 1})
        if twice:
            self.say(part, key, f"use a code more than once: {', '.join(twice)}")


def is_list(value: Any) -> bool:
    """Whether a value is a list; a text is none."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _whole(value: Any) -> int:
    """A whole number, however the file writes it. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _plain(value: Any) -> Any:
    """The same content in plain types, without the reader's line numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(entry) for entry in value]
    if isinstance(value, bool) or value is None:
        return value
    return (
        value
        if isinstance(value, int)
        else (float(value) if isinstance(value, float) else str(value))
    )
